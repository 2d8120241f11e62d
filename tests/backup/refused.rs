//! What would do harm is refused, and nothing has changed then.

use std::time::Duration;

use patientgraph::db::in_use::{Alone, Presence};
use sea_orm::ConnectionTrait;

use super::{CHANGE, Kept, assert_same, names, said};
use crate::on_both;
use crate::support::binary::Running;
use crate::support::database::{Backend, TestDatabase};

on_both!(
    what_is_not_whole_is_not_restored,
    an_unknown_backup_is_refused_with_those_there_are,
    somebody_elses_tables_are_left_alone,
    whoever_comes_while_one_is_alone_waits,
);

async fn what_is_not_whole_is_not_restored(database: TestDatabase) {
    let kept = Kept::with_patients(database, 10).await;
    let id = kept.create();
    kept.change(CHANGE).await;
    let before = kept.content().await;
    let file = kept.backups().join(kept.list()[0]["file"].as_str().unwrap());
    let whole = std::fs::read(&file).unwrap();
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    for (damaged, words) in [(bytes, "SHA-256"), (whole[..middle].to_vec(), "SHA-256")] {
        std::fs::write(&file, damaged).unwrap();
        let refusal = kept.refused(&["backup", "restore", &id]);
        assert!(refusal.contains(words), "{refusal}");
    }
    std::fs::remove_file(&file).unwrap();
    let refusal = kept.refused(&["backup", "restore", &id]);
    assert!(refusal.contains(file.to_str().unwrap()), "{refusal}");
    assert!(kept.done(&["backup", "list"]).contains("missing"));
    assert_same(&before, &kept.content().await, "nothing was restored");
    assert_eq!(kept.list().len(), 1, "and no backup made");
}

async fn an_unknown_backup_is_refused_with_those_there_are(database: TestDatabase) {
    let backend = database.backend;
    let kept = Kept::with_patients(database, 1).await;
    let refusal = kept.refused(&["backup", "restore", "20200101T000000Z"]);
    assert!(refusal.contains("it has none"), "{refusal}");
    let id = kept.create();
    let refusal = kept.refused(&["backup", "restore", "../20200101T000000Z"]);
    assert!(refusal.contains(&id), "{refusal}");
    let other = Kept::of(match backend {
        Backend::Sqlite => TestDatabase::migrated_postgres().await,
        Backend::Postgres => TestDatabase::migrated_sqlite().await,
    });
    let backups = kept.backups().display().to_string();
    let refusal = other.refused(&["backup", "restore", &id, "--other-database", "--backups", &backups]);
    assert!(refusal.contains("and sqlite://") || refusal.contains("and postgres://"), "{refusal}");
}

async fn somebody_elses_tables_are_left_alone(database: TestDatabase) {
    let backend = database.backend;
    let kept = Kept::with_patients(database, 1).await;
    let id = kept.create();
    let foreign = Kept::of(TestDatabase::fresh(backend).await);
    foreign.change("CREATE TABLE invoices (id bigint); INSERT INTO invoices VALUES (1)").await;
    let before = foreign.content().await;
    let backups = kept.backups().display().to_string();
    let restore = ["backup", "restore", &id, "--other-database", "--backups", &backups];
    for arguments in [&restore[..], &[&restore[..], &["--discard-current"]].concat(), &["backup", "create"]] {
        let refusal = foreign.refused(arguments);
        assert!(refusal.contains("invoices"), "{refusal}");
    }
    assert_same(&before, &foreign.content().await, "it is somebody else's");
}

async fn whoever_comes_while_one_is_alone_waits(database: TestDatabase) {
    let kept = Kept::of(database);
    let url = kept.url.parse().unwrap();
    let alone = Alone::with(&url).await.unwrap();
    let second = Alone::with(&url).await.err().expect("one is alone").to_string();
    assert!(second.contains("in use by"), "{second}");
    let coming = tokio::spawn({
        let url = url.clone();
        async move { Presence::enter(&url).await.map(drop) }
    });
    let server = kept.command(&["serve"]);
    let server = tokio::task::spawn_blocking(move || Running::begin(server));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!coming.is_finished() && !server.is_finished());
    alone.leave().await;
    coming.await.unwrap().unwrap();
    let server = server.await.unwrap();
    assert!(server.before.iter().any(|line| line.contains("waiting")), "{:?}", server.before);
    let refusal = Alone::with(&url).await.err().expect("a server is there").to_string();
    assert!(refusal.contains("in use by"), "{refusal}");
}

#[tokio::test]
async fn any_program_that_is_connected_counts_on_a_server() {
    let kept = Kept::with_patients(TestDatabase::migrated_postgres().await, 1).await;
    let id = kept.create();
    let connection = kept.database.connect().await;
    connection.execute_unprepared("SET application_name = 'the bookkeeper'").await.unwrap();
    let refusal = kept.refused(&["backup", "restore", &id]);
    assert!(refusal.contains("the bookkeeper of user"), "{refusal}");
    connection.close().await.unwrap();
    kept.done(&["backup", "restore", &id]);
}

/// A server of PostgreSQL that restarts, or a network that fails, ends connections.
#[tokio::test]
async fn a_presence_comes_back_when_its_connection_was_cut() {
    let kept = Kept::of(TestDatabase::migrated_postgres().await);
    let url = kept.url.parse().unwrap();
    let presence = Presence::enter(&url).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    kept.change(cut).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let refusal = Alone::with(&url).await.err().expect("it is there again").to_string();
    assert!(refusal.contains("in use by patientgraph"), "{refusal}");
    drop(presence);
    Alone::with(&url).await.unwrap().leave().await;
}

#[tokio::test]
async fn what_is_no_manifest_is_named() {
    let kept = Kept::with_patients(TestDatabase::migrated_sqlite().await, 1).await;
    let id = kept.create();
    let [manifest, other] =
        [format!("{id}.json"), "20200101T000000Z.json".to_owned()].map(|name| kept.backups().join(name));
    // Renamed by hand, or pointing elsewhere: what it names is not what lies beside it.
    std::fs::copy(&manifest, &other).unwrap();
    assert!(kept.refused(&["backup", "list"]).contains("20200101T000000Z.json"));
    std::fs::write(&other, "{").unwrap();
    assert!(kept.refused(&["backup", "restore", "20200101T000000Z"]).contains("is no manifest"));
    // Others are as good as before.
    kept.done(&["backup", "restore", &id]);
}

#[tokio::test]
async fn what_others_have_built_on_our_tables_is_not_torn_down() {
    let kept = Kept::with_patients(TestDatabase::migrated_postgres().await, 1).await;
    let id = kept.create();
    kept.change("CREATE SCHEMA office; CREATE VIEW office.people AS SELECT name FROM patients").await;
    kept.change("UPDATE patients SET phone = '1'").await;
    let before = kept.content().await;
    let refusal = kept.refused(&["backup", "restore", &id]);
    assert!(refusal.contains("office.people"), "{refusal}");
    assert_same(&before, &kept.content().await, "nothing was restored");
    kept.change("DROP SCHEMA office CASCADE").await;
    kept.done(&["backup", "restore", &id]);
}

#[tokio::test]
async fn a_program_that_reads_a_file_counts() {
    let kept = Kept::with_patients(TestDatabase::migrated_sqlite().await, 1).await;
    let id = kept.create();
    let connection = kept.database.connect().await;
    let transaction = sea_orm::TransactionTrait::begin(&connection).await.unwrap();
    transaction.execute_unprepared("PRAGMA user_version").await.unwrap();
    transaction.execute_unprepared("UPDATE patients SET phone = '1'").await.unwrap();
    for discard in [&[][..], &["--discard-current"]] {
        let refusal = kept.refused(&[&["backup", "restore", &id], discard].concat());
        assert!(refusal.contains("another program"), "{refusal}");
    }
    assert_eq!(kept.list().len(), 1, "no backup was made for nothing");
    transaction.rollback().await.unwrap();
    connection.close().await.unwrap();
    kept.done(&["backup", "restore", &id]);
}

#[tokio::test]
async fn what_is_broken_gives_way_only_when_somebody_says_so() {
    let kept = Kept::with_patients(TestDatabase::migrated_sqlite().await, 1).await;
    let (id, before) = (kept.create(), kept.content().await);
    std::fs::write(kept.database.path(), "no database at all, but somebody may want it").unwrap();
    let refusal = kept.refused(&["backup", "restore", &id]);
    assert!(refusal.contains("--discard-current"), "{refusal}");
    assert!(std::fs::read(kept.database.path()).unwrap().starts_with(b"no database"));
    kept.done(&["backup", "restore", &id, "--discard-current"]);
    assert_same(&before, &kept.content().await, "restored");
    let left = names(kept.database.dir());
    assert!(left.iter().all(|name| !name.contains("restoring")), "{left:?}");
}

#[tokio::test]
async fn missing_programs_are_named_with_their_package_and_no_password_is() {
    let mut kept = Kept::with_patients(TestDatabase::migrated_postgres().await, 1).await;
    let id = kept.create();
    let empty = tempfile::tempdir().unwrap();
    let password = "hush-4711";
    let separator = if kept.url.contains('?') { '&' } else { '?' };
    kept.url = format!("{}{separator}password={password}", kept.url);
    for arguments in [&["backup", "create"][..], &["backup", "restore", &id]] {
        let mut command = kept.command(arguments);
        let output = command.env("PATIENTGRAPH_BACKUP__PROGRAMS", empty.path()).output().unwrap();
        assert!(!output.status.success());
        let refusal = said(&output);
        assert!(refusal.contains("postgresql-client") && refusal.contains("backup.programs"), "{refusal}");
        assert!(!refusal.contains(password), "{refusal}");
    }
    let listed = kept.list();
    assert_eq!(listed.len(), 1, "nothing is left of what was not made: {listed:?}");
    assert_eq!(names(&kept.backups()).len(), 2);
    kept.create();
    assert!(kept.list().iter().all(|backup| !backup.to_string().contains(password)));
    for name in names(&kept.backups()) {
        let bytes = std::fs::read(kept.backups().join(&name)).unwrap();
        assert!(!bytes.windows(password.len()).any(|window| window == password.as_bytes()), "{name}");
    }
}

/// PostgreSQL's program may be older than the server.
#[tokio::test]
async fn an_old_program_is_told_with_what_to_do() {
    let kept = Kept::with_patients(TestDatabase::migrated_postgres().await, 1).await;
    let programs = tempfile::tempdir().unwrap();
    let refusal = "pg_dump: error: aborting because of server version mismatch\npg_dump: detail: server version: 99";
    for name in ["pg_dump", "pg_restore", "psql"] {
        use std::os::unix::fs::PermissionsExt;
        let path = programs.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\necho '{refusal}' >&2\nexit 1\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = kept.command(&["backup", "create"]);
    let output = command.env("PATIENTGRAPH_BACKUP__PROGRAMS", programs.path()).output().unwrap();
    let said = said(&output);
    assert!(
        !output.status.success() && said.contains("server version: 99") && said.contains("install version"),
        "{said}"
    );
    assert_eq!(names(&kept.backups()), Vec::<String>::new());
}
