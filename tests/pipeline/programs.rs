//! What a program may claim, show and read.

use serde_json::{Value, json};

use super::{Clinic, claim, complete, fail, over, refused, told};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_lease_is_for_whoever_claimed,
    what_a_report_shows_is_of_its_patient,
    a_program_reads_the_record_while_it_makes_the_report,
    a_program_has_ten_requests_at_most,
    a_key_for_something_else_opens_nothing,
);

async fn a_lease_is_for_whoever_claimed(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    clinic.request(&patient, json!({})).await;
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    let other = clinic.rows.user("other", "agent").await;
    let other = clinic.server.agent(&other, &["report"]).await;
    for thief in [&other, &clinic.admin] {
        assert_eq!(refused(&complete(thief, &lease, json!({})).await), over());
        assert_eq!(refused(&fail(thief, &lease, true).await), over());
    }
    // Who has no such scope, and people, claim nothing at all.
    let scanner = clinic.rows.user("scanner", "agent").await;
    let scanner = clinic.server.agent(&scanner, &["intake", "predict"]).await;
    let doctor = clinic.rows.user("house", "doctor").await;
    let doctor = clinic.server.sign_in(&doctor).await;
    let document = "mutation { claimReport(input: {}) { lease { token } } }";
    for nobody in [scanner, doctor] {
        assert_eq!(nobody.error_codes(document, json!({})).await, ["FORBIDDEN"]);
    }
    assert_eq!(clinic.server.stranger().error_codes(document, json!({})).await, ["UNAUTHENTICATED"]);
}

async fn what_a_report_shows_is_of_its_patient(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (own, other) = (clinic.rows.patient("A-1", json!({})).await, clinic.rows.patient("A-2", json!({})).await);
    let strange = clinic.rows.of_patient("predictions", &other, json!({})).await;
    let request = clinic.request(&own, json!({})).await;
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    let wrong = json!({"predictionIds": [id("Prediction", &strange)], "title": "", "confidence": 2.0});
    let payload = complete(&clinic.program, &lease, wrong).await;
    let paths: Vec<_> =
        payload["userErrors"].as_array().expect("errors").iter().map(|error| error["path"][0].clone()).collect();
    assert_eq!(json!(paths), json!(["confidence", "title", "predictionIds"]));
    assert_eq!(clinic.read(&request).await["status"], "GENERATING", "the attempt goes on");
    assert!(complete(&clinic.program, &lease, json!({})).await["reportId"].is_string());
}

async fn a_program_reads_the_record_while_it_makes_the_report(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (own, other) = (clinic.rows.patient("A-1", json!({})).await, clinic.rows.patient("A-2", json!({})).await);
    clinic.rows.of_patient("mri_scans", &own, json!({"original_filename": "a.dcm"})).await;
    clinic.request(&own, json!({})).await;
    let sees = || async {
        let query =
            "query($a: ID!, $b: ID!) { a: patient(id: $a) { scans { nodes { originalFilename } } } b: patient(id: $b) { mrn }
            patients { totalCount } }";
        clinic.program.data(query, json!({"a": id("Patient", &own), "b": id("Patient", &other)})).await
    };
    let nothing = json!({"a": null, "b": null, "patients": {"totalCount": 0}});
    let record =
        json!({"a": {"scans": {"nodes": [{"originalFilename": "a.dcm"}]}}, "b": null, "patients": {"totalCount": 1}});
    assert_eq!(sees().await, nothing);
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    assert_eq!(sees().await, record);
    fail(&clinic.program, &lease, false).await;
    assert_eq!(sees().await, nothing);
    clinic.pass(20);
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    assert_eq!(sees().await, record);
    complete(&clinic.program, &lease, json!({})).await;
    assert_eq!(sees().await, nothing);
    // A lease that runs out closes the record once the server has noticed.
    clinic.request(&own, json!({})).await;
    clinic.claim(Value::Null).await.expect("a request");
    clinic.pass(66);
    assert_eq!(claim(&clinic.admin, Value::Null).await, None);
    assert_eq!(sees().await, nothing);
}

async fn a_program_has_ten_requests_at_most(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let mut leases = vec![];
    for number in 0..12 {
        let patient = clinic.rows.patient(&format!("A-{number}"), json!({})).await;
        clinic.request(&patient, json!({})).await;
    }
    for _ in 0..10 {
        leases.push(clinic.claim(Value::Null).await.expect("a request").1);
    }
    let claim = || told(&clinic.program, "claimReport", "lease { token }", json!({}));
    let payload = claim().await;
    assert_eq!((&payload["lease"], &payload["userErrors"][0]["code"]), (&Value::Null, &json!("FORBIDDEN")));
    complete(&clinic.program, &leases[3], json!({})).await;
    assert!(claim().await["lease"]["token"].is_string());
}

/// The scanner may have a key of the same account.
async fn a_key_for_something_else_opens_nothing(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let account = clinic.rows.user("helper", "agent").await;
    let [reporter, scanner] =
        [clinic.server.agent(&account, &["report"]).await, clinic.server.agent(&account, &["intake", "predict"]).await];
    clinic.request(&patient, json!({})).await;
    claim(&reporter, Value::Null).await.expect("a request");
    let query = "query($id: ID!) { patient(id: $id) { mrn } }";
    let sees = |actor: crate::support::actor::Actor| {
        let id = id("Patient", &patient);
        async move { actor.data(query, json!({"id": id})).await["patient"]["mrn"].clone() }
    };
    assert_eq!((sees(reporter).await, sees(scanner).await), (json!("A-1"), Value::Null));
}
