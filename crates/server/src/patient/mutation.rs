//! What can be told about patients: inputs, payloads, root mutations.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::Patient;
use crate::input::lifecycle::Archiving;
use crate::input::{mutations, payloads, targets};
use crate::read::record::{Deleted, One};
use crate::read::scalar::Date;
use crate::vocabulary::Gender;

/// Whom to call in an emergency.
#[derive(InputObject)]
pub struct EmergencyContactInput {
    /// The person's name.
    pub name: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
}

/// What may be known about a patient. In a change, what is absent stays and `null` clears.
#[derive(InputObject)]
pub struct PatientDetails {
    /// The date of birth, where known; not in the future.
    pub date_of_birth: MaybeUndefined<Date>,
    /// The date of death; not in the future and not before the birth.
    pub date_of_death: MaybeUndefined<Date>,
    /// The telephone number.
    pub phone: MaybeUndefined<String>,
    /// The e-mail address.
    pub email: MaybeUndefined<String>,
    /// The postal address.
    pub address: MaybeUndefined<String>,
    /// Whom to call in an emergency.
    pub emergency_contact: MaybeUndefined<EmergencyContactInput>,
    /// Earlier diseases and operations.
    pub medical_history: MaybeUndefined<String>,
    /// Known allergies.
    pub allergies: MaybeUndefined<String>,
    /// What the patient takes.
    pub current_medications: MaybeUndefined<String>,
    /// Who pays.
    pub insurance_info: MaybeUndefined<String>,
}

/// A patient to register.
#[derive(InputObject)]
pub struct CreatePatientInput {
    /// The medical record number that people use; unique.
    pub mrn: String,
    /// The full name.
    pub name: String,
    /// The gender.
    #[graphql(default_with = "Gender::Unknown")]
    pub gender: Gender,
    /// Whether the date of birth is a guess.
    #[graphql(default)]
    pub date_of_birth_estimated: bool,
    /// What else is known.
    #[graphql(flatten)]
    pub details: PatientDetails,
}

/// A change of a patient. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdatePatientInput {
    /// The patient.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// The medical record number that people use; unique.
    pub mrn: MaybeUndefined<String>,
    /// The full name.
    pub name: MaybeUndefined<String>,
    /// The gender.
    pub gender: MaybeUndefined<Gender>,
    /// Whether the date of birth is a guess.
    pub date_of_birth_estimated: MaybeUndefined<bool>,
    /// What else changes.
    #[graphql(flatten)]
    pub details: PatientDetails,
}

/// A patient to erase, with the whole record.
#[derive(InputObject)]
pub struct DeletePatientInput {
    /// The patient, who must be archived.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// Why the record is erased; it is kept with the id, who did it and when, and nothing else is.
    pub reason: String,
}

targets! {
    /// A patient to archive.
    ArchivePatientInput(Patient) -> Archiving<Patient> = Archiving::archive;
    /// A patient to bring back.
    RestorePatientInput(Patient) -> Archiving<Patient> = Archiving::restore;
}

payloads! {
    /// What came of registering a patient.
    CreatePatientPayload {
        /// The new patient; null when there are errors.
        patient: One<Patient>
    }
    /// What came of changing a patient.
    UpdatePatientPayload {
        /// The changed patient; null when there are errors.
        patient: One<Patient>
    }
    /// What came of archiving a patient.
    ArchivePatientPayload {
        /// The archived patient; null when there are errors.
        patient: One<Patient>
    }
    /// What came of bringing a patient back.
    RestorePatientPayload {
        /// The patient; null when there are errors.
        patient: One<Patient>
    }
    /// What came of erasing a patient.
    DeletePatientPayload {
        /// The id that the patient had; null when there are errors.
        deleted_id: Deleted<Patient>
    }
}

mutations! {
    /// Mutations of patients.
    PatientMutation {
        /// Registers a patient.
        create_patient(CreatePatientInput, "The patient.") for admins -> CreatePatientPayload;
        /// Changes a patient's own data.
        update_patient(UpdatePatientInput, "The patient, the version that was read, and what changes.") for patients
            -> UpdatePatientPayload;
        /// Archives a patient, who is left out of lists, stays readable by id and refuses changes until restored.
        archive_patient(ArchivePatientInput, "The patient and the version that was read.") for admins -> ArchivePatientPayload;
        /// Brings an archived patient back.
        restore_patient(RestorePatientInput, "The patient and the version that was read.") for admins -> RestorePatientPayload;
        /// Erases an archived patient with the whole record, for good.
        delete_patient(DeletePatientInput, "The patient, the version that was read, and why.") for admins
            -> DeletePatientPayload;
    }
}
