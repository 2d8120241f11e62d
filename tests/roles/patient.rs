//! Patients.

use serde_json::{Value, json};

use super::Clinic;
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_patient_sees_what_was_given_out_of_the_own_record,
    what_was_not_given_out_is_not_there,
    what_is_not_for_patients_is_refused,
    of_others_a_patient_sees_nothing,
    figures_and_events_rest_on_what_was_given_out,
    what_is_withdrawn_goes_at_the_next_request,
    an_account_without_a_record_sees_the_directory,
);

/// What of a record patients see.
const SEEN: &[&str] = &[
    "patient",
    "assignment",
    "visit",
    "visit of another doctor",
    "revision",
    "scan",
    "prediction",
    "report",
    "request",
    "note",
];

async fn a_patient_sees_what_was_given_out_of_the_own_record(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let anna = clinic.actor("anna").await;
    for what in SEEN {
        let id = clinic.anna.id(what);
        let found = anna.data("query($id: ID!) { node(id: $id) { id } }", json!({"id": id})).await;
        assert_eq!(found["node"]["id"], json!(id), "{what}");
    }
    let query = "{ patients { nodes { name doctors { nodes { name } } } }
        consultations { nodes { doctor { name } diagnosis revisions { totalCount } } }
        reports { nodes { title predictions { nodes { result } } prediction { result } } }
        reportRequests { nodes { status prediction { result } } } }";
    let answer = anna.data(query, json!({})).await;
    assert_eq!(answer["patients"]["nodes"], json!([{"name": "Anna", "doctors": {"nodes": [{"name": "Ute"}]}}]));
    assert_eq!(answer["consultations"]["nodes"].as_array().map(Vec::len), Some(2));
    let report = json!({
        "title": "report", "predictions": {"nodes": [{"result": "NOT_DETECTED"}]}, "prediction": {"result": "NOT_DETECTED"},
    });
    assert_eq!(answer["reports"]["nodes"], json!([report]));
    let request = json!({"status": "FAILED", "prediction": null});
    assert_eq!(answer["reportRequests"]["nodes"], json!([request]), "what it is about was not given out");
}

async fn what_was_not_given_out_is_not_there(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let anna = clinic.actor("anna").await;
    let hidden = clinic.anna.ids.iter().filter(|(what, _)| !SEEN.contains(what));
    let hidden: Vec<_> = hidden.filter(|(what, _)| **what != "session").map(|(_, id)| id).collect();
    assert_eq!(hidden.len(), 4, "a prediction, a draft, a withdrawn report, a note");
    let nodes = anna.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": hidden})).await;
    assert_eq!(nodes["nodes"], json!(vec![Value::Null; hidden.len()]));
    let query = "{ drafts: reports(filter: {status: {eq: DRAFT}}) { totalCount }
        withdrawn: reports(filter: {status: {eq: WITHDRAWN}}) { totalCount } all: reports { totalCount }
        unreleased: predictions(filter: {released: {eq: false}}) { totalCount }
        detected: predictions(filter: {result: {eq: DETECTED}}) { totalCount } both: predictions { totalCount }
        ill: patients(filter: {diseaseStatus: {eq: DETECTED}}) { totalCount }
        patients { nodes { timeline(filter: {patientVisible: {eq: false}}) { totalCount } scans { nodes {
            predictions { totalCount } } } } } }";
    let none = json!({"totalCount": 0});
    let expected = json!({
        "drafts": none, "withdrawn": none, "all": {"totalCount": 1}, "unreleased": none, "detected": none,
        "both": {"totalCount": 1}, "ill": none,
        "patients": {"nodes": [{"timeline": none, "scans": {"nodes": [{"predictions": {"totalCount": 1}}]}}]},
    });
    assert_eq!(anna.data(query, json!({})).await, expected);
}

async fn what_is_not_for_patients_is_refused(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let anna = clinic.actor("anna").await;
    let of_session =
        format!("{{ scans(filter: {{sessionId: {{eq: \"{}\"}}}}) {{ totalCount }} }}", clinic.anna.id("session"));
    for query in [
        "{ consultations { nodes { notes } } }",
        "{ consultations { nodes { revisions { nodes { notes } } } } }",
        "{ reportRequests { nodes { errorMessage } } }",
        "{ patients { nodes { statistics { lastUpdated } } } }",
        "{ patients { nodes { sessions { totalCount } } } }",
        "{ sessions { totalCount } }",
        &of_session,
        "{ doctors { nodes { licenseNumber } } }",
        "{ doctors { nodes { version } } }",
        "{ doctors(filter: {search: \"L-ute\"}) { totalCount } }",
        "{ doctors(orderBy: {field: CREATED_AT}) { totalCount } }",
        "{ dashboard { patients } }",
    ] {
        let answer = anna.query(query, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{query}: {answer}");
        let text = answer.to_string();
        assert!(!["Between us", "No memory", "L-ute"].iter().any(|hidden| text.contains(hidden)), "{text}");
    }
}

async fn of_others_a_patient_sees_nothing(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let anna = clinic.actor("anna").await;
    let ids: Vec<_> = clinic.bob.ids.iter().filter(|(what, _)| **what != "session").map(|(_, id)| id).collect();
    let nodes = anna.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": ids})).await;
    assert_eq!(nodes["nodes"], json!(vec![Value::Null; ids.len()]));
    let query = "query($bob: ID!, $carl: ID!) {
        patient(mrn: \"B-1\") { name } patients { totalCount }
        bobs: consultations(filter: {patientId: {eq: $bob}}) { totalCount } users { nodes { username } }
        doctors(filter: {patientId: {eq: $bob}}) { totalCount }
        doctor(id: $carl) { name patients(scope: EVER) { nodes { name } } consultations { totalCount }
            assignments { totalCount } } }";
    let variables = json!({"bob": clinic.bob.id("patient"), "carl": id("Doctor", &clinic.carl)});
    let expected = json!({
        "patient": null, "patients": {"totalCount": 1}, "bobs": {"totalCount": 0},
        "users": {"nodes": [{"username": "anna"}]}, "doctors": {"totalCount": 0},
        "doctor": {
            "name": "Carl", "patients": {"nodes": [{"name": "Anna"}]}, "consultations": {"totalCount": 1},
            "assignments": {"totalCount": 0},
        },
    });
    assert_eq!(anna.data(query, variables).await, expected);
}

async fn figures_and_events_rest_on_what_was_given_out(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let anna = clinic.actor("anna").await;
    let query = "{ patients { nodes { statistics { totalConsultations totalScans totalPredictions totalReports
        diseaseStatus diseaseStage uniqueDoctorsCount } timeline { nodes { title } } } } }";
    let answer = anna.data(query, json!({})).await["patients"]["nodes"][0].take();
    let figures = json!({
        "totalConsultations": 2, "totalScans": 1, "totalPredictions": 1, "totalReports": 1,
        "diseaseStatus": "NOT_DETECTED", "diseaseStage": null, "uniqueDoctorsCount": 2,
    });
    assert_eq!(answer["statistics"], figures);
    let events = answer["timeline"]["nodes"].as_array().expect("events").iter();
    let mut titles: Vec<_> = events.map(|event| event["title"].as_str().expect("a title")).collect();
    titles.sort_unstable();
    let expected =
        ["Analysis: not detected", "Diagnosis", "MRI scan", "Visit: unknown", "Visit: unknown", "note", "report"];
    assert_eq!(titles, expected);
}

async fn what_is_withdrawn_goes_at_the_next_request(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let anna = clinic.actor("anna").await;
    let report = json!({"id": clinic.anna.id("report")});
    let query = "query($id: ID!) { node(id: $id) { id } predictions { totalCount } }";
    assert_eq!(anna.data(query, report.clone()).await["predictions"]["totalCount"], 1);
    let withdraw = "mutation($id: ID!) {
        withdrawReport(input: {id: $id, version: 1, reason: \"Wrong\"}) { userErrors { code } } }";
    clinic.server.admin().data(withdraw, report.clone()).await;
    let after = anna.data(query, report).await;
    assert_eq!(after, json!({"node": null, "predictions": {"totalCount": 0}}), "and what it showed");
}

async fn an_account_without_a_record_sees_the_directory(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let nobody = clinic.rows.user("nobody", "patient").await;
    let nobody = clinic.server.sign_in(&nobody).await;
    let query = "query($id: ID!) { patient(id: $id) { name } patients { totalCount } reports { totalCount }
        viewer { role patient { id } } doctors { nodes { name } } }";
    let expected = json!({
        "patient": null, "patients": {"totalCount": 0}, "reports": {"totalCount": 0},
        "viewer": {"role": "PATIENT", "patient": null}, "doctors": {"nodes": [{"name": "Carl"}, {"name": "Ute"}]},
    });
    assert_eq!(nobody.data(query, json!({"id": clinic.anna.id("patient")})).await, expected);
}
