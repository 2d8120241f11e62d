//! What is too much, and who is too slow.

use std::time::Duration;

use futures_util::StreamExt;
use patientgraph::config::{HttpSettings, LiveSettings, Settings};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{TIMELINE, change, position};
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;
use crate::support::socket::Socket;

async fn server(live: LiveSettings) -> TestServer {
    let http = HttpSettings { max_body_bytes: 20_000, ..HttpSettings::default() };
    let settings = Settings { live, http, ..Settings::default() };
    TestServer::start_with(TestDatabase::migrated_sqlite().await, settings).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_are_counted() {
    let live = LiveSettings { max_sockets: 4, max_sockets_per_user: 2, ..LiveSettings::default() };
    let server = server(live).await;
    let rows = Factory::new(&server.database).await;
    let ute = server.sign_in(&rows.user("ute", "doctor").await).await;
    let admin = server.admin();
    let [first, second] = [Socket::of(&admin).await, Socket::of(&admin).await];
    let mut third = Socket::open(&admin, &[]).await.expect("a socket");
    third.init(json!({"Authorization": format!("Bearer {}", admin.token.as_deref().expect("a token"))})).await;
    assert_eq!(third.closed().await, 4429);
    // Others have theirs, up to as many as there are.
    let [one, two] = [Socket::of(&ute).await, Socket::of(&ute).await];
    let mut fifth = Socket::open(&ute, &[]).await.expect("a socket");
    assert_eq!(fifth.closed().await, 4429);
    // Whoever leaves makes room.
    drop((first, second, one, two, fifth));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let [_first, _second] = [Socket::of(&admin).await, Socket::of(&admin).await];
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_and_messages_are_bounded() {
    const FOLLOW: &str = "subscription { reportRequestChanged { kind } }";
    let server = server(LiveSettings { max_operations: 3, ..LiveSettings::default() }).await;
    let mut socket = Socket::of(&server.admin()).await;
    for _ in 0..3 {
        socket.subscribe(FOLLOW, json!({})).await;
    }
    let fourth = socket.subscribe(FOLLOW, json!({})).await;
    assert_eq!(socket.error(&fourth).await, "RATE_LIMITED");
    socket.say(json!({"id": "1", "type": "complete"})).await;
    let fifth = socket.subscribe("{ viewer { name } }", json!({})).await;
    assert_eq!(socket.data(&fifth).await["viewer"]["name"], "Tests");
    socket.say(json!({"type": "ping", "payload": {"a": "x".repeat(30_000)}})).await;
    assert_eq!(socket.closed().await, 1009);
}

/// Who does not receive is told to come back, and then misses nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_too_slow_is_sent_away_and_comes_back() {
    const MANY: usize = 6_000;
    let server = server(LiveSettings { send_timeout_seconds: 2, ping_seconds: 600, ..LiveSettings::default() }).await;
    let rows = Factory::at_once(&server.database).await;
    let patient = rows.patient("A", json!({})).await;
    rows.commit().await;
    let mut after = position(&server.admin()).await;
    let text = "long ".repeat(400);
    for number in 0..MANY {
        let title = format!("{number}");
        let row = json!({"event_type": "note", "event_title": title, "event_description": text});
        rows.of_patient("patient_timeline", &patient, row).await;
    }
    rows.commit().await;
    let follow = TIMELINE.replace("title", "title description");
    let mut socket = Socket::of(&server.admin()).await;
    let id = id("Patient", &patient);
    socket.subscribe(&follow, json!({"patient": id, "after": after})).await;
    // Nothing is read until the buffers of both machines are full and the server's patience has ended.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let (mut next, mut code) = (0, None);
    while let Some(Ok(message)) = socket.stream.next().await {
        match message {
            Message::Text(text) => {
                let message: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                let change = &message["payload"]["data"]["timelineChanged"];
                assert_eq!(change["event"]["title"], next.to_string());
                after = change["position"].as_str().expect("a position").to_owned();
                next += 1;
            }
            Message::Close(frame) => code = frame.map(|frame| u16::from(frame.code)),
            _ => {}
        }
    }
    assert!(next > 0 && next < MANY, "{next}");
    assert_eq!(code, Some(1013));
    let mut socket = Socket::of(&server.admin()).await;
    let operation = socket.subscribe(TIMELINE, json!({"patient": id, "after": after})).await;
    for next in next..MANY {
        assert_eq!(change(&mut socket, &operation).await["event"]["title"], next.to_string());
    }
    socket.is_quiet().await;
}
