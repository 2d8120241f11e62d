//! 64 clients at once: every write is there as its client was told, and nobody waits for long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::people::People;
use super::{PATIENCE, WRITERS, Writers, plain, setting};
use crate::on_both;
use crate::support::binary::Running;
use crate::support::database::TestDatabase;
use crate::support::factory::Factory;

on_both!(sixty_four_clients_write);

async fn sixty_four_clients_write(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let people = Arc::new(People::enter(&factory).await);
    let time = Duration::from_secs(setting("PATIENTGRAPH_TEST_WRITE_SECONDS", 2));
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = Running::start(&["serve", "--database-url", &database.url()], directory.path());

    let began = Instant::now();
    let mut journal =
        Writers::begin(&server.admin(&database.url()).await, &people, WRITERS, 0, began + time).noted().await;
    let served = journal.took.len() as f64 / began.elapsed().as_secs_f64();
    let (status, log) = server.stop(PATIENCE);
    assert!(status.success(), "{status}");
    assert_eq!(journal.errors, Vec::<String>::new(), "answers with errors");
    assert_eq!(journal.unknown(), 0, "answers that did not come");
    for word in ["locked", "internal error", "panic", "ERROR"] {
        let line = log.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "the log says {word}");
    }
    let meant = |code: &String| code == "CONFLICT" || code == "DOUBLE_BOOKED";
    assert!(journal.refused.keys().all(meant), "{:?}", journal.refused);
    journal.check(&factory.connection).await;

    let by_hand = plain::writes_per_second(&database, &people, WRITERS, time).await;
    journal.check(&factory.connection).await;

    journal.took.sort_unstable();
    let at = |percent: usize| journal.took[(journal.took.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    eprintln!(
        "{:?}: {} writes acknowledged, refused {:?}; {served:.0} answers/s, plain SQL {by_hand:.0} writes/s, ratio {:.2}; \
         p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        database.backend,
        journal.acknowledged(),
        journal.refused,
        served / by_hand,
        at(50),
        at(99),
        at(100)
    );
    assert!(at(100) < 10_000.0, "nobody waits that long while all are served in turn");
}
