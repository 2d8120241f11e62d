//! The record that a mutation changes: found for its viewer, locked, in the version that the client read.

use async_graphql::ID;
use entity::Key;
use sea_orm::EntityTrait;

use super::act::{Act, Refusal};
use super::checks::Checks;
use super::store::{self, Hold, ModelOf};
use super::user_error::UserError;
use crate::db::Tx;
use crate::read::id;
use crate::read::record::Concept;

/// A type whose records are rows that mutations name, change and delete.
pub trait Record: Concept {
    /// Its table.
    type Table: EntityTrait;
    /// What people call one: `visit`.
    const NAME: &'static str;

    /// The row that an id names; an id of another type names nothing.
    fn parse(id: &ID) -> Option<Key> {
        id::parse(Self::SHAPE.prefix?, id).map(Key)
    }
}

/// The record to change, as the input names it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    key: Option<Key>,
    version: i64,
}

impl Target {
    /// The `id` and `version` of an input.
    pub fn new<R: Record>(id: &ID, version: i32) -> Self {
        Self { key: R::parse(id), version: version.into() }
    }

    /// The record, locked until the end of the transaction, and its patient held against being archived. What is wrong
    /// with the input is told only to whoever may see the record, and together with a stale version.
    ///
    /// # Errors
    /// `NotFound` for a record that is not there or not for this viewer; the input's problems so far where the client
    /// read another version, or the record or its patient is archived.
    pub async fn open<R: Record>(&self, tx: &Tx, act: &Act, checks: &mut Checks) -> Result<ModelOf<R>, Refusal> {
        self.open_holding::<R>(tx, act, checks, Hold::Shared).await
    }

    /// [`open`](Self::open), with the patient held in this way.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_holding<R: Record>(
        &self,
        tx: &Tx,
        act: &Act,
        checks: &mut Checks,
        hold: Hold,
    ) -> Result<ModelOf<R>, Refusal> {
        let key = self.key.ok_or(Refusal::NotFound)?;
        let patient = store::patient_of::<R>(tx, act, key, hold).await?;
        let row = self.locked::<R>(tx, act, checks).await?;
        if patient.is_some_and(|patient| patient.is_archived()) {
            checks.problem(UserError::archived(&["id"], "patient"));
        } else if store::is_archived::<R>(&row) {
            checks.problem(UserError::archived(&["id"], R::NAME));
        } else {
            return Ok(row);
        }
        std::mem::take(checks).refuse()
    }

    /// The record in the version that the client read, locked, whether archived or not.
    ///
    /// # Errors
    /// `NotFound` as [`open`](Self::open); the input's problems so far where the client read another version.
    pub async fn locked<R: Record>(&self, tx: &Tx, act: &Act, checks: &mut Checks) -> Result<ModelOf<R>, Refusal> {
        let key = self.key.ok_or(Refusal::NotFound)?;
        let row = store::find::<R>(tx, act, key, Hold::Alone).await?.ok_or(Refusal::NotFound)?;
        if store::version::<R>(&row) == Some(self.version) {
            return Ok(row);
        }
        checks.problem(UserError::conflict());
        std::mem::take(checks).refuse()
    }
}
