//! Root fields about doctors.

use super::DOCTOR;
use crate::read::root::{RootField, RootRead};

/// Root fields about doctors.
pub static ROOTS: &[RootField] = &[
    RootField { name: "doctor", about: "One doctor.", reads: RootRead::ById(&DOCTOR) },
    RootField { name: "doctors", about: "All doctors but the archived.", reads: RootRead::List(&DOCTOR) },
];
