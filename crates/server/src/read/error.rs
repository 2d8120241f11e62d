//! What can go wrong while reading, and what of it a client is told.

use async_graphql::{ErrorExtensionValues, PathSegment, Pos, ServerError};

/// Why a read gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The client asked for something that cannot be answered; the text says what to do.
    #[error("{0}")]
    BadInput(String),
    /// Nobody is signed in, and without a viewer there is nothing to see.
    #[error("Sign in first: send an access token or an API key as `Authorization: Bearer …`.")]
    NoViewer,
    /// The viewer's role never has this: a field, a type, or what a list is to be sorted or filtered by.
    #[error("Your role does not have {0}.")]
    Forbidden(String),
    /// No connection was free in time.
    #[error("Too much is being read at the moment. Try again.")]
    NoTurn,
    /// Anything else; the text is for the log only.
    #[error("{0}")]
    Internal(String),
}

/// The result of a step of a read.
pub type Result<T> = std::result::Result<T, ReadError>;

/// A refusal of the client's input.
pub fn bad_input<T>(message: impl Into<String>) -> Result<T> {
    Err(ReadError::BadInput(message.into()))
}

impl From<sea_orm::sqlx::Error> for ReadError {
    fn from(error: sea_orm::sqlx::Error) -> Self {
        match error {
            sea_orm::sqlx::Error::PoolTimedOut => Self::NoTurn,
            error => Self::Internal(error.to_string()),
        }
    }
}

impl From<tokio::task::JoinError> for ReadError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl ReadError {
    /// The error as the answer carries it. Internal ones keep their text only until the response is masked.
    pub fn located(self, pos: Pos, path: Vec<PathSegment>) -> ServerError {
        let mut error = ServerError::new(self.to_string(), Some(pos)).with_path(path);
        error.extensions = match self {
            Self::BadInput(_) => Some(code("BAD_USER_INPUT")),
            Self::Forbidden(_) => Some(code("FORBIDDEN")),
            Self::NoViewer => Some(code("UNAUTHENTICATED")),
            Self::NoTurn => Some(code("UNAVAILABLE")),
            Self::Internal(_) => None,
        };
        error
    }
}

/// Extensions with this code: the error's text is meant for the client.
pub fn code(code: &str) -> ErrorExtensionValues {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    extensions
}
