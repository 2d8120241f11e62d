//! What a backup had is there again, row for row.

use std::time::Duration;

use serde_json::json;

use super::{CHANGE, Kept, assert_same, names};
use crate::on_both;
use crate::support::binary::Running;
use crate::support::content::Content;
use crate::support::database::{Backend, TestDatabase};

on_both!(
    a_backup_is_restored_exactly_and_that_can_be_taken_back,
    a_backup_is_made_while_a_server_runs_and_restored_when_it_has_stopped,
    an_empty_database_becomes_what_the_backup_has,
);

async fn a_backup_is_restored_exactly_and_that_can_be_taken_back(database: TestDatabase) {
    let kept = Kept::with_patients(database, 40).await;
    if kept.database.backend == Backend::Postgres {
        kept.change("GRANT SELECT ON patients TO PUBLIC").await;
    }
    let before = kept.content().await;
    let id = kept.done(&["backup", "create", "--note", "first"]).trim().to_owned();
    assert_same(&before, &kept.content().await, "making a backup changes nothing");
    kept.change(CHANGE).await;
    let changed = kept.content().await;
    assert_ne!(before, changed);

    let printed = kept.done(&["backup", "restore", &id]);
    assert_same(&before, &kept.content().await, "restored");
    let backups = kept.list();
    assert_eq!(backups.len(), 2, "{backups:?}");
    assert_eq!((&backups[0]["why"], &backups[0]["note"]), (&json!("command"), &json!("first")));
    assert_eq!((&backups[1]["why"], &backups[1]["of_this_database"]), (&json!("restore"), &json!(true)));
    let undo = backups[1]["id"].as_str().unwrap();
    assert!(printed.contains(&format!("patientgraph backup restore {undo}")), "{printed}");
    kept.done(&["backup", "restore", undo]);
    assert_same(&changed, &kept.content().await, "taken back");
    kept.done(&["verify"]);

    let listed = kept.done(&["backup", "list"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.lines().next().unwrap().contains(&id) && listed.contains("first"), "{listed}");
    // Nothing is left over, and nobody else can read what is there.
    let left = names(&kept.backups());
    assert_eq!(left.len(), 6, "{left:?}");
    #[cfg(unix)]
    for name in left {
        use std::os::unix::fs::PermissionsExt;
        let mode = kept.backups().join(&name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

async fn a_backup_is_made_while_a_server_runs_and_restored_when_it_has_stopped(database: TestDatabase) {
    let kept = Kept::with_patients(database, 10).await;
    let server = Running::begin(kept.command(&["serve"]));
    let query = "{ patients { totalCount } }";
    let served = server.admin(&kept.url).await.data(query, json!({})).await;
    let id = kept.create();
    let refusal = kept.refused(&["backup", "restore", &id]);
    assert!(refusal.contains("in use by") && refusal.contains("stop every server"), "{refusal}");
    assert_eq!(server.admin(&kept.url).await.data(query, json!({})).await, served);
    assert!(server.stop(Duration::from_secs(10)).0.success());

    kept.change("DELETE FROM patients WHERE mrn IN ('PG-000001', 'PG-000002')").await;
    kept.done(&["backup", "restore", &id]);
    let again = Running::begin(kept.command(&["serve"]));
    assert_eq!(again.admin(&kept.url).await.data(query, json!({})).await, served);
}

async fn an_empty_database_becomes_what_the_backup_has(database: TestDatabase) {
    let backend = database.backend;
    let kept = Kept::with_patients(database, 10).await;
    let (id, before) = (kept.create(), kept.content().await);
    let other = Kept::of(TestDatabase::fresh(backend).await);
    let backups = kept.backups().display().to_string();
    let restore = ["backup", "restore", &id, "--backups", &backups];
    let refusal = other.refused(&restore);
    assert!(refusal.contains("--other-database"), "{refusal}");
    assert!(other.content().await.iter().all(|(table, rows)| table.starts_with("sqlite") || rows.is_empty()));
    other.done(&[&restore[..], &["--other-database"]].concat());
    let restored = other.content().await;
    assert_same(&before, &restored, "in another place");
    let rows: fn(&Content) -> usize = |content| content["patients"].len();
    assert_eq!(rows(&restored), 10);
    assert_eq!(kept.list().len(), 1, "of what was empty no backup is made");
    other.done(&["verify"]);
}

/// A restored file may lie where an older one lay, whose positions go on counting from another change.
#[tokio::test]
async fn a_restored_file_begins_a_new_log_of_changes() {
    let kept = Kept::with_patients(TestDatabase::migrated_sqlite().await, 2).await;
    kept.change("INSERT INTO change_log (id, place) VALUES ('01900000-0000-7000-8000-000000000001', 'here')").await;
    let mut before = kept.content().await;
    kept.done(&["backup", "restore", &kept.create()]);
    assert_eq!(before.insert("change_log".to_owned(), vec![]).map(|rows| rows.len()), Some(1));
    assert_same(&before, &kept.content().await, "but for that");
}

/// A file may be a link to where there is room.
#[cfg(unix)]
#[tokio::test]
async fn where_the_database_is_a_link_the_file_itself_is_restored() {
    let kept = Kept::with_patients(TestDatabase::migrated_sqlite().await, 2).await;
    let elsewhere = kept.directory.path().join("elsewhere.db");
    std::fs::rename(kept.database.path(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, kept.database.path()).unwrap();
    let (id, before) = (kept.create(), kept.content().await);
    let server = Running::begin(kept.command(&["serve"]));
    let through = ["backup", "restore", &id, "--other-database", "--database-url"];
    let itself = format!("sqlite://{}", elsewhere.display());
    assert!(kept.refused(&[&through[..], &[&itself]].concat()).contains("in use by"));
    assert!(server.stop(Duration::from_secs(10)).0.success());
    kept.change("DELETE FROM patients").await;
    kept.done(&["backup", "restore", &id]);
    assert!(kept.database.path().is_symlink());
    assert_eq!(kept.content().await["patients"], before["patients"]);
}
