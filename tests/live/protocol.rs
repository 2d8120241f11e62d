//! The protocol on the wire: how sockets are opened and closed.

use std::time::Duration;

use patientgraph::config::{LiveSettings, Settings};
use serde_json::{Value, json};

use super::{TIMELINE, Ward};
use crate::on_both;
use crate::support::binary::Running;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;
use crate::support::socket::Socket;

on_both!(queries_and_mutations_work_too);

const WHO: &str = "{ viewer { name } }";

async fn queries_and_mutations_work_too(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let mut socket = Socket::of(&ward.server.admin()).await;
    let id = socket.subscribe("{ viewer { name } patients { totalCount } }", json!({})).await;
    assert_eq!(socket.data(&id).await, json!({"viewer": {"name": "Tests"}, "patients": {"totalCount": 2}}));
    assert_eq!(socket.of_operation(&id).await, ("complete".to_owned(), json!(null)));
    let input = json!({"patientId": ward.patient("ada"), "title": "Called"});
    let add = "mutation($input: AddTimelineNoteInput!) { addTimelineNote(input: $input) { timelineEvent { title } } }";
    let id = socket.subscribe(add, json!({"input": input})).await;
    assert_eq!(socket.data(&id).await["addTimelineNote"]["timelineEvent"]["title"], "Called");
    assert_eq!(socket.of_operation(&id).await.0, "complete");
    // What cannot be executed ends its operation, in the same words as by HTTP.
    for (query, code) in [
        ("{", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("subscription { nothing }", "BAD_USER_INPUT"),
        ("query($n: Int!) { patients(first: $n) { totalCount } }", "BAD_USER_INPUT"),
        ("subscription { a: dashboardChanged { patients } b: dashboardChanged { patients } }", "BAD_USER_INPUT"),
        ("subscription { ...F } fragment F on Subscription { dashboardChanged { patients } }", "BAD_USER_INPUT"),
        ("subscription { timelineChanged(patientId: \"x\", after: \"y\") { kind } }", "NOT_FOUND"),
        ("subscription { reportRequestChanged(after: \"y\") { kind } }", "BAD_USER_INPUT"),
    ] {
        let id = socket.subscribe(query, json!({})).await;
        assert_eq!(socket.error(&id).await, code, "{query}");
    }
    let nested = format!("{{ patients {{ {} }} }}", "nodes { doctors { nodes { doctor { patients { ".repeat(20));
    let id = socket.subscribe(&nested, json!({})).await;
    assert_eq!(socket.error(&id).await, "BAD_USER_INPUT");
    // An id is free again when its operation has ended.
    for _ in 0..2 {
        socket.say(json!({"id": "again", "type": "subscribe", "payload": {"query": WHO}})).await;
        assert_eq!(socket.data("again").await["viewer"]["name"], "Tests");
        assert_eq!(socket.of_operation("again").await.0, "complete");
    }
    let answer = ward.server.admin().query("subscription { dashboardChanged { patients } }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
    assert!(answer.get("data").is_none(), "{answer}");
}

async fn server() -> TestServer {
    TestServer::start(TestDatabase::migrated_sqlite().await).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_breaks_the_protocol_is_told_how() {
    let server = server().await;
    let admin = server.admin();
    let malformed: &[Value] = &[
        json!([]),
        json!("ping"),
        json!({}),
        json!({"type": 1}),
        json!({"type": "start", "id": "1", "payload": {"query": WHO}}),
        json!({"type": "subscribe", "payload": {"query": WHO}}),
        json!({"type": "subscribe", "id": "", "payload": {"query": WHO}}),
        json!({"type": "subscribe", "id": "x".repeat(129), "payload": {"query": WHO}}),
        json!({"type": "subscribe", "id": "1"}),
        json!({"type": "subscribe", "id": "1", "payload": {}}),
        json!({"type": "subscribe", "id": "1", "payload": {"query": WHO, "variables": []}}),
        json!({"type": "complete"}),
        json!({"type": "connection_init", "payload": []}),
    ];
    for message in malformed {
        let mut socket = Socket::of(&admin).await;
        socket.say(message.clone()).await;
        assert_eq!(socket.closed().await, 4400, "{message}");
    }
    let mut socket = Socket::of(&admin).await;
    futures_util::SinkExt::send(&mut socket.stream, vec![1_u8].into()).await.expect("the server listens");
    assert_eq!(socket.closed().await, 4400);

    let mut socket = Socket::open(&admin, &[]).await.expect("a socket");
    socket.subscribe(WHO, json!({})).await;
    assert_eq!(socket.closed().await, 4401);

    let mut socket = Socket::of(&admin).await;
    socket.init(json!({})).await;
    assert_eq!(socket.closed().await, 4429);

    let mut socket = Socket::of(&admin).await;
    for _ in 0..2 {
        let payload = json!({"query": "subscription { dashboardChanged { patients } }"});
        socket.say(json!({"id": "1", "type": "subscribe", "payload": payload})).await;
    }
    assert_eq!(socket.closed().await, 4409);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_comes_with_the_greeting_or_the_request() {
    let server = server().await;
    let admin = server.admin();
    let bearer = format!("Bearer {}", admin.token.as_deref().expect("a token"));
    for payload in [
        json!(null),
        json!({}),
        json!({"Authorization": "Bearer x"}),
        json!({"Authorization": ""}),
        json!({"Authorization": 1}),
    ] {
        let mut socket = Socket::open(&admin, &[]).await.expect("a socket");
        socket.init(payload.clone()).await;
        assert_eq!(socket.closed().await, 4403, "{payload}");
    }
    let greeted = [
        (vec![], json!({"authorization": bearer.replace("Bearer", "bearer")})),
        (vec![("authorization", bearer.as_str())], json!({})),
    ];
    for (headers, payload) in greeted {
        let mut socket = Socket::open(&admin, &headers).await.expect("a socket");
        socket.init(payload).await;
        assert_eq!(socket.message().await, Ok(json!({"type": "connection_ack"})));
        let id = socket.subscribe(WHO, json!({})).await;
        assert_eq!(socket.data(&id).await["viewer"]["name"], "Tests");
    }
    // What is said goes before what the request carries.
    let mut socket = Socket::open(&admin, &[("authorization", &bearer)]).await.expect("a socket");
    socket.init(json!({"Authorization": "Bearer x"})).await;
    assert_eq!(socket.closed().await, 4403);
    assert_eq!(Socket::open(&admin, &[("authorization", "Bearer x")]).await.err(), Some(401));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_other_origins_and_other_protocols_get_no_socket() {
    let server = server().await;
    let admin = server.admin();
    let own = admin.url("");
    assert!(Socket::open(&admin, &[("origin", &own)]).await.is_ok());
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1", &own.replace("http", "ftp"), ""] {
        assert_eq!(Socket::open(&admin, &[("origin", origin)]).await.err(), Some(403), "{origin}");
    }
    let url = admin.url("/graphql").replacen("http", "ws", 1);
    let (mut stream, _) = tokio_tungstenite::connect_async(url).await.expect("a socket");
    let close = futures_util::StreamExt::next(&mut stream).await.expect("a message").expect("a close");
    let tokio_tungstenite::tungstenite::Message::Close(Some(frame)) = close else { panic!("{close:?}") };
    assert_eq!(u16::from(frame.code), 4406);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_are_answered_and_silence_ends() {
    let live = LiveSettings { init_timeout_seconds: 1, ping_seconds: 1, ..LiveSettings::default() };
    let settings = Settings { live, ..Settings::default() };
    let server = TestServer::start_with(TestDatabase::migrated_sqlite().await, settings).await;
    let admin = server.admin();
    let mut silent = Socket::open(&admin, &[]).await.expect("a socket");
    assert_eq!(silent.closed().await, 4408);

    let mut socket = Socket::of(&admin).await;
    socket.say(json!({"type": "ping"})).await;
    assert_eq!(socket.message().await, Ok(json!({"type": "pong"})));
    socket.say(json!({"type": "ping", "payload": {"a": "\"b"}})).await;
    assert_eq!(socket.message().await, Ok(json!({"type": "pong", "payload": {"a": "\"b"}})));
    // Whoever answers pings stays, though nothing is asked; the client's library does so while somebody reads.
    assert!(socket.receive(Duration::from_millis(4500)).await.is_none());
    // Whoever does not is gone.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(socket.closed().await, 1006);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_operation_has_a_line_in_the_log_and_nothing_else() {
    const ADD: &str =
        "mutation Add($input: AddTimelineNoteInput!) { addTimelineNote(input: $input) { userErrors { code } } }";
    let database = TestDatabase::migrated_sqlite().await;
    let rows = Factory::new(&database).await;
    let patient = id("Patient", &rows.patient("A", json!({})).await);
    let directory = tempfile::tempdir().expect("a directory");
    let server = Running::start(&["serve", "--database-url", &database.url()], directory.path());
    let admin = server.admin(&database.url()).await;
    let mut socket = Socket::of(&admin).await;
    let follow = TIMELINE.replacen("subscription", "subscription Follow", 1);
    let following = socket.follow(&follow, json!({"patient": patient})).await;
    let input = json!({"patientId": patient, "title": "A secret"});
    let add = socket.subscribe(ADD, json!({"input": input})).await;
    assert_eq!(socket.data(&add).await["addTimelineNote"]["userErrors"], json!([]));
    assert_eq!(super::told(&mut socket, &following).await, super::pair("ADDED", "A secret"));
    let (status, log) =
        tokio::task::spawn_blocking(move || server.stop(Duration::from_secs(10))).await.expect("it stops");
    assert!(status.success());
    let line = |operation: &str| -> Value {
        let named = format!("\"operation\":\"{operation}\"");
        let found: Vec<&str> = log.lines().filter(|line| line.contains(&named)).collect();
        assert_eq!(found.len(), 1, "{log}");
        serde_json::from_str(found[0]).expect("JSON")
    };
    for (operation, answers) in [("Follow", 1), ("Add", 1)] {
        let line = line(operation);
        assert_eq!(
            (&line["method"], &line["answers"], &line["errors"]),
            (&json!("SOCKET"), &json!(answers), &json!(0))
        );
        assert!(
            line["viewer"].is_string() && line["request_id"].is_string() && line["client"] == "127.0.0.1",
            "{line}"
        );
    }
    assert_eq!(line("Follow")["statements"], 2);
    let token = admin.token.as_deref().expect("a token");
    assert!(!log.contains(token) && !log.contains("A secret") && !log.contains(&patient), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_says_so() {
    let ward = Ward::open(TestDatabase::migrated_sqlite().await).await;
    let (mut socket, _) = ward.following("ute", "ada", &ward.position().await).await;
    let stopping = tokio::spawn(ward.server.stop());
    assert_eq!(socket.closed().await, 1001);
    drop(socket);
    let ended = tokio::time::timeout(Duration::from_secs(10), stopping).await.expect("it stops").expect("it stops");
    assert!(ended);
}
