//! One task per server that looks how far the log has grown, and wakes those whom it concerns.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use entity::{Instant, Key};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sea_orm::{DbBackend, DbErr};
use tokio::sync::{Notify, OnceCell, Semaphore, watch};
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::position::{Place, Positions};
use super::store;
use crate::clock::SharedClock;
use crate::db::{Db, Tx, Wake, Work};
use crate::input::Refusal;

/// How often the log is looked at where nothing was heard. PostgreSQL says when it grows; of what other processes write to
/// a SQLite file nobody hears.
const LOOKED_POSTGRES: Duration = Duration::from_secs(1);
const LOOKED_SQLITE: Duration = Duration::from_millis(200);
/// How soon it is looked again whether older transactions have ended, and how late at most.
const SOON: Duration = Duration::from_millis(5);
const NOT_SO_SOON: Duration = Duration::from_millis(250);
/// How long to wait for a database that does not answer.
const LATER: Duration = Duration::from_secs(1);
/// Where changes are of more than so many patients it is not found out whom they concern: all look.
const MOST_CONCERNED: u64 = 10_000;

/// Live updates of one server. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    db: Db,
    clock: SharedClock,
    hub: OnceCell<Arc<Hub>>,
    /// Of the connections that read, those that live updates may use: requests keep the others.
    turns: Arc<Semaphore>,
    stop: CancellationToken,
    _stopped_at_last: DropGuard,
}

/// Who follows, and up to where the log is settled.
pub(super) struct Hub {
    /// Which log it is.
    pub(super) log: Key,
    /// Its places as clients hold them.
    pub(super) positions: Positions,
    state: Mutex<State>,
    next_follower: AtomicU64,
    /// Changes whenever something was written, as far as this server knows.
    stirred: watch::Sender<u64>,
}

struct State {
    settled: Place,
    interests: HashMap<Of, HashMap<u64, Arc<Interest>>>,
}

/// What is followed, and whose rows; none: everybody's.
type Of = (&'static str, Option<Key>);

/// What somebody follows. Only under the hub's lock it is said that there is something new.
#[derive(Default)]
pub(super) struct Interest {
    stirred: AtomicBool,
    wake: Notify,
}

impl Live {
    /// Over a database. Nothing is done before somebody follows.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        let stop = CancellationToken::new();
        let turns = Arc::new(Semaphore::new((db.read_connections() / 2).max(1)));
        let guard = stop.clone().drop_guard();
        Self(Arc::new(Inner { db, clock, hub: OnceCell::new(), turns, stop, _stopped_at_last: guard }))
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(super) fn clock(&self) -> &SharedClock {
        &self.0.clock
    }

    pub(super) fn turns(&self) -> Arc<Semaphore> {
        self.0.turns.clone()
    }

    /// The hub, which begins to look with the first who asks.
    pub(super) async fn hub(&self) -> Result<&Arc<Hub>, DbErr> {
        self.0.hub.get_or_try_init(|| self.begin()).await
    }

    async fn begin(&self) -> Result<Arc<Hub>, DbErr> {
        let (db, now) = (&self.0.db, self.0.clock.now());
        let wake = db.wake();
        let log = match store::log_here(db).await? {
            Some(log) => log,
            None => {
                let begin = Begin { id: Key::v7(now, &mut UnwrapErr(SysRng)), now: Instant::new(now) };
                db.write(&begin).await.map_err(database)?
            }
        };
        let (settled, _) = store::settled(db).await?;
        let state = Mutex::new(State { settled, interests: HashMap::new() });
        let (positions, next_follower) = (Positions::of(log), AtomicU64::new(0));
        let hub = Arc::new(Hub { log, positions, state, next_follower, stirred: watch::Sender::new(0) });
        tokio::spawn(look(hub.clone(), db.clone(), wake, self.0.stop.clone()));
        Ok(hub)
    }

    /// Forgets what is older than this. The log of a database that nobody follows grows too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget(&self, before: Instant) -> Result<(), DbErr> {
        self.hub().await?;
        while self.0.db.write(&Forget(before)).await.map_err(database)? {}
        Ok(())
    }

    /// Stops looking.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }
}

struct Begin {
    id: Key,
    now: Instant,
}

impl Work for Begin {
    type Done = Key;
    type Error = Refusal;

    async fn run(&self, tx: &Tx) -> Result<Key, Refusal> {
        Ok(store::begin(tx, self.id, self.now).await?)
    }
}

struct Forget(Instant);

impl Work for Forget {
    type Done = bool;
    type Error = Refusal;

    async fn run(&self, tx: &Tx) -> Result<bool, Refusal> {
        Ok(store::forget(tx, self.0).await?)
    }
}

/// The log has no rules that a user could break.
fn database(refusal: Refusal) -> DbErr {
    match refusal {
        Refusal::Database(error) => error,
        other => DbErr::Custom(format!("{other:?}")),
    }
}

/// Looks at the log until it is told to stop.
async fn look(hub: Arc<Hub>, db: Db, mut wake: Wake, stop: CancellationToken) {
    let idle = if db.backend() == DbBackend::Postgres { LOOKED_POSTGRES } else { LOOKED_SQLITE };
    let mut pause = SOON;
    loop {
        let wait = match hub.look_once(&db).await {
            Ok(true) => {
                pause = (pause * 2).min(NOT_SO_SOON);
                pause
            }
            Ok(false) => {
                pause = SOON;
                idle
            }
            Err(error) => {
                tracing::warn!(%error, "cannot read the log of changes");
                LATER
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = wake.woken() => {
                pause = SOON;
                hub.stirred.send_modify(|count| *count = count.wrapping_add(1));
            }
            () = sleep(wait) => {}
        }
    }
}

impl Hub {
    /// Looks once, and wakes whom it concerns; whether something waits for older transactions.
    pub(super) async fn look_once(&self, db: &Db) -> Result<bool, DbErr> {
        let before = self.lock().settled;
        let (settled, more) = store::settled(db).await?;
        if settled <= before {
            return Ok(more);
        }
        let concerned = store::concerned(db, before, settled, MOST_CONCERNED).await?;
        let all = u64::try_from(concerned.len()).unwrap_or(u64::MAX) >= MOST_CONCERNED;
        let mut whose: HashSet<(&str, Option<Key>)> = HashSet::new();
        for (about, patient) in &concerned {
            whose.extend([(about.as_str(), Some(*patient)), (about.as_str(), None)]);
        }
        let mut state = self.lock();
        // Another may have looked meanwhile, and further.
        state.settled = state.settled.max(settled);
        for (of, followers) in &state.interests {
            if all || whose.contains(of) {
                followers.values().for_each(|interest| interest.stir());
            }
        }
        drop(state);
        if !concerned.is_empty() {
            self.stirred.send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok(more)
    }

    /// Wakes from now on whoever follows these rows.
    pub(super) fn follow(self: &Arc<Self>, about: &'static str, patient: Option<Key>) -> Following {
        let (id, interest) = (self.next_follower.fetch_add(1, Ordering::Relaxed), Arc::<Interest>::default());
        self.lock().interests.entry((about, patient)).or_default().insert(id, interest.clone());
        Following { hub: self.clone(), of: (about, patient), id, interest }
    }

    /// Changes whenever something was written.
    pub(super) fn stirred(&self) -> watch::Receiver<u64> {
        self.stirred.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that panics runs under the lock; if it did, the map would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interest {
    fn stir(&self) {
        self.stirred.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }
}

/// Somebody's interest, for as long as they have it.
pub(super) struct Following {
    pub(super) hub: Arc<Hub>,
    of: Of,
    id: u64,
    interest: Arc<Interest>,
}

impl Following {
    /// Up to where the log is settled, and whether something of it is new since the last time it was asked.
    pub(super) fn look(&self) -> (Place, bool) {
        let state = self.hub.lock();
        (state.settled, self.interest.stirred.swap(false, Ordering::Relaxed))
    }

    /// Ends when there is something new.
    pub(super) async fn woken(&self) {
        self.interest.wake.notified().await;
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut state = self.hub.lock();
        if let Some(followers) = state.interests.get_mut(&self.of) {
            followers.remove(&self.id);
            if followers.is_empty() {
                state.interests.remove(&self.of);
            }
        }
    }
}
