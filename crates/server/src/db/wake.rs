//! When it is worth looking what others have written. A wake-up is a hint: what was written stands in rows, and whoever
//! looks from time to time misses nothing without it.

use std::time::Duration;

use sea_orm::sqlx;
use sea_orm::sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use super::{Db, Pool};

/// The channel on which PostgreSQL says that the log of changes has grown.
const CHANNEL: &str = "patientgraph_changes";
/// How long to wait before listening again, where that failed.
const LATER: Duration = Duration::from_secs(1);

/// Wakes whoever waits for writes.
pub struct Wake {
    written: watch::Receiver<u64>,
    /// Listens for other processes, on PostgreSQL.
    _listening: Option<AbortOnDropHandle<()>>,
}

impl Wake {
    /// Ends when something was written since the last time, by this process or, on PostgreSQL, by another.
    pub async fn woken(&mut self) {
        if self.written.changed().await.is_err() {
            // Nobody writes any more.
            std::future::pending::<()>().await;
        }
    }
}

impl Db {
    /// Wakes by what is written from now on.
    pub fn wake(&self) -> Wake {
        let listening = match &self.0.reads {
            Pool::Postgres(pool) => {
                let options = (*pool.connect_options()).clone();
                let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
                let listening = listen(pool.connect_lazy_with(options), self.0.written.clone());
                Some(AbortOnDropHandle::new(tokio::spawn(listening)))
            }
            Pool::Sqlite(_) => None,
        };
        Wake { written: self.0.written.subscribe(), _listening: listening }
    }

    /// Something was written.
    pub(super) fn note_write(&self) {
        note(&self.0.written);
    }
}

fn note(written: &watch::Sender<u64>) {
    written.send_modify(|count| *count = count.wrapping_add(1));
}

/// Listens for as long as somebody wants to know.
async fn listen(pool: sqlx::PgPool, written: watch::Sender<u64>) {
    loop {
        if let Err(error) = listen_once(&pool, &written).await {
            tracing::warn!(%error, "cannot listen for changes; they are looked for instead");
        }
        sleep(LATER).await;
    }
}

async fn listen_once(pool: &sqlx::PgPool, written: &watch::Sender<u64>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    // Whatever was said before is not heard.
    note(written);
    loop {
        listener.try_recv().await?;
        note(written);
    }
}
