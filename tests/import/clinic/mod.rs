//! Whole old clinics, whose truth is known without reading them: all of it is there afterwards, in both databases alike.
//!
//! `PATIENTGRAPH_TEST_CASES` (3) says how many clinics of any kind are tried.

mod alike;
mod expected;
mod here;

use std::collections::BTreeMap;
use std::env;
use std::path::Path;

use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use self::here::Here;
use super::{Target, counts};
use crate::support::database::{Backend, TestDatabase};
use crate::support::legacy::clinic::{Shape, Truth, build};

const CASES: &str = "PATIENTGRAPH_TEST_CASES";

/// What there is to know of each patient and doctor, by the old id.
type Facts = BTreeMap<String, Vec<String>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinic_whose_old_sessions_were_deleted_is_whole() {
    both(Shape::of(150)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinic_that_kept_its_sessions_is_whole() {
    both(Shape { seed: 17, aged: false, ..Shape::of(150) }).await;
}

#[test]
fn a_clinic_of_any_kind_is_whole() {
    let cases = env::var(CASES).map_or(3, |cases| cases.parse().expect(CASES));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 24, ..Config::default() };
    let shapes = (1..60_usize, proptest::num::u64::ANY, proptest::bool::ANY, proptest::bool::ANY);
    let tried = TestRunner::new(config).run(&shapes, |(patients, seed, aged, bytes)| {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("old.db");
        let truth = build(&file, &Shape { patients, seed, aged, bytes });
        runtime.block_on(async { whole(&file, &truth, TestDatabase::migrated_sqlite().await).await });
        Ok(())
    });
    tried.unwrap_or_else(|failure| panic!("{failure}"));
}

async fn both(shape: Shape) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("old.db");
    let truth = build(&file, &shape);
    let (one, of_one) = whole(&file, &truth, TestDatabase::migrated(Backend::Sqlite).await).await;
    let (other, of_other) = whole(&file, &truth, TestDatabase::migrated(Backend::Postgres).await).await;
    for part in ["tables", "findings", "made", "stale_statistics", "opens_access", "reading", "total", "sha256"] {
        assert_eq!(of_one[part], of_other[part], "{part}");
    }
    alike::assert_alike(&one, &other);
}

/// Imports the clinic and looks for all that is true of it. Answers what is there, and the report.
async fn whole(file: &Path, truth: &Truth, database: TestDatabase) -> (Here, Value) {
    let target = Target::of(database);
    let report = target.import(file, &[]);
    accounted(&report, truth);
    let here = Here::read(&target).await;
    let (expected, found) = (expected::facts(truth), here.facts());
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (who, facts) in &expected {
        assert_eq!(facts, &found[who], "{who}");
    }
    (here, report)
}

/// Every row of the file is counted once, and what was left in it is what never had a patient.
fn accounted(report: &Value, truth: &Truth) {
    for (table, rows) in truth.rows.iter().filter(|(_, rows)| **rows > 0) {
        let [read, rest @ ..] = counts(report, table);
        assert_eq!((read, rest.iter().sum::<u64>()), (*rows, *rows), "{table}: {report:#}");
        let left = ["mri_scans", "predictions", "medical_reports"].contains(table);
        let quarantined = if left { truth.unattached } else { 0 };
        assert_eq!(counts(report, table)[5], quarantined, "{table}: {report:#}");
    }
    let all = |of: fn(&crate::support::legacy::clinic::Patient) -> u64| truth.patients.values().map(of).sum::<u64>();
    let failed = all(|patient| patient.predictions.get("error").copied().unwrap_or_default());
    assert_eq!(counts(report, "sessions")[4], truth.unattached, "sessions without patient");
    assert_eq!(counts(report, "predictions")[4], failed, "failed runs");
    assert_eq!(counts(report, "medical_reports")[4], all(|patient| patient.failed_reports), "failed reports");
    assert_eq!(counts(report, "patient_timeline")[1], all(|patient| patient.notes), "notes");
    let tables = report["tables"].as_object().expect("tables");
    let known = |table: &&String| !truth.rows.contains_key(table.as_str());
    assert_eq!(tables.keys().find(known), None, "the report tells of the file's tables alone");
}
