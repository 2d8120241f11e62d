//! Assignments: a doctor's responsibility for a patient over a period. A patient has any number of doctors, and at
//! most one in charge at a time; an ended assignment is never reopened.

mod access;
mod input;
mod mutation;
mod object;
mod query;
mod relation;
pub mod store;

pub use mutation::AssignmentMutation;
pub use object::{ASSIGNMENT, Assignment};
pub use query::ROOTS;
pub use relation::{DOCTOR_PATIENTS, PATIENT_DOCTORS, open_doctors, open_patients};
