//! Reports, their revisions, and the requests for them. A draft becomes released and, at most, withdrawn; a released
//! report is never changed: the next revision supersedes it.

mod access;
mod object;
mod query;
mod request;

pub use object::REPORT;
pub use query::ROOTS;
pub use request::REPORT_REQUEST;
