//! Somebody who follows changes, from where they stand, at their own pace.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::{Context, Enum, Error, Result};
use chrono_tz::Tz;
use entity::Key;
use futures_util::Stream;
use futures_util::stream::unfold;
use sea_orm::DbErr;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{sleep, timeout};

use super::Topic;
use super::hub::{Following, Live};
use super::position::{Place, Position};
use super::store::{self, Page, Row};
use crate::auth::{Role, Viewer};
use crate::input::{Act, SIGN_IN_AGAIN, Standing, spoken};
use crate::read::error::ReadError;
use crate::read::reading::{Reading, Sharing};
use crate::read::shape::Moment;

/// How often it is asked whether the viewer may still follow, and how old a page of changes may be when the last of it is
/// told: together with the age of what is known of viewers, whatever ends their rights is felt within 5 seconds.
const CHECKED: Duration = Duration::from_secs(2);
/// How long to wait for a database that does not answer.
const LATER: Duration = Duration::from_secs(1);

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
    _turn: Option<OwnedSemaphorePermit>,
}

/// Who follows.
#[derive(Clone)]
pub struct Follower {
    live: Live,
    viewer: Viewer,
    standing: Arc<dyn Standing>,
    zone: Tz,
}

impl Follower {
    /// A viewer who follows for as long as they are who they are.
    pub fn new(live: Live, viewer: Viewer, standing: Arc<dyn Standing>, zone: Tz) -> Self {
        Self { live, viewer, standing, zone }
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
        let (settled, _) = store::settled(self.live.db()).await.map_err(internal)?;
        let at = match after {
            None => settled,
            Some(text) => {
                let position = Position::parse(text).ok_or_else(no_position)?;
                if position.log != hub.log || position.place > settled {
                    return Err(read_anew());
                }
                position.place
            }
        };
        let mut journey = Journey {
            follower: self.clone(),
            topic,
            patient,
            following,
            at,
            behind: true,
            open: Open::default(),
            checked: None,
        };
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

    fn moment(&self) -> Moment {
        Moment::at(self.live.clock().now(), self.zone)
    }
}

/// One follower's way along the log.
struct Journey {
    follower: Follower,
    topic: &'static Topic,
    patient: Option<Key>,
    following: Following,
    /// Everything up to here was told, or was not for them.
    at: Place,
    /// Whether there may be something between there and where the log is settled.
    behind: bool,
    open: Open,
    checked: Option<Instant>,
}

/// The page of the log that is open.
#[derive(Default)]
struct Open {
    rows: VecDeque<Row>,
    /// When it was read.
    since: Option<Instant>,
    /// Where the log was settled, if there was no more up to there.
    end: Option<Place>,
}

impl Journey {
    async fn next(&mut self) -> Result<Change> {
        loop {
            self.follower.still_stands().await?;
            if self.open.since.is_some_and(|since| since.elapsed() > CHECKED) {
                // Rights may have ended since: what is left is read anew.
                self.open = Open::default();
            }
            if let Some(row) = self.open.rows.pop_front() {
                self.at = row.place;
                if let Some(change) = self.told(&row).await {
                    return Ok(change);
                }
                continue;
            }
            if let Some(end) = self.open.end.take() {
                (self.at, self.behind) = (self.at.max(end), false);
            }
            self.check().await?;
            let (settled, stirred) = self.following.look();
            self.behind |= stirred;
            if self.behind && self.at < settled {
                self.turn_page(settled).await?;
            } else {
                self.behind = false;
                self.at = self.at.max(settled);
                let _ = timeout(CHECKED, self.following.woken()).await;
            }
        }
    }

    /// Opens the next page of the log.
    async fn turn_page(&mut self, settled: Place) -> Result<()> {
        let since = Instant::now();
        let (db, viewer) = (self.follower.live.db(), &self.follower.viewer);
        let page = {
            let _turn = self.follower.turn().await;
            store::page(db, viewer, self.topic, self.patient, (self.at, settled)).await
        };
        let Page { log, forgotten, rows } = match page {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "cannot read the log of changes");
                sleep(LATER).await;
                return Ok(());
            }
        };
        if log != Some(self.following.hub.log) || forgotten > self.at {
            return Err(read_anew());
        }
        let is_last = u64::try_from(rows.len()).unwrap_or(u64::MAX) < store::PAGE;
        self.open = Open { rows: rows.into(), since: Some(since), end: is_last.then_some(settled) };
        Ok(())
    }

    /// The change as the viewer is told of it; none where it is nothing to them.
    async fn told(&self, row: &Row) -> Option<Change> {
        let follower = &self.follower;
        let kind = kind(follower.viewer.role, row)?;
        let turn = follower.turn().await;
        let db = follower.live.db().clone();
        let reading = Reading::new(db, follower.viewer.clone(), follower.moment(), Sharing::Fresh);
        let position = Position { log: self.following.hub.log, place: row.place }.text();
        Some(Change { position, kind, row: row.key, reading: Arc::new(reading), _turn: turn })
    }

    /// From time to time, whether the viewer still sees the patient.
    async fn check(&mut self) -> Result<()> {
        let Some(patient) = self.patient.filter(|_| self.checked.is_none_or(|at| at.elapsed() >= CHECKED)) else {
            return Ok(());
        };
        let (at, follower) = (Instant::now(), &self.follower);
        match store::sees_patient(follower.live.db(), &follower.viewer, self.topic, patient).await {
            Ok(true) => self.checked = Some(at),
            Ok(false) => return Err(Follower::sees_no_such_record()),
            // At the beginning nothing is known; later, what cannot be asked ends nothing, and nothing is told meanwhile.
            Err(error) if self.checked.is_none() => return Err(internal(error)),
            Err(error) => tracing::warn!(%error, "cannot ask whether a patient is still seen"),
        }
        Ok(())
    }
}

impl Follower {
    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed; if it were, nobody would have to wait.
        self.live.turns().acquire_owned().await.ok()
    }
}

/// What a change is to a viewer. To patients a row that they cannot see does not exist.
fn kind(role: Role, row: &Row) -> Option<ChangeKind> {
    match (role, row.what.as_str(), row.shown_before, row.shown_after) {
        (Role::Patient(_), _, false, false) => None,
        (Role::Patient(_), _, false, true) | (Role::Admin | Role::Doctor(_) | Role::Agent(_), "added", ..) => {
            Some(ChangeKind::Added)
        }
        (Role::Patient(_), _, true, false) | (Role::Admin | Role::Doctor(_) | Role::Agent(_), "removed", ..) => {
            Some(ChangeKind::Removed)
        }
        _ => Some(ChangeKind::Changed),
    }
}

fn no_position() -> Error {
    spoken("BAD_USER_INPUT", "`after` is no position: give one as `livePosition` or a change had it.")
}

fn read_anew() -> Error {
    spoken("POSITION_EXPIRED", READ_ANEW)
}

/// An error of the database, which the response masks.
fn internal(error: DbErr) -> Error {
    Error::new(error.to_string())
}
