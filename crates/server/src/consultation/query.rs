//! Root fields about visits.

use super::CONSULTATION;
use crate::read::root::{RootField, RootRead};

/// Root fields about visits.
pub static ROOTS: &[RootField] =
    &[RootField { name: "consultations", about: "All visits, newest first.", reads: RootRead::List(&CONSULTATION) }];
