//! Before a schema changes, its data are safe.

use std::time::Duration;

use super::{Kept, assert_same};
use crate::on_both;
use crate::support::binary::Running;
use crate::support::database::{Backend, TestDatabase};

on_both!(data_are_backed_up_before_they_are_migrated, without_data_no_backup_is_made);

async fn data_are_backed_up_before_they_are_migrated(database: TestDatabase) {
    let backend = database.backend;
    let kept = Kept::with_patients(database, 5).await;
    kept.done(&["migrate", "down", "--discard-data"]);
    let behind = kept.content().await;
    assert_eq!(kept.list().len(), 1, "going back keeps what it deletes");
    kept.done(&["migrate", "up"]);
    let backups = kept.list();
    assert_eq!(backups.len(), 2);
    assert_eq!(backups[1]["why"], "migrate");
    assert_ne!(backups[1]["last_migration"], backups[0]["last_migration"]);

    // Back to the earlier schema, which a server brings forward again, on PostgreSQL when it is told to.
    let id = backups[1]["id"].as_str().unwrap();
    let printed = kept.done(&["backup", "restore", id]);
    assert!(printed.contains("migrate status"), "{printed}");
    assert_same(&behind, &kept.content().await, "the schema too");
    if backend == Backend::Postgres {
        let refusal = kept.refused(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(refusal.contains("--migrate"), "{refusal}");
    }
    let server = Running::begin(kept.command(&["serve", "--migrate"]));
    assert!(server.stop(Duration::from_secs(10)).0.success());
    assert_eq!(kept.list().len(), 4);
}

async fn without_data_no_backup_is_made(database: TestDatabase) {
    let kept = Kept::of(database);
    kept.done(&["migrate", "down"]);
    kept.done(&["migrate", "up"]);
    assert_eq!(kept.list().len(), 0);
}

#[tokio::test]
async fn a_backup_that_was_made_elsewhere_is_taken_at_its_word() {
    let kept = Kept::with_patients(TestDatabase::migrated_postgres().await, 1).await;
    let empty = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = kept.command(arguments);
        command.env("PATIENTGRAPH_BACKUP__PROGRAMS", empty.path()).output().unwrap()
    };
    let output = run(&["migrate", "down", "--discard-data"]);
    let said = super::said(&output);
    assert!(
        !output.status.success() && said.contains("postgresql-client") && said.contains("--backup-taken"),
        "{said}"
    );
    let output = run(&["migrate", "down", "--discard-data", "--backup-taken"]);
    let said = super::said(&output);
    assert!(output.status.success() && said.contains("without a backup of our own"), "{said}");
    assert!(run(&["migrate", "up", "--backup-taken"]).status.success());
    assert_eq!(kept.list().len(), 0);
}
