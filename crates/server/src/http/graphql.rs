//! The GraphQL endpoint: GraphQL over HTTP as <https://graphql.github.io/graphql-over-http/draft/> describes it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_graphql::Request as GraphqlRequest;
use async_graphql::parser::types::OperationType;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{FutureExt, StreamExt};
use tokio::time::{sleep, timeout};

use super::accept::AnswerType;
use super::parameters;
use super::refusal::Refusal;
use super::request_log::{RequestId, Summary};
use super::{App, Shared, socket};
use crate::auth::ClientAddress;
use crate::graphql::Answer;
use crate::identity::{Known, Unauthenticated};
use crate::input::SIGN_IN_AGAIN;

pub(super) async fn graphql(
    State(App(app)): State<App>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Extension(address): Extension<ClientAddress>,
    request: Request,
) -> Response {
    if socket::is_wanted(request.headers()) {
        return socket::open(&app, request, address, &request_id).await;
    }
    let Some(form) = AnswerType::negotiate(request.headers()) else {
        return Refusal::not_acceptable().answer(AnswerType::Json, Some(&request_id));
    };
    let (known, answer) = match known(&app, request.headers()).await {
        Ok(known) => {
            let answer = answer(&app, request, known.clone(), address, &request_id);
            (known, timeout(app.settings.http.request_timeout(), answer).await)
        }
        Err(refusal) => (None, Ok(Err(refusal))),
    };
    let (mut summary, mut response) = match answer.unwrap_or_else(|_| Err(Refusal::too_slow())) {
        Ok(answer) => (Summary::of(&answer), respond(form, answer)),
        Err(refusal) => (Summary::of_refusal(), refusal.answer(form, Some(&request_id))),
    };
    summary.viewer = known.and_then(|known| known.viewer.user).map(|user| user.to_string());
    response.extensions_mut().insert(summary);
    response
}

/// Who the request acts for; nobody where it carries no token.
pub(super) async fn known(app: &Shared, headers: &HeaderMap) -> Result<Option<Known>, Refusal> {
    let Some(authorization) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let bearer = authorization.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match app.api.authenticator().known_by(bearer.unwrap_or_default()).await {
        Ok(known) => Ok(Some(known)),
        Err(refused @ Unauthenticated::Refused) => Err(Refusal::unauthenticated(refused.to_string())),
        Err(Unauthenticated::Database(error)) => {
            tracing::error!(%error, "cannot ask who a request acts for");
            Err(Refusal::internal())
        }
    }
}

async fn answer(
    app: &Shared,
    request: Request,
    known: Option<Known>,
    address: ClientAddress,
    request_id: &str,
) -> Result<Answer, Refusal> {
    let (head, body) = request.into_parts();
    let request = read(app, &head, body).await?;
    let admitted = match app.api.admit(request, request_id) {
        Ok(admitted) => admitted,
        Err(refused) => return Ok(refused),
    };
    let operation = admitted.kind();
    if head.method == Method::GET && !matches!(operation, None | Some(OperationType::Query)) {
        return Err(Refusal::method("POST", "GET runs queries only; send mutations by POST"));
    }

    let (api, id) = (app.api.clone(), request_id.to_owned());
    let acting = known.clone();
    let execution = async move { api.execute(admitted, acting.as_ref(), address, &id).await };
    let execution = AssertUnwindSafe(execution).catch_unwind();
    let outcome = if operation == Some(OperationType::Mutation) {
        // A task of its own: it runs to its end when the client hangs up or the deadline passes.
        app.mutations.spawn(execution).await.unwrap_or_else(|cut_off| Err(Box::new(cut_off)))
    } else {
        tokio::select! {
            outcome = execution => outcome,
            () = gone(known.as_ref()) => return Err(Refusal::unauthenticated(SIGN_IN_AGAIN)),
        }
    };
    outcome.map_err(|_| Refusal::internal())
}

/// How often it is asked whether the viewer of a request that runs is still who they were: together with the age of
/// what is known of viewers, whatever ends their rights ends the request within 5 seconds.
const CHECKED: Duration = Duration::from_secs(2);

/// Ends when the viewer is so no longer. A database that does not answer ends nothing: the request itself waits for it.
async fn gone(known: Option<&Known>) {
    loop {
        sleep(CHECKED).await;
        if let Some(known) = known
            && matches!(known.is_current().await, Ok(false))
        {
            return;
        }
    }
}

async fn read(app: &Shared, head: &Parts, body: Body) -> Result<GraphqlRequest, Refusal> {
    match head.method {
        Method::GET => parameters::from_url(&head.uri),
        Method::POST if !parameters::announces_json(&head.headers) => Err(Refusal::media_type()),
        Method::POST => {
            let http = &app.settings.http;
            let body = timeout(http.body_timeout(), read_body(&head.headers, body, http.max_body_bytes)).await;
            parameters::from_body(&body.unwrap_or_else(|_| Err(Refusal::body_too_slow()))?)
        }
        _ => Err(Refusal::method("GET, POST", "GraphQL is asked by POST, or by GET for queries")),
    }
}

/// The whole body, refused as soon as it is known to exceed `limit` bytes.
async fn read_body(headers: &HeaderMap, body: Body, limit: usize) -> Result<Vec<u8>, Refusal> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Refusal::too_large(limit));
    }
    let mut bytes = Vec::with_capacity(announced.unwrap_or_default());
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::malformed("the body ended too early"))?;
        if bytes.len() + chunk.len() > limit {
            return Err(Refusal::too_large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn respond(form: AnswerType, answer: Answer) -> Response {
    let status = match form {
        AnswerType::GraphqlResponse if !answer.has_data => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    (status, [(header::CONTENT_TYPE, form.content_type())], answer.body).into_response()
}
