//! From where a request comes: what signing in is limited by, and what the log says.
//!
//! Anybody can write `X-Forwarded-For`. So its word counts only from a trusted proxy, and of what such a proxy passes on
//! only the hops that trusted ones have added: they stand at the right.

use std::net::{IpAddr, SocketAddr};

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::auth::ClientAddress;
use crate::config::Networks;

/// Whose connection it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Notes the client's address, as far as it can be known, in the request's extensions.
pub(super) async fn note(
    State(proxies): State<Networks>,
    Extension(Peer(peer)): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = client(peer.ip(), request.headers(), &proxies);
    request.extensions_mut().insert(ClientAddress(address));
    next.run(request).await
}

/// The right-most hop that is no trusted proxy; the peer itself where none is trusted.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &Networks) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.contains(peer) {
        return peer;
    }
    let forwarded_for = farthest(elements(headers, &X_FORWARDED_FOR).map(address), proxies);
    let forwarded = farthest(elements(headers, &header::FORWARDED).map(|hop| address(named_for(hop)?)), proxies);
    // A proxy writes one of them and may pass on the other as the client wrote it; which one, nobody says.
    let both = headers.contains_key(&X_FORWARDED_FOR) && headers.contains_key(header::FORWARDED);
    if both && forwarded_for != forwarded {
        return peer;
    }
    forwarded_for.or(forwarded).unwrap_or(peer)
}

/// The elements of a header that is a list, also of one that is there several times, the last one first.
fn elements<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter().collect::<Vec<_>>();
    // What is no text ends the trail, like anything that is no address.
    lines.into_iter().rev().flat_map(|line| line.to_str().unwrap_or("?").rsplit(','))
}

/// Follows hops from the last one back to the first that no trusted proxy vouches for.
fn farthest(hops: impl Iterator<Item = Option<IpAddr>>, proxies: &Networks) -> Option<IpAddr> {
    let mut farthest = None;
    for hop in hops {
        // Unknown or hidden: whoever wrote it is the last one who is known.
        let Some(address) = hop else { break };
        farthest = Some(address);
        if !proxies.contains(address) {
            break;
        }
    }
    farthest
}

/// What a hop of `Forwarded` says about who it is for: `for="[2001:db8::17]:4711";proto=https`.
fn named_for(hop: &str) -> Option<&str> {
    let pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("for"))
        .map(|(_, value)| value.trim().trim_matches('"'))
}

/// An address, with a port or without.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let address = hop.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()));
    let bare = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.ok().or_else(bare).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::config::network;

    /// The client of a request that comes from `peer` with these headers, where 10.0.0.0/8 and fd00::/8 are trusted.
    fn seen(peer: &str, headers: &[(HeaderName, &'static str)]) -> String {
        let proxies = ["10.0.0.0/8", "fd00::/8"].map(|text| network(text).unwrap()).into_iter().collect();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_static(value));
        }
        client(peer.parse().unwrap(), &map, &proxies).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let spoofed = [(X_FORWARDED_FOR, "192.0.2.1"), (header::FORWARDED, "for=192.0.2.1")];
        assert_eq!(seen("198.51.100.9", &spoofed), "198.51.100.9");
        assert_eq!(seen("10.0.0.1", &spoofed), "192.0.2.1");
        assert_eq!(seen("::ffff:10.0.0.1", &spoofed), "192.0.2.1");
        assert_eq!(seen("fd00::1", &spoofed), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
        let nobody = client("10.0.0.1".parse().unwrap(), &HeaderMap::new(), &Networks::default());
        assert_eq!(nobody.to_string(), "10.0.0.1");
    }

    #[test]
    fn the_right_most_hop_that_is_not_trusted_is_the_client() {
        for (hops, client) in [
            ("192.0.2.1", "192.0.2.1"),
            ("1.1.1.1, 192.0.2.1", "192.0.2.1"),
            ("1.1.1.1, 192.0.2.1, 10.0.0.7", "192.0.2.1"),
            ("10.9.9.9, 192.0.2.1,10.0.0.7 , fd00::2", "192.0.2.1"),
            ("2001:db8::17, 10.0.0.7", "2001:db8::17"),
            ("[2001:db8::17]:4711", "2001:db8::17"),
            ("[2001:db8::17]", "2001:db8::17"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            // All are ours: the farthest of them.
            ("10.0.0.8, 10.0.0.7", "10.0.0.8"),
            // Who is hidden, or makes no sense, ends the trail.
            ("192.0.2.1, unknown", "10.0.0.1"),
            ("192.0.2.1, unknown, 10.0.0.7", "10.0.0.7"),
            ("", "10.0.0.1"),
            ("192.0.2.1, ", "10.0.0.1"),
        ] {
            assert_eq!(seen("10.0.0.1", &[(X_FORWARDED_FOR, hops)]), client, "{hops}");
        }
        let twice = [(X_FORWARDED_FOR, "1.1.1.1"), (X_FORWARDED_FOR, "192.0.2.1, 10.0.0.7")];
        assert_eq!(seen("10.0.0.1", &twice), "192.0.2.1");
    }

    #[test]
    fn the_newer_header_says_the_same() {
        for (hops, client) in [
            ("for=192.0.2.1;proto=https", "192.0.2.1"),
            ("for=1.1.1.1, by=10.0.0.1; For=\"192.0.2.1:4711\"", "192.0.2.1"),
            ("for=\"[2001:db8::17]:4711\", for=10.0.0.7", "2001:db8::17"),
            ("for=192.0.2.1, for=_hidden", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            assert_eq!(seen("10.0.0.1", &[(header::FORWARDED, hops)]), client, "{hops}");
        }
    }

    #[test]
    fn where_both_headers_do_not_say_the_same_the_proxy_is_the_client() {
        for (forwarded_for, forwarded, client) in [
            ("192.0.2.1", "for=192.0.2.1", "192.0.2.1"),
            ("1.1.1.1, 192.0.2.1", "for=192.0.2.1, for=10.0.0.7", "192.0.2.1"),
            ("192.0.2.1", "for=1.1.1.1", "10.0.0.1"),
            // One that names nobody may be the true one, and the other the client's own invention.
            ("192.0.2.1", "for=_hidden", "10.0.0.1"),
            ("192.0.2.1", "proto=https", "10.0.0.1"),
            ("192.0.2.1", "", "10.0.0.1"),
            ("unknown", "for=192.0.2.1", "10.0.0.1"),
            ("192.0.2.1, unknown, 10.0.0.7", "for=192.0.2.1", "10.0.0.1"),
        ] {
            let both = [(X_FORWARDED_FOR, forwarded_for), (header::FORWARDED, forwarded)];
            assert_eq!(seen("10.0.0.1", &both), client, "{forwarded_for} {forwarded}");
        }
    }
}
