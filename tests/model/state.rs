//! What the clinic's tables hold.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::naive::Tables;
use crate::naive::model::kind;
use crate::naive::tables::Row;
use crate::support::factory::PREFIXES;

/// Tables without a type of the API of their own, and what names their rows.
pub const LINKS: &str = "report_predictions";
pub const REVISIONS: &str = "consultation_revisions";
pub const ERASURES: &str = "patient_erasures";

/// All rows, in each table in the order in which they came: nothing depends on what keys happen to be. A copy is cheap.
#[derive(Debug, Clone, Default)]
pub struct State(BTreeMap<&'static str, Vec<Arc<Row>>>);

impl State {
    /// The accounts that are there before anything is done.
    pub async fn of(connection: &DatabaseConnection) -> Self {
        let mut state = Self::default();
        let accounts = Tables::load(connection).await;
        accounts.rows("users").iter().for_each(|account| state.add("users", account.clone()));
        state
    }

    /// The rows of a table.
    pub fn rows(&self, table: &str) -> impl Iterator<Item = &Arc<Row>> {
        self.0.get(table).into_iter().flatten()
    }

    /// The records of a type.
    pub fn all(&self, type_name: &str) -> impl Iterator<Item = &Arc<Row>> {
        self.rows(kind(type_name).table)
    }

    /// The record of this type and key.
    pub fn find(&self, type_name: &str, key: &Value) -> Option<Arc<Row>> {
        let column = kind(type_name).key;
        self.all(type_name).find(|row| row[column] == *key).cloned()
    }

    /// Adds a row.
    pub fn add(&mut self, table: &'static str, row: Row) {
        self.0.entry(table).or_default().push(Arc::new(row));
    }

    /// Changes the rows of a table that are meant.
    pub fn change(&mut self, table: &str, meant: impl Fn(&Row) -> bool, change: impl Fn(&mut Row)) {
        for row in self.0.get_mut(table).into_iter().flatten().filter(|row| meant(row)) {
            change(Arc::make_mut(row));
        }
    }

    /// Removes the rows of a table that are meant.
    pub fn remove(&mut self, table: &str, meant: impl Fn(&Row) -> bool) {
        if let Some(rows) = self.0.get_mut(table) {
            rows.retain(|row| !meant(row));
        }
    }

    /// Removes what belongs to a patient, but for what is noted about the erasure.
    pub fn remove_patient(&mut self, patient: &Value) {
        for rows in self.0.values_mut() {
            rows.retain(|row| value(row, "patient_id") != patient);
        }
    }

    /// A number that is the same for the same rows, in whichever order they came.
    pub fn digest(&self) -> u64 {
        let rows = self.0.iter().flat_map(|(table, rows)| rows.iter().map(move |row| (table, row)));
        rows.fold(0, |digest, row| {
            let mut hasher = DefaultHasher::new();
            row.hash(&mut hasher);
            digest.wrapping_add(hasher.finish())
        })
    }

    /// Whether a row of one of these tables names `key` in this column.
    pub fn names(&self, tables: &[&str], column: &str, key: &Value) -> bool {
        tables.iter().any(|table| self.rows(table).any(|row| value(row, column) == key))
    }
}

/// A column of a row; one that was never set is NULL.
pub fn value<'r>(row: &'r Row, column: &str) -> &'r Value {
    row.get(column).unwrap_or(&Value::Null)
}

/// A row with these columns.
pub fn row<const N: usize>(columns: [(&str, Value); N]) -> Row {
    columns.into_iter().map(|(column, value)| (column.to_owned(), value)).collect()
}

/// The key that an id of this type names; an id of another type or of nothing names none.
pub fn key(type_name: &str, id: &Value) -> Option<Value> {
    let prefix = PREFIXES.iter().find(|(name, _)| *name == type_name).expect("a type with ids").1;
    let code = id.as_str()?.strip_prefix(prefix)?.strip_prefix('_')?;
    let bytes = URL_SAFE_NO_PAD.decode(code).ok().filter(|_| code.len() == 22)?;
    Some(json!(Uuid::from_slice(&bytes).ok()?.to_string()))
}
