//! What the database's constraints mean to a user: the one place where their names become errors.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

use super::user_error::{UserError, UserErrorCode};

/// A unique constraint, as PostgreSQL names it and as SQLite tells its columns; the field of the input, and what to do.
struct Unique {
    name: &'static str,
    columns: &'static str,
    field: &'static str,
    message: &'static str,
}

const TAKEN: &str = "Another record has this value. Give a different one.";
/// What is said of a second doctor in charge of a patient.
pub(crate) const SECOND_PRIMARY: &str =
    "The patient has a primary doctor already. Hand the role over with transferPrimaryDoctor, or end it first.";
/// What is said of a second open assignment of the same kind.
pub(crate) const ASSIGNED_ALREADY: &str =
    "The doctor has an open assignment of this type to the patient already. Change that one.";

const UNIQUE: &[Unique] = &[
    Unique { name: "patients_mrn_key", columns: "patients.mrn", field: "mrn", message: TAKEN },
    Unique { name: "patients_user_id_key", columns: "patients.user_id", field: "patientId", message: TAKEN },
    Unique {
        name: "doctors_license_number_key",
        columns: "doctors.license_number",
        field: "licenseNumber",
        message: TAKEN,
    },
    Unique { name: "doctors_user_id_key", columns: "doctors.user_id", field: "doctorId", message: TAKEN },
    Unique { name: "users_username_key", columns: "users.username", field: "username", message: TAKEN },
    Unique { name: "users_email_key", columns: "users.email", field: "email", message: TAKEN },
    Unique {
        name: "doctor_patient_assignments_open_primary_key",
        columns: "doctor_patient_assignments.patient_id",
        field: "type",
        message: SECOND_PRIMARY,
    },
    Unique {
        name: "doctor_patient_assignments_open_key",
        columns: "doctor_patient_assignments.patient_id, doctor_patient_assignments.doctor_id, \
                  doctor_patient_assignments.assignment_type",
        field: "type",
        message: ASSIGNED_ALREADY,
    },
    Unique {
        name: "report_status_live_key",
        columns: "index 'report_status_live_key'",
        field: "id",
        message: REQUESTED_ALREADY,
    },
    Unique {
        name: "medical_reports_supersedes_id_key",
        columns: "medical_reports.supersedes_id",
        field: "version",
        message: "A newer revision supersedes this report. Read it again and amend the newest.",
    },
];

/// What is said of a second request for the same report.
const REQUESTED_ALREADY: &str = "Another request for the same report is waiting or being worked on. Wait for that one.";

/// The user's error behind a violated unique constraint, where there is one.
pub(super) fn user_error(error: &DbErr) -> Option<UserError> {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) = error else {
        return None;
    };
    let error = error.as_database_error()?;
    let columns = error.message().strip_prefix("UNIQUE constraint failed: ");
    let violated = UNIQUE.iter().find(|u| error.constraint() == Some(u.name) || columns == Some(u.columns))?;
    let code = if violated.field == "version" { UserErrorCode::Conflict } else { UserErrorCode::Taken };
    Some(UserError::at(&[violated.field], code, violated.message))
}

/// Whether a row could not be deleted because others refer to it.
pub(super) fn is_referred_to(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_)))
}
