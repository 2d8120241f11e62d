//! Root fields about reports.

use super::{REPORT, REPORT_REQUEST};
use crate::read::root::{RootField, RootRead};

/// Root fields about reports.
pub static ROOTS: &[RootField] = &[
    RootField { name: "reports", about: "All reports, newest first.", reads: RootRead::List(&REPORT) },
    RootField {
        name: "reportRequests",
        about: "The report monitor: all requests for reports, newest first.",
        reads: RootRead::List(&REPORT_REQUEST),
    },
];
