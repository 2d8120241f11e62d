//! Nobody sees more than before.

use serde_json::{Value, json};

use super::{Target, account, found, sign_in};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::legacy::{LegacyFile, Variant, cells};
use crate::support::server::TestServer;

on_both!(
    a_doctor_sees_the_patients_who_name_the_doctor,
    what_only_sessions_tell_is_over_unless_the_operator_says_otherwise,
    of_several_primary_doctors_the_newest_stays,
    reports_are_drafts_unless_the_operator_says_otherwise,
    notes_by_hand_are_for_staff,
);

const HASH: &str = "$2b$04$KqYr6Fg4qodAwTckQ4HlVucsPjDdfuSp3lw01fs9MMuVNJype/0Me";
const PASSWORD: &str = "an owl over the harbour";

/// Two doctors, and a patient of the first who also had sessions with the second, who is named by the account's id.
fn clinic(file: &LegacyFile) {
    for (doctor, user) in [("DOC1", "ada"), ("DOC2", "ben"), ("DOC3", "cy")] {
        file.insert(
            "users",
            &cells![id: format!("u-{user}"), username: user, name: user, role: "doctor", password_hash: HASH],
        );
        file.insert("doctors", &cells![doctor_id: doctor, user_id: format!("u-{user}")]);
    }
    file.insert("users", &cells![id: "u-pat", username: "PAT_1", name: "Asha", role: "patient"]);
    file.insert(
        "patients",
        &cells![patient_id: "PAT_1", user_id: "u-pat", name: "Asha", assigned_doctor_id: "DOC1", created_at: "2025-10-01T09:00:00"],
    );
    for (id, doctor, at) in [
        ("s1", "DOC1", "2025-10-02T10:00:00"),
        ("s2", "u-ben", "2025-10-03T10:00:00"),
        ("s3", "DOC2", "2025-10-09T10:00:00.5"),
    ] {
        file.insert(
            "sessions",
            &cells![id: id, patient_id: "PAT_1", patient_name: "Asha", doctor_id: doctor, input_type: "text",
                output_format: "text", status: "completed", created_at: at, user_id: "cli_user"],
        );
    }
    file.insert(
        "predictions",
        &cells![id: "p1", session_id: "s1", prediction_type: "binary", binary_result: "Positive", stage_result: "2",
            created_at: "2025-10-02T10:01:00"],
    );
    file.insert(
        "medical_reports",
        &cells![id: "r1", session_id: "s1", prediction_id: "p1", report_type: "comprehensive", title: "Findings",
            content: "Text", created_at: "2025-10-02T10:02:00"],
    );
}

const PATIENTS: &str = "{ patients(first: 10) { nodes { mrn } } }";

async fn sees(server: &TestServer, username: &str) -> Value {
    let actor = sign_in(&server.stranger(), username, PASSWORD).await.expect("the account is open");
    actor.data(PATIENTS, json!({})).await["patients"]["nodes"].clone()
}

async fn a_doctor_sees_the_patients_who_name_the_doctor(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, clinic);
    let report = target.import(&file, &[]);
    assert_eq!((found(&report, "session.doctor_mapped"), report["opens_access"].as_u64()), (1, Some(0)));
    let server = TestServer::start(target.database).await;
    assert_eq!(sees(&server, "ada").await, json!([{"mrn": "PAT_1"}]));
    assert_eq!(sees(&server, "ben").await, json!([]), "sessions alone give no access");
    assert_eq!(sees(&server, "cy").await, json!([]));
    let document = "{ patient(mrn: \"PAT_1\") { statistics { uniqueDoctorsCount } \
                    doctors(scope: EVER) { edges { node { name } assignments { type isActive assignedAt endedAt } } } } }";
    let answer = server.admin().data(document, json!({})).await;
    let edges = answer["patient"]["doctors"]["edges"].as_array().unwrap();
    let of =
        |name: &str| edges.iter().find(|edge| edge["node"]["name"] == name).map(|edge| edge["assignments"][0].clone());
    let primary =
        json!({"type": "PRIMARY", "isActive": true, "assignedAt": "2025-10-01T03:30:00.000000Z", "endedAt": null});
    assert_eq!(of("ada"), Some(primary));
    let over = json!({
        "type": "CONSULTANT", "isActive": false, "assignedAt": "2025-10-03T04:30:00.000000Z",
        "endedAt": "2025-10-09T04:30:00.500000Z"
    });
    assert_eq!(of("ben"), Some(over), "from the first to the last session");
    assert_eq!(answer["patient"]["statistics"]["uniqueDoctorsCount"], 2);
}

async fn what_only_sessions_tell_is_over_unless_the_operator_says_otherwise(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, clinic);
    target.import(&file, &["--open-session-assignments"]);
    let server = TestServer::start(target.database).await;
    assert_eq!(sees(&server, "ben").await, json!([{"mrn": "PAT_1"}]));
    assert_eq!(sees(&server, "cy").await, json!([]));
}

async fn of_several_primary_doctors_the_newest_stays(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, |file| {
        clinic(file);
        for (id, doctor, kind, at, active) in [
            ("a1", "DOC2", "primary", "2025-10-05T10:00:00", 1),
            ("a2", "DOC3", "primary", "2025-10-07T10:00:00", 1),
            ("a3", "DOC3", "consultant", "2025-10-06T10:00:00", 1),
            ("a4", "u-ben", "specialist", "2025-09-01T10:00:00", 0),
        ] {
            file.insert(
                "doctor_patient_assignments",
                &cells![id: id, doctor_id: doctor, patient_id: "PAT_1", assignment_date: at, assignment_type: kind,
                    is_active: active, created_at: at],
            );
        }
    });
    let report = target.import(&file, &[]);
    for (code, times) in [
        ("assignment.several_primary", 1),
        ("assignment.duplicate_active", 1),
        ("assignment.primary_yielded", 2),
        ("assignment.end_unknown", 1),
    ] {
        assert_eq!(found(&report, code), times, "{code}");
    }
    assert_eq!(report["opens_access"], 2, "the old program looked at the assigned doctor alone");
    let rows = target
        .rows(
            &["u.username", "a.assignment_type", "a.ended_at IS NULL"],
            "FROM doctor_patient_assignments a JOIN doctors d ON d.doctor_id = a.doctor_id JOIN users u ON u.id = d.user_id \
             ORDER BY 1, 2",
        )
        .await;
    let (yes, no) = if target.is_sqlite() { ("1", "0") } else { ("true", "false") };
    let expected =
        [["ada", "consultant", yes], ["ben", "consultant", yes], ["ben", "specialist", no], ["cy", "primary", yes]];
    assert_eq!(rows, expected, "the earliest beginning of two that are one does not make it the older primary");
}

async fn reports_are_drafts_unless_the_operator_says_otherwise(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, clinic);
    target.import(&file, &[]);
    let document = "{ viewer { patient { reports(first: 5) { nodes { title } } predictions(first: 5) { nodes { result } } \
                    statistics { totalReports totalPredictions diseaseStatus } } } }";
    let server = TestServer::start(target.database).await;
    let patient = server.sign_in(&account(&server.database, "PAT_1").await).await;
    let answer = patient.data(document, json!({})).await;
    let nothing = json!({
        "reports": {"nodes": []}, "predictions": {"nodes": []},
        "statistics": {"totalReports": 0, "totalPredictions": 0, "diseaseStatus": "UNKNOWN"}
    });
    assert_eq!(answer["viewer"]["patient"], nothing);

    let released = Target::of(TestDatabase::migrated(server.database.backend).await);
    let file = released.old("old.db", Variant::V4, clinic);
    released.import(&file, &["--release-reports"]);
    let server = TestServer::start(released.database).await;
    let patient = server.sign_in(&account(&server.database, "PAT_1").await).await;
    let answer = patient.data(document, json!({})).await;
    let all = json!({
        "reports": {"nodes": [{"title": "Findings"}]}, "predictions": {"nodes": [{"result": "DETECTED"}]},
        "statistics": {"totalReports": 1, "totalPredictions": 1, "diseaseStatus": "DETECTED"}
    });
    assert_eq!(answer["viewer"]["patient"], all);
}

async fn notes_by_hand_are_for_staff(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, |file| {
        clinic(file);
        for (id, kind, title, related) in [
            ("t1", "note", "Called back", None),
            ("t2", "diagnosis", "Suspected early", None),
            ("t3", "report", "Made by the migration", Some("r1")),
            ("t4", "scan", "Of a scan that is gone", Some("nowhere")),
        ] {
            file.insert(
                "patient_timeline",
                &cells![id: id, patient_id: "PAT_1", event_type: kind, event_title: title, event_date: "2025-10-08T10:00:00",
                    related_id: related, related_table: related.map(|id| if id == "r1" { "medical_reports" } else { "mri_scans" }),
                    severity: "medium", created_at: "2025-10-08 04:30:00"],
            );
        }
    });
    let report = target.import(&file, &[]);
    assert_eq!(found(&report, "timeline.related_dangling"), 1);
    let document =
        "{ patient(mrn: \"PAT_1\") { timeline(first: 20) { nodes { eventType title severity eventDate metadata } } } }";
    let server = TestServer::start(target.database).await;
    let answer = server.admin().data(document, json!({})).await;
    let events = answer["patient"]["timeline"]["nodes"].as_array().unwrap();
    let notes: Vec<_> = events.iter().filter(|event| event["eventType"] == "NOTE").collect();
    let titles: Vec<_> = notes.iter().map(|note| note["title"].as_str().unwrap()).collect();
    assert_eq!(titles.len(), 3, "{events:#?}");
    assert!(
        notes.iter().all(|note| note["severity"] == "MEDIUM" && note["eventDate"] == "2025-10-08T04:30:00.000000Z")
    );
    let suspected = notes.iter().find(|note| note["title"] == "Suspected early").expect("a note");
    assert_eq!(suspected["metadata"]["oldEventType"], "diagnosis");
    // One event for each row, however the old timeline told of it.
    let kinds = |kind: &str| events.iter().filter(|event| event["eventType"] == kind).count();
    assert_eq!((kinds("PREDICTION"), kinds("REPORT"), kinds("SCAN")), (1, 1, 0));
    let patient = server.sign_in(&account(&server.database, "PAT_1").await).await;
    let own = patient.data("{ viewer { patient { timeline(first: 20) { nodes { title } } } } }", json!({})).await;
    assert_eq!(own["viewer"]["patient"]["timeline"]["nodes"], json!([]));
}
