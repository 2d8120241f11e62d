//! Somebody who follows changes, from where they stand, at their own pace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_graphql::{Context, Enum, Error, Result};
use chrono_tz::Tz;
use entity::Key;
use futures_util::Stream;
use futures_util::stream::unfold;
use sea_orm::DbErr;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::Topic;
use super::hub::Live;
use super::journey::Journey;
use super::position::NoPlace;
use crate::auth::Viewer;
use crate::input::{Act, SIGN_IN_AGAIN, Standing, spoken};
use crate::read::error::ReadError;
use crate::read::reading::Reading;
use crate::read::shape::Moment;

const READ_ANEW: &str = "What changed since this position is not known any more. Read the data anew together with \
                         `livePosition`, and subscribe after that.";

/// What happened to a row, as the viewer saw it before and sees it now.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new, or the viewer may see it from now on: a report that was released is new to its patient.
    Added,
    /// It is different.
    Changed,
    /// It is gone, or the viewer may see it no longer.
    Removed,
}

/// A change that the viewer is told of.
pub struct Change {
    /// Where the viewer stands after it.
    pub position: String,
    /// What happened.
    pub kind: ChangeKind,
    /// The row.
    pub row: Key,
    /// What the row is read with, as it is now.
    pub reading: Arc<Reading>,
    /// Until the change is told it takes one of the connections that read.
    pub(super) _turn: Option<OwnedSemaphorePermit>,
    /// Counts what it took to read the row.
    pub(super) statements: Arc<AtomicU32>,
}

impl Drop for Change {
    fn drop(&mut self) {
        self.statements.fetch_add(self.reading.statements(), Ordering::Relaxed);
    }
}

/// Who follows.
#[derive(Clone)]
pub struct Follower {
    pub(super) live: Live,
    pub(super) viewer: Viewer,
    standing: Arc<dyn Standing>,
    zone: Tz,
    pub(super) statements: Arc<AtomicU32>,
}

impl Follower {
    /// A viewer who follows for as long as they are who they are.
    pub fn new(live: Live, viewer: Viewer, standing: Arc<dyn Standing>, zone: Tz) -> Self {
        Self { live, viewer, standing, zone, statements: Arc::default() }
    }

    /// How many statements the read engine ran for what was told since it was last asked.
    pub fn take_statements(&self) -> u32 {
        self.statements.swap(0, Ordering::Relaxed)
    }

    /// Whoever makes the request.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where nobody is signed in.
    pub fn of<'a>(ctx: &Context<'a>) -> Result<&'a Self> {
        ctx.data_opt::<Self>().ok_or_else(|| spoken("UNAUTHENTICATED", &ReadError::NoViewer.to_string()))
    }

    /// What is said of a patient who is not there, or not for the viewer.
    pub fn sees_no_such_record() -> Error {
        spoken("NOT_FOUND", "There is no such record.")
    }

    /// Their doing at this moment.
    pub fn act(&self) -> Act {
        let db = self.live.db().clone();
        Act::new(db, self.viewer.clone(), self.moment()).while_standing(self.standing.clone())
    }

    /// Changes whenever something was written, as far as this server knows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn stirred(&self) -> Result<watch::Receiver<u64>> {
        Ok(self.live.hub().await.map_err(internal)?.stirred())
    }

    /// Asks whether they still are who they were.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where they are not. A database that does not answer ends nothing.
    pub async fn still_stands(&self) -> Result<()> {
        match self.standing.holds().await {
            Ok(false) => Err(spoken("UNAUTHENTICATED", SIGN_IN_AGAIN)),
            Ok(true) | Err(_) => Ok(()),
        }
    }

    /// Follows one patient's rows, or those of all patients, from a position on or from now.
    ///
    /// # Errors
    /// `NOT_FOUND` for a patient whom the viewer does not see; `BAD_USER_INPUT` for a text that is no position;
    /// `POSITION_EXPIRED` for one from where nothing can be told any more.
    pub async fn follow(
        &self,
        topic: &'static Topic,
        patient: Option<Key>,
        after: Option<&str>,
    ) -> Result<impl Stream<Item = Result<Change>> + Send + use<>> {
        let hub = self.live.hub().await.map_err(internal)?;
        // Before it is asked how far the log is: what comes after that wakes.
        let following = hub.follow(topic.about, patient);
        // The hub itself looks: had it yet to see what the position is of, and were that forgotten first, it would wake
        // nobody for it.
        hub.look_once(self.live.db()).await.map_err(internal)?;
        let (settled, _) = following.look();
        let at = match after {
            None => settled,
            Some(text) => match hub.positions.place(text) {
                Ok(place) if place <= settled => place,
                Ok(_) | Err(NoPlace::OfAnotherLog) => return Err(read_anew()),
                Err(NoPlace::NoPosition) => return Err(no_position()),
            },
        };
        let mut journey = Journey::begin(self.clone(), topic, patient, following, at);
        journey.check().await?;
        Ok(unfold(Some(journey), |journey| async {
            let mut journey = journey?;
            match journey.next().await {
                Ok(change) => Some((Ok(change), Some(journey))),
                // What ends it is told, and then it is over.
                Err(end) => Some((Err(end), None)),
            }
        }))
    }

    /// The present, in the clinic.
    pub(super) fn moment(&self) -> Moment {
        Moment::at(self.live.clock().now(), self.zone)
    }

    /// One of the connections that read, when one is free.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed; if it were, nobody would have to wait.
        self.live.turns().acquire_owned().await.ok()
    }
}

fn no_position() -> Error {
    spoken("BAD_USER_INPUT", "`after` is no position: give one as `livePosition` or a change had it.")
}

/// What is said of a position from where nothing can be told any more.
pub(super) fn read_anew() -> Error {
    spoken("POSITION_EXPIRED", READ_ANEW)
}

/// An error of the database, which the response masks.
pub(super) fn internal(error: DbErr) -> Error {
    Error::new(error.to_string())
}
