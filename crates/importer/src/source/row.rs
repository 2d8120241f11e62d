//! Rows by column name and storage class.

use ring::digest::{Context, SHA256, digest};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement};
use serde_json::{Map, Value, json};

use super::schema::{Table, quoted};

/// The column that may be large and is never loaded with the row: its length and kind are.
const LARGE: (&str, &str) = ("mri_scans", "binary_data");
/// As what a row has them; no column can be called so.
pub(crate) const BYTES: &str = "binary_data\0bytes";
pub(crate) const KIND: &str = "binary_data\0kind";
/// What is longer is described by its size and hash: whole, it is in the old file.
const LONGEST: usize = 1 << 20;

/// A prepared reading of a whole table, in the order of rowids.
pub(crate) struct Rows<'a> {
    statement: Statement<'a>,
    columns: Vec<String>,
}

/// One row. What its table does not have is NULL.
pub(crate) struct Row<'a> {
    row: &'a rusqlite::Row<'a>,
    columns: &'a [String],
}

impl<'a> Rows<'a> {
    pub(crate) fn new(connection: &'a Connection, table: &Table) -> rusqlite::Result<Self> {
        // A table without rowids is not one of the old system's: its rows are numbered.
        let shadowed = |name: &str| table.columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        let rowid = ["rowid", "_rowid_", "oid"].into_iter().find(|name| !shadowed(name)).filter(|_| table.has_rowid);
        let number = rowid.unwrap_or("row_number() OVER ()");
        let mut columns = vec!["rowid".to_owned()];
        let mut list = vec![number.to_owned()];
        for name in &table.columns {
            if LARGE == (table.name.as_str(), name.as_str()) {
                // The length of a text ends at U+0000, which scans begin with.
                let bytes = "CASE typeof(binary_data) WHEN 'text' THEN length(CAST(binary_data AS BLOB)) \
                             ELSE length(binary_data) END";
                columns.extend([BYTES.to_owned(), KIND.to_owned()]);
                list.extend([bytes.to_owned(), "typeof(binary_data)".to_owned()]);
            } else {
                columns.push(name.clone());
                list.push(quoted(name));
            }
        }
        let sql = format!("SELECT {} FROM {} ORDER BY 1", list.join(", "), quoted(&table.name));
        Ok(Self { statement: connection.prepare(&sql)?, columns })
    }

    /// Gives every row to `each`.
    pub(crate) fn each<E: From<rusqlite::Error>>(
        mut self,
        mut each: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rows = self.statement.query([])?;
        while let Some(row) = rows.next()? {
            each(&Row { row, columns: &self.columns })?;
        }
        Ok(())
    }
}

impl Row<'_> {
    /// The value of a column; NULL where the table has no such column.
    pub(crate) fn get(&self, column: &str) -> ValueRef<'_> {
        let place = self.columns.iter().position(|name| name == column);
        place.and_then(|place| self.row.get_ref(place).ok()).unwrap_or(ValueRef::Null)
    }

    /// Whether the table has the column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// What tells whether the row has changed, as far as that can be told: 63 bits of a hash of its values.
    pub(crate) fn print(&self) -> i64 {
        let mut hash = Context::new(&SHA256);
        for (place, name) in self.columns.iter().enumerate().skip(1) {
            hash.update(name.as_bytes());
            match self.row.get_ref(place).unwrap_or(ValueRef::Null) {
                ValueRef::Null => hash.update(&[0]),
                ValueRef::Integer(number) => hash.update(&number.to_be_bytes()),
                ValueRef::Real(number) => hash.update(&number.to_be_bytes()),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                    hash.update(&bytes.len().to_be_bytes());
                    hash.update(bytes);
                }
            }
        }
        let first = hash.finish().as_ref().iter().take(8).fold(0_i64, |bits, byte| bits << 8 | i64::from(*byte));
        first & i64::MAX
    }

    pub(crate) fn rowid(&self) -> i64 {
        self.row.get(0).unwrap_or_default()
    }

    /// The values of columns that are there, as JSON; of those alone that `wanted` says.
    pub(crate) fn content(&self, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
        let named = self.columns.iter().enumerate().skip(1).filter(|(_, name)| wanted(name));
        let values = named.filter_map(|(place, name)| Some((name.clone(), self.row.get_ref(place).ok()?)));
        let there = values.filter(|(_, value)| *value != ValueRef::Null);
        there
            .map(
                |(name, value)| {
                    if is_secret(&name, value) { (name, json!("withheld")) } else { (name, describe(value)) }
                },
            )
            .collect()
    }
}

/// Whether a text has a password or its hash in it.
fn is_secret(column: &str, value: ValueRef<'_>) -> bool {
    let ValueRef::Text(text) = value else { return false };
    let text = String::from_utf8_lossy(text);
    ["$2a$", "$2b$", "$2y$"].iter().any(|hash| text.contains(hash))
        || column == "details" && text.to_lowercase().contains("passw")
}

/// A value as JSON that both databases can hold: bytes, and texts that are no texts, in hexadecimal digits.
pub(crate) fn describe(value: ValueRef<'_>) -> Value {
    let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let hex = |bytes: &[u8]| json!({"hex": digits(bytes)});
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) if bytes.len() > LONGEST => {
            json!({"bytes": bytes.len(), "sha256": digits(digest(&SHA256, bytes).as_ref())})
        }
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => json!(number),
        ValueRef::Real(number) if number.is_finite() => json!(number),
        ValueRef::Real(number) => json!(number.to_string()),
        ValueRef::Blob(bytes) => hex(bytes),
        ValueRef::Text(bytes) => match str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => json!(text),
            _ => hex(bytes),
        },
    }
}
