//! What is said about a value in the database that does not have its column's form.
//!
//! Whoever reads through an entity gets it as the source of a `DbErr`. One way of sea-orm 2.0 hides it: what
//! `find_also_related` cannot read it answers as `None`, so join with `find_both_related` or load in a second
//! statement.

use std::sync::Arc;

use sea_orm::{ColIdx, DbErr, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn, QueryResult, TryGetError};

use crate::{
    consultation_revisions, consultations, doctor_patient_assignments, doctors, medical_reports, mri_scans,
    patient_statistics, patient_timeline, patients, predictions, report_predictions, report_status, sessions, users,
};

/// A value in the database that is not what its column holds: an unknown word, a key that is no UUID, a date that is
/// none. It names the place and the expected form; a value that could be a patient's is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed value in {place}: {fault}")]
pub struct Malformed {
    /// Where the value stands.
    pub place: Place,
    /// What is wrong with it, in words.
    pub fault: String,
}

/// A cell of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The table; None where a statement of its own selected something that is no table's row.
    pub table: Option<&'static str>,
    /// The column, as the statement calls it.
    pub column: String,
    /// The row's primary key (two keys: joined by a comma); None where the statement did not select it.
    pub key: Option<String>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.table {
            Some(table) => write!(f, "{table}.{}", self.column)?,
            None => f.write_str(&self.column)?,
        }
        match &self.key {
            Some(key) => write!(f, ", row {key}"),
            None => Ok(()),
        }
    }
}

impl Malformed {
    /// For a cell of `row`: table and key are found from the row's own columns.
    pub fn at<I: ColIdx>(row: &QueryResult, index: I, fault: impl Into<String>) -> Self {
        Self { place: Place::of(row, index), fault: fault.into() }
    }
}

impl From<Malformed> for DbErr {
    fn from(error: Malformed) -> Self {
        Self::TryIntoErr { from: "database", into: "entity", source: Arc::new(error) }
    }
}

impl From<Malformed> for TryGetError {
    fn from(error: Malformed) -> Self {
        Self::DbErr(error.into())
    }
}

impl Place {
    /// A decoder sees one cell and is not told whose it is. But a row that is read as an entity has all the entity's
    /// columns, perhaps behind the prefix of a join; so the largest table whose columns are all there is the one.
    fn of<I: ColIdx>(row: &QueryResult, index: I) -> Self {
        let columns = row.column_names();
        let name = match (index.as_str(), index.as_usize()) {
            (Some(name), _) => name.to_owned(),
            (None, Some(&position)) => columns.get(position).cloned().unwrap_or_else(|| format!("column {position}")),
            (None, None) => format!("{index:?}"),
        };
        let found = tables()
            .into_iter()
            .filter_map(|table| {
                let column = table.columns.iter().find(|column| table.has(&columns, &name, column))?;
                Some((table.columns.len(), *column, table))
            })
            .max_by_key(|(size, column, _)| (*size, column.len()));
        match found {
            Some((_, column, table)) => {
                let prefix = name.strip_suffix(column).unwrap_or_default();
                let keys: Vec<String> =
                    table.keys.iter().filter_map(|key| text(row, &format!("{prefix}{key}"))).collect();
                let key = if keys.is_empty() { None } else { Some(keys.join(", ")) };
                Self { table: Some(table.name), column: column.to_owned(), key }
            }
            None => Self { table: None, column: name, key: None },
        }
    }
}

/// A key's cell as text, whatever the database made of it.
fn text(row: &QueryResult, column: &str) -> Option<String> {
    row.try_get_by::<String, _>(column)
        .or_else(|_| row.try_get_by::<uuid::Uuid, _>(column).map(|key| key.to_string()))
        .ok()
}

/// What a table's rows look like.
struct Table {
    name: &'static str,
    columns: Vec<&'static str>,
    keys: Vec<&'static str>,
}

impl Table {
    fn new<E: EntityTrait>(entity: E) -> Self {
        Self {
            name: entity.as_str(),
            columns: E::Column::iter().map(|column| column.as_str()).collect(),
            keys: E::PrimaryKey::iter().map(|key| key.into_column().as_str()).collect(),
        }
    }

    /// Whether `name` is this table's `column` behind some prefix, and the row has all other columns behind it too.
    fn has(&self, row: &[String], name: &str, column: &str) -> bool {
        name.strip_suffix(column).is_some_and(|prefix| {
            let has = |column: &&str| {
                row.iter().any(|there| there.strip_prefix(prefix).is_some_and(|there| there == *column))
            };
            self.columns.iter().all(has)
        })
    }
}

/// All of them. Made anew per error: that is rare.
fn tables() -> [Table; 14] {
    [
        Table::new(consultation_revisions::Entity),
        Table::new(consultations::Entity),
        Table::new(doctor_patient_assignments::Entity),
        Table::new(doctors::Entity),
        Table::new(medical_reports::Entity),
        Table::new(mri_scans::Entity),
        Table::new(patient_statistics::Entity),
        Table::new(patient_timeline::Entity),
        Table::new(patients::Entity),
        Table::new(predictions::Entity),
        Table::new(report_predictions::Entity),
        Table::new(report_status::Entity),
        Table::new(sessions::Entity),
        Table::new(users::Entity),
    ]
}

#[cfg(test)]
mod tests;
