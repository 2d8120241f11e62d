//! Where the server listens, and how a connection lives and ends.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::add_extension::AddExtension;
use tracing::{debug, warn};

use super::client::Peer;
use super::tls::{self, TlsError};
use crate::config::{HttpSettings, Networks, ServerSettings};

/// Why the server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// An address that others can reach, without a word on how they are to come.
    #[error(
        "refusing to listen on {0}, which other machines can reach, without TLS: give --tls-cert and --tls-key, or \
         --trusted-proxy with the network of a proxy that does TLS; or listen on 127.0.0.1 or [::1]"
    )]
    Unprotected(SocketAddr),
    /// A certificate without a key, or a key without a certificate.
    #[error("TLS takes both a certificate (--tls-cert) and its private key (--tls-key): one of them is missing")]
    HalfTls,
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Bind {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// An open port, and on what terms connections are taken there.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    /// If there are any, others are not answered.
    proxies: Networks,
}

impl Listener {
    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

/// Listens where the settings say; port 0 takes a free one. Where other machines can reach it, only with TLS or behind a
/// trusted proxy: passwords and records would else travel for everybody to read.
///
/// # Errors
/// When the terms do not suffice, the certificate cannot be used, or the system refuses.
pub async fn bind(settings: &ServerSettings) -> Result<Listener, ListenError> {
    let address = settings.listen;
    let tls = match (&settings.tls_cert, &settings.tls_key) {
        (Some(cert), Some(key)) => Some(tls::acceptor(cert, key)?),
        (None, None) => None,
        _ => return Err(ListenError::HalfTls),
    };
    let proxies = settings.trusted_proxies.clone();
    if tls.is_none() && proxies.is_empty() && !address.ip().to_canonical().is_loopback() {
        return Err(ListenError::Unprotected(address));
    }
    for network in proxies.large() {
        warn!(%network, "whoever is in this network is believed about where requests come from: name the proxies alone");
    }
    let tcp = TcpListener::bind(address).await.map_err(|source| ListenError::Bind { address, source })?;
    Ok(Listener { tcp, tls, proxies })
}

/// Serves connections until `stop` is done, then lets requests in flight end, within the settings' deadline. Whether
/// all of them did.
pub async fn serve(listener: Listener, router: Router, settings: &HttpSettings, stop: impl Future) -> bool {
    let Listener { tcp, tls, proxies } = listener;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(settings.header_timeout());
    let patience = settings.header_timeout();
    let (connections, closing) = (TaskTracker::new(), CancellationToken::new());
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&tcp) => accepted,
            _ = &mut stop => break,
        };
        if !proxies.is_empty() && !proxies.contains(peer.ip()) {
            warn!(%peer, "a connection that comes from no trusted proxy is closed");
            continue;
        }
        let connection = Connection {
            http: http.clone(),
            service: AddExtension::new(router.clone(), Peer(peer)),
            closing: closing.clone(),
        };
        match tls.clone() {
            None => connections.spawn(connection.serve(TokioIo::new(stream))),
            // In the task: a client that is slow to greet holds up nobody but itself.
            Some(tls) => connections.spawn(async move {
                match timeout(patience, tls.accept(stream)).await {
                    Ok(Ok(stream)) => connection.serve(TokioIo::new(stream)).await,
                    Ok(Err(error)) => debug!(%error, "no TLS on a connection"),
                    Err(_) => debug!("TLS took too long on a connection"),
                }
            }),
        };
    }
    drop(tcp);
    closing.cancel();
    connections.close();
    timeout(settings.shutdown_timeout(), connections.wait()).await.is_ok()
}

/// What serves one connection.
struct Connection {
    http: http1::Builder,
    service: AddExtension<Router, Peer>,
    /// From then on no new request is taken. A connection that became a socket is not this one's any more.
    closing: CancellationToken,
}

impl Connection {
    async fn serve(self, stream: impl Read + Write + Unpin + Send + 'static) {
        let connection = self.http.serve_connection(stream, TowerToHyperService::new(self.service));
        let mut connection = pin!(connection.with_upgrades());
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.closing.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            debug!(%error, "connection ended");
        }
    }
}

/// The next connection. A failing accept (out of file descriptors, say) is waited out.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "connection without TCP_NODELAY");
                }
                return (stream, peer);
            }
            Err(error) => {
                warn!(%error, "cannot accept a connection");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;

    use super::*;
    use crate::config::network;

    fn at(address: &str) -> ServerSettings {
        ServerSettings { listen: address.parse().unwrap(), ..ServerSettings::default() }
    }

    #[tokio::test]
    async fn without_protection_only_loopback_is_listened_on() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[::ffff:192.0.2.1]:0"] {
            let refusal = bind(&at(address)).await.err().unwrap().to_string();
            assert!(refusal.contains("--tls-cert") && refusal.contains("--trusted-proxy"), "{refusal}");
        }
        let listener = bind(&at("127.0.0.1:0")).await.unwrap();
        assert_ne!(listener.local_addr().unwrap().port(), 0);
        let trusted_proxies = [network("192.0.2.0/24").unwrap()].into_iter().collect();
        assert!(bind(&ServerSettings { trusted_proxies, ..at("0.0.0.0:0") }).await.is_ok());
        for half in [
            ServerSettings { tls_cert: Some("cert.pem".into()), ..at("0.0.0.0:0") },
            ServerSettings { tls_key: Some("key.pem".into()), ..at("127.0.0.1:0") },
        ] {
            assert!(bind(&half).await.err().unwrap().to_string().contains("one of them is missing"));
        }
    }

    #[tokio::test]
    async fn a_request_in_flight_ends_after_the_stop() {
        let (begun, stop) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (begun, stop) = (begun.clone(), stop.clone());
            async move || {
                begun.notify_one();
                stop.notify_one();
                sleep(Duration::from_millis(50)).await;
                "done"
            }
        };
        let listener = bind(&at("127.0.0.1:0")).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(handler));
        let settings = HttpSettings::default();
        let server = tokio::spawn(async move { serve(listener, router, &settings, stop.notified()).await });

        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        begun.notified().await;
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
        assert!(server.await.unwrap());
        assert!(TcpStream::connect(address).await.is_err());
    }
}
