//! A lease: who has it works alone, completes or fails; what comes later is refused.

use serde_json::{Value, json};

use super::{Clinic, claim, complete, fail, over, refused, told};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_claimed_request_is_completed,
    a_report_is_written_once_however_often_it_is_said,
    a_lost_attempt_counts_and_its_late_answer_is_refused,
    a_lease_is_prolonged,
    a_failed_attempt_is_tried_again_until_the_budget_is_used_up,
    a_permanent_failure_is_final,
    one_request_is_claimed_once,
    an_attempt_does_not_take_for_ever,
    what_moves_to_another_patient_is_made_anew,
    what_it_was_about_is_deleted,
    an_archived_patient_waits,
);

async fn a_claimed_request_is_completed(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let session = clinic.rows.of_patient("sessions", &patient, json!({})).await;
    let of_session = json!({"session_id": session});
    let main = clinic.rows.of_patient("predictions", &patient, of_session.clone()).await;
    let other = clinic.rows.of_patient("predictions", &patient, of_session).await;
    let wanted = json!({
        "type": "SUMMARY", "predictionId": id("Prediction", &main), "sessionId": id("AnalysisSession", &session),
    });
    let request = clinic.request(&patient, wanted).await;
    let (claimed, lease) = clinic.claim(Value::Null).await.expect("a request");
    assert_eq!(claimed, request);
    assert_eq!(clinic.claim(Value::Null).await, None);
    let row = clinic.read(&request).await;
    assert_eq!((&row["status"], &row["claimedBy"]["name"]), (&json!("GENERATING"), &json!("User reporter")));
    assert!(row["leasedUntil"].is_string() && row["claimedAt"].is_string(), "{row}");

    let report = json!({
        "title": "Über alles", "content": "# Wohl\n\n* ja", "generatedBy": "writer 2", "confidence": 0.5,
        "predictionIds": [id("Prediction", &other)], "madeFrom": {"sha256": "0f"}, "recommendations": ["Rest"],
    });
    let done = complete(&clinic.program, &lease, report).await;
    // The record is closed again to the program, which knows the report by its id.
    assert_eq!(
        (&done["report"], &done["reportRequest"], &done["userErrors"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    let row = clinic.read(&request).await;
    let made = &row["report"];
    assert_eq!(made["id"], done["reportId"]);
    assert_eq!(
        (&row["status"], &row["retryCount"], &row["leasedUntil"]),
        (&json!("GENERATED"), &json!(0), &Value::Null)
    );
    let expected = json!([json!("DRAFT"), "Über alles", "# Wohl\n\n* ja", "SUMMARY", "writer 2", {"sha256": "0f"}, 1]);
    let found = ["status", "title", "content", "type", "generatedBy", "madeFrom", "revision"].map(|field| &made[field]);
    assert_eq!(json!(found), expected);
    let mut shown: Vec<_> =
        made["predictions"]["nodes"].as_array().expect("nodes").iter().map(|p| p["id"].clone()).collect();
    shown.sort_by_key(Value::to_string);
    let mut both = [id("Prediction", &main), id("Prediction", &other)];
    both.sort();
    assert_eq!(json!(shown), json!(both));
    // The timeline and the figures came with it.
    let query = "query($id: ID!) { node(id: $id) { ... on Patient { statistics { totalReports }
        timeline(filter: {eventType: {eq: REPORT}}) { nodes { title } } } } }";
    let patient = clinic.admin.data(query, json!({"id": id("Patient", &patient)})).await;
    let expected = json!({"statistics": {"totalReports": 1}, "timeline": {"nodes": [{"title": "Über alles"}]}});
    assert_eq!(patient["node"], expected);
}

async fn a_report_is_written_once_however_often_it_is_said(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let request = clinic.request(&patient, json!({})).await;
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    let said = || complete(&clinic.program, &lease, json!({}));
    let all = futures_util::future::join_all((0..8).map(|_| said())).await;
    assert!(all.iter().all(|done| done["reportId"].is_string() && done["reportId"] == all[0]["reportId"]), "{all:?}");
    // Later, and when the request is put away, too.
    clinic.pass(3600);
    let input = json!({"id": request, "version": 3});
    told(&clinic.admin, "archiveReportRequest", "reportRequest { id }", input).await;
    assert_eq!(said().await["reportId"], all[0]["reportId"]);
    assert_eq!(clinic.admin.data("{ reports { totalCount } }", json!({})).await["reports"]["totalCount"], 1);
    // The attempt is over: it cannot fail any more, nor be prolonged.
    assert_eq!(refused(&fail(&clinic.program, &lease, false).await), over());
    let extended = told(&clinic.program, "extendLease", "lease { token }", json!({"lease": lease})).await;
    assert_eq!(refused(&extended), over());
}

async fn a_lost_attempt_counts_and_its_late_answer_is_refused(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let request = clinic.request(&patient, json!({})).await;
    let (_, late) = clinic.claim(Value::Null).await.expect("a request");
    clinic.pass(60);
    // Before anybody has noticed.
    assert_eq!(refused(&complete(&clinic.program, &late, json!({})).await), over());
    // Clocks of servers may differ by a little.
    clinic.pass(4);
    assert_eq!(clinic.claim(Value::Null).await, None);
    assert_eq!(clinic.read(&request).await["status"], "GENERATING");
    clinic.pass(1);
    assert_eq!(clinic.claim(Value::Null).await, None, "it waits for its next attempt");
    let row = clinic.read(&request).await;
    let expected = json!(["PENDING", 1, "WORKER_LOST", Value::Null]);
    assert_eq!(json!(["status", "retryCount", "failureCause", "leasedUntil"].map(|field| &row[field])), expected);
    clinic.pass(16);
    let (again, lease) = clinic.claim(Value::Null).await.expect("the request again");
    assert_eq!(again, request);
    for wrong in [&late, "nonsense", "", &lease[1..], &format!("{lease}A")] {
        assert_eq!(refused(&complete(&clinic.program, wrong, json!({})).await), over());
        assert_eq!(refused(&fail(&clinic.program, wrong, true).await), over());
        let extended = told(&clinic.program, "extendLease", "lease { token }", json!({"lease": wrong})).await;
        assert_eq!(refused(&extended), over());
    }
    assert!(complete(&clinic.program, &lease, json!({})).await["reportId"].is_string());
    assert_eq!(clinic.admin.data("{ reports { totalCount } }", json!({})).await["reports"]["totalCount"], 1);
}

async fn a_lease_is_prolonged(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let request = clinic.request(&patient, json!({})).await;
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    let version = |clinic: &Clinic| {
        let (admin, request) = (clinic.admin.clone(), request.clone());
        async move {
            let query = "query($id: ID!) { node(id: $id) { ... on ReportRequest { version updatedAt } } }";
            admin.data(query, json!({"id": request})).await
        }
    };
    let before = version(&clinic).await;
    for _ in 0..5 {
        clinic.pass(50);
        let payload =
            told(&clinic.program, "extendLease", "lease { token until reportRequest { id } }", json!({"lease": lease}))
                .await;
        assert_eq!((&payload["lease"]["token"], &payload["userErrors"]), (&json!(lease), &json!([])));
        assert_eq!(payload["lease"]["reportRequest"]["id"], request);
    }
    // Nobody who edits the request notices.
    assert_eq!(version(&clinic).await, before);
    assert!(complete(&clinic.program, &lease, json!({})).await["reportId"].is_string());
}

async fn a_failed_attempt_is_tried_again_until_the_budget_is_used_up(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let request = clinic.request(&patient, json!({})).await;
    for attempt in 1..=5 {
        let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
        let now = clinic.server.clock.now();
        let failed = fail(&clinic.program, &lease, false).await;
        let row = clinic.read(&request).await;
        assert_eq!((&row["retryCount"], &row["errorMessage"]), (&json!(attempt), &json!("The model gave up.")));
        assert_eq!((&row["failureCause"], &row["report"]), (&json!("PROGRAM"), &Value::Null));
        assert_eq!((&row["status"], &row["nextAttemptAt"]), (&failed["status"], &failed["nextAttemptAt"]));
        if attempt == 5 {
            assert_eq!((&failed["status"], &failed["nextAttemptAt"]), (&json!("FAILED"), &Value::Null));
            break;
        }
        assert_eq!(failed["status"], "PENDING");
        let next = super::text(&failed["nextAttemptAt"]).parse::<chrono::DateTime<chrono::Utc>>().expect("an instant");
        let (waits, due) = ((next - now).num_milliseconds(), 10_000 << (attempt - 1));
        assert!((due / 2..=due * 3 / 2).contains(&waits), "attempt {attempt}: {waits} ms");
        clinic.server.clock.advance(next - now - chrono::TimeDelta::milliseconds(1));
        assert_eq!(clinic.claim(Value::Null).await, None, "not before its time");
        clinic.server.clock.advance(chrono::TimeDelta::milliseconds(1));
    }
    assert_eq!(clinic.claim(Value::Null).await, None);
    // Somebody acts on it, and tries again.
    let query = "query($id: ID!) { node(id: $id) { ... on ReportRequest { version } } }";
    let version = clinic.admin.data(query, json!({"id": request})).await["node"]["version"].clone();
    told(&clinic.admin, "retryReport", "reportRequest { id }", json!({"id": request, "version": version})).await;
    let row = clinic.read(&request).await;
    let expected = json!(["PENDING", 0, Value::Null, Value::Null]);
    assert_eq!(json!(["status", "retryCount", "failureCause", "errorMessage"].map(|field| &row[field])), expected);
    assert_eq!(clinic.claim(Value::Null).await.expect("the request").0, request);
}

async fn a_permanent_failure_is_final(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let request = clinic.request(&patient, json!({})).await;
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    let blank = json!({"lease": lease, "message": " "});
    let payload = told(&clinic.program, "failReport", "status", blank).await;
    assert_eq!(refused(&payload), ("REQUIRED".to_owned(), "message".to_owned()));
    let failed = fail(&clinic.program, &lease, true).await;
    assert_eq!((&failed["status"], &failed["nextAttemptAt"]), (&json!("FAILED"), &Value::Null));
    assert_eq!(clinic.read(&request).await["retryCount"], 1);
    clinic.pass(3600);
    assert_eq!(clinic.claim(Value::Null).await, None);
}

/// However many ask at once.
async fn one_request_is_claimed_once(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    for number in 0..6 {
        let patient = clinic.rows.patient(&format!("A-{number}"), json!({})).await;
        clinic.request(&patient, json!({})).await;
    }
    let mut claimed = vec![];
    for _ in 0..4 {
        let asked = (0..8).map(|_| claim(&clinic.program, Value::Null));
        claimed.extend(futures_util::future::join_all(asked).await.into_iter().flatten().map(|(request, _)| request));
    }
    assert_eq!(claimed.len(), 6, "{claimed:?}");
    claimed.sort();
    claimed.dedup();
    assert_eq!(claimed.len(), 6, "{claimed:?}");
}

async fn what_it_was_about_is_deleted(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let key = |table: &'static str| clinic.rows.of_patient(table, &patient, json!({}));
    let (prediction, scan) = (key("predictions").await, key("mri_scans").await);
    let about =
        [json!({"predictionId": id("Prediction", &prediction)}), json!({"scanId": id("Scan", &scan)}), json!({})];
    let mut requests = vec![];
    for about in about {
        requests.push(clinic.request(&patient, about).await);
        clinic.pass(1);
    }
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    for (mutation, of) in [("deletePrediction", id("Prediction", &prediction)), ("deleteScan", id("Scan", &scan))] {
        let payload = told(&clinic.admin, mutation, "deletedId", json!({"id": of, "version": 1})).await;
        assert_eq!(payload["deletedId"], of);
    }
    for request in &requests[..2] {
        let row = clinic.read(request).await;
        assert_eq!((&row["status"], &row["failureCause"]), (&json!("FAILED"), &json!("SUBJECT_DELETED")));
    }
    assert_eq!(clinic.read(&requests[2]).await["status"], "PENDING");
    // Tried again it would be about the whole record.
    let retry = json!({"id": requests[1], "version": 2});
    let refusal = refused(&told(&clinic.admin, "retryReport", "reportRequest { id }", retry).await);
    assert_eq!(refusal, ("INVALID_TRANSITION".to_owned(), "id".to_owned()));
    assert_eq!(refused(&complete(&clinic.program, &lease, json!({})).await), over());
    // A patient goes with all that is live.
    let key = |table: &'static str| clinic.rows.of_patient(table, &patient, json!({}));
    let (prediction, scan) = (key("predictions").await, key("mri_scans").await);
    let about = json!({"predictionId": id("Prediction", &prediction), "scanId": id("Scan", &scan)});
    clinic.request(&patient, about).await;
    let target = |version: i32| json!({"id": id("Patient", &patient), "version": version});
    told(&clinic.admin, "archivePatient", "patient { id }", target(1)).await;
    let mut erase = target(2);
    erase["reason"] = json!("Asked for");
    assert_eq!(told(&clinic.admin, "deletePatient", "deletedId", erase).await["userErrors"], json!([]));
    assert_eq!(
        clinic.admin.data("{ reportRequests { totalCount } }", json!({})).await["reportRequests"]["totalCount"],
        0
    );
}

async fn an_archived_patient_waits(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let request = clinic.request(&patient, json!({})).await;
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    let target = |version: i32| json!({"id": id("Patient", &patient), "version": version});
    told(&clinic.admin, "archivePatient", "patient { id }", target(1)).await;
    let refusal = refused(&complete(&clinic.program, &lease, json!({})).await);
    assert_eq!(refusal, ("ARCHIVED".to_owned(), "lease".to_owned()));
    fail(&clinic.program, &lease, false).await;
    clinic.pass(60);
    assert_eq!(clinic.claim(Value::Null).await, None);
    told(&clinic.admin, "restorePatient", "patient { id }", target(2)).await;
    assert_eq!(clinic.claim(Value::Null).await.expect("the request").0, request);
}

async fn an_attempt_does_not_take_for_ever(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let request = clinic.request(&patient, json!({})).await;
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    let extend = || told(&clinic.program, "extendLease", "lease { until }", json!({"lease": lease}));
    let last = clinic.server.clock.now() + chrono::TimeDelta::minutes(30);
    for seconds in [50; 35].into_iter().chain([49]) {
        clinic.pass(seconds);
        let until = super::text(&extend().await["lease"]["until"]);
        assert!(until.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant") <= last, "{until}");
    }
    clinic.pass(2);
    assert_eq!(refused(&extend().await), over());
    clinic.pass(5);
    assert_eq!(clinic.claim(Value::Null).await, None);
    assert_eq!(clinic.read(&request).await["failureCause"], "WORKER_LOST");
}

/// By another program's statement: what was being made is of the former patient.
async fn what_moves_to_another_patient_is_made_anew(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (one, other) = (clinic.rows.patient("A-1", json!({})).await, clinic.rows.patient("A-2", json!({})).await);
    let session = clinic.rows.of_patient("sessions", &one, json!({})).await;
    let request = clinic.request(&one, json!({"sessionId": id("AnalysisSession", &session)})).await;
    let (_, lease) = clinic.claim(Value::Null).await.expect("a request");
    clinic.rows.run(&format!("UPDATE sessions SET patient_id = '{other}' WHERE id = '{session}'")).await;
    assert_eq!(refused(&complete(&clinic.program, &lease, json!({})).await), over());
    let seen = clinic.program.data("{ patients { totalCount } }", json!({})).await;
    assert_eq!(seen["patients"]["totalCount"], 0, "neither record is open to the program");
    assert_eq!(clinic.claim(Value::Null).await, None, "it waits for its next attempt");
    clinic.pass(20);
    let (again, lease) = clinic.claim(Value::Null).await.expect("the request");
    assert_eq!(again, request);
    assert!(complete(&clinic.program, &lease, json!({})).await["reportId"].is_string());
}
