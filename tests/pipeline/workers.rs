//! The server's own workers: in the server, or in processes of their own.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{text, told};
use crate::on_both;
use crate::support::actor::Actor;
use crate::support::binary::{self, Running};
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};

on_both!(a_server_makes_what_is_requested, a_server_without_workers_leaves_it_to_others);

const PATIENCE: Duration = Duration::from_secs(30);

/// Where a request stands once it has come to an end.
async fn ended(admin: &Actor, request: &str) -> Value {
    let begun = Instant::now();
    loop {
        let row = read(admin, request).await;
        if row["status"] == "GENERATED" || row["status"] == "FAILED" {
            return row;
        }
        assert!(begun.elapsed() < PATIENCE, "{row}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn read(admin: &Actor, request: &str) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on ReportRequest { status failureCause errorMessage retryCount
        claimedBy { name } requestedBy { name } report { title type status content format generatedBy disclaimer
        madeFrom predictions { totalCount } } } } }";
    admin.data(query, json!({"id": request})).await["node"].take()
}

async fn request(admin: &Actor, patient: &str, kind: &str) -> String {
    let input = json!({"patientId": id("Patient", patient), "type": kind});
    text(&told(admin, "requestReport", "reportRequest { id }", input).await["reportRequest"]["id"])
}

async fn patient_with_a_record(rows: &Factory) -> String {
    let doctor = rows.doctor("House", json!({})).await;
    let patient = rows.patient("A-1", json!({"name": "Åsa Öberg"})).await;
    let scan = rows.of_patient("mri_scans", &patient, json!({"original_filename": "a.dcm"})).await;
    let found =
        json!({"mri_scan_id": scan, "binary_result": "detected", "confidence_score": 0.9, "model_version": "pd-3.1"});
    rows.of_patient("predictions", &patient, found).await;
    rows.consultation(&patient, &doctor, "2026-01-01T09:00:00.000000Z", json!({"diagnosis": "Tremor"})).await;
    patient
}

async fn a_server_makes_what_is_requested(database: TestDatabase) {
    let rows = Factory::new(&database).await;
    let (patient, empty) = (patient_with_a_record(&rows).await, rows.patient("A-2", json!({})).await);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = Running::start(&["serve", "--database-url", &database.url()], directory.path());
    let admin = server.admin(&database.url()).await;
    for kind in ["COMPREHENSIVE", "SUMMARY", "PATIENT_FRIENDLY", "FOLLOW_UP", "OTHER"] {
        let request = request(&admin, &patient, kind).await;
        let row = ended(&admin, &request).await;
        let report = &row["report"];
        assert_eq!(
            (&row["status"], &row["retryCount"], &row["claimedBy"]),
            (&json!("GENERATED"), &json!(0), &Value::Null)
        );
        assert_eq!(
            (&report["status"], &report["type"], &report["format"]),
            (&json!("DRAFT"), &json!(kind), &json!("MARKDOWN"))
        );
        assert!(text(&report["content"]).contains("Åsa Öberg"), "{report}");
        assert!(text(&report["generatedBy"]).starts_with("PatientGraph"), "{report}");
        assert!(!text(&report["disclaimer"]).is_empty() && report["madeFrom"].is_object(), "{report}");
        assert_eq!(report["predictions"]["totalCount"], 1, "what it shows is given out with it");
    }
    let request = request(&admin, &empty, "SUMMARY").await;
    let row = ended(&admin, &request).await;
    assert_eq!(
        (&row["status"], &row["failureCause"], &row["retryCount"]),
        (&json!("FAILED"), &json!("NOTHING_TO_REPORT"), &json!(1))
    );
    assert!(server.stop(PATIENCE).0.success());
}

async fn a_server_without_workers_leaves_it_to_others(database: TestDatabase) {
    let rows = Factory::new(&database).await;
    let patient = patient_with_a_record(&rows).await;
    // Somebody died with this one.
    let lost = json!({"status": "generating", "report_type": "follow_up", "lease_hash": "0f", "leased_until": "2026-01-01T00:00:00.000000Z"});
    let lost = id("ReportRequest", &rows.of_patient("report_status", &patient, lost).await);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let url = database.url();
    let server = Running::start(&["serve", "--workers", "0", "--database-url", &url], directory.path());
    let admin = server.admin(&url).await;
    let request = request(&admin, &patient, "SUMMARY").await;
    let begun = Instant::now();
    while read(&admin, &lost).await["failureCause"] != "WORKER_LOST" {
        assert!(begun.elapsed() < PATIENCE, "nobody notices what was lost");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(read(&admin, &request).await["status"], "PENDING");
    let mut command = binary::command(&["worker", "--workers", "1", "--database-url", &url], directory.path());
    let mut worker = command.stderr(Stdio::null()).spawn().expect("a worker starts");
    assert_eq!(ended(&admin, &request).await["status"], "GENERATED");
    assert_eq!(ended(&admin, &lost).await["status"], "GENERATED");
    let pid = nix::unistd::Pid::from_raw(i32::try_from(worker.id()).expect("a process id"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("it lives");
    assert!(worker.wait().expect("a child").success());
}

#[test]
fn a_worker_without_work_to_do_says_so() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let answer =
        binary::command(&["worker"], directory.path()).env("PATIENTGRAPH_REPORTS__WORKERS", "0").output().unwrap();
    assert!(!answer.status.success());
    assert!(String::from_utf8_lossy(&answer.stderr).contains("--workers"), "{answer:?}");
    let answer = binary::run(&["worker"], directory.path());
    assert!(!answer.status.success());
    assert!(String::from_utf8_lossy(&answer.stderr).contains("there is no database"), "{answer:?}");
}
