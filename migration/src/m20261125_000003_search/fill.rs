//! The search texts of the rows that are there already.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};

use super::People;
use super::fold::fold;

/// Rows in a statement: each binds two values, and SQLite takes 32,766.
const BATCH: usize = 2000;

/// Writes the search text of every row of a table, a batch at a time in the order of the keys.
pub(super) async fn fill(conn: &impl ConnectionTrait, people: &People) -> Result<(), DbErr> {
    let backend = conn.get_database_backend();
    let mut last: Option<String> = None;
    loop {
        let select = select(backend, people, last.is_some());
        let rows = conn.query_all_raw(Statement::from_sql_and_values(backend, select, last.map(Value::from))).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = Some(end.try_get("", "row_key")?);
        let mut values: Vec<Value> = Vec::with_capacity(2 * rows.len());
        for row in &rows {
            let mut lines = Vec::with_capacity(people.texts.len());
            for column in people.texts {
                lines.extend(row.try_get::<Option<String>>("", column)?.map(|text| fold(&text)));
            }
            values.extend([row.try_get::<String>("", "row_key")?.into(), lines.join("\n").into()]);
        }
        let update = update(backend, people, rows.len());
        conn.execute_raw(Statement::from_sql_and_values(backend, update, values)).await?;
    }
}

/// The next rows after a key, or the first.
fn select(backend: DbBackend, People { table, key, texts }: &People, after: bool) -> String {
    let beyond = if after { format!("WHERE {key} > {}", bound_key(backend, 1)) } else { String::new() };
    let texts = texts.join(", ");
    format!("SELECT CAST({key} AS TEXT) AS row_key, {texts} FROM {table} {beyond} ORDER BY {key} LIMIT {BATCH}")
}

/// Writes the search texts of so many rows.
fn update(backend: DbBackend, People { table, key, .. }: &People, rows: usize) -> String {
    let row = |number: usize| format!("({}, ${})", bound_key(backend, 2 * number + 1), 2 * number + 2);
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!(
        "UPDATE {table} SET search_text = t.column2 FROM (VALUES {}) t WHERE {table}.{key} = t.column1",
        rows.join(", ")
    )
}

/// The place of a key, which is bound as text.
fn bound_key(backend: DbBackend, number: usize) -> String {
    if backend == DbBackend::Postgres { format!("CAST(${number} AS uuid)") } else { format!("${number}") }
}
