//! What patients and doctors are ordered and searched by, which no SQL can recompute alike on both databases.

use entity::{Key, fold, search_text};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use uuid::Uuid;

use super::{Difference, Findings};
use crate::db::adaptor::adapt;

const BATCH: usize = 5000;

/// A table of people: its name, its key, and the number that a person is known by.
struct People {
    table: &'static str,
    key: &'static str,
    number: &'static str,
}

const PEOPLE: [People; 2] = [
    People { table: "patients", key: "patient_id", number: "mrn" },
    People { table: "doctors", key: "doctor_id", number: "license_number" },
];

/// A row with a column that is not what its texts make of it: the right values of those that are wrong.
struct Misfolded {
    key: Key,
    columns: Vec<(&'static str, String)>,
}

/// How many values were put right.
#[derive(Default)]
pub(super) struct Mended {
    pub(super) names: u64,
    pub(super) search_texts: u64,
}

pub(super) async fn compare(conn: &impl ConnectionTrait, findings: &mut Findings) -> Result<(), DbErr> {
    for people in &PEOPLE {
        let mut after = Uuid::nil();
        while let Some((last, misfolded)) = batch(conn, people, after).await? {
            for Misfolded { key, columns } in misfolded {
                let patient_id = (people.table == "patients").then_some(key);
                let difference = |(column, _)| {
                    let place = format!("{} {key}: {column}", people.table);
                    Difference { patient_id, place, stored: None, expected: None }
                };
                findings.row(columns.into_iter().map(difference));
            }
            after = last;
        }
    }
    Ok(())
}

/// Folds again what is folded wrong.
pub(super) async fn mend(conn: &impl ConnectionTrait) -> Result<Mended, DbErr> {
    let mut mended = Mended::default();
    for people in &PEOPLE {
        let mut after = Uuid::nil();
        while let Some((last, misfolded)) = batch(conn, people, after).await? {
            for Misfolded { key, columns } in misfolded {
                for (column, value) in columns {
                    let sql = format!("UPDATE {} SET {column} = $1 WHERE {} = $2", people.table, people.key);
                    let values = [Value::from(value), Value::from(key.0)];
                    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
                    let written = conn.execute_raw(adapt(statement)).await?.rows_affected();
                    match column {
                        "search_text" => mended.search_texts += written,
                        _ => mended.names += written,
                    }
                }
            }
            after = last;
        }
    }
    Ok(mended)
}

/// The next rows after a key that are folded wrong, and the last key looked at; none at the end of the table.
async fn batch(
    conn: &impl ConnectionTrait,
    People { table, key, number }: &People,
    after: Uuid,
) -> Result<Option<(Uuid, Vec<Misfolded>)>, DbErr> {
    let sql = format!(
        "SELECT {key} AS key, name, {number} AS number, email, name_folded, search_text FROM {table} \
         WHERE {key} > $1 ORDER BY {key} LIMIT {BATCH}"
    );
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [Value::from(after)]);
    let mut last = None;
    let mut misfolded = Vec::new();
    for row in conn.query_all_raw(adapt(statement)).await? {
        let (key, name): (Key, String) = (row.try_get("", "key")?, row.try_get("", "name")?);
        let (number, email): (Option<String>, Option<String>) = (row.try_get("", "number")?, row.try_get("", "email")?);
        let right =
            [("name_folded", fold(&name)), ("search_text", search_text(&name, number.as_deref(), email.as_deref()))];
        let mut columns = Vec::new();
        for (column, value) in right {
            if row.try_get::<String>("", column)? != value {
                columns.push((column, value));
            }
        }
        if !columns.is_empty() {
            misfolded.push(Misfolded { key, columns });
        }
        last = Some(key.0);
    }
    Ok(last.map(|last| (last, misfolded)))
}
