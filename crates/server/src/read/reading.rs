//! What one operation reads with: viewer, moment, and the snapshot that its root fields share.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Mutex;

use super::error::Result;
use super::exec;
use super::plan::Plan;
use super::planner::Planner;
use super::select::Query;
use super::shape::Moment;
use super::snapshot::Snapshot;
use super::sql::Setting;
use super::write::{self, Answer};
use crate::auth::Viewer;
use crate::db::Db;

/// Whether an operation's reads share a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// One read only: a plan of one statement needs no transaction.
    Single,
    /// All reads see one state of the database.
    Shared,
    /// Each read sees what was committed before it: the payloads of mutations.
    Fresh,
}

/// What one operation reads with.
pub struct Reading {
    db: Db,
    viewer: Viewer,
    moment: Moment,
    sharing: Sharing,
    snapshot: Mutex<Option<Snapshot>>,
    statements: AtomicU32,
}

impl Reading {
    /// For one operation of this viewer at this moment.
    pub fn new(db: Db, viewer: Viewer, moment: Moment, sharing: Sharing) -> Self {
        Self { db, viewer, moment, sharing, snapshot: Mutex::new(None), statements: AtomicU32::new(0) }
    }

    /// A planner for one of its root fields.
    pub fn planner<'a>(&'a self, query: Query<'a>) -> Planner<'a> {
        Planner::new(query, &self.viewer, self.db.backend(), &self.moment)
    }

    /// How many statements it ran.
    pub fn statements(&self) -> u32 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Runs a plan and writes its answer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(&self, plan: &Plan) -> Result<Answer> {
        let mut shared = self.snapshot.lock().await;
        let frozen = self.sharing == Sharing::Shared || plan.nodes.len() > 1;
        let mut snapshot = match shared.take() {
            Some(snapshot) => snapshot,
            None => Snapshot::open(&self.db, frozen).await?,
        };
        let setting = Setting { viewer: &self.viewer, backend: self.db.backend(), moment: &self.moment };
        let (loaded, statements) = exec::run(&mut snapshot, setting, plan).await?;
        self.statements.fetch_add(statements, Ordering::Relaxed);
        self.db.count(u64::from(statements));
        match self.sharing {
            Sharing::Shared => *shared = Some(snapshot),
            Sharing::Single | Sharing::Fresh => snapshot.close().await?,
        }
        drop(shared);
        Ok(write::write(plan, &loaded, &self.moment))
    }

    /// The number that a statement of the house answers, in the same snapshot as everything else that is read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn number(&self, sql: &'static str) -> Result<i64> {
        let mut shared = self.snapshot.lock().await;
        let mut snapshot = match shared.take() {
            Some(snapshot) => snapshot,
            None => Snapshot::open(&self.db, self.sharing == Sharing::Shared).await?,
        };
        let number = snapshot.number(sql).await?;
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.db.count(1);
        match self.sharing {
            Sharing::Shared => *shared = Some(snapshot),
            Sharing::Single | Sharing::Fresh => snapshot.close().await?,
        }
        Ok(number)
    }

    /// Gives the snapshot back.
    ///
    /// # Errors
    /// When the database went away.
    pub async fn close(&self) -> Result<()> {
        match self.snapshot.lock().await.take() {
            Some(snapshot) => snapshot.close().await,
            None => Ok(()),
        }
    }
}
