//! Imaging: runs of the analysis (sessions), the scans they take in and the predictions they make. A prediction is a
//! model's finding, not a diagnosis; patients see it once a report that shows it is released.

mod access;
mod object;
mod query;
mod session;

pub use object::{PREDICTION, SCAN};
pub use query::ROOTS;
pub use session::SESSION;
