//! What is answered to a request that never reaches GraphQL.

use std::any::Any;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::accept::AnswerType;

/// A GraphQL answer without `data`.
#[derive(Serialize)]
struct Body<'a> {
    errors: [GraphqlError<'a>; 1],
}

#[derive(Serialize)]
struct GraphqlError<'a> {
    message: &'a str,
    extensions: Extensions<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

/// Why a request is not executed, as status, stable code and words for whoever wrote the client. Echoes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    allow: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), allow: None }
    }

    /// The request is not well-formed.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    /// The path takes only the methods in `allow`.
    pub(super) fn method(allow: &'static str, message: &str) -> Self {
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message) }
    }

    /// A body that is not `application/json`.
    pub(super) fn media_type() -> Self {
        let message = "send the request as JSON: content-type application/json, in UTF-8";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
    }

    /// A client that takes none of our media types.
    pub(super) fn not_acceptable() -> Self {
        let message = "answers are application/graphql-response+json or application/json";
        Self::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
    }

    /// A body of more than `limit` bytes.
    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    }

    /// A body that did not arrive in time.
    pub(super) fn body_too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", "the body did not arrive in time")
    }

    /// A request that took too long.
    pub(super) fn too_slow() -> Self {
        let message =
            "the request took too long; ask for less at once (a mutation may have been carried out all the same)";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "TIMEOUT", message)
    }

    /// A request under a name that is not this machine's.
    pub(super) fn not_this_machine() -> Self {
        let message = "this server answers only as localhost or a loopback address, so that no web page elsewhere can \
                       reach it under a name of its own";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "FORBIDDEN", message)
    }

    /// A request under a name that is not the server's.
    pub(super) fn not_the_public_name() -> Self {
        let message = "this server answers only under its public name, which its setting `server.public_url` says";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "FORBIDDEN", message)
    }

    /// A request that carries what is good for nobody.
    pub(super) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message)
    }

    /// A socket for a page that is not the server's.
    pub(super) fn other_origin() -> Self {
        let message = "pages of other origins get no socket here";
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    /// One operation more than a socket may have at the same time.
    pub(super) fn too_many_operations(most: usize) -> Self {
        let message = format!("a socket has at most {most} operations at the same time: complete others first");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message)
    }

    /// Something went wrong here; the log has the rest under the same request id.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "something went wrong; the log knows what")
    }

    /// The refusal as a list of GraphQL errors, JSON.
    pub(super) fn errors(&self, request_id: &str) -> Vec<u8> {
        let extensions = Extensions { code: self.code, request_id: Some(request_id) };
        // Strings alone: there is nothing that could not be written.
        serde_json::to_vec(&[GraphqlError { message: &self.message, extensions }]).unwrap_or_default()
    }

    /// The answer in `form`, with the request id if there is one.
    pub(super) fn answer(&self, form: AnswerType, request_id: Option<&str>) -> Response {
        let extensions = Extensions { code: self.code, request_id };
        let body = Body { errors: [GraphqlError { message: &self.message, extensions }] };
        // Strings alone: there is nothing that could not be written.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, form.content_type())], body).into_response();
        if let Some(allow) = self.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// The answer when a handler panicked; the panic hook has logged why.
pub(super) fn after_panic(_: Box<dyn Any + Send>) -> Response {
    Refusal::internal().answer(AnswerType::Json, None)
}
