//! Root fields about sessions, scans and predictions.

use super::{PREDICTION, SCAN, SESSION};
use crate::read::root::{RootField, RootRead};

/// Root fields about sessions, scans and predictions.
pub static ROOTS: &[RootField] = &[
    RootField { name: "sessions", about: "All runs of the analysis, newest first.", reads: RootRead::List(&SESSION) },
    RootField { name: "scans", about: "All MRI scans, newest first.", reads: RootRead::List(&SCAN) },
    RootField { name: "predictions", about: "All predictions, newest first.", reads: RootRead::List(&PREDICTION) },
];
