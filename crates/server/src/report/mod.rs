//! Reports, their revisions, and the requests for them. A draft becomes released and, at most, withdrawn; a released
//! report is never changed: the next revision supersedes it.

pub mod access;
mod input;
pub mod making;
mod mutation;
mod object;
mod query;
mod request;
mod request_change;
mod request_mutation;
mod store;

pub use mutation::ReportMutation;
pub use object::{REPORT, Report};
pub use query::ROOTS;
pub use request::{REPORT_REQUEST, ReportRequest};
pub use request_mutation::ReportRequestMutation;
