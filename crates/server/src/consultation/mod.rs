//! Consultations: visits, booked and done. A completed visit is corrected, not rewritten: the earlier row is kept as a
//! revision.

mod access;
mod input;
mod mutation;
mod object;
mod query;
mod store;

pub use mutation::ConsultationMutation;
pub use object::{CONSULTATION, Consultation, REVISION};
pub use query::ROOTS;
