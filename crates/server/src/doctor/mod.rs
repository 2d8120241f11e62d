//! Doctors: who treats patients. A doctor needs no account; an archived one stays named in records.

pub mod access;
mod input;
mod mutation;
mod object;
mod query;
mod store;

pub use mutation::DoctorMutation;
pub use object::{DOCTOR, Doctor};
pub use query::ROOTS;
