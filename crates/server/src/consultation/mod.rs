//! Consultations: visits, booked and done. Booking over another visit of the doctor or the patient has to be meant. A
//! visit that is over is corrected with a reason, not rewritten: what a completed one said is kept as a revision.

pub mod access;
mod booking;
mod change;
mod input;
mod mutation;
mod object;
mod payload;
mod query;
mod store;

pub use mutation::ConsultationMutation;
pub use object::{CONSULTATION, Consultation, REVISION};
pub use query::ROOTS;
