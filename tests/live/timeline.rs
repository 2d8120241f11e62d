//! What is told of a patient's timeline, and to whom.

use serde_json::json;

use super::{TIMELINE, Ward, change, gone, pair, told};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;
use crate::support::socket::Socket;

on_both!(
    each_role_is_told_what_it_may_see,
    what_a_mutation_writes_is_told,
    a_release_is_new_to_the_patient_and_a_withdrawal_takes_it_away,
    a_move_takes_from_one_patient_and_gives_to_another,
    what_nobody_notices_is_not_told,
    a_deletion_is_told,
    a_subscription_begins_now,
    a_change_is_selected_like_everything_else,
);

async fn a_change_is_selected_like_everything_else(database: TestDatabase) {
    const QUERY: &str = "subscription Named($id: ID!, $after: String, $no: Boolean = false) {
        renamed: timelineChanged(patientId: $id, after: $after) {
            __typename ...Change
            event { ... on Node { id } title @include(if: $no) }
            event { patient { timeline(first: 1) { totalCount nodes { title } } reports { totalCount } } } } }
        fragment Change on TimelineChange { what: kind event { date: eventDate } }";
    let ward = Ward::open(database).await;
    let after = ward.position().await;
    let note = ward.note("ada", "Note", true).await;
    let mut socket = Socket::of(&ward.actor("ada").await).await;
    let operation = socket.subscribe(QUERY, json!({"id": ward.patient("ada"), "after": after})).await;
    let change = socket.data(&operation).await["renamed"].take();
    assert_eq!((&change["__typename"], &change["what"]), (&json!("TimelineChange"), &json!("ADDED")));
    let event = &change["event"];
    assert_eq!((&event["id"], event.get("title")), (&json!(id("TimelineEvent", &note)), None));
    assert!(event["date"].is_string());
    let timeline = json!({"totalCount": 1, "nodes": [{"title": "Note"}]});
    assert_eq!(event["patient"], json!({"timeline": timeline, "reports": {"totalCount": 0}}));
}

async fn each_role_is_told_what_it_may_see(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let after = ward.position().await;
    ward.note("ada", "For all", true).await;
    let secret = ward.note("ada", "Among doctors", false).await;
    ward.note("bob", "Of another", true).await;
    ward.rows.run(&format!("UPDATE patient_timeline SET event_title = 'Corrected' WHERE id = '{secret}'")).await;
    ward.note("ada", "The last", true).await;
    for who in ["admin", "ute", "program"] {
        let (mut socket, id) = ward.following(who, "ada", &after).await;
        // The event is as it is when it is told.
        for expected in [("ADDED", "For all"), ("ADDED", "Corrected"), ("CHANGED", "Corrected"), ("ADDED", "The last")]
        {
            assert_eq!(told(&mut socket, &id).await, pair(expected.0, expected.1), "{who}");
        }
        socket.is_quiet().await;
    }
    let (mut socket, id) = ward.following("ada", "ada", &after).await;
    assert_eq!(told(&mut socket, &id).await, pair("ADDED", "For all"));
    assert_eq!(told(&mut socket, &id).await, pair("ADDED", "The last"));
    socket.is_quiet().await;
    // Whose record it is not is told the same as of a patient who was never there.
    for (who, patient) in [("carl", "ada"), ("ute", "bob"), ("ada", "bob"), ("program", "bob")] {
        let (mut socket, id) = ward.following(who, patient, &after).await;
        assert_eq!(socket.error(&id).await, "NOT_FOUND", "{who}");
        let nobody = [crate::support::factory::id("Patient", &ward.rows.next_key()), ward.doctor.clone()];
        for patient in nobody {
            let id = socket.subscribe(TIMELINE, json!({"patient": patient})).await;
            assert_eq!(socket.error(&id).await, "NOT_FOUND", "{who}");
        }
    }
}

async fn what_a_mutation_writes_is_told(database: TestDatabase) {
    const ADD: &str =
        "mutation($input: AddTimelineNoteInput!) { addTimelineNote(input: $input) { timelineEvent { id } } }";
    let ward = Ward::open(database).await;
    let (mut socket, id) = ward.following("ada", "ada", &ward.position().await).await;
    let input = json!({"patientId": ward.patient("ada"), "title": "Called", "patientVisible": true});
    let answer = ward.actor("ute").await.data(ADD, json!({"input": input})).await;
    let change = change(&mut socket, &id).await;
    let event = &answer["addTimelineNote"]["timelineEvent"]["id"];
    assert_eq!((&change["eventId"], &change["event"]["id"]), (event, event));
    assert_eq!(change["event"]["patient"]["mrn"], "A");
}

async fn a_release_is_new_to_the_patient_and_a_withdrawal_takes_it_away(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let after = ward.position().await;
    let row = json!({"title": "Findings", "content": "x", "status": "draft"});
    let report = ward.rows.of_patient("medical_reports", &ward.patients["ada"], row).await;
    let change = |set: &str| format!("UPDATE medical_reports SET {set} WHERE id = '{report}'");
    ward.rows.run(&change("content = 'y'")).await;
    ward.rows.run(&change("status = 'released', released_at = '2026-01-01T00:00:00.000000Z'")).await;
    let (mut patient, own) = ward.following("ada", "ada", &after).await;
    let (mut doctor, id) = ward.following("ute", "ada", &after).await;
    assert_eq!(told(&mut patient, &own).await, pair("ADDED", "Findings"));
    for kind in ["ADDED", "CHANGED", "CHANGED"] {
        assert_eq!(told(&mut doctor, &id).await, pair(kind, "Findings"));
    }
    ward.rows.run(&change("status = 'withdrawn', withdrawn_at = '2026-01-02T00:00:00.000000Z'")).await;
    assert_eq!(told(&mut patient, &own).await, gone());
    assert_eq!(told(&mut doctor, &id).await, pair("CHANGED", "Findings"));
    patient.is_quiet().await;
}

async fn a_move_takes_from_one_patient_and_gives_to_another(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let row = json!({"original_filename": "head.dcm"});
    let scan = ward.rows.of_patient("mri_scans", &ward.patients["ada"], row).await;
    let after = ward.position().await;
    ward.rows.run(&format!("UPDATE mri_scans SET patient_id = '{}' WHERE id = '{scan}'", ward.patients["bob"])).await;
    let (mut socket, ada) = ward.following("admin", "ada", &after).await;
    let bob = socket.subscribe(TIMELINE, json!({"patient": ward.patient("bob"), "after": after})).await;
    let (removed, added) = (change(&mut socket, &ada).await, change(&mut socket, &bob).await);
    assert_eq!((&removed["kind"], &added["kind"]), (&json!("REMOVED"), &json!("ADDED")));
    assert_eq!(removed["eventId"], added["eventId"]);
    // The administrator sees where it is now; Ada does not see it at all.
    assert_eq!(added["event"]["patient"]["mrn"], "B");
    let (mut patient, own) = ward.following("ada", "ada", &after).await;
    assert_eq!(told(&mut patient, &own).await, gone());
    patient.is_quiet().await;
}

async fn what_nobody_notices_is_not_told(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let note = ward.note("ada", "Note", true).await;
    let session = ward.rows.of_patient("sessions", &ward.patients["ada"], json!({})).await;
    let after = ward.position().await;
    let set = |what: &str| format!("UPDATE patient_timeline SET {what} WHERE id = '{note}'");
    ward.rows.run(&set("version = version + 1, updated_at = created_at, event_title = event_title")).await;
    // What patients do not read of it is nothing to them.
    ward.rows.run(&set(&format!("session_id = '{session}'"))).await;
    let (mut patient, _) = ward.following("ada", "ada", &after).await;
    let (mut doctor, id) = ward.following("ute", "ada", &after).await;
    assert_eq!(told(&mut doctor, &id).await, pair("CHANGED", "Note"));
    doctor.is_quiet().await;
    patient.is_quiet().await;
}

async fn a_deletion_is_told(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let note = ward.note("ada", "Note", true).await;
    ward.note("bob", "Note", true).await;
    let after = ward.position().await;
    ward.rows.run(&format!("DELETE FROM patient_timeline WHERE id = '{note}'")).await;
    let (mut patient, own) = ward.following("ada", "ada", &after).await;
    let change = change(&mut patient, &own).await;
    assert_eq!((change["eventId"].as_str(), &change["event"]), (Some(&*id("TimelineEvent", &note)), &json!(null)));
    // With a patient everything of theirs goes, and then there is nobody to follow.
    let (mut admin, of_bob) = ward.following("admin", "bob", &ward.position().await).await;
    ward.rows.run(&format!("DELETE FROM patients WHERE patient_id = '{}'", ward.patients["bob"])).await;
    let first = admin.of_operation(&of_bob).await;
    let last = if first.0 == "next" { admin.of_operation(&of_bob).await } else { first };
    assert_eq!((last.0.as_str(), &last.1[0]["extensions"]["code"]), ("error", &json!("NOT_FOUND")));
}

async fn a_subscription_begins_now(database: TestDatabase) {
    let ward = Ward::open(database).await;
    ward.note("ada", "Before", true).await;
    super::settle(&ward.rows.connection).await;
    let mut socket = Socket::of(&ward.actor("ada").await).await;
    let id = socket.follow(TIMELINE, json!({"patient": ward.patient("ada")})).await;
    ward.note("ada", "After", true).await;
    assert_eq!(told(&mut socket, &id).await, pair("ADDED", "After"));
    // What is not wanted any more is not told.
    socket.say(json!({"id": id, "type": "complete"})).await;
    ward.note("ada", "Later", true).await;
    socket.is_quiet().await;
}
