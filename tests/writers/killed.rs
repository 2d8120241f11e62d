//! The server is killed while 64 clients write: what it acknowledged is there, and nothing is there by half.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Statement};

use super::journal::Journal;
use super::people::People;
use super::{PATIENCE, WRITERS, Writers, setting};
use crate::on_both;
use crate::support::binary::{self, Running};
use crate::support::database::{Backend, TestDatabase};
use crate::support::dice::Dice;
use crate::support::factory::Factory;

on_both!(kill_9_loses_nothing);

async fn kill_9_loses_nothing(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let people = Arc::new(People::enter(&factory).await);
    factory.connection.close().await.unwrap();
    let directory = tempfile::tempdir().expect("a temporary directory");
    let url = database.url();
    let kills = usize::try_from(setting("PATIENTGRAPH_TEST_KILLS", 2)).expect("a number");
    let mut dice = Dice::new(u64::from(std::process::id()));
    let mut journal = Journal::default();
    let mut server = Running::start(&["serve", "--database-url", &url], directory.path());
    for round in 0..kills {
        let far = Instant::now() + Duration::from_secs(600);
        let writers = Writers::begin(&server.admin(&url).await, &people, WRITERS, round, far);
        tokio::time::sleep(Duration::from_millis(200 + dice.below(1500) as u64)).await;
        let log = server.kill();
        journal.append(writers.noted().await);
        assert!(!log.contains("internal error"), "{log}");
        assert_eq!(journal.errors, Vec::<String>::new(), "answers with errors");

        // The next server meets what the last one left before anybody else does.
        server = Running::start(&["serve", "--database-url", &url], directory.path());
        let verified = binary::run(&["verify", "--database-url", &url], directory.path());
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
        holds(&database, &journal).await;
    }
    assert!(server.stop(PATIENCE).0.success());
    let (acknowledged, unknown) = (journal.acknowledged(), journal.unknown());
    eprintln!("{:?}: {kills} kills, {acknowledged} writes acknowledged, {unknown} cut off", database.backend);
    assert!(acknowledged > 0, "nobody wrote");
}

async fn holds(database: &TestDatabase, journal: &Journal) {
    let conn = database.connect().await;
    if database.backend == Backend::Sqlite {
        let check = Statement::from_string(conn.get_database_backend(), "PRAGMA integrity_check");
        let row = conn.query_one_raw(check).await.unwrap().expect("a row");
        assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "ok");
    }
    journal.check(&conn).await;
    conn.close().await.unwrap();
}
