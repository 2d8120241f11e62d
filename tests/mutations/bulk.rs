//! Many rows in one request: all or none of them, or all that are right; the answer is in the order of the input.

use serde_json::{Value, json};

use super::{Clinic, Errors, with};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_thousand_scans_are_entered_in_their_order,
    a_thousand_predictions_are_entered_in_their_order,
    a_thousand_visits_are_entered_in_their_order,
    a_list_has_1_to_1000_rows,
    one_wrong_row_refuses_all,
    a_wrong_row_is_left_out_where_that_is_asked_for,
    where_all_rows_are_wrong_nothing_is_answered,
    rows_need_not_say_the_same,
);

const SCANS: &str = "scans { id originalFilename fileType patient { mrn } }";
const PREDICTIONS: &str = "predictions { id modelVersion result patient { mrn } }";
pub const VISITS: &str = "consultations { id date notes status fee doctor { name } patient { mrn } }
    openedAssignments { type patient { mrn } doctor { name } } warnings { code path consultation { date } }";

/// Two patients and two doctors.
pub struct People {
    pub clinic: Clinic,
    pub patients: [String; 2],
    pub doctors: [String; 2],
}

impl People {
    pub async fn new(database: TestDatabase) -> Self {
        let clinic = Clinic::open(database).await;
        let patients = [clinic.rows.patient("A-0", json!({})).await, clinic.rows.patient("A-1", json!({})).await];
        let doctors = [clinic.rows.doctor("Bell", json!({})).await, clinic.rows.doctor("Curie", json!({})).await];
        Self { clinic, patients, doctors }
    }

    fn of(&self, patient: usize, more: Value) -> Value {
        with(json!({"patientId": id("Patient", &self.patients[patient])}), more)
    }

    pub fn visit(&self, patient: usize, doctor: usize, date: &str, more: Value) -> Value {
        let names = json!({"doctorId": id("Doctor", &self.doctors[doctor]), "date": date});
        self.of(patient, with(names, more))
    }

    /// Sends rows of which some are wrong, with SKIP_ROW; answers the payload and its errors.
    pub async fn skip(&self, mutation: &str, list: &str, selection: &str, rows: Vec<Value>) -> (Value, Errors) {
        let input = json!({list: rows, "onError": "SKIP_ROW"});
        let payload = super::send(&self.clinic.actor, &super::document(mutation, selection), input).await;
        let errors = super::errors(&payload);
        crate::triggers::model::compare(&self.clinic.rows.connection).await.expect("figures and events are right");
        (payload, errors)
    }
}

/// One field of each row that is there, and `null` for each that is not.
pub fn column(rows: &Value, field: &str) -> Vec<Value> {
    rows.as_array()
        .expect("a list")
        .iter()
        .map(|row| if row.is_null() { Value::Null } else { row[field].clone() })
        .collect()
}

async fn a_thousand_scans_are_entered_in_their_order(database: TestDatabase) {
    let people = People::new(database).await;
    let session = people.clinic.rows.of_patient("sessions", &people.patients[0], json!({})).await;
    let row = |number: usize| {
        let more = json!({"originalFilename": format!("{number}.dcm"), "fileType": "DICOM"});
        let session = json!({"sessionId": id("AnalysisSession", &session)});
        people.of(number % 2, if number.is_multiple_of(2) { with(more, session) } else { more })
    };
    let payload =
        people.clinic.done("createScans", SCANS, json!({"scans": (0..1000).map(row).collect::<Vec<_>>()})).await;
    let names: Vec<Value> = (0..1000).map(|number| json!(format!("{number}.dcm"))).collect();
    assert_eq!(column(&payload["scans"], "originalFilename"), names);
    assert_eq!(payload["scans"][999]["patient"]["mrn"], "A-1");
    let tables = people.clinic.tables().await;
    assert!(tables.rows("patient_statistics").iter().all(|row| row["total_mri_scans"] == 500));
    assert_eq!(tables.rows("patient_timeline").len(), 1000);
}

async fn a_thousand_predictions_are_entered_in_their_order(database: TestDatabase) {
    let people = People::new(database).await;
    let results = ["DETECTED", "NOT_DETECTED", "UNCERTAIN"];
    let row = |number: usize| {
        people.of(0, json!({"modelVersion": number.to_string(), "result": results[number % 3], "confidence": 0.5}))
    };
    let rows: Vec<_> = (0..1000).map(row).collect();
    let payload = people.clinic.done("createPredictions", PREDICTIONS, json!({"predictions": rows})).await;
    let names: Vec<Value> = (0..1000).map(|number| json!(number.to_string())).collect();
    assert_eq!(column(&payload["predictions"], "modelVersion"), names);
    assert_eq!(payload["predictions"][998]["result"], "UNCERTAIN");
    let tables = people.clinic.tables().await;
    let of = tables.find("patient_statistics", "patient_id", &json!(people.patients[0])).expect("figures");
    assert_eq!(of["total_predictions"], 1000);
}

async fn a_thousand_visits_are_entered_in_their_order(database: TestDatabase) {
    let people = People::new(database).await;
    let day = |number: usize| chrono::TimeDelta::minutes(i64::try_from(number).expect("small") * 30);
    let begin: chrono::DateTime<chrono::Utc> = "2026-04-01T00:00:00Z".parse().expect("an instant");
    let row = |number: usize| {
        let date = (begin + day(number)).to_rfc3339();
        people.visit(number % 2, number % 2, &date, json!({"notes": number.to_string()}))
    };
    let rows: Vec<_> = (0..1000).map(row).collect();
    let payload = people.clinic.done("createConsultations", VISITS, json!({"consultations": rows.clone()})).await;
    let names: Vec<Value> = (0..1000).map(|number| json!(number.to_string())).collect();
    assert_eq!(column(&payload["consultations"], "notes"), names);
    assert_eq!(payload["warnings"], json!([]), "one begins as the other ends");
    assert_eq!(payload["openedAssignments"].as_array().map(Vec::len), Some(2));
    // The same again meets every one of them.
    let paths: Vec<String> = (0..1000).map(|number| format!("consultations.{number}.date")).collect();
    let every: Vec<_> = paths.iter().map(|path| ("DOUBLE_BOOKED", path.as_str())).collect();
    let again = people.clinic.refuse("createConsultations", json!({"consultations": rows}), &every).await;
    assert_eq!(again["warnings"].as_array().map(Vec::len), Some(2000), "the doctor and the patient of each");
}

async fn a_list_has_1_to_1000_rows(database: TestDatabase) {
    let people = People::new(database).await;
    let visit = people.visit(0, 0, "2026-03-01T08:00:00Z", json!({"status": "COMPLETED"}));
    for (mutation, list, row) in [
        ("createScans", "scans", people.of(0, json!({}))),
        ("createPredictions", "predictions", people.of(0, json!({}))),
        ("createConsultations", "consultations", visit),
    ] {
        for policy in ["REJECT_ALL", "SKIP_ROW"] {
            let rows = |count: usize| json!({list: vec![row.clone(); count], "onError": policy});
            people.clinic.refuse(mutation, rows(0), &[("REQUIRED", list)]).await;
            people.clinic.refuse(mutation, rows(1001), &[("TOO_LONG", list)]).await;
        }
        people.clinic.fail(mutation, json!({list: [null]}), "BAD_USER_INPUT").await;
    }
}

async fn one_wrong_row_refuses_all(database: TestDatabase) {
    let people = People::new(database).await;
    let strange = people.clinic.rows.of_patient("sessions", &people.patients[1], json!({})).await;
    let strange = json!({"sessionId": id("AnalysisSession", &strange)});
    let of_scan = |more: Value| people.of(0, more);
    let rows = vec![
        of_scan(json!({})),
        of_scan(json!({"fileSize": -1, "sha256": "x"})),
        of_scan(json!({})),
        of_scan(strange.clone()),
    ];
    let expected = [("INVALID", "scans.1.fileSize"), ("INVALID", "scans.1.sha256"), ("NOT_FOUND", "scans.3.sessionId")];
    people.clinic.refuse("createScans", json!({"scans": rows, "onError": "REJECT_ALL"}), &expected).await;
    // It is what happens when nothing is said.
    people.clinic.refuse("createScans", json!({"scans": rows}), &expected).await;

    let rows =
        vec![of_scan(json!({})), of_scan(json!({})), of_scan(json!({"confidence": 2})), of_scan(strange.clone())];
    let expected = [("INVALID", "predictions.2.confidence"), ("NOT_FOUND", "predictions.3.sessionId")];
    people.clinic.refuse("createPredictions", json!({"predictions": rows}), &expected).await;

    let date = "2026-04-01T08:00:00Z";
    let rows = vec![
        people.visit(0, 0, date, json!({})),
        people.visit(0, 0, "2026-04-02T08:00:00Z", json!({"fee": "-1", "status": "COMPLETED"})),
        with(people.visit(0, 0, "2026-04-03T08:00:00Z", json!({})), json!({"doctorId": "nonsense"})),
        people.visit(0, 0, "2026-04-04T08:00:00Z", strange),
    ];
    let expected = [
        ("INVALID", "consultations.1.fee"),
        ("IN_FUTURE", "consultations.1.date"),
        ("NOT_FOUND", "consultations.2.doctorId"),
        ("NOT_FOUND", "consultations.3.sessionId"),
    ];
    people.clinic.refuse("createConsultations", json!({"consultations": rows}), &expected).await;
}

async fn a_wrong_row_is_left_out_where_that_is_asked_for(database: TestDatabase) {
    let people = People::new(database).await;
    let scan = |name: &str, more: Value| people.of(1, with(json!({"originalFilename": name}), more));
    let strange = people.clinic.rows.of_patient("sessions", &people.patients[0], json!({})).await;
    let strange = json!({"sessionId": id("AnalysisSession", &strange)});
    let rows = vec![
        scan("a", json!({"fileSize": -1})),
        scan("b", json!({})),
        scan("c", strange.clone()),
        scan("d", json!({})),
    ];
    let (payload, errors) = people.skip("createScans", "scans", SCANS, rows).await;
    assert_eq!(errors, super::pairs(&[("INVALID", "scans.0.fileSize"), ("NOT_FOUND", "scans.2.sessionId")]));
    assert_eq!(column(&payload["scans"], "originalFilename"), [json!(null), json!("b"), json!(null), json!("d")]);
    assert_eq!(people.clinic.tables().await.rows("mri_scans").len(), 2);

    let rows = vec![
        people.of(0, json!({"modelVersion": "a"})),
        people.of(1, strange),
        people.of(0, json!({"modelVersion": "c"})),
    ];
    let (payload, errors) = people.skip("createPredictions", "predictions", PREDICTIONS, rows).await;
    assert_eq!(errors, super::pairs(&[("NOT_FOUND", "predictions.1.sessionId")]));
    assert_eq!(column(&payload["predictions"], "modelVersion"), [json!("a"), json!(null), json!("c")]);

    // An assignment is opened for visits that are written alone.
    let rows = vec![
        people.visit(0, 0, "2026-04-01T08:00:00Z", json!({"fee": "-1"})),
        people.visit(1, 1, "2026-04-01T08:00:00Z", json!({"notes": "b"})),
    ];
    let (payload, errors) = people.skip("createConsultations", "consultations", VISITS, rows).await;
    assert_eq!(errors, super::pairs(&[("INVALID", "consultations.0.fee")]));
    assert_eq!(column(&payload["consultations"], "notes"), [json!(null), json!("b")]);
    let opened = json!([{"type": "CONSULTANT", "patient": {"mrn": "A-1"}, "doctor": {"name": "Curie"}}]);
    assert_eq!(payload["openedAssignments"], opened);
}

async fn where_all_rows_are_wrong_nothing_is_answered(database: TestDatabase) {
    let people = People::new(database).await;
    let scans = json!({"scans": [people.of(0, json!({"fileSize": -1})), {"patientId": "x"}], "onError": "SKIP_ROW"});
    let expected = [("INVALID", "scans.0.fileSize"), ("NOT_FOUND", "scans.1.patientId")];
    people.clinic.refuse("createScans", scans, &expected).await;
    let predictions = json!({"predictions": [{"patientId": "x"}], "onError": "SKIP_ROW"});
    people.clinic.refuse("createPredictions", predictions, &[("NOT_FOUND", "predictions.0.patientId")]).await;
    let visit = people.visit(0, 0, "2026-04-01T08:00:00Z", json!({"durationMinutes": 0}));
    let visits = json!({"consultations": [visit], "onError": "SKIP_ROW"});
    people.clinic.refuse("createConsultations", visits, &[("INVALID", "consultations.0.durationMinutes")]).await;
}

async fn rows_need_not_say_the_same(database: TestDatabase) {
    let people = People::new(database).await;
    // One statement has the same columns for all: what one row leaves out is not what another says.
    let rows = json!([
        people.of(0, json!({})),
        people.of(0, json!({"fileType": "PNG", "originalFilename": "a"})),
        people.of(0, json!({})),
    ]);
    let payload = people.clinic.done("createScans", SCANS, json!({"scans": rows})).await;
    assert_eq!(column(&payload["scans"], "fileType"), [json!("UNKNOWN"), json!("PNG"), json!("UNKNOWN")]);
    assert_eq!(column(&payload["scans"], "originalFilename"), [json!(null), json!("a"), json!(null)]);
    let rows = json!([
        people.visit(0, 0, "2026-04-01T08:00:00Z", json!({"fee": "1.50"})),
        people.visit(0, 0, "2026-03-01T08:00:00Z", json!({"status": "COMPLETED", "notes": "a"})),
        people.visit(0, 0, "2026-04-03T08:00:00Z", json!({})),
    ]);
    let payload = people.clinic.done("createConsultations", VISITS, json!({"consultations": rows})).await;
    assert_eq!(column(&payload["consultations"], "fee"), [json!("1.50"), json!(null), json!(null)]);
    assert_eq!(column(&payload["consultations"], "notes"), [json!(null), json!("a"), json!(null)]);
    let stands = [json!("SCHEDULED"), json!("COMPLETED"), json!("SCHEDULED")];
    assert_eq!(column(&payload["consultations"], "status"), stands);
}
