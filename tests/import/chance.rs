//! Anything may stand in any cell of a file that programs, scripts and hands have written: whatever it is, the file is
//! imported, every row is accounted for, and the record is sound.
//!
//! `PATIENTGRAPH_TEST_CASES` (3) says how many files are tried, `PATIENTGRAPH_TEST_SEED` (2026) with which it begins.

use std::env;
use std::path::Path;

use rusqlite::Connection;

use super::{Target, assert_same, counts};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::dice::Dice;
use crate::support::legacy::clinic::{Shape, build};
use crate::support::legacy::{Cell, Variant};

on_both!(whatever_stands_in_any_cell_the_file_comes);

const CASES: &str = "PATIENTGRAPH_TEST_CASES";
const SEED: &str = "PATIENTGRAPH_TEST_SEED";
/// So many cells of each file are changed.
const CHANGES: usize = 400;

const TEXTS: [&str; 30] = [
    "",
    " ",
    "\u{a0}",
    "null",
    "none",
    "error",
    "done",
    "pending",
    "generating",
    "primary",
    "doctor",
    "Positive",
    "0",
    "1",
    "-1",
    "1e400",
    "NaN",
    "maybe",
    "2025-10-06",
    "2025-10-06T12:30:00",
    "2025-10-06 12:30:00.5",
    "1900-01-01T00:00:00",
    "2099-12-31T23:59:59",
    "2100-01-01",
    "24:00",
    "{}",
    "[]",
    "{\"a\": NaN}",
    "{\"patient_id\": 7}",
    "[\"\\u0000\"]",
];
const INTEGERS: [i64; 9] = [0, 1, -1, 7, 20_251_006, 1_759_734_000, 1_759_734_000_123, i64::MAX, i64::MIN];
const REALS: [f64; 6] = [0.5, -1.5, 2_460_954.5, 1e308, 5e-324, f64::INFINITY];

fn number(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |value| value.parse().expect("a number"))
}

async fn whatever_stands_in_any_cell_the_file_comes(database: TestDatabase) {
    let backend = database.backend;
    let seed = number(SEED, 2026);
    for case in 0..number(CASES, 3) {
        let mut dice = Dice::new(seed.wrapping_add(case));
        let target = Target::of(TestDatabase::migrated(backend).await);
        let file = target.path("old.db");
        build(&file, &Shape { seed: case, aged: dice.chance(50), ..Shape::of(12) });
        change(&file, &mut dice);
        let again = format!("repeat it alone with {SEED}={} {CASES}=1", seed.wrapping_add(case));
        eprintln!("{backend:?}: {again}");
        let report = target.import(&file, &[]);
        for (table, _) in report["tables"].as_object().expect("tables") {
            let [rows, rest @ ..] = counts(&report, table);
            assert_eq!(rows, rest.iter().sum::<u64>(), "{table}: {again}");
        }
        let before = target.content().await;
        target.import(&file, &["--force"]);
        assert_same(&before, &target.content().await, &again);
        // The rows that were left come under other terms, or stay where they are.
        target.import(&file, &["--force", "--stub-patients", "--release-reports", "--open-session-assignments"]);
    }
}

/// Puts anything into any cells, as far as their keys let it.
fn change(file: &Path, dice: &mut Dice) {
    let connection = Connection::open(file).expect("the file opens");
    connection
        .execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; BEGIN")
        .expect("a start");
    let tables = Variant::V4.tables();
    let mut changed = 0;
    for _ in 0..CHANGES {
        let table = dice.pick(&tables);
        let columns: Vec<&str> = table.columns().collect();
        let column = *dice.pick(&columns);
        let cell = cell(&connection, dice);
        let sql = format!(
            "UPDATE OR IGNORE {0} SET {column} = ?1 WHERE rowid = (SELECT rowid FROM {0} LIMIT 1 OFFSET ?2 % max(1, (SELECT count(*) FROM {0})))",
            table.name
        );
        let row = dice.below(1 << 20) as i64;
        // What a column must not be stays what it is.
        changed += connection.execute(&sql, rusqlite::params![cell, row]).unwrap_or_default();
    }
    assert!(changed > CHANGES / 2, "{changed}");
    connection.execute_batch("COMMIT").expect("an end");
    connection.close().expect("nothing is open");
}

fn cell(connection: &Connection, dice: &mut Dice) -> Cell {
    match dice.below(10) {
        0 => Cell::Null,
        1 => Cell::Integer(*dice.pick(&INTEGERS)),
        2 => Cell::Real(*dice.pick(&REALS)),
        3 => Cell::Blob(dice.pick(&[vec![], vec![0], b"text".to_vec(), vec![0xff, 0xfe], vec![7; 3_000]]).clone()),
        4 => Cell::OddText(
            dice.pick(&[b"a\0b".to_vec(), b"\0".to_vec(), b"\xff\xfe".to_vec(), b"x\xc3".to_vec()]).clone(),
        ),
        5 | 6 => Cell::from(*dice.pick(&TEXTS)),
        7 => Cell::Text(dice.pick(&["é", "🧠", "\u{202e}x"]).repeat(dice.below(2_000))),
        _ => id(connection, dice),
    }
}

/// The id of another row: somebody else's.
fn id(connection: &Connection, dice: &mut Dice) -> Cell {
    let (table, column) = *dice.pick(&[
        ("users", "id"),
        ("users", "username"),
        ("doctors", "doctor_id"),
        ("patients", "patient_id"),
        ("sessions", "id"),
        ("mri_scans", "id"),
        ("predictions", "id"),
        ("medical_reports", "id"),
    ]);
    let sql = format!("SELECT CAST({column} AS TEXT) FROM {table} ORDER BY rowid LIMIT 1 OFFSET ?1");
    let found = connection.query_row(&sql, [dice.below(12) as i64], |row| row.get::<_, Option<String>>(0));
    found.ok().flatten().map_or(Cell::Null, Cell::Text)
}
