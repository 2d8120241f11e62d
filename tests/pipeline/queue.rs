//! Which request is next, and which are one.

use serde_json::{Value, json};

use super::{Clinic, claim, fail, refused, told};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    urgent_ones_go_first_then_old_ones,
    a_flood_of_one_patient_keeps_others_waiting_for_one_at_a_time,
    programs_get_the_types_that_they_make,
    the_same_report_is_requested_once,
    many_at_once_request_it_once,
    a_second_one_does_not_come_about_by_other_ways,
);

/// Claims all that wait; their ids, in the order in which they came.
async fn all(clinic: &Clinic) -> Vec<String> {
    let mut claimed = vec![];
    while let Some((request, _)) = claim(&clinic.admin, Value::Null).await {
        claimed.push(request);
        clinic.pass(1);
    }
    claimed
}

async fn urgent_ones_go_first_then_old_ones(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let mut requests = vec![];
    for (number, priority) in [0, 5, 0, 100, 5].into_iter().enumerate() {
        let patient = clinic.rows.patient(&format!("A-{number}"), json!({})).await;
        requests.push(clinic.request(&patient, json!({"priority": priority})).await);
        clinic.pass(1);
    }
    let expected: Vec<_> = [3, 1, 4, 0, 2].iter().map(|number: &usize| requests[*number].clone()).collect();
    assert_eq!(all(&clinic).await, expected);
}

async fn a_flood_of_one_patient_keeps_others_waiting_for_one_at_a_time(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let flooding = clinic.rows.patient("FLOOD", json!({})).await;
    let mut flood = vec![];
    for _ in 0..12 {
        let scan = clinic.rows.of_patient("mri_scans", &flooding, json!({})).await;
        flood.push(clinic.request(&flooding, json!({"scanId": id("Scan", &scan)})).await);
        clinic.pass(1);
    }
    let first = clinic.claim(Value::Null).await.expect("a request").0;
    assert_eq!(first, flood[0]);
    let mut others = vec![];
    for number in 0..3 {
        let patient = clinic.rows.patient(&format!("A-{number}"), json!({})).await;
        others.push(clinic.request(&patient, json!({})).await);
        clinic.pass(1);
    }
    let order = all(&clinic).await;
    assert_eq!(order[..3], others, "whoever was not served yet comes before whoever was");
    assert_eq!(order[3..], flood[1..]);
}

async fn programs_get_the_types_that_they_make(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let summary = clinic.request(&patient, json!({"type": "SUMMARY"})).await;
    let plain = clinic.request(&patient, json!({"type": "PATIENT_FRIENDLY"})).await;
    assert_eq!(clinic.claim(json!(["FOLLOW_UP"])).await, None);
    assert_eq!(clinic.claim(json!([])).await, None);
    assert_eq!(clinic.claim(json!(["FOLLOW_UP", "PATIENT_FRIENDLY"])).await.expect("one").0, plain);
    assert_eq!(clinic.claim(json!(["PATIENT_FRIENDLY"])).await, None);
    assert_eq!(clinic.claim(Value::Null).await.expect("one").0, summary);
}

async fn the_same_report_is_requested_once(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let scan = id("Scan", &clinic.rows.of_patient("mri_scans", &patient, json!({})).await);
    let first = clinic.request(&patient, json!({"priority": 3})).await;
    // A less urgent one changes nothing, a more urgent one makes it so.
    for (priority, expected) in [(0, 3), (3, 3), (50, 50), (7, 50)] {
        assert_eq!(clinic.request(&patient, json!({"priority": priority})).await, first);
        assert_eq!(clinic.read(&first).await["priority"], expected);
    }
    let others = [json!({"type": "SUMMARY"}), json!({"scanId": scan}), json!({"scanId": scan, "type": "SUMMARY"})];
    for other in others {
        let request = clinic.request(&patient, other.clone()).await;
        assert_ne!(request, first);
        assert_eq!(clinic.request(&patient, other).await, request);
    }
    let (claimed, lease) = clinic.claim(json!(["COMPREHENSIVE"])).await.expect("a request");
    assert_eq!(claimed, first);
    assert_eq!(clinic.request(&patient, json!({"priority": 99})).await, first, "also while it is being made");
    assert_eq!(clinic.read(&first).await["priority"], 50);
    fail(&clinic.program, &lease, true).await;
    assert_ne!(clinic.request(&patient, json!({})).await, first, "what has come to an end is asked for anew");
}

async fn many_at_once_request_it_once(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let asked = (0..8).map(|priority| clinic.request(&patient, json!({"priority": priority})));
    let mut requests = futures_util::future::join_all(asked).await;
    requests.dedup();
    assert_eq!(requests.len(), 1);
    assert_eq!(clinic.read(&requests[0]).await["priority"], 7);
}

async fn a_second_one_does_not_come_about_by_other_ways(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let failed = clinic.request(&patient, json!({})).await;
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    fail(&clinic.program, &lease, true).await;
    clinic.request(&patient, json!({})).await;
    let taken = |field: &str| ("TAKEN".to_owned(), field.to_owned());
    let retry = json!({"id": failed, "version": 3});
    assert_eq!(refused(&told(&clinic.admin, "retryReport", "reportRequest { id }", retry).await), taken("id"));
    let summary = clinic.request(&patient, json!({"type": "SUMMARY"})).await;
    let change = json!({"id": summary, "version": 1, "type": "COMPREHENSIVE"});
    assert_eq!(refused(&told(&clinic.admin, "updateReportRequest", "reportRequest { id }", change).await), taken("id"));
    // Nor by another program's statement.
    let insert = format!(
        "INSERT INTO report_status (id, patient_id, report_type) VALUES ('{}', '{patient}', 'summary')",
        clinic.rows.next_key()
    );
    use sea_orm::ConnectionTrait;
    assert!(clinic.rows.connection.execute_unprepared(&insert).await.is_err());
}
