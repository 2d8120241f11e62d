//! What a table's rows are known by: their number, and a digest of all of them that no order changes.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use ring::digest::{SHA256, digest};
use sea_orm::{DbBackend, Value};

use super::canonical::{json, text_refused};
use super::read::Row;
use super::table::{Column, Form, Table};

/// A part of SHA-256.
const PART: usize = 8;

/// The number of rows and the sum of their hashes, part by part: equal for equal rows, in whatever order they come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    /// How many rows.
    pub rows: u64,
    sum: [u64; 4],
}

impl Digest {
    /// In hexadecimal digits.
    pub fn hex(&self) -> String {
        self.sum.iter().map(|part| format!("{part:016x}")).collect()
    }

    /// Adds a row; answers the columns whose values the database `to` cannot hold, with the reason.
    pub(super) fn add(&mut self, table: &Table, row: &Row, to: DbBackend) -> Vec<(&'static str, &'static str)> {
        let (mut bytes, mut refused) = (vec![], vec![]);
        for (column, value) in table.columns.iter().zip(row) {
            let (text, why) = written(column, value, to);
            refused.extend(why.map(|why| (column.name, why)));
            match text {
                Some(text) => {
                    bytes.push(1);
                    bytes.extend((text.len() as u64).to_be_bytes());
                    bytes.extend(text.into_bytes());
                }
                None => bytes.push(0),
            }
        }
        let hash = digest(&SHA256, &bytes);
        for (sum, part) in self.sum.iter_mut().zip(hash.as_ref().as_chunks::<PART>().0) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*part));
        }
        self.rows += 1;
        refused
    }
}

/// A value as text, none for NULL; and why the database `to` cannot hold it.
fn written(column: &Column, value: &Value, to: DbBackend) -> (Option<String>, Option<&'static str>) {
    match value {
        Value::String(Some(text)) if column.form == Form::Json => {
            let json = json(text);
            (Some(json.text), json.refused.filter(|_| to == DbBackend::Postgres))
        }
        Value::String(Some(text)) => (Some(text.clone()), text_refused(to, text)),
        Value::Uuid(Some(key)) => (Some(key.to_string()), None),
        Value::ChronoDateTimeUtc(Some(time)) => (Some(time.to_rfc3339()), instant_refused(to, time)),
        Value::ChronoDate(Some(day)) => (Some(day.to_string()), day_refused(to, day)),
        Value::BigInt(Some(number)) => (Some(number.to_string()), None),
        Value::Bool(Some(flag)) => (Some(flag.to_string()), None),
        Value::Double(Some(number)) => {
            let why = number.is_nan().then_some("a fraction that is no number").filter(|_| to == DbBackend::Sqlite);
            // SQLite has one zero.
            let number = if *number == 0.0 { 0.0 } else { *number };
            (Some(format!("{:016x}", number.to_bits())), why)
        }
        _ => (None, None),
    }
}

const YEAR: &str = "a date before the year 0 or after 9999";

fn instant_refused(to: DbBackend, time: &DateTime<Utc>) -> Option<&'static str> {
    (to == DbBackend::Sqlite && !(0..=9999).contains(&time.year())).then_some(YEAR)
}

fn day_refused(to: DbBackend, day: &NaiveDate) -> Option<&'static str> {
    (to == DbBackend::Sqlite && !(0..=9999).contains(&day.year())).then_some(YEAR)
}
