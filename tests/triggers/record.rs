//! What the database writes into the record itself, and what a plain INSERT may leave out.

use entity::{Instant, Key};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement};
use serde_json::json;

use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::Factory;

on_both!(a_corrected_visit_keeps_what_it_said, names_are_folded_where_a_program_does_not, few_columns_are_enough);

async fn rows(conn: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.expect(sql)
}

async fn run(conn: &DatabaseConnection, sql: &str) {
    conn.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn a_corrected_visit_keeps_what_it_said(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let (patient, doctor) = (factory.patient("M1", json!({})).await, factory.doctor("Dr", json!({})).await);
    let user = factory.user("u", "doctor").await;
    let conn = &factory.connection;
    let id = "60000000-0000-7000-8000-000000000001";
    run(conn, &format!(
        "INSERT INTO consultations (id, patient_id, doctor_id, status) VALUES ('{id}', '{patient}', '{doctor}', 'scheduled')"
    )).await;
    // Not completed yet; then completed; then edits that are no correction.
    run(conn, "UPDATE consultations SET notes = 'a'").await;
    run(conn, "UPDATE consultations SET status = 'completed', diagnosis = 'tremor', version = 2").await;
    run(conn, "UPDATE consultations SET chief_complaint = 'x', diagnosis = diagnosis").await;
    assert!(rows(conn, "SELECT * FROM consultation_revisions").await.is_empty());

    run(
        conn,
        &format!(
            "UPDATE consultations SET diagnosis = 'rigidity', version = 3, correction_reason = 'typed wrong', \
         corrected_by = '{user}', corrected_at = '2026-03-01T00:00:00.000000Z'"
        ),
    )
    .await;
    run(conn, "UPDATE consultations SET status = 'cancelled'").await;
    run(conn, "UPDATE consultations SET notes = 'b'").await;
    let kept = rows(conn, "SELECT * FROM consultation_revisions ORDER BY consultation_version").await;
    assert_eq!(kept.len(), 2);
    let first = &kept[0];
    assert_eq!(first.try_get::<Key>("", "consultation_id").unwrap().to_string(), id);
    assert_eq!(first.try_get::<Key>("", "id").unwrap().0.get_version_num(), 7);
    assert_eq!(first.try_get::<String>("", "diagnosis").unwrap(), "tremor");
    assert_eq!(first.try_get::<i64>("", "consultation_version").unwrap(), 2);
    assert_eq!(first.try_get::<String>("", "reason").unwrap(), "typed wrong");
    assert_eq!(first.try_get::<Key>("", "changed_by").unwrap().to_string(), user);
    first.try_get::<Instant>("", "changed_at").unwrap();
    // No correction was signed with the second: the reason of the first is not its own.
    assert_eq!(kept[1].try_get::<Option<String>>("", "reason").unwrap(), None);
    assert_eq!(kept[1].try_get::<Option<Key>>("", "changed_by").unwrap(), None);
    assert_eq!(kept[1].try_get::<String>("", "diagnosis").unwrap(), "rigidity");
}

async fn names_are_folded_where_a_program_does_not(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let conn = &factory.connection;
    run(
        conn,
        "INSERT INTO patients (patient_id, mrn, name) VALUES ('10000000-0000-7000-8000-000000000001', '1', 'Ann B')",
    )
    .await;
    run(
        conn,
        "INSERT INTO patients (patient_id, mrn, name, name_folded) \
         VALUES ('10000000-0000-7000-8000-000000000002', '2', 'ÅSE', 'åse')",
    )
    .await;
    run(conn, "INSERT INTO doctors (doctor_id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'Dr C')").await;
    let sql = "SELECT name_folded FROM patients UNION ALL SELECT name_folded FROM doctors";
    let mut folded: Vec<String> =
        rows(conn, sql).await.iter().map(|row| row.try_get("", "name_folded").unwrap()).collect();
    folded.sort();
    assert_eq!(folded, ["ann b", "dr c", "åse"]);
}

async fn few_columns_are_enough(database: TestDatabase) {
    let conn = database.connect().await;
    let patient = "'10000000-0000-7000-8000-000000000001'";
    let doctor = "'00000000-0000-7000-8000-000000000001'";
    for statement in [
        "INSERT INTO users (id, username, name, role) VALUES ('80000000-0000-7000-8000-000000000001', 'u', 'U', 'admin')"
            .to_owned(),
        format!("INSERT INTO doctors (doctor_id, name) VALUES ({doctor}, 'D')"),
        format!("INSERT INTO patients (patient_id, mrn, name) VALUES ({patient}, 'M', 'P')"),
        format!("INSERT INTO sessions (id, patient_id) VALUES ('20000000-0000-7000-8000-000000000001', {patient})"),
        format!("INSERT INTO mri_scans (id, patient_id) VALUES ('30000000-0000-7000-8000-000000000001', {patient})"),
        format!("INSERT INTO predictions (id, patient_id) VALUES ('40000000-0000-7000-8000-000000000001', {patient})"),
        format!(
            "INSERT INTO medical_reports (id, patient_id, title, content) \
             VALUES ('50000000-0000-7000-8000-000000000001', {patient}, 'T', 'C')"
        ),
        format!(
            "INSERT INTO consultations (id, patient_id, doctor_id) \
             VALUES ('60000000-0000-7000-8000-000000000001', {patient}, {doctor})"
        ),
        format!(
            "INSERT INTO doctor_patient_assignments (id, patient_id, doctor_id) \
             VALUES ('70000000-0000-7000-8000-000000000001', {patient}, {doctor})"
        ),
        format!("INSERT INTO report_status (id, patient_id) VALUES ('90000000-0000-7000-8000-000000000001', {patient})"),
    ] {
        run(&conn, &statement).await;
    }
    // The six queries of domain.md, as they stand there but for the placeholder, which is the driver's.
    let placeholder = if conn.get_database_backend() == sea_orm::DbBackend::Postgres { "$1" } else { "?" };
    for (sql, expected) in [
        ("SELECT p.*, ps.* FROM patients p LEFT JOIN patient_statistics ps ON p.patient_id = ps.patient_id", 1),
        ("SELECT * FROM patient_timeline WHERE patient_id = ?", 4),
        ("SELECT * FROM doctor_patient_assignments WHERE patient_id = ?", 1),
        ("SELECT * FROM report_status WHERE status = 'pending'", 1),
        ("SELECT * FROM report_status WHERE patient_id = ?", 1),
        ("SELECT * FROM patient_statistics WHERE patient_id = ?", 1),
    ] {
        let key: Key = patient.trim_matches('\'').parse().unwrap();
        let bound = sql.contains('?').then(|| sea_orm::Value::from(key));
        let statement =
            Statement::from_sql_and_values(conn.get_database_backend(), sql.replace('?', placeholder), bound);
        let statement = patientgraph::db::adaptor::adapt(statement);
        assert_eq!(conn.query_all_raw(statement).await.expect(sql).len(), expected, "{sql}");
    }
}
