//! Where the server listens, and how a connection lives and ends.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use crate::auth::ClientAddress;
use crate::config::HttpSettings;

/// Why the server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// An address that others can reach.
    #[error(
        "refusing to listen on {0}: without sign-in everybody who reaches the server is its administrator, so it \
         listens on this machine only; use 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Bind {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Listens on `address`, which must be a loopback address; port 0 takes a free one.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    if !address.ip().to_canonical().is_loopback() {
        return Err(ListenError::NotLoopback(address));
    }
    TcpListener::bind(address).await.map_err(|source| ListenError::Bind { address, source })
}

/// Serves connections until `stop` is done, then lets requests in flight end, within the settings' deadline. Whether
/// all of them did.
pub async fn serve(listener: TcpListener, router: Router, settings: &HttpSettings, stop: impl Future) -> bool {
    let service = TowerToHyperService::new(router);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(settings.header_timeout());
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, client) = tokio::select! {
            accepted = accept(&listener) => accepted,
            _ = &mut stop => break,
        };
        let service = service.clone();
        let of_client = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(client);
            service.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), of_client);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                debug!(%error, "connection ended");
            }
        });
    }
    drop(listener);
    timeout(settings.shutdown_timeout(), connections.shutdown()).await.is_ok()
}

/// The next connection, and whose it is. A failing accept (out of file descriptors, say) is waited out.
async fn accept(listener: &TcpListener) -> (TcpStream, ClientAddress) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "connection without TCP_NODELAY");
                }
                return (stream, ClientAddress(peer.ip()));
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

    #[tokio::test]
    async fn only_loopback_is_listened_on() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[::ffff:192.0.2.1]:0"] {
            let refusal = bind(address.parse().unwrap()).await.unwrap_err();
            assert!(refusal.to_string().contains("without sign-in"), "{refusal}");
        }
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        assert_ne!(listener.local_addr().unwrap().port(), 0);
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
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
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
