//! Killed at any moment, an import leaves the target as it was, or done.
//!
//! `PATIENTGRAPH_TEST_KILLS` (3) says how often, `PATIENTGRAPH_TEST_PATIENTS` (2000) how large the old clinic is.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{OFFSET, Target, assert_same, counts, text};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::dice::Dice;
use crate::support::legacy::clinic::{Shape, build};

on_both!(a_killed_import_leaves_nothing);

fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |value| value.parse().expect("a number"))
}

async fn a_killed_import_leaves_nothing(database: TestDatabase) {
    let (kills, patients) = (setting("PATIENTGRAPH_TEST_KILLS", 3), setting("PATIENTGRAPH_TEST_PATIENTS", 2_000));
    let target = Target::of(database);
    target.done(&["user", "create-admin"]);
    let file = target.path("old.db");
    build(&file, &Shape { bytes: false, ..Shape::of(patients) });
    let before = target.content().await;
    let arguments = ["import", text(&file), "--time-offset", OFFSET];
    let start = || {
        let mut command = target.command(&arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    };
    // How long it takes: killed at all moments of that, the last ones too.
    let begun = Instant::now();
    assert!(start().wait().expect("a child").success());
    let whole = begun.elapsed();
    let backup = target.value("backup", "FROM imports").await;
    target.done(&["backup", "restore", &backup]);
    assert_same(&before, &target.content().await, "after going back");

    let (mut dice, mut done) = (Dice::new(kills as u64), 0);
    for kill in 0..kills {
        let moment = whole.mul_f64((kill as f64 + dice.below(1_000) as f64 / 1_000.0) / kills as f64);
        let mut child = start();
        tokio::time::sleep(moment).await;
        let killed = child.try_wait().expect("a child").is_none();
        child.kill().expect("the import is killed");
        child.wait().expect("a child");
        // PostgreSQL notices when it next writes to who is gone.
        settle(&target).await;
        target.done(&["verify"]);
        if target.count("FROM imports").await == 1 {
            done += 1;
            let backup = target.value("backup", "FROM imports").await;
            target.done(&["backup", "restore", &backup]);
        } else {
            assert!(killed, "an import that ends by itself is whole");
        }
        assert_same(&before, &target.content().await, &format!("killed after {moment:?}"));
    }
    eprintln!("{kills} kills within {whole:?}: {done} were done by then");
    // Run again, it is complete.
    let report = target.import(&file, &[]);
    assert_eq!(counts(&report, "patients")[..2], [patients as u64, patients as u64]);
}

/// Waits until nobody works for a client that is gone.
async fn settle(target: &Target) {
    if target.is_sqlite() {
        return;
    }
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' \
                  AND pid <> pg_backend_pid()";
    let begun = Instant::now();
    while target.count(others).await > 0 {
        assert!(begun.elapsed() < Duration::from_secs(120), "PostgreSQL still works for a client that is gone");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
