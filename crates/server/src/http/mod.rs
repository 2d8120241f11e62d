//! HTTP: who may connect, what a request may cost, and how answers travel.

mod accept;
mod client;
mod graphiql;
mod graphql;
mod health;
mod host;
pub mod listen;
mod parameters;
mod refusal;
mod request_log;
mod socket;
mod tls;
mod welcome;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::routing::{any, get};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

pub use graphiql::{EXAMPLES, Example};
pub use request_log::RequestIds;
pub use tls::TlsError;

use self::host::Names;
use crate::config::{ServerSettings, Settings};
use crate::db::Db;
use crate::graphql::Api;

/// What pages and answers may load: nothing from elsewhere.
const CONTENT_SECURITY_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");

/// What every handler shares.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    api: Api,
    db: Db,
    settings: Settings,
    request_ids: RequestIds,
    /// Mutations that run, also those whose client has hung up.
    mutations: TaskTracker,
    /// Sockets that are open, and how many there are of whom.
    sockets: TaskTracker,
    census: socket::Census,
    stopping: CancellationToken,
}

impl App {
    /// The application over an open database of the current schema.
    pub fn new(api: Api, db: Db, settings: Settings, request_ids: RequestIds) -> Self {
        Self(Arc::new(Shared {
            api,
            db,
            settings,
            request_ids,
            mutations: TaskTracker::new(),
            sockets: TaskTracker::new(),
            census: socket::Census::default(),
            stopping: CancellationToken::new(),
        }))
    }

    /// From here on the server is not ready: nobody should send it new requests, and sockets are closed.
    pub fn stop(&self) {
        self.0.stopping.cancel();
    }

    /// Waits for the sockets that say goodbye and for the mutations that still run. Only after the last connection is
    /// closed.
    pub async fn finish(&self) {
        self.0.sockets.close();
        self.0.sockets.wait().await;
        self.0.api.live().stop();
        self.0.mutations.close();
        self.0.mutations.wait().await;
    }

    /// All paths, with what holds for every answer: a log line, a request id, no sniffing, no panic that escapes.
    pub fn router(&self) -> Router {
        let Settings { server, graphiql, .. } = &self.0.settings;
        let mut router = Router::new().route("/graphql", any(graphql::graphql)).merge(welcome::router());
        if graphiql.enabled {
            router = router.merge(graphiql::router());
        }
        router = router
            .layer(middleware::from_fn_with_state(Names::of(server), host::only_known_names))
            // Whoever watches the process calls it by its address.
            .route("/health/live", get(health::live))
            .route("/health/ready", get(health::ready));
        if is_always_encrypted(server) {
            router = router.layer(header_unless_set(header::STRICT_TRANSPORT_SECURITY, ONE_YEAR));
        }
        router
            .with_state(self.clone())
            .layer(header_unless_set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
            .layer(header_unless_set(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
            .layer(header_unless_set(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
            .layer(header_unless_set(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
            .layer(CatchPanicLayer::custom(refusal::after_panic))
            .layer(middleware::from_fn_with_state(self.clone(), request_log::log))
            .layer(middleware::from_fn_with_state(server.trusted_proxies.clone(), client::note))
    }
}

/// How long browsers remember to come by TLS alone.
const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Whether people reach the server by TLS alone. On this machine, where several servers share one name, browsers are
/// not told to insist.
fn is_always_encrypted(server: &ServerSettings) -> bool {
    match &server.public_url {
        Some(public) => public.is_encrypted(),
        None => server.has_tls() && !server.is_of_this_machine(),
    }
}

fn header_unless_set(name: HeaderName, value: HeaderValue) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, value)
}
