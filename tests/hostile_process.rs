//! What a small request could do to the process of a stock server: it is refused in under a second, with a small answer
//! and nothing done, and the process lives on and does not grow.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::hostile::hostile;
use crate::support::actor::Actor;
use crate::support::binary::Running;

/// How often everything is tried.
const ROUNDS: usize = 8;
/// What the process may keep of it all, in kilobytes: less than one of the large bodies.
const GROWTH: u64 = 48 * 1024;

/// A server with short deadlines, and its administrator.
async fn server(directory: &std::path::Path) -> (Running, Actor) {
    let config = directory.join("settings.toml");
    std::fs::write(&config, "[http]\nheader_timeout_seconds = 1\nbody_timeout_seconds = 1\n").unwrap();
    let server = Running::start(&["serve", "--config", config.to_str().unwrap()], directory);
    let url = format!("sqlite://{}/patientgraph-data/patientgraph.db", directory.display());
    let admin = server.admin(&url).await;
    (server, admin)
}

const CREATE: &str = "mutation($mrn: String!) { createPatient(input: {mrn: $mrn, name: \"A\"}) { patient { id } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_requests_leave_the_process_as_it_was() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (server, admin) = server(directory.path()).await;
    let address = server.address();
    let mut first = 0;
    for round in 0..ROUNDS {
        for hostile in hostile() {
            let started = Instant::now();
            let text = admin.text(&hostile.query, &hostile.variables).await;
            small_and_quick(hostile.what, started, &text);
        }
        for (what, request, status) in requests(&admin) {
            let started = Instant::now();
            let response = request.send().await.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(response.status(), status, "{what}");
            small_and_quick(what, started, &response.text().await.unwrap());
        }
        let address = address.clone();
        tokio::task::spawn_blocking(move || endless_body(&address)).await.unwrap();
        // The first round fills what is kept for good: pools, caches, the allocator's own.
        if round == 0 {
            first = server.memory();
        }
    }
    let grown = server.memory().saturating_sub(first);
    eprintln!("after {ROUNDS} rounds the process had grown from {first} kB by {grown} kB");
    assert!(grown < GROWTH, "the process grew by {grown} kB");
    let patients = admin.data("{ patients { totalCount } }", json!({})).await;
    assert_eq!(patients["patients"]["totalCount"], 0, "nothing was done");
}

fn small_and_quick(what: &str, started: Instant, answer: &str) {
    assert!(started.elapsed() < Duration::from_secs(1), "{what} took {:?}", started.elapsed());
    assert!(answer.len() < 10_000, "{what} is answered with {} bytes", answer.len());
}

/// Requests that are wrong by their form, and how each is answered.
fn requests(admin: &Actor) -> Vec<(&'static str, reqwest::RequestBuilder, u16)> {
    let create = |mrn: &str| CREATE.replace("($mrn: String!)", "").replace("$mrn", &format!("\"{mrn}\""));
    let post = |kind: &str, body: String| admin.post("/graphql").header("content-type", kind).body(body);
    let body = json!({"query": create("A")}).to_string();
    let operations = format!(
        "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\ncontent-type: multipart/mixed; boundary=y\r\n\r\n\
         --y\r\n\r\n{body}\r\n--y--\r\n--x--\r\n"
    );
    let missing = "mutation($mrn: String!, $other: String!) { a: createPatient(input: {mrn: $mrn, name: \"A\"}) { \
                   patient { id } } b: createPatient(input: {mrn: $other, name: \"B\"}) { patient { id } } }";
    let bearer = format!("Bearer {}", admin.token.as_deref().unwrap_or_default());
    let other = |method| {
        let client = reqwest::Client::new();
        let request = client.request(method, admin.url("/graphql")).header("authorization", &bearer);
        request.header("content-type", "application/json").body(body.clone())
    };
    vec![
        (
            "a mutation without its second variable",
            admin.post("/graphql").json(&json!({"query": missing, "variables": {"mrn": "A"}})),
            200,
        ),
        ("multipart in multipart", post("multipart/form-data; boundary=x", operations), 415),
        ("a mutation as a form", post("application/x-www-form-urlencoded", format!("query={}", create("A"))), 415),
        ("a mutation as text", post("text/plain", body.clone()), 415),
        ("a mutation by GET", admin.get("/graphql").query(&[("query", create("A"))]), 405),
        ("a mutation by PUT", other(reqwest::Method::PUT), 405),
        ("a mutation by DELETE", other(reqwest::Method::DELETE), 405),
        (
            "many operations at once",
            post("application/json", format!("[{}]", vec![body.as_str(); 5_000].join(","))),
            400,
        ),
        ("two megabytes of spaces", post("application/json", " ".repeat(2_000_000)), 413),
    ]
}

/// Two hundred megabytes, announced by nothing: the server reads as much as its limit.
fn endless_body(address: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 100_000, "x".repeat(100_000));
    let refused = (0..2_000).position(|_| stream.write_all(chunk.as_bytes()).is_err());
    assert!(refused.is_none_or(|sent| sent < 400), "the server took {refused:?} chunks of 100 kB");
    let mut answer = vec![0; 64];
    // The answer may be lost with the connection that the server cuts.
    if let Ok(read) = stream.read(&mut answer)
        && read > 0
    {
        assert!(answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_request_ends_at_its_deadline() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (server, admin) = server(directory.path()).await;
    let halves = [
        "POST /graphql HTTP/1.1\r\nhost: local",
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
    ];
    for half in halves {
        let address = server.address();
        let closed = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(half.as_bytes()).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
            let (started, mut rest) = (Instant::now(), vec![]);
            stream.read_to_end(&mut rest).map(|_| (started.elapsed(), rest))
        });
        let (took, answer) = closed.await.unwrap().expect("the server closes the connection");
        let answer = String::from_utf8_lossy(&answer);
        assert!(took < Duration::from_secs(4), "{half}: {took:?}");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    admin.data("{ patients { totalCount } }", json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mutation_runs_to_its_end_when_its_client_hangs_up() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (server, admin) = server(directory.path()).await;
    let (address, token) = (server.address(), admin.token.clone().expect("a token"));
    let hang_up = tokio::task::spawn_blocking(move || {
        for number in 0..20 {
            let body = json!({"query": CREATE, "variables": {"mrn": format!("H-{number}")}}).to_string();
            let mut stream = TcpStream::connect(&address).unwrap();
            let head = format!(
                "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(number % 4));
        }
    });
    hang_up.await.unwrap();
    // Each is there whole, with its statistics, or not at all: then the server had not read it when it was gone.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let data = admin
        .data("{ patients(first: 100) { totalCount nodes { mrn statistics { totalConsultations } } } }", json!({}));
    let patients = data.await["patients"].take();
    assert!(patients["totalCount"].as_u64().is_some_and(|count| count > 0), "{patients}");
    assert_eq!(patients["nodes"].as_array().map(Vec::len).map(Value::from), Some(patients["totalCount"].clone()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn megabytes_for_passwords_and_names_are_not_looked_at() {
    /// Each of these is eighteen characters, normalised.
    const LONG: usize = 340_000;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (_server, admin) = server(directory.path()).await;
    let stranger = admin.clone().carrying(None);
    let text = "\u{fdfa}".repeat(LONG);
    let link = format!("pgl_{}", "A".repeat(43));
    for field in [
        "signIn(input: {username: \"ada\", password: $text})".to_owned(),
        "signIn(input: {username: $text, password: \"an owl over the harbour\"})".to_owned(),
        "choosePassword(input: {link: $text, newPassword: $text})".to_owned(),
        format!("choosePassword(input: {{link: \"{link}\", newPassword: $text}})"),
        "changePassword(input: {currentPassword: $text, newPassword: $text})".to_owned(),
        "refreshToken(input: {refreshToken: $text})".to_owned(),
    ] {
        let selection = if field.starts_with("refresh") { "accessToken" } else { "userErrors { code }" };
        let aliases = (0..50).map(|number| format!("a{number}: {field} {{ {selection} }} "));
        let document = format!("mutation($text: String!) {{ {} }}", aliases.collect::<String>());
        for actor in [&stranger, &admin] {
            let started = Instant::now();
            let answer = actor.text(&document, &json!({"text": text})).await;
            let took = started.elapsed();
            assert!(took < Duration::from_secs(1), "{field} took {took:?}");
            assert!(answer.len() < 20_000 && !answer.contains('\u{fdfa}'), "{field}: {} bytes", answer.len());
            assert!(!answer.contains("INTERNAL") && !answer.contains("BAD_USER_INPUT"), "{field}: {answer}");
        }
    }
}
