//! What is said on a socket, from its opening to its close.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Request;
use axum::Error;
use axum::extract::ws::{Message, WebSocket};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use super::census::Seat;
use super::close::Close;
use super::message::{self, ClientMessage};
use super::operation::{Operation, Said};
use crate::auth::ClientAddress;
use crate::http::Shared;
use crate::http::refusal::Refusal;
use crate::identity::{Known, Unauthenticated};

/// So many messages wait for the client at most; then operations wait with their next.
const WAITING: usize = 8;
/// How often it is asked whether the viewer is still who they were: together with the age of what is known of viewers,
/// whatever ends their rights ends the socket within 5 seconds.
const CHECKED: Duration = Duration::from_secs(2);
/// How long a client may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long a client that was too slow has to hear that it was.
const LONG_GOODBYE: Duration = Duration::from_secs(30);

/// One socket.
pub(super) struct Session {
    pub(super) app: Arc<Shared>,
    pub(super) socket: WebSocket,
    pub(super) seat: Seat,
    pub(super) address: ClientAddress,
    /// Whom the request acts for by its header, which connection_init may say in its place.
    pub(super) by_header: Option<Known>,
}

/// How a socket ends: closed by us, or gone.
type Ended = Option<Close>;

/// What is going on on a socket.
struct Running {
    known: Option<Known>,
    operations: HashMap<Arc<str>, (u64, AbortOnDropHandle<()>)>,
    next_number: u64,
    out: mpsc::Sender<Said>,
    init_until: Instant,
    check_at: Instant,
    ping_at: Instant,
    heard_at: Instant,
}

impl Session {
    /// Speaks with the client until either has had enough.
    pub(super) async fn run(mut self) {
        let (out, said) = mpsc::channel(WAITING);
        let (now, live) = (Instant::now(), &self.app.settings.live);
        let running = Running {
            known: None,
            operations: HashMap::new(),
            next_number: 0,
            out,
            init_until: now + live.init_timeout(),
            check_at: now + CHECKED,
            ping_at: now + live.ping(),
            heard_at: now,
        };
        // Operations end with it.
        let Some(close) = self.speak(running, said).await else { return };
        let Self { app, socket, seat, .. } = self;
        let (_seat, patience) = match close {
            Close::TOO_SLOW => (Some(seat), LONG_GOODBYE),
            _ => {
                // It makes room at once.
                drop(seat);
                (None, GOODBYE)
            }
        };
        tokio::select! {
            () = say_goodbye(socket, close) => {}
            () = sleep(patience) => {}
            () = async { app.stopping.cancelled().await; sleep(GOODBYE).await } => {}
        }
    }

    async fn speak(&mut self, mut running: Running, mut said: mpsc::Receiver<Said>) -> Ended {
        let stopping = self.app.stopping.clone();
        loop {
            let step = tokio::select! {
                () = stopping.cancelled() => Err(Some(Close::GOING_AWAY)),
                heard = self.socket.recv() => self.heard(&mut running, heard).await,
                Some(said) = said.recv() => self.pass_on(&mut running, said).await,
                () = sleep_until(running.next_look()) => self.look(&mut running).await,
            };
            if let Err(ended) = step {
                return ended;
            }
        }
    }

    async fn heard(&mut self, running: &mut Running, heard: Option<Result<Message, Error>>) -> Result<(), Ended> {
        running.heard_at = Instant::now();
        match heard {
            Some(Ok(Message::Text(text))) => self.understood(running, ClientMessage::parse(&text)?).await,
            Some(Ok(Message::Binary(_))) => Err(Some(Close::malformed("Messages are text."))),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(None),
            Some(Err(error)) if error.to_string().contains("too long") => Err(Some(Close::TOO_LARGE)),
            Some(Err(error)) => {
                tracing::debug!(%error, "a socket ended");
                Err(None)
            }
        }
    }

    async fn understood(&mut self, running: &mut Running, message: ClientMessage) -> Result<(), Ended> {
        match message {
            ClientMessage::Init(payload) => self.greet(running, &payload).await,
            ClientMessage::Ping(payload) => self.send(Message::text(message::pong(payload))).await,
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe(id, request) => self.begin(running, id.into(), *request).await,
            ClientMessage::Complete(id) => {
                running.operations.remove(id.as_str());
                Ok(())
            }
        }
    }

    async fn greet(&mut self, running: &mut Running, payload: &Map<String, Value>) -> Result<(), Ended> {
        if running.known.is_some() {
            return Err(Some(Close::INIT_TWICE));
        }
        let known = match message::bearer(payload) {
            Some(bearer) => {
                let known = self.app.api.authenticator().known_by(bearer);
                match timeout_at(running.init_until, known).await {
                    Ok(Ok(known)) => Some(known),
                    Ok(Err(Unauthenticated::Refused)) => None,
                    Ok(Err(Unauthenticated::Database(error))) => {
                        tracing::error!(%error, "cannot ask who a socket acts for");
                        return Err(Some(Close::INTERNAL));
                    }
                    Err(_) => return Err(Some(Close::INIT_TIMEOUT)),
                }
            }
            None => self.by_header.take(),
        };
        let known = known.ok_or(Some(Close::FORBIDDEN))?;
        if !self.seat.is_of(known.viewer.user, self.app.settings.live.max_sockets_per_user) {
            return Err(Some(Close::TOO_MANY));
        }
        running.known = Some(known);
        self.send(Message::text(message::ACKNOWLEDGED)).await
    }

    async fn begin(&mut self, running: &mut Running, id: Arc<str>, request: Request) -> Result<(), Ended> {
        let known = running.known.clone().ok_or(Some(Close::NOT_ACKNOWLEDGED))?;
        if running.operations.contains_key(&id) {
            return Err(Some(Close::ID_TAKEN));
        }
        let most = self.app.settings.live.max_operations;
        if running.operations.len() >= most {
            let errors = Refusal::too_many_operations(most).errors(&self.app.request_ids.next());
            return self.send(Message::text(message::error(&id, &errors))).await;
        }
        let (number, out) = (running.next_number, running.out.clone());
        running.next_number += 1;
        let (app, address) = (self.app.clone(), self.address);
        let operation = Operation { app, known, address, number, id: id.clone(), out };
        let task = AbortOnDropHandle::new(tokio::spawn(operation.run(request)));
        running.operations.insert(id, (number, task));
        Ok(())
    }

    /// Passes on what an operation says, unless the client has ended it.
    async fn pass_on(&mut self, running: &mut Running, said: Said) -> Result<(), Ended> {
        if running.operations.get(&said.id).is_none_or(|(number, _)| *number != said.number) {
            return Ok(());
        }
        if said.is_last {
            running.operations.remove(&said.id);
        }
        self.send(Message::text(said.text)).await
    }

    /// Looks at what has its time.
    async fn look(&mut self, running: &mut Running) -> Result<(), Ended> {
        let (now, ping) = (Instant::now(), self.app.settings.live.ping());
        let Some(known) = &running.known else {
            return if now >= running.init_until { Err(Some(Close::INIT_TIMEOUT)) } else { Ok(()) };
        };
        if now >= running.check_at {
            running.check_at = now + CHECKED;
            // A database that does not answer ends nothing.
            if matches!(timeout(CHECKED, known.is_current()).await, Ok(Ok(false))) {
                return Err(Some(Close::SIGNED_OUT));
            }
        }
        if now >= running.ping_at {
            running.ping_at = now + ping;
            if now - running.heard_at > ping * 2 {
                return Err(None);
            }
            self.send(Message::Ping(Default::default())).await?;
        }
        Ok(())
    }

    /// Sends a message, to a client that receives it in time.
    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        match timeout(self.app.settings.live.send_timeout(), self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a socket ended");
                Err(None)
            }
            Err(_) => Err(Some(Close::TOO_SLOW)),
        }
    }
}

/// Says why it ends, and waits for the client to have heard it.
async fn say_goodbye(mut socket: WebSocket, close: Close) {
    if socket.send(close.message()).await.is_ok() {
        while let Some(Ok(_)) = socket.recv().await {}
    }
}

impl Running {
    fn next_look(&self) -> Instant {
        if self.known.is_none() { self.init_until } else { self.check_at.min(self.ping_at) }
    }
}
