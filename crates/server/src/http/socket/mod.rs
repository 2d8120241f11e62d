//! GraphQL over a WebSocket, as graphql-transport-ws has it: what live updates come by. Queries and mutations work too.
//!
//! The protocol is written here: the library's `WebSocket` closes with codes of its own (1002 and 1011 for 4400, 4401 and
//! 4403), replaces an operation whose id is used again, knows no deadline for connection_init, polls all operations of a
//! socket in one task, and gives no place where a document is looked at before it is parsed. Its `Subscription` types run
//! below it.

mod census;
mod close;
mod message;
mod operation;
mod session;

use std::sync::Arc;

use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};

pub(super) use census::Census;
use close::Close;
use session::Session;

use super::accept::AnswerType;
use super::refusal::Refusal;
use super::{Shared, graphql};
use crate::auth::ClientAddress;
use crate::config::ServerSettings;
use crate::identity::Known;

/// The one subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// Clients say little: what is heard and said waits in buffers of this size.
const BUFFER: usize = 8 * 1024;

/// Whether a request wants a socket.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Opens a socket.
pub(super) async fn open(app: &Arc<Shared>, request: Request, address: ClientAddress, request_id: &str) -> Response {
    let refuse = |refusal: Refusal| refusal.answer(AnswerType::Json, Some(request_id));
    let (mut head, _) = request.into_parts();
    if !is_of_our_pages(&head.headers, &app.settings.server) {
        return refuse(Refusal::other_origin());
    }
    let by_header = match graphql::known(app, &head.headers).await {
        Ok(known) => known,
        Err(refusal) => return refuse(refusal),
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut head, &()).await {
        Ok(upgrade) => upgrade.protocols([PROTOCOL]),
        Err(rejection) => return rejection.into_response(),
    };
    let largest = app.settings.http.max_body_bytes;
    let upgrade = upgrade.max_message_size(largest).max_frame_size(largest);
    let (upgrade, app) = (upgrade.read_buffer_size(BUFFER).write_buffer_size(BUFFER), app.clone());
    upgrade.on_upgrade(move |socket| {
        let sockets = app.sockets.clone();
        sockets.track_future(serve(app, socket, address, by_header))
    })
}

async fn serve(app: Arc<Shared>, socket: WebSocket, address: ClientAddress, by_header: Option<Known>) {
    let is_ours = socket.protocol().is_some_and(|protocol| protocol == PROTOCOL);
    let seat = app.census.take(app.settings.live.max_sockets);
    match seat {
        Some(seat) if is_ours => Session { app, socket, seat, address, by_header }.run().await,
        Some(_) => turn_away(socket, Close::OTHER_PROTOCOL).await,
        None => turn_away(socket, Close::TOO_MANY).await,
    }
}

async fn turn_away(mut socket: WebSocket, close: Close) {
    if let Err(error) = socket.send(close.message()).await {
        tracing::debug!(%error, "a socket ended");
    }
}

/// Whether it is a page of this server that wants a socket, or a program: browsers say which page asks, and no page
/// elsewhere has any business here.
fn is_of_our_pages(headers: &HeaderMap, server: &ServerSettings) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().filter(|_| headers.get_all(header::ORIGIN).iter().count() == 1) else {
        return false;
    };
    if server.public_url.as_ref().is_some_and(|public| public.to_string().eq_ignore_ascii_case(origin)) {
        return true;
    }
    let asked = origin.parse::<Uri>().ok();
    let asked = asked.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?.as_str())));
    let host = headers.get(header::HOST).map(HeaderValue::to_str);
    matches!((asked, host), (Some(("http" | "https", asked)), Some(Ok(host))) if asked.eq_ignore_ascii_case(host))
}
