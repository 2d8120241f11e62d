//! A follower's way along the log, page by page.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::Result;
use entity::Key;
use tokio::time::{sleep, timeout};

use super::Topic;
use super::follower::{Change, ChangeKind, Follower, internal, read_anew};
use super::hub::Following;
use super::position::Place;
use super::store::{self, Page, Row};
use crate::auth::Role;
use crate::read::reading::{Reading, Sharing};

/// How often it is asked whether the viewer may still follow, and how old a page of changes may be when the last of it is
/// told: together with the age of what is known of viewers, whatever ends their rights is felt within 5 seconds.
const CHECKED: Duration = Duration::from_secs(2);
/// How long to wait for a database that does not answer.
const LATER: Duration = Duration::from_secs(1);

/// One follower's way along the log.
pub(super) struct Journey {
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
    /// From a place on.
    pub(super) fn begin(
        follower: Follower,
        topic: &'static Topic,
        patient: Option<Key>,
        following: Following,
        at: Place,
    ) -> Self {
        Self { follower, topic, patient, following, at, behind: true, open: Open::default(), checked: None }
    }

    /// The next change that the viewer is told of, when it comes.
    pub(super) async fn next(&mut self) -> Result<Change> {
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
        let position = self.following.hub.positions.text(row.place);
        let (reading, statements) = (Arc::new(reading), follower.statements.clone());
        Some(Change { position, kind, row: row.key, reading, _turn: turn, statements })
    }

    /// From time to time, whether the viewer still sees the patient.
    pub(super) async fn check(&mut self) -> Result<()> {
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
