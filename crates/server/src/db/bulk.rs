//! Many rows of one table in few statements.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable, ModelTrait, Statement, Value};

/// Rows in a statement: a few fixed sizes, so that few texts are prepared, and the largest times the widest table stays
/// far below what a statement may bind (SQLite 32,766 values, PostgreSQL 65,535).
const ROWS: [usize; 5] = [256, 64, 16, 4, 1];

/// Writes rows, in their order.
///
/// # Errors
/// What the database says.
pub async fn insert<E>(db: &impl ConnectionTrait, mut rows: &[E::Model]) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
{
    while !rows.is_empty() {
        let size = ROWS.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
        let (now, rest) = rows.split_at(size);
        let values: Vec<Value> = now.iter().flat_map(|row| E::Column::iter().map(|column| row.get(column))).collect();
        let backend = db.get_database_backend();
        db.execute_raw(Statement::from_sql_and_values(backend, text::<E>(backend, size), values)).await?;
        rows = rest;
    }
    Ok(())
}

/// `INSERT INTO table (columns) VALUES (…), …` for so many rows.
fn text<E: EntityTrait>(backend: DbBackend, rows: usize) -> String {
    let columns: Vec<&str> = E::Column::iter().map(|column| column.as_str()).collect();
    let mut sql = format!("INSERT INTO {} ({}) VALUES ", E::default().as_str(), columns.join(", "));
    for value in 0..rows * columns.len() {
        sql.push_str(match (value, value % columns.len()) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        });
        match backend {
            DbBackend::Postgres => sql.push_str(&format!("${}", value + 1)),
            _ => sql.push('?'),
        }
    }
    sql.push(')');
    sql
}

#[cfg(test)]
mod tests {
    use entity::{consultations, medical_reports, report_predictions};

    use super::*;

    #[test]
    fn the_text_has_a_place_for_every_value() {
        assert_eq!(
            text::<report_predictions::Entity>(DbBackend::Postgres, 2),
            "INSERT INTO report_predictions (report_id, prediction_id, patient_id) VALUES ($1, $2, $3), ($4, $5, $6)"
        );
        assert_eq!(
            text::<report_predictions::Entity>(DbBackend::Sqlite, 1),
            "INSERT INTO report_predictions (report_id, prediction_id, patient_id) VALUES (?, ?, ?)"
        );
    }

    #[test]
    fn the_largest_statement_stays_below_the_databases_limits() {
        let widest = medical_reports::Column::iter().count().max(consultations::Column::iter().count());
        assert!(ROWS[0] * widest < 32_766);
    }
}
