//! What cannot be copied whole is not copied at all.

use patientgraph::db::in_use::Presence;

use super::{change, directory, fill, is_empty, refusal};
use crate::support::binary;
use crate::support::database::{Backend, TestDatabase};

const BOTH: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

#[tokio::test]
async fn a_database_that_has_data_is_left_alone() {
    for backend in BOTH {
        let (from, to) = (TestDatabase::migrated(backend).await, TestDatabase::migrated(backend).await);
        fill(&from, 2).await;
        change(
            &to,
            "INSERT INTO doctors (doctor_id, name, name_folded) \
                     VALUES ('01900000-0000-7000-8000-000000000001', 'A', 'a')",
        )
        .await;
        assert!(refusal(&from, &to).contains("has data already"));
        assert!(refusal(&from, &from).contains("are the same database"));
        let foreign = TestDatabase::fresh(backend).await;
        change(&foreign, "CREATE TABLE invoices (id bigint)").await;
        assert!(refusal(&from, &foreign).contains("invoices"));
        assert!(refusal(&foreign, &to).contains("the schema of"));
    }
    let nowhere = TestDatabase::fresh(Backend::Sqlite).await;
    let to = TestDatabase::fresh(Backend::Sqlite).await;
    assert!(refusal(&nowhere, &to).contains("there is no database"));
    assert!(!nowhere.path().exists());
}

#[tokio::test]
async fn a_database_that_is_served_is_not_copied() {
    for backend in BOTH {
        let (from, to) = (TestDatabase::migrated(backend).await, TestDatabase::migrated(backend).await);
        fill(&from, 2).await;
        for used in [&from, &to] {
            let served = Presence::enter(&used.url().parse().unwrap()).await.unwrap();
            let refusal = refusal(&from, &to);
            assert!(refusal.contains(&format!("{} is in use", used.url())), "{refusal}");
            drop(served);
        }
        assert!(is_empty(&to).await);
    }
}

#[tokio::test]
async fn an_older_schema_and_a_record_that_lies_are_refused() {
    for backend in BOTH {
        let (from, to) = (TestDatabase::migrated(backend).await, TestDatabase::migrated(backend).await);
        fill(&from, 2).await;
        let lie = match backend {
            Backend::Postgres => "SET patientgraph.repair = 'on'; UPDATE patient_statistics SET total_reports = 77",
            Backend::Sqlite => "UPDATE patient_statistics SET total_reports = 77, trigger_writes = trigger_writes + 1",
        };
        change(&from, lie).await;
        let refusal = refusal(&from, &to);
        assert!(refusal.contains("verify --repair"), "{refusal}");
        let migrate = ["migrate", "down", "--discard-data", "--backup-taken", "--database-url", &from.url()];
        assert!(binary::run(&migrate, directory().path()).status.success());
        let refusal = super::refusal(&from, &to);
        assert!(refusal.contains("migrate status"), "{refusal}");
        assert!(is_empty(&to).await);
    }
}

#[tokio::test]
async fn what_the_other_database_cannot_hold_is_told_before_anything_is_written() {
    let (from, to) = (TestDatabase::migrated_sqlite().await, TestDatabase::fresh(Backend::Postgres).await);
    fill(&from, 5).await;
    let rest = "WHERE id = (SELECT id FROM sessions ORDER BY id LIMIT 1)";
    change(
        &from,
        &format!(
            "UPDATE patients SET address = 'secret' || char(0) || 'place' WHERE mrn = 'PG-000001'; \
             UPDATE sessions SET metadata = '{{\"a\": \"hush\\u0000\"}}' {rest}"
        ),
    )
    .await;
    let said = refusal(&from, &to);
    assert!(said.contains("cannot hold 2 values"), "{said}");
    assert!(said.contains("patients.address of patient_id 0") && said.contains("sessions.metadata of"), "{said}");
    assert!(!said.contains("secret") && !said.contains("hush"), "{said}");
    assert!(is_empty(&to).await);
    // SQLite has a place for them.
    let other = TestDatabase::fresh(Backend::Sqlite).await;
    super::copied(&from, &other);
}
