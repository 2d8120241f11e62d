//! Whenever restoring is killed, the database is as it was, or as the backup has it.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{CHANGE, Kept, assert_same};
use crate::on_both;
use crate::support::database::{Backend, TestDatabase};
use crate::support::dice::Dice;

const PATIENTS: u64 = 150;
const KILLS: usize = 6;
const MOST: usize = 30;

on_both!(a_killed_restore_leaves_one_or_the_other, a_killed_backup_is_none);

async fn a_killed_restore_leaves_one_or_the_other(database: TestDatabase) {
    let kept = Kept::with_patients(database, PATIENTS).await;
    let (one, first) = (kept.create(), kept.content().await);
    kept.change(CHANGE).await;
    let (other, second) = (kept.create(), kept.content().await);
    let begun = Instant::now();
    kept.done(&["backup", "restore", &one]);
    let whole = begun.elapsed();

    let (mut is_first, mut dice, mut early) = (true, Dice::new(4711), 0);
    // A restore may be done sooner than the first one was, so it goes on until one was killed early.
    for kill in 0..MOST {
        if kill >= KILLS && early > 0 {
            break;
        }
        let target = if is_first { &other } else { &one };
        nobody_left(&kept).await;
        let mut restore = quietly(kept.command(&["backup", "restore", target]));
        std::thread::sleep(whole.mul_f64(dice.below(90) as f64 / 100.0));
        restore.kill().unwrap();
        restore.wait().unwrap();
        nobody_left(&kept).await;
        let content = kept.content().await;
        if content == if is_first { &second } else { &first }.clone() {
            is_first = !is_first;
        } else {
            assert_same(if is_first { &first } else { &second }, &content, "as before");
            early += 1;
        }
    }
    assert!(early > 0, "none of them was killed before its end");
    kept.done(&["backup", "restore", &one]);
    assert_same(&first, &kept.content().await, "what was left over is in nobody's way");
    kept.done(&["verify"]);
}

fn quietly(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// On PostgreSQL, waits until the server has noticed that the killed program's connections are gone.
async fn nobody_left(kept: &Kept) {
    if kept.database.backend == Backend::Sqlite {
        return;
    }
    let connection = kept.database.connect().await;
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
               AND backend_type = 'client backend'";
    for _ in 0..6_000 {
        let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap().unwrap();
        if row.try_get_by_index::<i64>(0).unwrap() == 0 {
            return connection.close().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("what was killed is still connected");
}

async fn a_killed_backup_is_none(database: TestDatabase) {
    let kept = Kept::with_patients(database, PATIENTS).await;
    let begun = Instant::now();
    kept.create();
    let whole = begun.elapsed();
    let mut dice = Dice::new(4712);
    for _ in 0..KILLS {
        let mut create = quietly(kept.command(&["backup", "create"]));
        std::thread::sleep(whole.mul_f64(dice.below(90) as f64 / 100.0));
        create.kill().unwrap();
        create.wait().unwrap();
    }
    nobody_left(&kept).await;
    let content = kept.content().await;
    let backups = kept.list();
    for backup in &backups {
        assert_eq!(backup["has_file"], true, "{backup}");
    }
    let last = kept.create();
    kept.done(&["backup", "restore", &last]);
    assert_same(&content, &kept.content().await, "what was left over is in nobody's way");
}
