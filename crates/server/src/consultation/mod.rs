//! Consultations: visits, booked and done. A completed visit is corrected, not rewritten: the earlier row is kept as a
//! revision.

mod access;
mod object;
mod query;

pub use object::{CONSULTATION, Consultation, REVISION};
pub use query::ROOTS;
