//! Rows by column name and storage class.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement};
use serde_json::{Map, Value, json};

use super::schema::{Table, quoted};

/// Columns that may be large and are never loaded with the row: their length and kind are.
const LARGE: [&str; 3] = ["binary_data", "embedding", "embedding_vector"];

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
        let number = if table.has_rowid { "rowid" } else { "row_number() OVER ()" };
        let mut columns = vec!["rowid".to_owned()];
        let mut list = vec![number.to_owned()];
        for name in &table.columns {
            if LARGE.contains(&name.as_str()) {
                for (function, ending) in [("length", "bytes"), ("typeof", "kind")] {
                    columns.push(format!("{name} {ending}"));
                    list.push(format!("{function}({})", quoted(name)));
                }
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

    pub(crate) fn rowid(&self) -> i64 {
        self.row.get(0).unwrap_or_default()
    }

    /// The values of columns that are there, as JSON; of those alone that `wanted` says.
    pub(crate) fn content(&self, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
        let named = self.columns.iter().enumerate().skip(1).filter(|(_, name)| wanted(name));
        let values = named.filter_map(|(place, name)| Some((name.clone(), self.row.get_ref(place).ok()?)));
        values.filter(|(_, value)| *value != ValueRef::Null).map(|(name, value)| (name, describe(value))).collect()
    }
}

/// A value as JSON that both databases can hold: bytes, and texts that are no texts, in hexadecimal digits.
pub(crate) fn describe(value: ValueRef<'_>) -> Value {
    let hex = |bytes: &[u8]| json!({"hex": bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()});
    match value {
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
