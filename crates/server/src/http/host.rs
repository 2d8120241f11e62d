//! Only requests that name this machine.
//!
//! A page elsewhere can point its own name at 127.0.0.1 and then counts as the same origin (DNS rebinding). It cannot
//! choose the `Host` header, so that is where it shows.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

use super::accept::AnswerType;
use super::refusal::Refusal;

pub(super) async fn only_this_machine(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(is_this_machine) {
        next.run(request).await
    } else {
        Refusal::host().answer(AnswerType::Json, None)
    }
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn only_names_of_this_machine_pass() {
        for host in ["localhost", "LocalHost:4000", "127.0.0.1:4000", "127.9.9.9", "[::1]:4000", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["", "example.org", "localhost.example.org:4000", "10.0.0.1:4000", "[::2]:4000", "127.0.0.1.nip.io"]
        {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
