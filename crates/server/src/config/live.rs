//! Live updates, and the sockets that they come by.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Live updates, and the sockets that they come by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveSettings {
    /// Sockets that are open at the same time, at most.
    pub max_sockets: usize,
    /// Of them, those of one account.
    pub max_sockets_per_user: usize,
    /// Operations that run on a socket at the same time, at most.
    pub max_operations: usize,
    /// From the opening of a socket to its `connection_init`.
    pub init_timeout_seconds: u64,
    /// How often a client is asked for a sign of life; one that has given none for twice as long is gone.
    pub ping_seconds: u64,
    /// How long a client may take to receive a message. Whoever is slower is sent away.
    pub send_timeout_seconds: u64,
    /// How long changes are kept for clients that were away.
    pub keep_days: u32,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self {
            max_sockets: 1_000,
            max_sockets_per_user: 32,
            max_operations: 50,
            init_timeout_seconds: 10,
            ping_seconds: 20,
            send_timeout_seconds: 10,
            keep_days: 7,
        }
    }
}

impl LiveSettings {
    /// See [`LiveSettings::init_timeout_seconds`].
    pub fn init_timeout(&self) -> Duration {
        Duration::from_secs(self.init_timeout_seconds)
    }

    /// See [`LiveSettings::ping_seconds`].
    pub fn ping(&self) -> Duration {
        Duration::from_secs(self.ping_seconds)
    }

    /// See [`LiveSettings::send_timeout_seconds`].
    pub fn send_timeout(&self) -> Duration {
        Duration::from_secs(self.send_timeout_seconds)
    }
}
