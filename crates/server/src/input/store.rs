//! The statements that all mutations share: finding the rows that an input names, as far as the viewer may see them,
//! and writing a row with its stamps.
//!
//! Locks are taken in one order, so that writers wait for each other and do not meet: patients by key, doctors by key,
//! then the rows that are changed. SQLite has one writer and needs none.

use std::collections::HashMap;
use std::str::FromStr;

use entity::{Instant, Key, patients};
use sea_orm::sea_query::{LockType, ValueType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, ModelTrait, QueryFilter, QueryOrder,
    QuerySelect, Value,
};

use super::act::{Act, Refusal};
use super::checks::Checks;
use super::constraint;
use super::target::Record;
use super::user_error::UserError;
use crate::auth::Role;
use crate::db::Tx;
use crate::read::shape::{Link, ShapeRef};

/// A row of a record's table.
pub type ModelOf<R> = <<R as Record>::Table as EntityTrait>::Model;
/// What may be written into a record's table.
pub type ColumnsOf<R> = <<R as Record>::Table as EntityTrait>::ActiveModel;
type ColumnOf<R> = <<R as Record>::Table as EntityTrait>::Column;

/// How a row that is found stays as it is until the end of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Nobody changes it meanwhile.
    Shared,
    /// Nobody changes it, nor finds it in either way, meanwhile.
    Alone,
}

impl From<Hold> for LockType {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::Shared => Self::Share,
            // Rows that refer to it can still be added.
            Hold::Alone => Self::NoKeyUpdate,
        }
    }
}

fn column<R: Record>(name: &str) -> Option<ColumnOf<R>> {
    ColumnOf::<R>::from_str(name).ok()
}

/// The column that names a row. A table without it would be no table of ours.
fn key_column<R: Record>() -> Result<ColumnOf<R>, Refusal> {
    let name = R::SHAPE.key;
    column::<R>(name).ok_or_else(|| Refusal::Database(sea_orm::DbErr::Custom(format!("no column {name}"))))
}

fn value<R: Record, T: ValueType>(row: &ModelOf<R>, name: &str) -> Option<T> {
    T::try_from(row.get(column::<R>(name)?)).ok()
}

/// The key of a row.
pub fn key<R: Record>(row: &ModelOf<R>) -> Option<Key> {
    value::<R, _>(row, R::SHAPE.key)
}

/// The edit lock of a row.
pub(super) fn version<R: Record>(row: &ModelOf<R>) -> Option<i64> {
    value::<R, _>(row, "version")
}

/// Whether a row is archived; of most tables none can be.
pub(super) fn is_archived<R: Record>(row: &ModelOf<R>) -> bool {
    value::<R, Option<Instant>>(row, "archived_at").flatten().is_some()
}

/// The rows with these keys that the viewer may see.
pub async fn rows<R: Record>(
    tx: &Tx,
    act: &Act,
    keys: impl IntoIterator<Item = Key>,
    hold: Hold,
) -> Result<HashMap<Key, ModelOf<R>>, Refusal> {
    let mut keys: Vec<Key> = keys.into_iter().collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let column = key_column::<R>()?;
    let visible =
        |keys| R::Table::find().filter(column.is_in(keys)).filter((R::SHAPE.access)(act.viewer(), R::SHAPE.table));
    let found = visible(keys).order_by_asc(column).lock(hold.into()).all(&**tx).await?;
    let mut found: HashMap<Key, _> = found.into_iter().filter_map(|row| Some((key::<R>(&row)?, row))).collect();
    if waits(tx, act) && !found.is_empty() {
        let keys: Vec<Key> = found.keys().copied().collect();
        let still: Vec<Key> = visible(keys).select_only().column(column).into_tuple().all(&**tx).await?;
        found.retain(|key, _| still.contains(key));
    }
    Ok(found)
}

/// Whether rows may have been waited for while the viewer lost them. A lock of PostgreSQL does not ask anew by which
/// assignment a row was found, so they are asked for again. Administrators see all rows; SQLite has one writer.
fn waits(tx: &Tx, act: &Act) -> bool {
    tx.get_database_backend() == DbBackend::Postgres && act.viewer().role != Role::Admin
}

/// The row with this key, if the viewer may see it.
pub async fn find<R: Record>(tx: &Tx, act: &Act, key: Key, hold: Hold) -> Result<Option<ModelOf<R>>, Refusal> {
    Ok(rows::<R>(tx, act, [key], hold).await?.remove(&key))
}

/// The record that an input names at `path`; one that does not exist, is not for the viewer or is archived is a
/// problem of the input. Nothing where the input names none.
///
/// # Errors
/// Only the database's.
pub async fn refer<R: Record>(
    tx: &Tx,
    act: &Act,
    checks: &mut Checks,
    path: &[&str],
    key: Option<Key>,
    hold: Hold,
) -> Result<Option<ModelOf<R>>, Refusal> {
    let mut found = rows::<R>(tx, act, key, hold).await?;
    check::<R>(checks, path, key, &found);
    Ok(key.and_then(|key| found.remove(&key)))
}

/// Notes a problem where the record that an input names is not among those found, or is archived.
pub fn check<R: Record>(checks: &mut Checks, path: &[&str], key: Option<Key>, found: &HashMap<Key, ModelOf<R>>) {
    match key.map(|key| found.get(&key)) {
        Some(None) => checks.problem(UserError::unknown(path, R::NAME)),
        Some(Some(row)) if is_archived::<R>(row) => checks.problem(UserError::archived(path, R::NAME)),
        _ => {}
    }
}

/// Notes a problem where the record that an input names is not among those found, or not of the same patient.
pub fn check_of_patient<R: Record>(
    checks: &mut Checks,
    path: &[&str],
    key: Option<Key>,
    patient: Option<Key>,
    found: &HashMap<Key, ModelOf<R>>,
) {
    let Some(key) = key else { return };
    let owner = found.get(&key).and_then(|row| value::<R, Key>(row, "patient_id"));
    if owner.is_none() || patient.is_some_and(|patient| owner != Some(patient)) {
        checks.problem(UserError::unknown(path, &format!("{} of this patient", R::NAME)));
    }
}

/// The patient of the row with this key, where rows of the table have one, held before the row itself is.
///
/// # Errors
/// `NotFound` where there is no such row for this viewer.
pub(super) async fn patient_of<R: Record>(
    tx: &Tx,
    act: &Act,
    key: Key,
    hold: Hold,
) -> Result<Option<patients::Model>, Refusal> {
    let (Some(patient), Some(column)) = (owner(R::SHAPE), column::<R>("patient_id")) else { return Ok(None) };
    let owner = R::Table::find()
        .select_only()
        .column(column)
        .filter(key_column::<R>()?.eq(key))
        .filter((R::SHAPE.access)(act.viewer(), R::SHAPE.table))
        .into_tuple::<Key>()
        .one(&**tx)
        .await?
        .ok_or(Refusal::NotFound)?;
    let visible = patients::Entity::find_by_id(owner).filter((patient.access)(act.viewer(), patient.table));
    let mut found = visible.clone().lock(hold.into()).one(&**tx).await?;
    if waits(tx, act) && found.is_some() {
        found = visible.one(&**tx).await?;
    }
    found.ok_or(Refusal::NotFound).map(Some)
}

/// The patient's shape, where every row of this shape belongs to one.
fn owner(shape: ShapeRef) -> Option<ShapeRef> {
    let owned = |link: &Link| matches!(link, Link::One { from: "patient_id", required: true, .. });
    shape.relations.iter().find(|relation| owned(&relation.link)).map(|relation| relation.shape)
}

/// Writes new rows, with keys and stamps, in one statement; answers the keys in their order.
pub async fn insert_all<R: Record>(tx: &Tx, act: &Act, rows: Vec<ColumnsOf<R>>) -> Result<Vec<Key>, Refusal>
where
    ColumnsOf<R>: Send,
{
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (mut keys, mut stamped) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let column = key_column::<R>()?;
    for mut row in rows {
        let given = row.get(column).into_value().and_then(|key| <Key as ValueType>::try_from(key).ok());
        let key = given.unwrap_or_else(|| act.new_key());
        row.set(column, key.into());
        stamp::<R>(&mut row, "created_at", act.now());
        stamp::<R>(&mut row, "updated_at", act.now());
        stamp::<R>(&mut row, "version", 1_i64);
        keys.push(key);
        stamped.push(row);
    }
    R::Table::insert_many(stamped).exec_without_returning(&**tx).await?;
    Ok(keys)
}

/// Writes a new row; answers its key.
pub async fn insert<R: Record>(tx: &Tx, act: &Act, row: ColumnsOf<R>) -> Result<Key, Refusal>
where
    ColumnsOf<R>: Send,
{
    let keys = insert_all::<R>(tx, act, vec![row]).await?;
    keys.first().copied().ok_or(Refusal::NotFound)
}

/// Writes the columns that are set over a row, which thereby gets its next version; answers its key.
pub async fn save<R: Record>(tx: &Tx, act: &Act, row: &ModelOf<R>, mut columns: ColumnsOf<R>) -> Result<Key, Refusal>
where
    ColumnsOf<R>: Send,
{
    let key = key::<R>(row).ok_or(Refusal::NotFound)?;
    stamp::<R>(&mut columns, "updated_at", act.now());
    stamp::<R>(&mut columns, "version", version::<R>(row).unwrap_or_default() + 1);
    R::Table::update_many().set(columns).filter(key_column::<R>()?.eq(key)).exec(&**tx).await?;
    Ok(key)
}

/// Deletes a row; answers the key it had.
///
/// # Errors
/// `IN_USE` with this message where other records name it.
pub async fn delete<R: Record>(tx: &Tx, row: &ModelOf<R>, in_use: &str) -> Result<Key, Refusal> {
    let key = key::<R>(row).ok_or(Refusal::NotFound)?;
    match R::Table::delete_many().filter(key_column::<R>()?.eq(key)).exec(&**tx).await {
        Ok(_) => Ok(key),
        Err(error) if constraint::is_referred_to(&error) => Err(UserError::in_use(in_use).into()),
        Err(error) => Err(error.into()),
    }
}

/// Sets a column by its name, where the table has it.
pub(super) fn put<R: Record>(row: &mut ColumnsOf<R>, name: &str, value: impl Into<Value>) {
    if let Some(column) = column::<R>(name) {
        row.set(column, value.into());
    }
}

fn stamp<R: Record>(row: &mut ColumnsOf<R>, name: &str, stamp: impl Into<Value>) {
    if let Some(column) = column::<R>(name)
        && row.is_not_set(column)
    {
        row.set(column, stamp.into());
    }
}
