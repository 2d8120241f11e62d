//! One request's doing: who, when, with which keys, through which door.

use std::sync::Arc;

use async_graphql::{Context, Error, ErrorExtensions, Result};
use entity::{Instant, Key};
use futures_util::future::BoxFuture;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sea_orm::DbErr;

use super::constraint;
use super::user_error::UserError;
use crate::auth::Viewer;
use crate::auth::rights::Allowed;
use crate::db::{Db, Transient, Tx, Work, got_no_turn};
use crate::read::error::ReadError;
use crate::read::shape::Moment;

/// Who acts, and when.
pub struct Act {
    db: Db,
    viewer: Viewer,
    moment: Moment,
    standing: Option<Arc<dyn Standing>>,
}

/// What makes the viewer the viewer: it may end while the request runs.
pub trait Standing: Send + Sync {
    /// Whether they are still who they were when the request began, or were a moment ago.
    fn holds(&self) -> BoxFuture<'_, std::result::Result<bool, DbErr>>;
    /// Whether they still are, as this transaction sees it.
    fn holds_in<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, std::result::Result<bool, DbErr>>;
    /// A change that touches accounts was committed: what is remembered of viewers is old.
    fn accounts_changed(&self);
}

/// The input of a root mutation field.
pub trait Input {
    /// What it asks for.
    type Change: Change;
    /// The change, with everything that can be seen to be wrong with the input without the database.
    fn parse(self, act: &Act) -> Self::Change;
}

/// What a mutation does.
pub trait Change: Sync {
    /// What it answers: keys of what was written.
    type Done: Send;
    /// Whether it can end what somebody is known by, or change what they may do.
    const TOUCHES_ACCOUNTS: bool = false;
    /// Adds to the input's problems those that only the database knows, and writes if there are none. It may be done
    /// again, and has no effect but on the transaction.
    fn apply(&self, tx: &Tx, act: &Act) -> impl Future<Output = std::result::Result<Self::Done, Refusal>> + Send;
}

struct Acting<'a, C> {
    act: &'a Act,
    change: &'a C,
}

impl<C: Change> Work for Acting<'_, C> {
    type Done = C::Done;
    type Error = Refusal;

    async fn run(&self, tx: &Tx) -> std::result::Result<C::Done, Refusal> {
        // What changes the viewer's own account ends what it is asked by.
        if C::TOUCHES_ACCOUNTS {
            self.act.check_standing_in(tx).await?;
            return self.change.apply(tx, self.act).await;
        }
        let done = self.change.apply(tx, self.act).await?;
        // Locks may have been waited for: whoever lost their rights meanwhile has done nothing.
        self.act.check_standing_in(tx).await?;
        Ok(done)
    }
}

/// Why a change was not made.
#[derive(Debug)]
pub enum Refusal {
    /// The user can mend it.
    User(Vec<UserError>),
    /// The record to change is not there, or not for this viewer.
    NotFound,
    /// The viewer is so no longer.
    Gone,
    /// The database says no.
    Database(DbErr),
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        match constraint::user_error(&error) {
            Some(user) => Self::User(vec![user]),
            None => Self::Database(error),
        }
    }
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        Self::User(vec![error])
    }
}

impl Transient for Refusal {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            Self::User(_) | Self::NotFound | Self::Gone => None,
        }
    }
}

impl Act {
    /// The doing of whoever makes the request.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where nobody is signed in.
    pub fn of<'a>(ctx: &Context<'a>) -> Result<&'a Self> {
        ctx.data_opt::<Self>().ok_or_else(|| spoken("UNAUTHENTICATED", &ReadError::NoViewer.to_string()))
    }

    /// Whoever acts, if the role may do this at all.
    ///
    /// # Errors
    /// `FORBIDDEN` where it never may.
    pub fn permitted(&self, who: Allowed) -> Result<&Self> {
        if who(self.viewer.role) { Ok(self) } else { Err(spoken("FORBIDDEN", "Your role may not do this.")) }
    }

    /// A viewer's doing at a moment.
    pub fn new(db: Db, viewer: Viewer, moment: Moment) -> Self {
        Self { db, viewer, moment, standing: None }
    }

    /// Of a viewer who may be gone before the request is.
    pub fn while_standing(self, standing: Arc<dyn Standing>) -> Self {
        Self { standing: Some(standing), ..self }
    }

    /// Who acts.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// When.
    pub fn moment(&self) -> &Moment {
        &self.moment
    }

    /// When, as rows store it.
    pub fn now(&self) -> Instant {
        Instant::new(self.moment.now)
    }

    /// The database, for what is computed and not read.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// A key for a new row.
    pub fn new_key(&self) -> Key {
        Key::v7(self.moment.now, &mut UnwrapErr(SysRng))
    }

    /// Does what an input asks for in one transaction, whole or not at all. The inner error is for the payload's
    /// `userErrors`.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where the viewer is so no longer; `NOT_FOUND` for the record to change itself; `UNAVAILABLE`
    /// where it can be tried again; anything else of the database, which the response masks.
    pub async fn mutate<I: Input>(
        &self,
        input: I,
    ) -> Result<std::result::Result<<I::Change as Change>::Done, Vec<UserError>>> {
        self.make(&input.parse(self)).await
    }

    /// Makes a change in one transaction, as [`mutate`](Self::mutate) does.
    ///
    /// # Errors
    /// As [`mutate`](Self::mutate).
    pub async fn make<C: Change>(&self, change: &C) -> Result<std::result::Result<C::Done, Vec<UserError>>> {
        self.check_standing().await?;
        // On the heap: the compiler gives up on types of futures that are nested deeper.
        match Box::pin(self.db.write(&Acting { act: self, change })).await {
            Ok(done) => {
                if let Some(standing) = self.standing.as_ref().filter(|_| C::TOUCHES_ACCOUNTS) {
                    standing.accounts_changed();
                }
                Ok(Ok(done))
            }
            Err(Refusal::User(errors)) => Ok(Err(errors)),
            Err(Refusal::NotFound) => Err(spoken("NOT_FOUND", "There is no such record.")),
            Err(Refusal::Gone) => Err(spoken("UNAUTHENTICATED", SIGN_IN_AGAIN)),
            Err(Refusal::Database(error)) => Err(not_done(&error)),
        }
    }

    async fn check_standing_in(&self, tx: &Tx) -> std::result::Result<(), Refusal> {
        match &self.standing {
            Some(standing) if !standing.holds_in(tx).await? => Err(Refusal::Gone),
            _ => Ok(()),
        }
    }

    /// Before each change: earlier ones of the same request may have taken a while, or taken the viewer's own rights.
    async fn check_standing(&self) -> Result<()> {
        let Some(standing) = &self.standing else { return Ok(()) };
        match standing.holds().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(spoken("UNAUTHENTICATED", SIGN_IN_AGAIN)),
            Err(error) => Err(not_done(&error)),
        }
    }
}

/// What a client is told of the database's error; of most, the response masks the text.
fn not_done(error: &DbErr) -> Error {
    if got_no_turn(error) {
        tracing::warn!(%error, "a write did not get its turn in time");
        return spoken("UNAVAILABLE", "Too much is being written at the moment. Nothing was changed; try again.");
    }
    Error::new(error.to_string())
}

/// What is said of everything that is good for nobody. It does not say why: that would help whoever tries.
pub const SIGN_IN_AGAIN: &str = "Your sign-in is not valid, or no longer. Sign in again.";

/// An error that is meant for the client.
pub(crate) fn spoken(code: &'static str, message: &str) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}
