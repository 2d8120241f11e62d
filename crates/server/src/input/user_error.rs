//! Errors that a user can mend: data in a mutation's payload.

use async_graphql::{Enum, SimpleObject};

/// What is wrong with an input.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub enum UserErrorCode {
    /// A value must be given.
    Required,
    /// The text is too long.
    TooLong,
    /// The value is not one that is possible here.
    Invalid,
    /// The date must not be in the future.
    InFuture,
    /// Another record has this value already.
    Taken,
    /// The record that is named does not exist.
    NotFound,
    /// Somebody changed the record since it was read.
    Conflict,
    /// The record is archived: restore it first.
    Archived,
    /// The record is named by others and cannot be deleted.
    InUse,
    /// This cannot be done with a record that stands where this one does.
    InvalidTransition,
    /// The doctor or the patient has another visit at that time, and nobody said that this is meant.
    DoubleBooked,
    /// Nobody could run the clinic any more.
    LastAdmin,
    /// The name or the password is wrong, or the account cannot sign in.
    IncorrectCredentials,
    /// Your role may do this with other records, or set other values, but not this.
    Forbidden,
}

/// Why a mutation changed nothing, in a way that a user can mend.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct UserError {
    /// What is wrong, for programs.
    pub code: UserErrorCode,
    /// What is wrong and what to do, for people.
    pub message: String,
    /// The field of the input that it is about, a row of a list by its number from 0; empty for the whole.
    pub path: Vec<String>,
}

impl UserError {
    /// An error about a field of the input.
    pub fn at(path: &[&str], code: UserErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), path: path.iter().map(|&part| part.to_owned()).collect() }
    }

    /// A value that must be given.
    pub fn required(path: &[&str], message: impl Into<String>) -> Self {
        Self::at(path, UserErrorCode::Required, message)
    }

    /// A value that is not possible here.
    pub fn invalid(path: &[&str], message: impl Into<String>) -> Self {
        Self::at(path, UserErrorCode::Invalid, message)
    }

    /// A date that has not come yet.
    pub fn in_future(path: &[&str], message: impl Into<String>) -> Self {
        Self::at(path, UserErrorCode::InFuture, message)
    }

    /// Something that cannot be done with a record that stands where this one does.
    pub fn transition(path: &[&str], message: impl Into<String>) -> Self {
        Self::at(path, UserErrorCode::InvalidTransition, message)
    }

    /// A reference to a record that is not there, or not for this viewer.
    pub fn unknown(path: &[&str], what: &str) -> Self {
        Self::at(path, UserErrorCode::NotFound, format!("There is no such {what}. Check the id."))
    }

    /// A version that is not the record's.
    pub fn conflict() -> Self {
        let message = "The record was changed since you read it. Read it again and repeat your change.";
        Self::at(&["version"], UserErrorCode::Conflict, message)
    }

    /// A record that refuses changes while it is archived.
    pub fn archived(path: &[&str], what: &str) -> Self {
        Self::at(path, UserErrorCode::Archived, format!("The {what} is archived. Restore the {what} first."))
    }

    /// Something that others may do, or with another record.
    pub fn forbidden(path: &[&str], message: impl Into<String>) -> Self {
        Self::at(path, UserErrorCode::Forbidden, message)
    }

    /// A record that cannot be deleted, because others name it.
    pub fn in_use(message: impl Into<String>) -> Self {
        Self::at(&["id"], UserErrorCode::InUse, message)
    }
}
