//! Writing under load: 64 clients of the program itself, which runs as a process.
//!
//! The tests are short; to measure, give them time and the release build:
//!
//!     PATIENTGRAPH_TEST_WRITE_SECONDS=30 PATIENTGRAPH_TEST_KILLS=20 \
//!         cargo test --release --locked -p tests --test patientgraph -- --nocapture --test-threads 1 writers::

mod client;
mod journal;
mod killed;
mod load;
mod locked;
mod people;
mod plain;

use std::sync::Arc;
use std::time::{Duration, Instant};

use journal::Journal;
use people::People;
use tokio::task::JoinHandle;

use crate::support::actor::Actor;

const WRITERS: usize = 64;
const PATIENCE: Duration = Duration::from_secs(35);

/// A number from the environment.
fn setting(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Clients that write.
struct Writers(Vec<JoinHandle<Journal>>);

impl Writers {
    /// Lets clients with an actor's rights write at the same time until `end`, or until the server is gone. The markers of a `round` occur
    /// in no other.
    fn begin(admin: &Actor, people: &Arc<People>, writers: usize, round: usize, end: Instant) -> Self {
        let clients = (0..writers)
            .map(|number| client::Client::new(admin.clone(), people.clone(), round * WRITERS + number))
            .map(|client| tokio::spawn(client.write_until(end)));
        Self(clients.collect())
    }

    /// What they noted, once all have ended.
    async fn noted(self) -> Journal {
        let mut journal = Journal::default();
        for writer in self.0 {
            journal.append(writer.await.expect("a client ends"));
        }
        journal
    }
}
