//! Many rows in few statements.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable, ModelTrait, Statement, Value};

/// Rows in a statement: a few fixed sizes, so that few texts are prepared, and the largest times the widest table stays
/// far below what a statement may bind (SQLite 32,766 values, PostgreSQL 65,535).
const ROWS: [usize; 5] = [256, 64, 16, 4, 1];

/// Writes rows of an entity, all of their columns.
///
/// # Errors
/// What the database says.
pub async fn insert<E>(db: &impl ConnectionTrait, rows: &[E::Model]) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
{
    let columns: Vec<Target> = E::Column::iter().map(|column| Target::plain(column.as_str())).collect();
    let values = |row: &E::Model| E::Column::iter().map(|column| row.get(column)).collect::<Vec<Value>>();
    insert_values(db, E::default().as_str(), &columns, rows, values).await
}

/// A column that is written.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    name: &'static str,
    /// Whether JSON comes as its text.
    is_json_text: bool,
}

impl Target {
    /// A column that is bound as its type.
    pub fn plain(name: &'static str) -> Self {
        Self { name, is_json_text: false }
    }

    /// A column of JSON that is bound as text, so that nothing in it is read and written anew.
    pub fn json_text(name: &'static str) -> Self {
        Self { name, is_json_text: true }
    }
}

/// Writes rows of a table, in so few statements as may be; `values` are those of the columns, in their order.
///
/// # Errors
/// What the database says.
pub async fn insert_values<R>(
    db: &impl ConnectionTrait,
    table: &str,
    columns: &[Target],
    mut rows: &[R],
    values: impl Fn(&R) -> Vec<Value>,
) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    while !rows.is_empty() {
        let size = ROWS.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
        let (now, rest) = rows.split_at(size);
        let values: Vec<Value> = now.iter().flat_map(&values).collect();
        db.execute_raw(Statement::from_sql_and_values(backend, text(backend, table, columns, size), values)).await?;
        rows = rest;
    }
    Ok(())
}

/// `INSERT INTO table (columns) VALUES (…), …` for so many rows.
fn text(backend: DbBackend, table: &str, columns: &[Target], rows: usize) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ", names.join(", "));
    for value in 0..rows * columns.len() {
        let column = value % columns.len();
        sql.push_str(match (value, column) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        });
        match backend {
            DbBackend::Postgres if columns[column].is_json_text => {
                sql.push_str(&format!("CAST(CAST(${} AS text) AS jsonb)", value + 1));
            }
            DbBackend::Postgres => sql.push_str(&format!("${}", value + 1)),
            _ => sql.push('?'),
        }
    }
    sql.push(')');
    sql
}

/// On PostgreSQL, whether rows are looked up by indexes alone. While tables grow within a transaction, or were never
/// looked through, plans would read whole tables for each page and each patient.
///
/// # Errors
/// When the database does not answer.
pub async fn by_keys(db: &impl ConnectionTrait, alone: bool) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let whole = if alone { "off" } else { "on" };
        db.execute_unprepared(&format!("SET LOCAL enable_seqscan = {whole}")).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use entity::{consultations, medical_reports};

    use super::*;

    #[test]
    fn the_text_has_a_place_for_every_value() {
        let columns = ["report_id", "prediction_id"].map(Target::plain);
        assert_eq!(
            text(DbBackend::Postgres, "report_predictions", &columns, 2),
            "INSERT INTO report_predictions (report_id, prediction_id) VALUES ($1, $2), ($3, $4)"
        );
        assert_eq!(
            text(DbBackend::Sqlite, "report_predictions", &columns, 1),
            "INSERT INTO report_predictions (report_id, prediction_id) VALUES (?, ?)"
        );
        let json = [Target::plain("id"), Target::json_text("metadata")];
        let sql = text(DbBackend::Postgres, "sessions", &json, 1);
        assert_eq!(sql, "INSERT INTO sessions (id, metadata) VALUES ($1, CAST(CAST($2 AS text) AS jsonb))");
        assert!(text(DbBackend::Sqlite, "sessions", &json, 1).ends_with("VALUES (?, ?)"));
    }

    #[test]
    fn the_largest_statement_stays_below_the_databases_limits() {
        let widest = medical_reports::Column::iter().count().max(consultations::Column::iter().count());
        assert!(ROWS[0] * widest < 32_766);
    }
}
