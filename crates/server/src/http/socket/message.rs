//! The messages of graphql-transport-ws,
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.

use async_graphql::Request;
use serde_json::{Map, Value};

use super::close::Close;
use crate::http::parameters;

/// Ids are chosen by clients, which count or make UUIDs.
const LONGEST_ID: usize = 128;

/// What a client says.
pub(super) enum ClientMessage {
    /// Who it acts for.
    Init(Map<String, Value>),
    /// Whether the server is there; it gets the payload back.
    Ping(Option<Value>),
    /// The client is there.
    Pong,
    /// An operation.
    Subscribe(String, Box<Request>),
    /// An operation that it does not want any more.
    Complete(String),
}

impl ClientMessage {
    /// Reads a message.
    pub(super) fn parse(text: &str) -> Result<Self, Close> {
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
            return Err(Close::malformed("A message is a JSON object."));
        };
        let Some(Value::String(kind)) = message.remove("type") else {
            return Err(Close::malformed("A message has a `type`."));
        };
        let payload = message.remove("payload").filter(|payload| !payload.is_null());
        match kind.as_str() {
            "connection_init" => match payload {
                None => Ok(Self::Init(Map::new())),
                Some(Value::Object(payload)) => Ok(Self::Init(payload)),
                Some(_) => Err(Close::malformed("The payload of connection_init is an object.")),
            },
            "ping" => Ok(Self::Ping(payload)),
            "pong" => Ok(Self::Pong),
            "subscribe" => {
                let Some(Value::Object(payload)) = payload else {
                    return Err(Close::malformed("The payload of subscribe is an object with `query`."));
                };
                let request = parameters::request(payload).map_err(|_| {
                    Close::malformed(
                        "The payload of subscribe has a text `query`, and objects `variables`, `extensions`.",
                    )
                })?;
                Ok(Self::Subscribe(id(&mut message)?, Box::new(request)))
            }
            "complete" => Ok(Self::Complete(id(&mut message)?)),
            _ => Err(Close::malformed("There is no such `type` of messages.")),
        }
    }
}

fn id(message: &mut Map<String, Value>) -> Result<String, Close> {
    match message.remove("id") {
        Some(Value::String(id)) if !id.is_empty() && id.len() <= LONGEST_ID => Ok(id),
        _ => Err(Close::malformed("The `id` of an operation is a text of 1 to 128 bytes.")),
    }
}

/// The bearer token in the payload of connection_init; none where there is none.
pub(super) fn bearer(payload: &Map<String, Value>) -> Option<&str> {
    let name = ["Authorization", "authorization"].into_iter().find(|name| payload.contains_key(*name))?;
    // What is there and is no bearer token is good for nobody.
    let bearer = payload[name].as_str().and_then(|value| value.split_once(' '));
    Some(bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map_or("", |(_, token)| token.trim()))
}

/// The client may send operations.
pub(super) const ACKNOWLEDGED: &str = r#"{"type":"connection_ack"}"#;

/// The answer to a ping.
pub(super) fn pong(payload: Option<Value>) -> String {
    match payload {
        None => r#"{"type":"pong"}"#.to_owned(),
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
    }
}

/// An answer of an operation.
pub(super) fn next(id: &str, answer: &[u8]) -> String {
    of("next", id, Some(answer))
}

/// The end of an operation by errors.
pub(super) fn error(id: &str, errors: &[u8]) -> String {
    of("error", id, Some(errors))
}

/// The end of an operation.
pub(super) fn complete(id: &str) -> String {
    of("complete", id, None)
}

fn of(kind: &str, id: &str, payload: Option<&[u8]>) -> String {
    let id = Value::from(id);
    match payload.map(String::from_utf8_lossy) {
        None => format!(r#"{{"id":{id},"type":"{kind}"}}"#),
        Some(payload) => format!(r#"{{"id":{id},"type":"{kind}","payload":{payload}}}"#),
    }
}
