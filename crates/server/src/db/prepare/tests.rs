use std::path::Path;

use chrono::TimeZone;
use sea_orm::ConnectionTrait;

use super::state::{APPLIED, classify};
use super::*;

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 17, 8, 15, 0).unwrap()
}

async fn entered(file: &Path) -> Preparation {
    Preparation::enter(&DatabaseUrl::sqlite(file).unwrap()).await.unwrap()
}

/// Backups beside the file, as where nothing is set.
fn backed_up(file: &Path) -> Safeguard {
    Safeguard::Backup(Backups::new(file.with_file_name("backups"), None))
}

async fn a_doctor(preparation: &Preparation) {
    let insert =
        "INSERT INTO doctors (doctor_id, name, name_folded) VALUES ('01900000-0000-7000-8000-000000000001', 'A', 'a')";
    preparation.connection().execute_unprepared(insert).await.unwrap();
}

/// The names in the directory of `file`, without what SQLite keeps beside an open database.
fn names_beside(file: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(file.parent().unwrap()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names = names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect::<Vec<_>>();
    names.sort();
    names
}

#[test]
fn a_database_is_known_by_its_migrations() {
    let classify = |tables: &[&str], applied: &[&str]| classify(texts(tables), texts(applied), texts(&["m1", "m2"]));
    assert_eq!(classify(&[], &[]), SchemaState::Empty);
    assert_eq!(classify(&[APPLIED], &[]), SchemaState::Empty);
    assert_eq!(classify(&[APPLIED, "patients"], &["m1", "m2"]), SchemaState::Current);
    assert_eq!(classify(&[APPLIED, "patients"], &["m1"]), SchemaState::Behind(texts(&["m2"])));
    assert_eq!(classify(&[APPLIED, "patients"], &["m1", "m2", "m3"]), SchemaState::Newer(texts(&["m3"])));
    assert_eq!(classify(&["invoices"], &[]), SchemaState::Foreign(texts(&["invoices"])));
    assert_eq!(classify(&[APPLIED, "cakes"], &["bakery"]), SchemaState::Foreign(texts(&["cakes"])));
}

#[tokio::test]
async fn an_empty_file_is_built_for_its_owner_and_without_a_backup() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("new").join("clinic.db");
    let first = entered(&file).await;
    assert_eq!(first.state().await.unwrap(), SchemaState::Empty);
    first.migrate(Consent::NotGiven, &backed_up(&file), now()).await.unwrap();
    assert_eq!(first.state().await.unwrap(), SchemaState::Current);
    first.leave().await.unwrap();
    let again = entered(&file).await;
    again.migrate(Consent::NotGiven, &backed_up(&file), now()).await.unwrap();
    again.leave().await.unwrap();
    assert_eq!(names_beside(&file), ["clinic.db", "clinic.db.lock"], "there was nothing to back up");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[tokio::test]
async fn a_file_that_is_behind_is_backed_up_before_it_is_migrated() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("it's.db");
    let preparation = entered(&file).await;
    preparation.migrate(Consent::NotGiven, &backed_up(&file), now()).await.unwrap();
    a_doctor(&preparation).await;
    Migrator::down(preparation.connection(), Some(1)).await.unwrap();
    let behind = preparation.state().await.unwrap();
    assert!(matches!(behind, SchemaState::Behind(_)), "{behind:?}");

    preparation.migrate(Consent::NotGiven, &backed_up(&file), now()).await.unwrap();
    assert_eq!(preparation.state().await.unwrap(), SchemaState::Current);
    preparation.leave().await.unwrap();
    assert_eq!(names_beside(&file), ["backups", "it's.db", "it's.db.lock"]);
    let copy = file.with_file_name("backups").join("20260317T081500Z.sqlite");
    assert_eq!(names_beside(&copy), ["20260317T081500Z.json", "20260317T081500Z.sqlite"]);
    assert_eq!(entered(&copy).await.state().await.unwrap(), behind);
}

#[tokio::test]
async fn without_a_backup_nothing_is_migrated_unless_somebody_has_one() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("clinic.db");
    let preparation = entered(&file).await;
    preparation.migrate(Consent::NotGiven, &backed_up(&file), now()).await.unwrap();
    a_doctor(&preparation).await;
    Migrator::down(preparation.connection(), Some(1)).await.unwrap();
    let behind = preparation.state().await.unwrap();
    // A file where the directory would be.
    std::fs::write(file.with_file_name("backups"), "").unwrap();
    let refusal = preparation.migrate(Consent::Given, &backed_up(&file), now()).await.unwrap_err();
    assert!(refusal.to_string().contains("--backup-taken"), "{refusal}");
    assert!(matches!(
        preparation.go_back(1, Consent::Given, &backed_up(&file), now()).await,
        Err(PrepareError::NoBackup { .. })
    ));
    assert_eq!(preparation.state().await.unwrap(), behind);
    preparation.migrate(Consent::Given, &Safeguard::Taken, now()).await.unwrap();
    assert_eq!(preparation.state().await.unwrap(), SchemaState::Current);
}

#[tokio::test]
async fn what_is_newer_or_not_ours_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let foreign = entered(&directory.path().join("foreign.db")).await;
    foreign.connection().execute_unprepared("CREATE TABLE invoices (id INTEGER)").await.unwrap();
    let refusal = foreign.migrate(Consent::Given, &Safeguard::Taken, now()).await.unwrap_err();
    assert!(refusal.to_string().contains("invoices"), "{refusal}");
    assert_eq!(foreign.state().await.unwrap(), SchemaState::Foreign(texts(&["invoices"])));

    let newer = entered(&directory.path().join("newer.db")).await;
    newer.migrate(Consent::NotGiven, &Safeguard::Taken, now()).await.unwrap();
    let later = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 0)";
    newer.connection().execute_unprepared(later).await.unwrap();
    let refusal = newer.migrate(Consent::Given, &Safeguard::Taken, now()).await.unwrap_err();
    assert!(refusal.to_string().contains("m20990101_000001_later"), "{refusal}");
    assert!(matches!(
        newer.go_back(1, Consent::Given, &Safeguard::Taken, now()).await,
        Err(PrepareError::Newer { .. })
    ));
}

#[tokio::test]
async fn who_comes_second_waits_until_the_first_has_left() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("clinic.db");
    let first = entered(&file).await;
    let second = tokio::spawn({
        let file = file.clone();
        async move { entered(&file).await.state().await.unwrap() }
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(!second.is_finished());
    first.migrate(Consent::NotGiven, &backed_up(&file), now()).await.unwrap();
    first.leave().await.unwrap();
    assert_eq!(second.await.unwrap(), SchemaState::Current);
}
