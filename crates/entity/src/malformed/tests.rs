//! Rows of a stock SQLite that holds what our checks would not let in.

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait, QuerySelect, Statement,
};

use crate::{consultations, patients, predictions, users, vocabulary::Gender};

const ROW: &str = "018bcfe5-6800-7abc-8def-0123456789ab";
const USER: &str = "018bcfe5-6800-7abc-8def-0123456789ff";
const NOW: &str = "2026-03-01T12:34:56.123456Z";

/// One patient with an account in tables without checks; then `change`.
async fn database(change: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    let columns = |names: Vec<&str>| names.join(", ");
    for (table, names) in [
        ("patients", columns(super::Table::new(patients::Entity).columns)),
        ("users", columns(super::Table::new(users::Entity).columns)),
        ("consultations", columns(super::Table::new(consultations::Entity).columns)),
        ("predictions", columns(super::Table::new(predictions::Entity).columns)),
    ] {
        db.execute_unprepared(&format!("CREATE TABLE {table} ({names})")).await.unwrap();
    }
    for sql in [
        format!(
            "INSERT INTO patients (patient_id, user_id, mrn, name, name_folded, search_text, gender, dob_estimated,
             created_at, updated_at, version)
             VALUES ('{ROW}', '{USER}', 'PG-1', 'Ann', 'ann', 'ann', 'female', 0, '{NOW}', '{NOW}', 1)"
        ),
        format!(
            "INSERT INTO users (id, username, name, role, is_active, created_at, updated_at, version)
             VALUES ('{USER}', 'ann', 'Ann', 'patient', 1, '{NOW}', '{NOW}', 1)"
        ),
        change.to_owned(),
    ] {
        db.execute_unprepared(&sql).await.unwrap();
    }
    db
}

async fn read_patient(change: &str) -> String {
    let db = database(change).await;
    patients::Entity::find().one(&db).await.unwrap_err().to_string()
}

#[tokio::test]
async fn what_is_well_formed_is_read() {
    let db = database("SELECT 1").await;
    let patient = patients::Entity::find().one(&db).await.unwrap().unwrap();
    assert_eq!(patient.patient_id.to_string(), ROW);
    assert_eq!(patient.gender, Gender::Female);
    assert_eq!(patient.created_at.to_string(), NOW);
    assert_eq!(patient.date_of_birth, None);
}

#[tokio::test]
async fn an_unknown_word_names_table_column_and_row() {
    let error = read_patient("UPDATE patients SET gender = 'femal'").await;
    assert!(error.contains(&format!("patients.gender, row {ROW}")), "{error}");
    assert!(error.contains("\"femal\" is an unknown gender; expected one of: male, female, other, unknown"), "{error}");
}

#[tokio::test]
async fn behind_a_join_the_prefix_is_seen_through() {
    let db = database("UPDATE users SET role = 'boss'").await;
    let error = patients::Entity::find().find_both_related(users::Entity).all(&db).await.unwrap_err().to_string();
    assert!(error.contains(&format!("users.role, row {USER}")), "{error}");
}

#[tokio::test]
async fn a_malformed_value_is_named_and_not_repeated() {
    for (column, value) in [
        ("date_of_birth", "'1938-02-30'"),
        ("created_at", "'2026-03-01 12:34:56'"),
        ("user_id", "'no key'"),
        ("user_id", "x'018bcfe568007abc8def0123456789ab'"),
        ("archived_at", "17"),
    ] {
        let error = read_patient(&format!("UPDATE patients SET {column} = {value}")).await;
        assert!(error.contains(&format!("patients.{column}, row {ROW}: expected ")), "{error}");
        assert!(!error.contains(value.trim_matches('\'')), "{error}");
    }
}

#[tokio::test]
async fn the_key_itself_may_be_malformed() {
    let error = read_patient("UPDATE patients SET patient_id = 'PG-1'").await;
    assert!(error.contains("patients.patient_id, row PG-1: expected a key"), "{error}");
}

#[tokio::test]
async fn a_statement_of_its_own_is_told_the_column() {
    let db = database("UPDATE patients SET gender = 'femal'").await;
    let query = patients::Entity::find().select_only().column(patients::Column::Gender);
    let error = query.into_tuple::<Gender>().one(&db).await.unwrap_err().to_string();
    assert!(error.contains("malformed value in gender: "), "{error}");
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, "SELECT 1 AS n, gender FROM patients"))
        .await
        .unwrap()
        .unwrap();
    let error = row.try_get_by_index::<Gender>(1).unwrap_err().to_string();
    assert!(error.contains("malformed value in gender: "), "{error}");
}

#[tokio::test]
async fn a_null_where_none_may_be_says_so() {
    let error = read_patient("UPDATE patients SET gender = NULL").await;
    assert!(error.contains("Missing value for column 'gender'"), "{error}");
}
