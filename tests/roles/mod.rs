//! What each role sees and does not see, on a clinic of two patients who have the same record each.

mod doctor;
mod patient;
mod program;
mod stranger;
mod unseen;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

/// The ids of one patient's record, by what they are in it. Of most types there is one; what is not given out yet or
/// any more, or not meant for the patient, has a name of its own.
struct Record {
    ids: BTreeMap<&'static str, String>,
}

/// Anna's doctor is Ute; Bob's is Carl, and was Ute. A program works for Anna and has worked for Bob. Anna, Ute, Carl
/// and the program have accounts.
struct Clinic {
    server: TestServer,
    rows: Factory,
    anna: Record,
    bob: Record,
    /// Keys of doctors.
    ute: String,
    carl: String,
    /// Keys of accounts, by name.
    accounts: BTreeMap<&'static str, String>,
}

impl Record {
    fn id(&self, of: &str) -> &str {
        self.ids.get(of).unwrap_or_else(|| panic!("no {of} in the record"))
    }
}

impl Clinic {
    async fn open(database: TestDatabase) -> Self {
        let rows = Factory::new(&database).await;
        let mut accounts = BTreeMap::new();
        for (name, role) in [("ute", "doctor"), ("carl", "doctor"), ("anna", "patient"), ("program", "agent")] {
            accounts.insert(name, rows.user(name, role).await);
        }
        let doctor = |name: &'static str| json!({"user_id": accounts[name], "license_number": format!("L-{name}"), "email": format!("{name}@c.example")});
        let (ute, carl) = (rows.doctor("Ute", doctor("ute")).await, rows.doctor("Carl", doctor("carl")).await);
        let anna = rows.patient("A-1", json!({"name": "Anna", "user_id": accounts["anna"]})).await;
        let bob = rows.patient("B-1", json!({"name": "Bob"})).await;
        let ended = json!({"ended_at": "2025-01-01T00:00:00.000000Z", "is_active": false});
        rows.assignment(&bob, &ute, ended).await;
        let program = &accounts["program"];
        let anna = record(&rows, anna, (&ute, &carl), (program, "active")).await;
        let bob = record(&rows, bob, (&carl, &ute), (program, "completed")).await;
        let server = TestServer::start(database).await;
        Self { server, rows, anna, bob, ute, carl, accounts }
    }

    /// Whoever has the account of this name.
    async fn actor(&self, name: &str) -> crate::support::actor::Actor {
        match name {
            "program" => self.server.agent(&self.accounts[name], &["intake", "predict", "report"]).await,
            _ => self.server.sign_in(&self.accounts[name]).await,
        }
    }
}

/// A record with one of everything, and of what patients see only in part, one that they see and others.
async fn record(
    rows: &Factory,
    patient: String,
    (doctor, other): (&str, &str),
    (agent, status): (&str, &str),
) -> Record {
    const AT: &str = "2026-01-02T10:00:00.000000Z";
    const LATER: &str = "2026-01-02T11:00:00.000000Z";
    let of = |table: &'static str, row: Value| rows.of_patient(table, &patient, row);
    let mut ids = BTreeMap::from([("patient", id("Patient", &patient))]);
    let mut note = |name, type_name, key: &str| drop(ids.insert(name, id(type_name, key)));
    note("assignment", "Assignment", &rows.assignment(&patient, doctor, json!({})).await);
    let session = of("sessions", json!({"agent_id": agent, "status": status})).await;
    note("session", "AnalysisSession", &session);
    let visit = json!({"notes": "Between us", "session_id": session, "version": 2});
    let visit = rows.consultation(&patient, doctor, AT, visit).await;
    note("visit", "Consultation", &visit);
    let elsewhere = json!({"notes": "Between us", "diagnosis": "Tremor"});
    note("visit of another doctor", "Consultation", &rows.consultation(&patient, other, AT, elsewhere).await);
    let before = json!({
        "consultation_id": visit, "patient_id": patient, "doctor_id": doctor, "status": "completed", "notes": "Between us",
        "consultation_date": AT, "consultation_version": 1,
    });
    note("revision", "ConsultationRevision", &rows.insert("consultation_revisions", "id", before, json!({})).await);
    let scan = of("mri_scans", json!({"session_id": session})).await;
    note("scan", "Scan", &scan);
    let prediction = json!({"session_id": session, "mri_scan_id": scan, "created_at": AT});
    let prediction = |more: Value| {
        let mut row = prediction.clone();
        row.as_object_mut().expect("a row").extend(more.as_object().expect("columns").clone());
        of("predictions", row)
    };
    let given_out = prediction(json!({"binary_result": "not_detected", "released_at": AT})).await;
    let kept_back = prediction(json!({"binary_result": "detected", "stage_result": "2", "created_at": LATER})).await;
    note("prediction", "Prediction", &given_out);
    note("unreleased prediction", "Prediction", &kept_back);
    for (name, status, shown) in [
        ("report", "released", &given_out),
        ("draft", "draft", &kept_back),
        ("withdrawn report", "withdrawn", &given_out),
    ] {
        let released_at = if status == "draft" { Value::Null } else { json!(AT) };
        let row = json!({"title": name, "content": name, "status": status, "released_at": released_at, "prediction_id": shown});
        let report = of("medical_reports", row).await;
        let link = json!({"prediction_id": shown, "patient_id": patient});
        rows.insert("report_predictions", "report_id", link, json!({"report_id": report})).await;
        note(name, "Report", &report);
    }
    let request = json!({"status": "failed", "error_message": "No memory", "prediction_id": kept_back});
    note("request", "ReportRequest", &of("report_status", request).await);
    for (name, visible) in [("note", true), ("note among doctors", false)] {
        let row = json!({"event_type": "note", "event_title": name, "patient_visible": visible, "event_date": AT});
        note(name, "TimelineEvent", &of("patient_timeline", row).await);
    }
    Record { ids }
}
