//! From what a request carries to whom it acts for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entity::Key;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::DbErr;

use super::store;
use crate::auth::secret::{Purpose, Secret};
use crate::auth::token::Tokens;
use crate::auth::{Role, Viewer};
use crate::clock::SharedClock;
use crate::db::{Db, Tx};
use crate::input::{SIGN_IN_AGAIN, Standing};

/// How old what is known about a viewer may be: asking the database for each request would cost a fifth of a small one.
pub const FRESH: Duration = Duration::from_secs(2);

/// So many viewers are remembered at most; then all are forgotten and asked for anew.
const MOST_REMEMBERED: usize = 10_000;

/// Why a request acts for nobody. It does not say what is wrong: that would help whoever tries.
#[derive(Debug, thiserror::Error)]
pub enum Unauthenticated {
    /// What it carries is not, or no longer, good for anybody.
    #[error("{SIGN_IN_AGAIN}")]
    Refused,
    /// The database did not answer.
    #[error("{0}")]
    Database(#[from] DbErr),
}

/// Knows viewers by what their requests carry. Cheap to clone.
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

struct Inner {
    db: Db,
    clock: SharedClock,
    tokens: Tokens,
    known: Mutex<Remembered>,
}

/// What is known of viewers, and since when.
#[derive(Default)]
struct Remembered {
    viewers: HashMap<Credential, (Instant, Viewer)>,
    /// How often all was forgotten: an answer from before must not be remembered after.
    forgotten: u64,
}

/// What a viewer is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Credential {
    /// The sign-in that an access token names.
    SignIn(Key),
    /// The hash of an API key.
    ApiKey(String),
}

impl Authenticator {
    /// Over a database whose sign-ins have access tokens of this kind.
    pub fn new(db: Db, clock: SharedClock, tokens: Tokens) -> Self {
        Self(Arc::new(Inner { db, clock, tokens, known: Mutex::default() }))
    }

    /// Signs and verifies access tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Whom a request acts for that carries this as its bearer token: an access token or an API key.
    ///
    /// # Errors
    /// When it is good for nobody, or the database does not answer.
    pub async fn known_by(&self, bearer: &str) -> Result<Known, Unauthenticated> {
        let now = self.0.clock.now();
        let credential = match Secret::parse(Purpose::ApiKey, bearer) {
            Some(key) => Credential::ApiKey(key.hash()),
            None => Credential::SignIn(self.0.tokens.verify(bearer, now).ok_or(Unauthenticated::Refused)?),
        };
        let viewer = self.viewer(&credential, now).await?.ok_or(Unauthenticated::Refused)?;
        Ok(Known { viewer, credential, authenticator: self.clone() })
    }

    /// Forgets what is known of viewers: something about accounts was changed here. Other servers notice by themselves.
    pub fn forget(&self) {
        let mut known = self.lock();
        known.viewers.clear();
        known.forgotten += 1;
    }

    /// Who is known by a credential now, or was a moment ago.
    async fn viewer(&self, credential: &Credential, now: DateTime<Utc>) -> Result<Option<Viewer>, DbErr> {
        // The age counts from before the question: what changes meanwhile is felt in time.
        let asked = Instant::now();
        let forgotten = {
            let known = self.lock();
            if let Some((at, viewer)) = known.viewers.get(credential)
                && at.elapsed() < FRESH
            {
                return Ok(Some(viewer.clone()));
            }
            known.forgotten
        };
        // What is nobody's is not remembered: made up by the thousand, it would push out what is somebody's.
        let Some(viewer) = store::viewer(self.0.db.lookups(), credential, now).await? else { return Ok(None) };
        let mut known = self.lock();
        if known.viewers.len() >= MOST_REMEMBERED {
            known.viewers.clear();
        }
        if known.forgotten == forgotten {
            known.viewers.insert(credential.clone(), (asked, viewer.clone()));
        }
        Ok(Some(viewer))
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        // Nothing that panics runs under the lock; if it did, the map would still be whole.
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whom a request acts for, and by what they are known.
#[derive(Clone)]
pub struct Known {
    /// Who.
    pub viewer: Viewer,
    credential: Credential,
    authenticator: Authenticator,
}

impl Known {
    /// Whether they are still who they were when the request began. Its token may have ended meanwhile: that was good
    /// when it came.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_current(&self) -> Result<bool, DbErr> {
        let now = self.authenticator.0.clock.now();
        Ok(self.authenticator.viewer(&self.credential, now).await?.as_ref() == Some(&self.viewer))
    }
}

impl Standing for Known {
    fn holds(&self) -> BoxFuture<'_, Result<bool, DbErr>> {
        self.is_current().boxed()
    }

    fn holds_in<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Result<bool, DbErr>> {
        let now = self.authenticator.0.clock.now();
        let viewer = store::viewer(&**tx, &self.credential, now);
        async move { Ok(viewer.await?.as_ref() == Some(&self.viewer)) }.boxed()
    }

    fn accounts_changed(&self) {
        self.authenticator.forget();
    }
}

impl Role {
    /// Whether it is a program.
    pub fn is_agent(self) -> bool {
        matches!(self, Self::Agent(_))
    }
}
