//! Which error texts leave the house: those made for clients. Everything else is an internal error with a request id,
//! and its text goes to the log.

use async_graphql::ServerError;

use crate::read::error::code;

/// At most so many errors are told, of so many characters each.
const MOST_ERRORS: usize = 20;
const MOST_CHARACTERS: usize = 300;

/// The errors as the client gets them.
pub(super) fn mask(errors: Vec<ServerError>, request_id: &str) -> Vec<ServerError> {
    errors.into_iter().take(MOST_ERRORS).map(|error| masked(error, request_id)).collect()
}

fn masked(mut error: ServerError, request_id: &str) -> ServerError {
    let coded = error.extensions.as_ref().is_some_and(|e| e.get("code").is_some());
    if !coded && spoken_to_clients(&error) {
        error.extensions = Some(code("BAD_USER_INPUT"));
    } else if !coded {
        tracing::error!(request_id, error = %error.message, "internal error");
        error.message = format!("Something went wrong here; the log knows it as request {request_id}.");
        let mut extensions = code("INTERNAL");
        extensions.set("requestId", request_id);
        error.extensions = Some(extensions);
    }
    if error.message.chars().count() > MOST_CHARACTERS {
        error.message = error.message.chars().take(MOST_CHARACTERS).chain(['…']).collect();
    }
    error
}

/// Errors that the library makes about the request itself: before execution they have no path, and about the value of
/// an argument they begin like this.
fn spoken_to_clients(error: &ServerError) -> bool {
    error.path.is_empty() || error.message.starts_with("Failed to parse \"")
}
