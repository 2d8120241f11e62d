//! Root fields about patients.

use super::PATIENT;
use crate::read::root::{RootField, RootRead};

/// Root fields about patients.
pub static ROOTS: &[RootField] = &[
    RootField {
        name: "patient",
        about: "One patient, by id or by medical record number.",
        reads: RootRead::ByIdOr(&PATIENT, "mrn", "mrn"),
    },
    RootField { name: "patients", about: "All patients but the archived.", reads: RootRead::List(&PATIENT) },
];
