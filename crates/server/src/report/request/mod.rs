//! Requests for reports: what people ask for, and how it stands. How they get fulfilled is the [`pipeline`](super::pipeline)'s.

mod change;
mod mutation;
mod object;

pub use mutation::ReportRequestMutation;
pub use object::{REPORT_REQUEST, ReportRequest};
