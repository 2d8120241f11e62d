//! What the database's constraints mean to a user: the one place where their names become errors.

use sea_orm::{DbErr, RuntimeErr};

use super::user_error::{UserError, UserErrorCode};

/// A unique constraint, as PostgreSQL names it and as SQLite tells its columns, and the field of the input.
const TAKEN: &[(&str, &str, &str)] = &[
    ("patients_mrn_key", "patients.mrn", "mrn"),
    ("doctors_license_number_key", "doctors.license_number", "licenseNumber"),
    ("users_username_key", "users.username", "username"),
    ("users_email_key", "users.email", "email"),
];

/// The user's error behind a violated constraint, where there is one.
pub(super) fn user_error(error: &DbErr) -> Option<UserError> {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) = error else {
        return None;
    };
    let error = error.as_database_error()?;
    let columns = error.message().strip_prefix("UNIQUE constraint failed: ");
    let (.., field) = TAKEN.iter().find(|(name, on, _)| error.constraint() == Some(name) || columns == Some(on))?;
    Some(UserError::at(&[field], UserErrorCode::Taken, "Another record has this value. Give a different one."))
}
