//! Why a socket is closed: the codes of graphql-transport-ws, and those of WebSockets where it has none.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes};

/// A code and words for whoever wrote the client. Clients of the protocol come back after the codes below 4000 and after
/// 4403 and 4408; after the others somebody has to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Close(u16, &'static str);

impl Close {
    /// The server stops.
    pub(super) const GOING_AWAY: Self = Self(1001, "The server stops: come back with your last position.");
    /// A message that is too large.
    pub(super) const TOO_LARGE: Self = Self(1009, "The message is too large.");
    /// A client that does not receive.
    pub(super) const TOO_SLOW: Self = Self(1013, "You receive too slowly: come back with your last position.");
    /// A message that is none of the protocol's.
    pub(super) const fn malformed(why: &'static str) -> Self {
        Self(4400, why)
    }
    /// An operation before the connection was acknowledged.
    pub(super) const NOT_ACKNOWLEDGED: Self = Self(4401, "Unauthorized: send connection_init first.");
    /// The viewer is so no longer.
    pub(super) const SIGNED_OUT: Self = Self(4401, "Unauthorized: your sign-in has ended. Sign in again.");
    /// A connection_init without a token, or with one that is good for nobody.
    pub(super) const FORBIDDEN: Self =
        Self(4403, "Forbidden: connection_init takes {\"Authorization\": \"Bearer <token>\"} with a valid token.");
    /// A client that speaks another protocol.
    pub(super) const OTHER_PROTOCOL: Self = Self(4406, "Subprotocol not acceptable: use graphql-transport-ws.");
    /// No connection_init in time.
    pub(super) const INIT_TIMEOUT: Self = Self(4408, "Connection initialisation timeout");
    /// An id whose operation still runs.
    pub(super) const ID_TAKEN: Self = Self(4409, "Subscriber for this id already exists");
    /// A second connection_init.
    pub(super) const INIT_TWICE: Self = Self(4429, "Too many initialisation requests");
    /// More sockets than are allowed.
    pub(super) const TOO_MANY: Self = Self(4429, "Too many sockets: close others first.");
    /// Something went wrong here.
    pub(super) const INTERNAL: Self = Self(1011, "Something went wrong here; come back.");

    pub(super) fn message(self) -> Message {
        Message::Close(Some(CloseFrame { code: self.0, reason: Utf8Bytes::from_static(self.1) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_fit_into_a_frame() {
        for Close(code, reason) in
            [Close::GOING_AWAY, Close::TOO_SLOW, Close::FORBIDDEN, Close::SIGNED_OUT, Close::OTHER_PROTOCOL]
        {
            assert!(reason.len() <= 123, "{code}");
        }
    }
}
