//! What becomes of reports that are given out: the next revision, what is taken back, and the predictions they show.

use serde_json::json;

use super::reports::{Record, shown, target};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;

on_both!(
    a_released_report_gives_out_what_it_shows,
    an_amendment_is_a_revision_that_supersedes,
    an_amendment_shows_other_predictions_where_it_says_so,
    what_is_withdrawn_takes_back_what_no_other_shows,
    what_was_given_out_is_amended_or_withdrawn,
    of_two_amendments_at_once_one_is_written,
    a_release_that_races_a_withdrawal_keeps_the_definition,
    reports_withdrawn_at_once_take_back_what_they_show,
);

async fn a_released_report_gives_out_what_it_shows(database: TestDatabase) {
    let record = Record::new(database).await;
    let draft = record.draft(json!({"predictionIds": record.some(&[0, 1])})).await;
    record.clinic.server.clock.advance(chrono::Duration::minutes(1));
    let payload = record.done("releaseReport", &draft, 1, json!({})).await;
    let at = "2026-03-14T22:31:00.000000Z";
    let report = &payload["report"];
    assert_eq!(
        (&report["status"], &report["releasedAt"], &report["updatedAt"]),
        (&json!("RELEASED"), &json!(at), &json!(at))
    );
    assert_eq!(record.given_out().await, [0, 1]);
    // What was given out before keeps its time.
    record.clinic.server.clock.advance(chrono::Duration::minutes(1));
    record.released(json!({"predictionIds": record.some(&[1, 2])})).await;
    let tables = record.clinic.tables().await;
    let mut times: Vec<_> =
        tables.rows("predictions").iter().map(|row| row["released_at"].clone().to_string()).collect();
    times.sort();
    assert_eq!(times, [at, at, "2026-03-14T22:32:00.000000Z"].map(|time| format!("\"{time}\"")));
    let statistics = &tables.rows("patient_statistics")[0];
    assert_eq!((&statistics["released_reports"], &statistics["released_predictions"]), (&json!(2), &json!(3)));
    assert_eq!(statistics["released_disease_status"], "detected");
    record.holds_the_definition().await;
}

async fn an_amendment_is_a_revision_that_supersedes(database: TestDatabase) {
    let record = Record::new(database).await;
    let contents = json!({
        "type": "SUMMARY", "format": "TEXT", "sessionId": record.session, "predictionId": record.predictions[0],
        "predictionIds": record.some(&[1]), "recommendations": ["Walk"], "generatedBy": "model", "confidence": 0.5,
        "disclaimer": "None", "metadata": {"a": 1},
    });
    let first = record.released(contents).await;
    record.clinic.server.clock.advance(chrono::Duration::minutes(1));
    let amendment = json!({"reason": " Typing ", "title": "B", "confidence": null, "disclaimer": ""});
    let payload = record.done("amendReport", &first, 2, amendment).await;
    let at = "2026-03-14T22:31:00.000000Z";
    let mut report = payload["report"].clone();
    assert_eq!(shown(&payload), [0, 1].map(|number| record.predictions[number].clone()).into(), "copied");
    report["predictions"].take();
    let expected = json!({
        "title": "B", "content": "Text", "type": "SUMMARY", "format": "TEXT", "recommendations": ["Walk"],
        "generatedBy": "model", "confidence": null, "disclaimer": null, "metadata": {"a": 1}, "status": "RELEASED",
        "revision": 2, "isLatest": true, "revisionReason": "Typing", "createdAt": at, "updatedAt": at, "releasedAt": at,
        "withdrawnAt": null, "withdrawnReason": null, "version": 1, "session": {"id": record.session},
        "prediction": {"id": record.predictions[0]}, "predictions": null, "releasedBy": {"name": "Tests"},
    });
    assert_eq!(report, expected);
    assert_eq!(payload["again"]["supersedes"], json!({"id": first, "isLatest": false}));
    assert_eq!(payload["of"]["patient"]["statistics"], json!({"totalReports": 1, "lastReportDate": at}));
    let events = payload["of"]["patient"]["timeline"]["nodes"].as_array().expect("events").iter();
    let reports: Vec<_> =
        events.filter(|event| event["eventType"] == "REPORT").map(|event| &event["metadata"]).collect();
    let event =
        |revision: i32, superseded: bool| json!({"status": "released", "revision": revision, "superseded": superseded});
    assert_eq!(reports, [&event(2, false), &event(1, true)]);

    // What is superseded is not amended, the newest is.
    let second = payload["again"]["id"].clone();
    record.refuse("amendReport", &first, 2, json!({"reason": "B"}), &[("INVALID_TRANSITION", "id")]).await;
    let both = [("INVALID_TRANSITION", "id"), ("NOT_FOUND", "predictionId")];
    record.refuse("amendReport", &first, 2, json!({"reason": "B", "predictionId": "x"}), &both).await;
    let third = record.done("amendReport", &second, 1, json!({"reason": "B"})).await;
    assert_eq!((&third["report"]["revision"], &third["report"]["title"]), (&json!(3), &json!("B")));
    assert_eq!(third["again"]["supersedes"]["id"], second);
    // Withdrawing the newest leaves what it supersedes as it is: readable, and not the latest.
    record.done("withdrawReport", &third["again"]["id"], 1, json!({"reason": "A"})).await;
    record.refuse("amendReport", &second, 1, json!({"reason": "B"}), &[("INVALID_TRANSITION", "id")]).await;
}

async fn an_amendment_shows_other_predictions_where_it_says_so(database: TestDatabase) {
    let record = Record::new(database).await;
    let first = record.released(json!({"predictionId": record.predictions[0]})).await;
    let named = json!({"reason": "A", "predictionId": null, "predictionIds": record.some(&[1])});
    let payload = record.done("amendReport", &first, 2, named).await;
    assert_eq!(shown(&payload), [record.predictions[1].clone()].into());
    assert_eq!(record.given_out().await, [0, 1], "the first revision is released still");
    record.holds_the_definition().await;
    let main = json!({"reason": "A", "predictionId": record.predictions[2]});
    let payload = record.done("amendReport", &payload["again"]["id"], 1, main).await;
    assert_eq!(shown(&payload), [1, 2].map(|number| record.predictions[number].clone()).into());
    let none = json!({"reason": "A", "predictionId": null, "predictionIds": null});
    let payload = record.done("amendReport", &payload["again"]["id"], 1, none).await;
    assert!(shown(&payload).is_empty());
    record.holds_the_definition().await;
}

async fn what_is_withdrawn_takes_back_what_no_other_shows(database: TestDatabase) {
    let record = Record::new(database).await;
    let first = record.released(json!({"predictionIds": record.some(&[0, 1])})).await;
    let second = record.released(json!({"predictionIds": record.some(&[1, 2])})).await;
    let draft = record.draft(json!({"predictionIds": record.some(&[0])})).await;
    let payload = record.done("withdrawReport", &first, 2, json!({"reason": " Other patient "})).await;
    let report = &payload["report"];
    assert_eq!(
        (&report["status"], &report["withdrawnAt"], &report["withdrawnReason"]),
        (&json!("WITHDRAWN"), &json!(NOW), &json!("Other patient"))
    );
    assert_eq!(report["releasedAt"], NOW, "that it was given out stays known");
    assert_eq!(shown(&payload).len(), 2, "staff can still read it");
    assert_eq!(payload["of"]["patient"]["statistics"]["totalReports"], 2);
    assert_eq!(record.given_out().await, [1, 2], "a draft gives nothing out");
    record.holds_the_definition().await;
    record.done("withdrawReport", &second, 2, json!({"reason": "A"})).await;
    assert_eq!(record.given_out().await, [0_usize; 0]);
    // What is taken back can be changed, and given out again.
    let change = json!({"id": record.predictions[1], "version": 1, "result": "NOT_DETECTED"});
    record.clinic.done("updatePrediction", "prediction { id }", change).await;
    record.done("releaseReport", &draft, 1, json!({})).await;
    assert_eq!(record.given_out().await, [0]);
}

async fn what_was_given_out_is_amended_or_withdrawn(database: TestDatabase) {
    let record = Record::new(database).await;
    let (draft, released) = (record.draft(json!({})).await, record.released(json!({})).await);
    let withdrawn = record.released(json!({})).await;
    record.done("withdrawReport", &withdrawn, 2, json!({"reason": "A"})).await;
    let refused = [("INVALID_TRANSITION", "id")];
    for (report, version) in [(&released, 2), (&withdrawn, 3)] {
        record.refuse("updateReport", report, version, json!({"title": "B"}), &refused).await;
        record.refuse("deleteReport", report, version, json!({}), &refused).await;
        record.refuse("releaseReport", report, version, json!({}), &refused).await;
        let both = [("INVALID_TRANSITION", "id"), ("REQUIRED", "title")];
        record.refuse("updateReport", report, version, json!({"title": ""}), &both).await;
    }
    for (report, version) in [(&draft, 1), (&withdrawn, 3)] {
        record.refuse("amendReport", report, version, json!({"reason": "A"}), &refused).await;
        record.refuse("withdrawReport", report, version, json!({"reason": "A"}), &refused).await;
        let both = [("INVALID_TRANSITION", "id"), ("REQUIRED", "reason")];
        record.refuse("withdrawReport", report, version, json!({"reason": ""}), &both).await;
    }
}

async fn of_two_amendments_at_once_one_is_written(database: TestDatabase) {
    let record = Record::new(database).await;
    let first = record.released(json!({})).await;
    let amendments = (0..4).map(|number| ("amendReport", target(&first, 2, json!({"reason": format!("R{number}")}))));
    record.clinic.one_wins(amendments.collect(), &[("INVALID_TRANSITION", "id")]).await;
    let tables = record.clinic.tables().await;
    assert_eq!(tables.rows("medical_reports").len(), 2);
}

async fn a_release_that_races_a_withdrawal_keeps_the_definition(database: TestDatabase) {
    let record = Record::new(database).await;
    for _ in 0..6 {
        let shows = json!({"predictionIds": record.some(&[0, 1])});
        let (draft, released) = (record.draft(shows.clone()).await, record.released(shows).await);
        let both = vec![
            ("releaseReport", target(&draft, 1, json!({}))),
            ("withdrawReport", target(&released, 2, json!({"reason": "A"}))),
        ];
        assert_eq!(record.clinic.at_once(both).await, [vec![], vec![]]);
        record.holds_the_definition().await;
        assert_eq!(record.given_out().await, [0, 1], "one released report shows them");
        record.done("withdrawReport", &draft, 2, json!({"reason": "A"})).await;
        assert_eq!(record.given_out().await, [0_usize; 0]);
    }
}

/// Each of them alone would leave it to the others.
async fn reports_withdrawn_at_once_take_back_what_they_show(database: TestDatabase) {
    let record = Record::new(database).await;
    for _ in 0..4 {
        let mut withdrawals = vec![];
        for _ in 0..4 {
            let released = record.released(json!({"predictionIds": record.some(&[0, 1])})).await;
            withdrawals.push(("withdrawReport", target(&released, 2, json!({"reason": "A"}))));
        }
        assert_eq!(record.clinic.at_once(withdrawals).await, [vec![], vec![], vec![], vec![]]);
        assert_eq!(record.given_out().await, [0_usize; 0]);
    }
}
