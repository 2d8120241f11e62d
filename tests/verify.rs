//! `verify` finds what was broken behind the triggers' backs, and repair mends it.

use patientgraph::verify::{Repaired, repair, verify};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::on_both;
use crate::support::clinic;
use crate::support::database::{Backend, TestDatabase};
use crate::support::factory::Factory;
use crate::triggers::model;

on_both!(a_kept_clinic_has_no_differences, what_was_broken_is_found_and_mended);

async fn run(conn: &DatabaseConnection, sql: &str) {
    conn.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn a_kept_clinic_has_no_differences(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    clinic::fill(&factory).await;
    let findings = verify(&factory.connection).await.unwrap();
    assert!(findings.is_empty(), "{findings:#?}");
    assert_eq!(repair(&factory.connection).await.unwrap(), Repaired::default());
}

/// Switches the guards off, for one connection, as nothing but a test may.
async fn unguard(conn: &DatabaseConnection, backend: Backend) {
    let statements: &[&str] = match backend {
        Backend::Postgres => &["SET patientgraph.repair = 'on'"],
        Backend::Sqlite => &[
            "DROP TRIGGER patient_statistics_update_kept",
            "DROP TRIGGER patient_statistics_delete_kept",
            "DROP TRIGGER patient_timeline_update_kept",
            "DROP TRIGGER patient_timeline_delete_kept",
        ],
    };
    for statement in statements {
        run(conn, statement).await;
    }
}

async fn what_was_broken_is_found_and_mended(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    clinic::fill(&factory).await;
    factory.connection.close().await.unwrap();
    let mut options = sea_orm::ConnectOptions::new(database.url());
    options.max_connections(1);
    let conn = sea_orm::Database::connect(options).await.unwrap();
    unguard(&conn, database.backend).await;

    let one = "(SELECT min(CAST(patient_id AS TEXT)) FROM patients)";
    let two = "(SELECT max(CAST(patient_id AS TEXT)) FROM patients)";
    run(&conn, &format!("UPDATE patient_statistics SET total_reports = 77 WHERE CAST(patient_id AS TEXT) = {one}"))
        .await;
    run(&conn, &format!("DELETE FROM patient_statistics WHERE CAST(patient_id AS TEXT) = {two}")).await;
    run(&conn, "UPDATE patient_timeline SET severity = 'critical' WHERE event_type = 'diagnosis'").await;
    run(&conn, "DELETE FROM patient_timeline WHERE event_type = 'scan'").await;
    run(&conn, &format!("UPDATE patients SET name_folded = 'ZZ' WHERE CAST(patient_id AS TEXT) = {two}")).await;
    run(&conn, &format!("UPDATE patients SET search_text = 'ZZ' WHERE CAST(patient_id AS TEXT) IN ({one}, {two})"))
        .await;
    run(&conn, "UPDATE doctors SET search_text = '' WHERE name = 'Zhou'").await;

    let findings = verify(&conn).await.unwrap();
    let places: Vec<&str> = findings.differences.iter().map(|difference| difference.place.as_str()).collect();
    let of = |part: &str| places.iter().filter(|place| place.contains(part)).count();
    assert_eq!(of("patient_statistics.total_reports"), 1, "{places:?}");
    assert_eq!(of("patient_statistics: no row"), 1, "{places:?}");
    assert!(of(": severity") > 0 && of(": no event") > 0, "{places:?}");
    assert_eq!(of("name_folded"), 1, "{places:?}");
    assert_eq!((of("patients") + of("doctors"), of("search_text")), (4, 3), "{places:?}");
    // Both columns of one patient are wrong.
    assert_eq!(findings.rows as usize + 1, findings.differences.len());
    let reports = findings.differences.iter().find(|found| found.place.ends_with("total_reports")).unwrap();
    assert_eq!(reports.stored.as_deref(), Some("77"));

    let repaired = repair(&conn).await.unwrap();
    assert_eq!((repaired.statistics_added, repaired.statistics_corrected, repaired.names_folded), (1, 1, 1));
    assert_eq!(repaired.search_texts, 3);
    assert_eq!(repaired.events_written as usize, of(": severity") + of(": no event"));
    assert!(verify(&conn).await.unwrap().is_empty());
    model::compare(&conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test]
async fn rows_without_parents_are_found_on_sqlite() {
    let database = TestDatabase::migrated_sqlite().await;
    let factory = Factory::new(&database).await;
    clinic::fill(&factory).await;
    let mut options = sea_orm::ConnectOptions::new(database.url());
    options.max_connections(1);
    let conn = sea_orm::Database::connect(options).await.unwrap();
    run(&conn, "PRAGMA foreign_keys = OFF").await;
    run(&conn, "DELETE FROM patients WHERE mrn = (SELECT min(mrn) FROM patients)").await;
    run(&conn, "PRAGMA foreign_keys = ON").await;
    let findings = verify(&conn).await.unwrap();
    let named = |part: &str| findings.differences.iter().any(|found| found.place.contains(part));
    assert!(named("refers to a missing row of patients"), "{findings:#?}");
    assert!(named("a row without its patient"), "{findings:#?}");
    conn.close().await.unwrap();
}
