//! One line per request: what was asked by its name, never what was in it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, info, info_span};

use super::App;
use crate::auth::ClientAddress;
use crate::graphql::Answer;
use crate::identity::Known;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What stands in the log, in the header `x-request-id` and in the answer to an internal error.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

/// Makes request ids: a random beginning for this process, then a number.
#[derive(Debug)]
pub struct RequestIds {
    process: u32,
    next: AtomicU64,
}

impl RequestIds {
    /// Ids that begin with `process`, which should be random.
    pub fn new(process: u32) -> Self {
        Self { process, next: AtomicU64::new(1) }
    }

    /// The next one.
    pub(super) fn next(&self) -> String {
        format!("{:08x}-{:06x}", self.process, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// What the GraphQL endpoint tells the log about an answer, in the response's extensions.
#[derive(Debug, Clone, Default)]
pub(super) struct Summary {
    /// The operation's name, if it has one that looks like one.
    operation: Option<String>,
    /// Who asked.
    pub(super) viewer: Option<String>,
    statements: u32,
    errors: u32,
}

impl Summary {
    pub(super) fn of(answer: &Answer) -> Self {
        let operation = answer.operation.clone().filter(|name| is_name(name));
        Self { operation, viewer: None, statements: answer.statements, errors: answer.errors }
    }

    /// Of a request that was refused before GraphQL saw it.
    pub(super) fn of_refusal() -> Self {
        Self { errors: 1, ..Self::default() }
    }
}

/// A name as GraphQL has them, and no longer than a person would make one. Clients choose it: anything else could
/// carry text into the log that has no business there.
fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Gives the request its id and writes its line, also when the client has hung up meanwhile.
pub(super) async fn log(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = app.0.request_ids.next();
    let span = info_span!("request", request_id = %id);
    let mut line = Line::begin(&request, &id);
    let header = HeaderValue::from_str(&id);
    request.extensions_mut().insert(RequestId(id));

    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = header {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    line.status = Some(response.status().as_u16());
    line.summary = response.extensions_mut().remove().unwrap_or_default();
    response
}

/// Written when it is dropped: by then the answer is ready, or nobody waits for it any more.
struct Line {
    method: Method,
    /// The route, never what was asked for: a mail program that writes `#` as `%23` puts a one-time link's secret there.
    path: Option<MatchedPath>,
    request_id: String,
    client: Option<IpAddr>,
    start: Instant,
    status: Option<u16>,
    summary: Summary,
}

impl Line {
    fn begin(request: &Request, id: &str) -> Self {
        Self {
            method: request.method().clone(),
            path: request.extensions().get().cloned(),
            request_id: id.to_owned(),
            client: request.extensions().get().map(|ClientAddress(client)| *client),
            start: Instant::now(),
            status: None,
            summary: Summary::default(),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Summary { operation, viewer, statements, errors } = &self.summary;
        info!(
            method = %self.method,
            path = self.path.as_ref().map_or("(unknown)", MatchedPath::as_str),
            status = self.status,
            operation,
            viewer,
            client = self.client.map(tracing::field::display),
            statements,
            errors,
            duration_ms = self.start.elapsed().as_micros() as f64 / 1000.0,
            request_id = self.request_id,
            "{}",
            if self.status.is_some() { "answered" } else { "the client hung up" },
        );
    }
}

/// The line of an operation on a socket, written when it has ended, however it did.
pub(super) struct OperationLine {
    request_id: String,
    client: IpAddr,
    start: Instant,
    answers: u32,
    summary: Summary,
}

impl OperationLine {
    pub(super) fn begin(request_id: &str, ClientAddress(client): ClientAddress, known: &Known) -> Self {
        let viewer = known.viewer.user.map(|user| user.to_string());
        let summary = Summary { viewer, ..Summary::default() };
        Self { request_id: request_id.to_owned(), client, start: Instant::now(), answers: 0, summary }
    }

    /// One more answer.
    pub(super) fn note(&mut self, answer: &Answer) {
        let Summary { operation, statements, errors, .. } = Summary::of(answer);
        self.answers += 1;
        self.summary.operation = operation;
        self.summary.statements += statements;
        self.summary.errors += errors;
    }

    /// An answer that is none.
    pub(super) fn fail(&mut self) {
        self.summary.errors += 1;
    }
}

impl Drop for OperationLine {
    fn drop(&mut self) {
        let Summary { operation, viewer, statements, errors } = &self.summary;
        info!(
            method = "SOCKET",
            path = "/graphql",
            operation,
            viewer,
            client = %self.client,
            statements,
            errors,
            answers = self.answers,
            duration_ms = self.start.elapsed().as_micros() as f64 / 1000.0,
            request_id = self.request_id,
            "ended",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{RequestIds, is_name};

    #[test]
    fn only_a_name_is_a_name() {
        assert!(is_name("PatientRecord") && is_name("_q1") && is_name(&"a".repeat(64)));
        for text in ["", "1a", "Ada Lovelace", "ada@example.org", "a\nb", &"a".repeat(65)] {
            assert!(!is_name(text), "{text}");
        }
    }

    #[test]
    fn request_ids_differ() {
        let ids = RequestIds::new(0xab);
        assert_eq!((ids.next().as_str(), ids.next().as_str()), ("000000ab-000001", "000000ab-000002"));
    }
}
