//! The folded names of patients and doctors, which no SQL can recompute alike on both databases.

use entity::Key;
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use uuid::Uuid;

use super::{Difference, Findings};
use crate::db::adaptor::adapt;

const BATCH: usize = 5000;

/// A table of people: its name and its key.
const PEOPLE: [(&str, &str); 2] = [("patients", "patient_id"), ("doctors", "doctor_id")];

/// A row whose folded name is not its name folded.
struct Misfolded {
    table: &'static str,
    key_column: &'static str,
    key: Key,
    folded: String,
}

pub(super) async fn compare(
    conn: &impl ConnectionTrait,
    fold: fn(&str) -> String,
    findings: &mut Findings,
) -> Result<(), DbErr> {
    for (table, key_column) in PEOPLE {
        let mut after = Uuid::nil();
        while let Some((last, misfolded)) = batch(conn, fold, table, key_column, after).await? {
            for row in misfolded {
                let patient_id = (table == "patients").then_some(row.key);
                let place = format!("{table} {}: name_folded", row.key);
                findings.row([Difference { patient_id, place, stored: None, expected: None }]);
            }
            after = last;
        }
    }
    Ok(())
}

/// Folds again what is folded wrong. Returns how many rows that were.
pub(super) async fn mend(conn: &impl ConnectionTrait, fold: fn(&str) -> String) -> Result<u64, DbErr> {
    let mut mended = 0;
    for (table, key_column) in PEOPLE {
        let mut after = Uuid::nil();
        while let Some((last, misfolded)) = batch(conn, fold, table, key_column, after).await? {
            for row in misfolded {
                let sql = format!("UPDATE {} SET name_folded = $1 WHERE {} = $2", row.table, row.key_column);
                let values = [Value::from(row.folded), Value::from(row.key.0)];
                let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
                mended += conn.execute_raw(adapt(statement)).await?.rows_affected();
            }
            after = last;
        }
    }
    Ok(mended)
}

/// The next rows after a key that are folded wrong, and the last key looked at; none at the end of the table.
async fn batch(
    conn: &impl ConnectionTrait,
    fold: fn(&str) -> String,
    table: &'static str,
    key_column: &'static str,
    after: Uuid,
) -> Result<Option<(Uuid, Vec<Misfolded>)>, DbErr> {
    let sql = format!(
        "SELECT {key_column} AS key, name, name_folded FROM {table} WHERE {key_column} > $1 \
         ORDER BY {key_column} LIMIT {BATCH}"
    );
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [Value::from(after)]);
    let mut last = None;
    let mut misfolded = Vec::new();
    for row in conn.query_all_raw(adapt(statement)).await? {
        let key: Key = row.try_get("", "key")?;
        let (name, stored): (String, String) = (row.try_get("", "name")?, row.try_get("", "name_folded")?);
        let folded = fold(&name);
        if folded != stored {
            misfolded.push(Misfolded { table, key_column, key, folded });
        }
        last = Some(key.0);
    }
    Ok(last.map(|last| (last, misfolded)))
}
