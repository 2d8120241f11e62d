//! How the server is reached: on this machine, by TLS, or through a proxy that is trusted.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use rcgen::{CertifiedKey, KeyPair};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::support::binary::{self, Running};

const PATIENCE: Duration = Duration::from_secs(10);

/// A directory with `cert.pem` and `key.pem`, good for localhost, and what a client has to trust.
fn certificate() -> (TempDir, CertificateDer<'static>) {
    let directory = tempfile::tempdir().unwrap();
    let names = ["localhost", "records.example.org"].map(str::to_owned);
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(directory.path().join("cert.pem"), cert.pem()).unwrap();
    write_key(directory.path(), &signing_key.serialize_pem(), 0o600);
    (directory, cert.der().clone())
}

fn write_key(directory: &Path, pem: &str, mode: u32) {
    let key = directory.join("key.pem");
    std::fs::write(&key, pem).unwrap();
    std::fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
}

fn address(server: &Running) -> String {
    server.ready["address"].as_str().expect("where it listens").to_owned()
}

/// What a server answers to a GET, as it came; empty where it closes the connection.
async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str, headers: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n");
    let mut answer = String::new();
    if stream.write_all(request.as_bytes()).await.is_ok() {
        // A server that hangs up without a word may do it by a reset.
        let _ = stream.read_to_string(&mut answer).await;
    }
    answer
}

async fn get_by_tls(address: &str, trusted: &CertificateDer<'static>, path: &str, host: &str) -> String {
    get(tls(address, trusted, host).await, path, &format!("host: {host}\r\n")).await
}

async fn tls(address: &str, trusted: &CertificateDer<'static>, host: &str) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn sockets_come_by_tls_and_end_with_the_server() {
    let (directory, trusted) = certificate();
    let server = Running::start(&["serve", "--tls-cert", "cert.pem", "--tls-key", "key.pem"], directory.path());
    let stream = tls(&address(&server), &trusted, "localhost").await;
    let mut request = "wss://localhost/graphql".into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text(r#"{"type":"pong"}"#));
    let stopping = tokio::task::spawn_blocking(move || server.stop(PATIENCE));
    let Message::Close(Some(close)) = socket.next().await.unwrap().unwrap() else { panic!("it is closed") };
    assert_eq!(u16::from(close.code), 1001);
    drop(socket);
    assert!(stopping.await.unwrap().0.success());
}

#[tokio::test]
async fn tls_is_spoken_under_the_public_name() {
    let (directory, trusted) = certificate();
    let settings = "[server]\npublic_url = 'https://records.example.org'\n[http]\nheader_timeout_seconds = 1\n";
    std::fs::write(directory.path().join("settings.toml"), settings).unwrap();
    let arguments = ["--config", "settings.toml", "serve", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    let server = Running::start(&arguments, directory.path());
    assert_eq!(server.ready["url"], "https://records.example.org/graphql");
    let address = address(&server);

    // Clients that say nothing hold up nobody, and are not waited for.
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(&address).await.unwrap());
    }
    let answer = get_by_tls(&address, &trusted, "/graphql?query=%7B__typename%7D", "records.example.org").await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("{\"data\":{\"__typename\":\"Query\"}}"),
        "{answer}"
    );
    assert!(answer.contains("strict-transport-security: max-age=31536000\r\n"), "{answer}");
    let asked = Instant::now();
    for stream in &mut silent {
        assert_eq!(tokio::time::timeout(PATIENCE, stream.read(&mut [0])).await.expect("closed").unwrap_or(0), 0);
    }
    assert!(asked.elapsed() < PATIENCE);

    let answer = get_by_tls(&address, &trusted, "/graphql?query=%7B__typename%7D", "localhost").await;
    assert!(answer.starts_with("HTTP/1.1 421") && answer.contains("server.public_url"), "{answer}");
    let answer = get_by_tls(&address, &trusted, "/health/live", "localhost").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let plain = get(TcpStream::connect(&address).await.unwrap(), "/health/live", "host: localhost\r\n").await;
    assert!(!plain.contains("HTTP/1.1"), "{plain}");
    let (status, log) = server.stop(PATIENCE);
    assert!(status.success(), "{status}\n{log}");
}

#[tokio::test]
async fn on_this_machine_browsers_are_not_told_to_insist_on_tls() {
    let (directory, trusted) = certificate();
    let server = Running::start(&["serve", "--tls-cert", "cert.pem", "--tls-key", "key.pem"], directory.path());
    let answer = get_by_tls(&address(&server), &trusted, "/graphql?query=%7B__typename%7D", "localhost").await;
    assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("strict-transport-security"), "{answer}");
}

#[test]
fn a_certificate_that_cannot_be_used_is_refused() {
    let (directory, _) = certificate();
    let refusal = |cert: &str, key: &str| {
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key];
        let output = binary::run(&arguments, directory.path());
        assert!(!output.status.success(), "{cert} {key}");
        assert!(!directory.path().join("patientgraph-data").exists(), "nothing is made before");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refusal("gone.pem", "key.pem").contains("cannot read the certificate gone.pem"));
    assert!(refusal("cert.pem", "gone.pem").contains("cannot read gone.pem"));
    assert!(refusal("key.pem", "key.pem").contains("key.pem holds no certificate"));
    std::fs::set_permissions(directory.path().join("cert.pem"), Permissions::from_mode(0o600)).unwrap();
    assert!(refusal("cert.pem", "cert.pem").contains("cert.pem holds no private key"));
    let key = std::fs::read_to_string(directory.path().join("key.pem")).unwrap();
    write_key(directory.path(), &key, 0o644);
    let exposed = refusal("cert.pem", "key.pem");
    assert!(exposed.contains("chmod 600 key.pem") && exposed.contains("mode 0644"), "{exposed}");
    write_key(directory.path(), &KeyPair::generate().unwrap().serialize_pem(), 0o640);
    assert!(refusal("cert.pem", "key.pem").contains("is not that of the certificate in cert.pem"));
    let output = binary::run(&["serve", "--listen", "0.0.0.0:0", "--tls-cert", "cert.pem"], directory.path());
    assert!(String::from_utf8(output.stderr).unwrap().contains("one of them is missing"));
}

/// From where a server that was started like this believes a request with these headers to come; nothing where it does
/// not answer. The log says it.
async fn seen(arguments: &[&str], headers: &str) -> Option<String> {
    let directory = tempfile::tempdir().unwrap();
    let server = Running::start(&[&["serve"], arguments].concat(), directory.path());
    let stream = TcpStream::connect(address(&server)).await.unwrap();
    let answer = get(stream, "/health/live", &format!("host: records.example.org\r\n{headers}")).await;
    let (_, log) = server.stop(PATIENCE);
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of the log"));
    let client = lines.into_iter().find_map(|line| Some(line["client"].as_str()?.to_owned()));
    assert_eq!(answer.is_empty(), client.is_none(), "{answer}\n{log}");
    client
}

#[tokio::test]
async fn only_trusted_proxies_speak_for_others() {
    let spoofed = "x-forwarded-for: 192.0.2.1\r\nforwarded: for=192.0.2.1\r\n";
    assert_eq!(seen(&[], spoofed).await.as_deref(), Some("127.0.0.1"));
    let proxy = ["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "127.0.0.1"];
    let hops = "x-forwarded-for: 203.0.113.9, 2001:db8::17\r\nx-forwarded-for: 10.0.0.7\r\n";
    assert_eq!(seen(&proxy, hops).await.as_deref(), Some("2001:db8::17"));
    assert_eq!(seen(&["--trusted-proxy", "10.0.0.0/8"], spoofed).await, None, "nobody else is answered");
}

#[test]
fn a_large_network_of_proxies_is_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    let warned = |network: &str| {
        let server = Running::start(&["serve", "--trusted-proxy", network], directory.path());
        server.before.iter().any(|line| line.contains("WARN") && line.contains(network))
    };
    assert!(warned("10.0.0.0/27") && !warned("10.0.0.0/28"));
}

#[tokio::test]
async fn a_link_that_a_mail_program_has_broken_is_not_logged() {
    let directory = tempfile::tempdir().unwrap();
    let server = Running::start(&["serve"], directory.path());
    for (path, status) in [("/welcome%23pgl_secret", 404), ("/graphiql/assets/pgl_secret", 404), ("/welcome", 200)] {
        let answer = get(TcpStream::connect(address(&server)).await.unwrap(), path, "host: localhost\r\n").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
    }
    let (_, log) = server.stop(PATIENCE);
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of the log"));
    let paths: Vec<_> = lines.filter_map(|line| Some(line["path"].as_str()?.to_owned())).collect();
    assert_eq!(paths, ["(unknown)", "/graphiql/assets/{name}", "/welcome"]);
    assert!(!log.contains("pgl_"), "{log}");
}

#[tokio::test]
async fn behind_a_proxy_the_public_name_is_what_counts() {
    let directory = tempfile::tempdir().unwrap();
    let settings = "[server]\npublic_url = 'https://records.example.org'\ntrusted_proxies = '127.0.0.1'\n";
    std::fs::write(directory.path().join("settings.toml"), settings).unwrap();
    let server = Running::start(&["--config", "settings.toml", "serve"], directory.path());
    for (host, status) in [("records.example.org", 200), ("records.example.org:443", 200), ("evil.example", 421)] {
        let stream = TcpStream::connect(address(&server)).await.unwrap();
        let answer = get(stream, "/graphql?query=%7B__typename%7D", &format!("host: {host}\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{host}: {answer}");
        assert!(answer.contains("strict-transport-security"), "{answer}");
    }
}
