//! Changes that are alike for many records: being archived, restored, deleted.

use std::marker::PhantomData;

use entity::Key;
use sea_orm::ActiveModelTrait;

use super::act::{Act, Change, Refusal};
use super::checks::Checks;
use super::store::{self, ColumnsOf, ModelOf};
use super::target::{Record, Target};
use super::user_error::UserError;
use crate::db::Tx;

/// Archives or restores a record.
pub struct Archiving<R> {
    target: Target,
    archive: bool,
    record: PhantomData<fn() -> R>,
}

impl<R> Archiving<R> {
    /// Leaves the record out of lists from now on.
    pub fn archive(target: Target) -> Self {
        Self { target, archive: true, record: PhantomData }
    }

    /// Brings it back.
    pub fn restore(target: Target) -> Self {
        Self { target, archive: false, record: PhantomData }
    }
}

impl<R: Record> Change for Archiving<R>
where
    ModelOf<R>: Sync,
    ColumnsOf<R>: Send,
{
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let row = self.target.locked::<R>(tx, act, &mut Checks::default()).await?;
        if store::is_archived::<R>(&row) == self.archive {
            let (state, name) = (if self.archive { "archived already" } else { "not archived" }, R::NAME);
            return Err(UserError::transition(&["id"], format!("The {name} is {state}.")).into());
        }
        let mut columns = <ColumnsOf<R> as ActiveModelTrait>::default();
        store::put::<R>(&mut columns, "archived_at", self.archive.then(|| act.now()));
        store::save::<R>(tx, act, &row, columns).await
    }
}

/// Deletes a record that no other names.
pub struct Removal<R> {
    target: Target,
    /// What to do instead, where others name it.
    in_use: &'static str,
    archived_too: bool,
    record: PhantomData<fn() -> R>,
}

impl<R> Removal<R> {
    /// Deletes the record, or says what to do instead.
    pub fn new(target: Target, in_use: &'static str) -> Self {
        Self { target, in_use, archived_too: false, record: PhantomData }
    }

    /// Deletes the record even if it is archived, or says what to do instead.
    pub fn archived_too(target: Target, in_use: &'static str) -> Self {
        Self { archived_too: true, ..Self::new(target, in_use) }
    }
}

impl<R: Record> Change for Removal<R>
where
    ModelOf<R>: Sync,
{
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let row = if self.archived_too {
            self.target.locked::<R>(tx, act, &mut checks).await?
        } else {
            self.target.open::<R>(tx, act, &mut checks).await?
        };
        store::delete::<R>(tx, &row, self.in_use).await
    }
}
