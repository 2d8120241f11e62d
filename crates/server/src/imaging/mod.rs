//! Imaging: runs of the analysis (sessions), the scans they take in and the predictions they make. A prediction is a
//! model's finding, not a diagnosis; patients see it once a report that shows it is released, and from then on it stays
//! as it is.

mod access;
mod input;
mod mutation;
mod object;
mod query;
mod session;
mod store;

pub use mutation::ImagingMutation;
pub use object::{PREDICTION, Prediction, SCAN, Scan};
pub use query::ROOTS;
pub use session::{SESSION, Session};
