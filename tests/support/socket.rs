//! Somebody who speaks graphql-transport-ws to the server.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::actor::Actor;

/// Longer than anything takes that is going to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A socket to the server.
#[derive(Debug)]
pub struct Socket {
    /// For what the protocol does not have.
    pub stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What came for one operation while another was asked.
    aside: VecDeque<Value>,
    next_id: u32,
}

impl Socket {
    /// Opens a socket to an actor's server that carries these headers.
    pub async fn open(actor: &Actor, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let url = actor.url("/graphql").replacen("http", "ws", 1);
        let mut request = url.into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).expect("a value"));
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self { stream, aside: VecDeque::new(), next_id: 1 }),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a socket and greets as an actor.
    pub async fn of(actor: &Actor) -> Self {
        let mut socket = Self::open(actor, &[]).await.expect("a socket");
        let token = actor.token.as_deref().expect("somebody who is signed in");
        socket.init(json!({"Authorization": format!("Bearer {token}")})).await;
        assert_eq!(socket.message().await, Ok(json!({"type": "connection_ack"})));
        socket
    }

    /// Greets.
    pub async fn init(&mut self, payload: Value) {
        self.say(json!({"type": "connection_init", "payload": payload})).await;
    }

    /// Says something.
    pub async fn say(&mut self, message: Value) {
        self.stream.send(Message::text(message.to_string())).await.expect("the server listens");
    }

    /// Begins an operation; answers its id.
    pub async fn subscribe(&mut self, query: &str, variables: Value) -> String {
        let id = self.next_id.to_string();
        self.next_id += 1;
        let payload = json!({"query": query, "variables": variables});
        self.say(json!({"id": id, "type": "subscribe", "payload": payload})).await;
        id
    }

    /// Begins one, and is sure that it has begun: what happens from now on is told.
    pub async fn follow(&mut self, query: &str, variables: Value) -> String {
        let id = self.subscribe(query, variables).await;
        // Nobody says when a subscription has begun; it has done so long before a query of the clock is due.
        tokio::time::sleep(Duration::from_millis(300)).await;
        id
    }

    /// The next message; the code where the server closes instead.
    pub async fn message(&mut self) -> Result<Value, u16> {
        if let Some(message) = self.aside.pop_front() {
            return Ok(message);
        }
        self.receive(PATIENCE).await.expect("the server says something")
    }

    /// The next message or close, if any comes in time.
    pub async fn receive(&mut self, patience: Duration) -> Option<Result<Value, u16>> {
        timeout(patience, async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).expect("JSON")),
                    Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                    Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(1006),
                    Some(Ok(_)) => {}
                }
            }
        })
        .await
        .ok()
    }

    /// The next message of an operation: its type and payload.
    pub async fn of_operation(&mut self, id: &str) -> (String, Value) {
        if let Some(at) = self.aside.iter().position(|message| message["id"] == id) {
            return split(self.aside.remove(at).expect("it is there"));
        }
        loop {
            let message = self.receive(PATIENCE).await.expect("the server says something");
            let message = message.unwrap_or_else(|code| panic!("closed with {code}"));
            if message["id"] == id {
                return split(message);
            }
            self.aside.push_back(message);
        }
    }

    /// The data of the next answer of an operation.
    pub async fn data(&mut self, id: &str) -> Value {
        let (kind, mut payload) = self.of_operation(id).await;
        assert!(kind == "next" && payload.get("errors").is_none(), "{kind}: {payload}");
        payload["data"].take()
    }

    /// The code of the error that an operation ends with.
    pub async fn error(&mut self, id: &str) -> String {
        let (kind, payload) = self.of_operation(id).await;
        assert_eq!(kind, "error", "{payload}");
        payload[0]["extensions"]["code"].as_str().expect("a code").to_owned()
    }

    /// The code that the server closes with, whatever it says before.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.receive(PATIENCE).await.expect("the server closes") {
                return code;
            }
        }
    }

    /// That nothing comes for a while.
    pub async fn is_quiet(&mut self) {
        assert!(self.aside.is_empty(), "{:?}", self.aside);
        let message = self.receive(Duration::from_millis(700)).await;
        assert!(message.is_none(), "{message:?}");
    }
}

fn split(mut message: Value) -> (String, Value) {
    (message["type"].as_str().expect("a type").to_owned(), message["payload"].take())
}
