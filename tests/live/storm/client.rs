//! A client that is cut again and again, and goes on from its last position each time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use super::Addresses;
use super::writer::Commits;
use crate::support::dice::Dice;
use crate::support::factory::id;

const FOLLOW: &str =
    "subscription($patient: ID!, $after: String) { timelineChanged(patientId: $patient, after: $after) {
    position kind eventId event { title } } }";
/// So long nothing comes any more when all was told.
const QUIET: Duration = Duration::from_secs(4);

/// One change that a client was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub event: String,
    pub kind: String,
}

/// Follows one patient's timeline.
pub struct Client {
    addresses: Addresses,
    token: String,
    pub patient: String,
    pub is_patient: bool,
    after: String,
    pub told: Vec<Told>,
    /// When each new note came, by its title, and since when the socket was open.
    came: Vec<(String, Instant, Instant)>,
    cuts: usize,
}

impl Client {
    pub fn new(addresses: Addresses, token: String, patient: String, is_patient: bool, after: String) -> Self {
        Self { addresses, token, patient, is_patient, after, told: vec![], came: vec![], cuts: 0 }
    }

    /// Follows until nothing comes any more after all was written.
    pub async fn run(mut self, mut dice: Dice, done: Arc<AtomicBool>) -> Self {
        loop {
            let before = self.told.len();
            let whole = self.follow(&mut dice, &done).await;
            if whole.is_some() && self.told.len() == before && done.load(Ordering::Relaxed) {
                return self;
            }
            self.cuts += 1;
            sleep(Duration::from_millis(dice.below(300) as u64)).await;
        }
    }

    /// Follows until it is cut; something where nothing came for long after all was written.
    async fn follow(&mut self, dice: &mut Dice, done: &AtomicBool) -> Option<()> {
        let address = self.addresses.lock().expect("nobody panics with it")[dice.below(2)].clone();
        let mut request = format!("ws://{address}/graphql").into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        let (mut stream, _) = connect_async(request).await.ok()?;
        let init = json!({"type": "connection_init", "payload": {"Authorization": format!("Bearer {}", self.token)}});
        stream.send(Message::text(init.to_string())).await.ok()?;
        let variables = json!({"patient": id("Patient", &self.patient), "after": self.after});
        let subscribe = json!({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW, "variables": variables}});
        let mut since = None;
        let mut left = if dice.chance(50) { 1 + dice.below(60) } else { usize::MAX };
        loop {
            let message = match timeout(QUIET, stream.next()).await {
                Ok(message) => message?.ok()?,
                Err(_) if done.load(Ordering::Relaxed) && since.is_some() => return Some(()),
                Err(_) => continue,
            };
            let Message::Text(text) = message else { continue };
            let mut message: Value = serde_json::from_str(&text).expect("JSON");
            match message["type"].as_str() {
                Some("connection_ack") => {
                    since = Some(Instant::now());
                    stream.send(Message::text(subscribe.to_string())).await.ok()?;
                }
                Some("next") => self.note(message["payload"].take(), since?),
                // A server that was just started, or is about to end, may have no answer.
                _ => assert_ne!(message["payload"][0]["extensions"]["code"], "POSITION_EXPIRED", "{message}"),
            }
            left = left.saturating_sub(1);
            if left == 0 && !done.load(Ordering::Relaxed) {
                return None;
            }
        }
    }

    fn note(&mut self, payload: Value, since: Instant) {
        let change = &payload["data"]["timelineChanged"];
        let text = |name: &str| change[name].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned();
        self.after = text("position");
        self.told.push(Told { event: text("eventId"), kind: text("kind") });
        if let (Some(title), "ADDED") = (change["event"]["title"].as_str(), &*text("kind")) {
            self.came.push((title.to_owned(), Instant::now(), since));
        }
    }

    /// The events that are there after all that it was told.
    pub fn left(&self) -> BTreeSet<String> {
        let mut left = BTreeSet::new();
        for Told { event, kind } in &self.told {
            let was_known = match kind.as_str() {
                "ADDED" => !left.insert(event.clone()),
                "REMOVED" => !left.remove(event),
                _ => !left.contains(event),
            };
            assert!(!was_known, "{kind} {event} makes no sense to {}", self.about());
        }
        left
    }

    /// How long notes took that were written while the socket was open.
    pub fn delays(&self, commits: &Commits) -> Vec<Duration> {
        let open = self.came.iter().filter_map(|(title, came, since)| {
            let committed = commits.of(title).filter(|committed| committed > since)?;
            Some(*came - committed)
        });
        open.collect()
    }

    /// Which client it is.
    pub fn about(&self) -> String {
        let who = if self.is_patient { "the patient" } else { "a doctor" };
        format!("{who} of {}, cut {} times, told {}", self.patient, self.cuts, self.told.len())
    }
}
