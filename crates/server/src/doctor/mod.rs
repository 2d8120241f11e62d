//! Doctors: who treats patients. A doctor needs no account; an archived one stays named in records.

pub mod access;
mod object;
mod query;
pub mod store;

pub use object::{DOCTOR, Doctor};
pub use query::ROOTS;
