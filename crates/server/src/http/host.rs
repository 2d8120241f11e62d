//! Only requests that name this server.
//!
//! A page elsewhere can point its own name at 127.0.0.1 and then counts as the same origin (DNS rebinding). It cannot
//! choose the `Host` header, so that is where it shows.

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

use super::accept::AnswerType;
use super::refusal::Refusal;
use crate::config::{PublicUrl, ServerSettings, is_this_machine};

/// The names that a request may call the server by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Names {
    /// Those of this machine: nobody else should reach it.
    ThisMachine,
    /// The public one. A proxy may leave the port away, or name its own.
    Public(String),
    /// Any: the server is public, and nobody has said by which name.
    Any,
}

impl Names {
    pub(super) fn of(settings: &ServerSettings) -> Self {
        if settings.is_of_this_machine() && !settings.has_tls() {
            return Self::ThisMachine;
        }
        settings.public_url.as_ref().map(PublicUrl::host).map_or(Self::Any, Self::Public)
    }

    fn include(&self, host: &str) -> bool {
        let name = without_port(host);
        match self {
            Self::ThisMachine => is_this_machine(name),
            Self::Public(public) => name.eq_ignore_ascii_case(public),
            Self::Any => true,
        }
    }
}

pub(super) async fn only_known_names(State(names): State<Names>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| names.include(host)) {
        return next.run(request).await;
    }
    match names {
        Names::ThisMachine => Refusal::not_this_machine(),
        Names::Public(_) | Names::Any => Refusal::not_the_public_name(),
    }
    .answer(AnswerType::Json, None)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::network;

    #[test]
    fn only_names_of_this_machine_pass() {
        let names = Names::of(&ServerSettings::default());
        for host in ["localhost", "LocalHost:4000", "127.0.0.1:4000", "127.9.9.9", "[::1]:4000", "[::1]"] {
            assert!(names.include(host), "{host}");
        }
        for host in ["", "example.org", "localhost.example.org:4000", "10.0.0.1:4000", "[::2]:4000", "127.0.0.1.nip.io"]
        {
            assert!(!names.include(host), "{host}");
        }
    }

    #[test]
    fn behind_a_proxy_the_public_name_counts() {
        let trusted_proxies = [network("127.0.0.1").unwrap()].into_iter().collect();
        let mut settings = ServerSettings { trusted_proxies, ..ServerSettings::default() };
        assert_eq!(Names::of(&settings), Names::Any);
        settings.public_url = "https://records.example.org".parse().ok();
        let names = Names::of(&settings);
        assert!(names.include("Records.Example.org") && names.include("records.example.org:8443"));
        assert!(!names.include("localhost") && !names.include("example.org"));
    }
}
