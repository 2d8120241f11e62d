//! Patients: whose records the clinic keeps. A patient is found by the medical record number (MRN) that people use;
//! an archived one stays readable by id and is left out of lists unless asked for.

pub mod access;
mod input;
mod mutation;
mod object;
mod query;
mod store;

pub use mutation::PatientMutation;
pub use object::{PATIENT, Patient};
pub use query::ROOTS;
