//! From what a request carries to whom it acts for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entity::Key;

use super::store;
use crate::auth::secret::{Purpose, Secret};
use crate::auth::token::Tokens;
use crate::auth::{Role, Viewer};
use crate::clock::SharedClock;
use crate::db::Db;

/// How old what is known about a viewer may be: asking the database for each request would cost a fifth of a small one.
pub const FRESH: Duration = Duration::from_secs(2);

/// So many viewers are remembered at most; then all are forgotten and asked for anew.
const MOST_REMEMBERED: usize = 10_000;

/// Why a request acts for nobody. It does not say what is wrong: that would help whoever tries.
#[derive(Debug, thiserror::Error)]
pub enum Unauthenticated {
    /// What it carries is not, or no longer, good for anybody.
    #[error("Your sign-in is not valid, or no longer. Sign in again.")]
    Refused,
    /// The database did not answer.
    #[error("{0}")]
    Database(#[from] sea_orm::DbErr),
}

/// Knows viewers by what their requests carry. Cheap to clone.
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

struct Inner {
    db: Db,
    clock: SharedClock,
    tokens: Tokens,
    known: Mutex<HashMap<Credential, (Instant, Option<Viewer>)>>,
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

    /// Who a request acts for that carries this as its bearer token: an access token or an API key.
    ///
    /// # Errors
    /// When it is good for nobody, or the database does not answer.
    pub async fn viewer(&self, bearer: &str) -> Result<Viewer, Unauthenticated> {
        let now = self.0.clock.now();
        let credential = match Secret::parse(Purpose::ApiKey, bearer) {
            Some(key) => Credential::ApiKey(key.hash()),
            None => Credential::SignIn(self.0.tokens.verify(bearer, now).ok_or(Unauthenticated::Refused)?),
        };
        self.known(credential, now).await?.ok_or(Unauthenticated::Refused)
    }

    /// Whether a viewer is still who they were when their request began.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_current(&self, bearer: &str, viewer: &Viewer) -> Result<bool, Unauthenticated> {
        match self.viewer(bearer).await {
            Ok(now) => Ok(now == *viewer),
            Err(Unauthenticated::Refused) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Forgets what is known of viewers: something about accounts was changed here. Other servers notice by themselves.
    pub fn forget(&self) {
        self.lock().clear();
    }

    async fn known(&self, credential: Credential, now: DateTime<Utc>) -> Result<Option<Viewer>, Unauthenticated> {
        if let Some((at, viewer)) = self.lock().get(&credential)
            && at.elapsed() < FRESH
        {
            return Ok(viewer.clone());
        }
        // The age counts from before the question: what changes meanwhile is felt in time.
        let asked = Instant::now();
        let viewer = store::viewer(&self.0.db, &credential, now).await?;
        let mut known = self.lock();
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(credential, (asked, viewer.clone()));
        Ok(viewer)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Credential, (Instant, Option<Viewer>)>> {
        // Nothing that panics runs under the lock; if it did, the map would still be whole.
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Role {
    /// Whether it is a program.
    pub fn is_agent(self) -> bool {
        matches!(self, Self::Agent(_))
    }
}
