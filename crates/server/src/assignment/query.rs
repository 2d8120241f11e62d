//! Root fields about assignments.

use super::ASSIGNMENT;
use crate::read::root::{RootField, RootRead};

/// Root fields about assignments.
pub static ROOTS: &[RootField] =
    &[RootField { name: "assignments", about: "All assignments, newest first.", reads: RootRead::List(&ASSIGNMENT) }];
