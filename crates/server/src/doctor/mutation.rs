//! What can be told about doctors: inputs, payloads, root mutations.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::Doctor;
use super::store::IN_USE;
use crate::input::lifecycle::{Archiving, Removal};
use crate::input::{mutations, payloads, targets};
use crate::read::record::{Deleted, One};
use crate::read::scalar::Decimal;

/// What may be known about a doctor. In a change, what is absent stays and `null` clears.
#[derive(InputObject)]
pub struct DoctorDetails {
    /// The field of work.
    pub specialization: MaybeUndefined<String>,
    /// The licence to practise; unique.
    pub license_number: MaybeUndefined<String>,
    /// Years of practice, 0 to 100.
    pub years_experience: MaybeUndefined<i32>,
    /// The hospital.
    pub hospital_affiliation: MaybeUndefined<String>,
    /// The usual fee of a visit, in the clinic's currency; not negative.
    pub consultation_fee: MaybeUndefined<Decimal>,
    /// The e-mail address.
    pub email: MaybeUndefined<String>,
    /// The telephone number.
    pub phone: MaybeUndefined<String>,
}

/// A doctor to register.
#[derive(InputObject)]
pub struct CreateDoctorInput {
    /// The full name.
    pub name: String,
    /// What else is known.
    #[graphql(flatten)]
    pub details: DoctorDetails,
}

/// A change of a doctor. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdateDoctorInput {
    /// The doctor.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// The full name.
    pub name: MaybeUndefined<String>,
    /// What else changes.
    #[graphql(flatten)]
    pub details: DoctorDetails,
}

targets! {
    /// A doctor to archive.
    ArchiveDoctorInput(Doctor) -> Archiving<Doctor> = Archiving::archive;
    /// A doctor to bring back.
    RestoreDoctorInput(Doctor) -> Archiving<Doctor> = Archiving::restore;
    /// A doctor to delete, whom no record names.
    DeleteDoctorInput(Doctor) -> Removal<Doctor> = |target| Removal::archived_too(target, IN_USE);
}

payloads! {
    /// What came of registering a doctor.
    CreateDoctorPayload {
        /// The new doctor; null when there are errors.
        doctor: One<Doctor>
    }
    /// What came of changing a doctor.
    UpdateDoctorPayload {
        /// The changed doctor; null when there are errors.
        doctor: One<Doctor>
    }
    /// What came of archiving a doctor.
    ArchiveDoctorPayload {
        /// The archived doctor; null when there are errors.
        doctor: One<Doctor>
    }
    /// What came of bringing a doctor back.
    RestoreDoctorPayload {
        /// The doctor; null when there are errors.
        doctor: One<Doctor>
    }
    /// What came of deleting a doctor.
    DeleteDoctorPayload {
        /// The id that the doctor had; null when there are errors.
        deleted_id: Deleted<Doctor>
    }
}

mutations! {
    /// Mutations of doctors.
    DoctorMutation {
        /// Registers a doctor.
        create_doctor(CreateDoctorInput, "The doctor.") for admins -> CreateDoctorPayload;
        /// Changes a doctor's data.
        update_doctor(UpdateDoctorInput, "The doctor, the version that was read, and what changes.") for admins
            -> UpdateDoctorPayload;
        /// Archives a doctor, who is left out of lists and takes no new patients or visits, and stays named in records.
        archive_doctor(ArchiveDoctorInput, "The doctor and the version that was read.") for admins -> ArchiveDoctorPayload;
        /// Brings an archived doctor back.
        restore_doctor(RestoreDoctorInput, "The doctor and the version that was read.") for admins -> RestoreDoctorPayload;
        /// Deletes a doctor whom no record names; archive one who is named.
        delete_doctor(DeleteDoctorInput, "The doctor and the version that was read.") for admins -> DeleteDoctorPayload;
    }
}
