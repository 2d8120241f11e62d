//! Agents: programs that work on records.

use serde_json::{Value, json};

use super::Clinic;
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_program_sees_the_whole_record_that_it_works_on,
    of_other_records_a_program_sees_nothing,
    the_end_of_a_session_closes_the_record,
    what_is_not_for_programs_is_refused,
);

async fn a_program_sees_the_whole_record_that_it_works_on(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    for scopes in [&["intake"][..], &["predict"], &["report"], &["intake", "predict", "report"]] {
        let program = clinic.server.agent(&clinic.accounts["program"], scopes).await;
        for (what, id) in clinic.anna.ids.iter().filter(|(what, _)| **what != "assignment") {
            let found = program.data("query($id: ID!) { node(id: $id) { id } }", json!({"id": id})).await;
            assert_eq!(found["node"]["id"], json!(id), "{what}");
        }
        let query = "{ patients { nodes { name timeline { totalCount } statistics { totalReports diseaseStatus
            uniqueDoctorsCount } consultations { nodes { notes } } doctors { totalCount } } } }";
        let record = json!({
            "name": "Anna", "timeline": {"totalCount": 11},
            // No assignments: these are the doctors of the visits.
            "statistics": {"totalReports": 2, "diseaseStatus": "DETECTED", "uniqueDoctorsCount": 2},
            "consultations": {"nodes": [{"notes": "Between us"}, {"notes": "Between us"}]}, "doctors": {"totalCount": 0},
        });
        assert_eq!(program.data(query, json!({})).await["patients"]["nodes"], json!([record]), "{scopes:?}");
    }
}

async fn of_other_records_a_program_sees_nothing(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let program = clinic.actor("program").await;
    let ids: Vec<_> = clinic.bob.ids.iter().filter(|(what, _)| **what != "assignment").map(|(_, id)| id).collect();
    let nodes = program.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": ids})).await;
    assert_eq!(nodes["nodes"], json!(vec![Value::Null; ids.len()]), "the session for Bob is over");
    let query = "query($carl: ID!) { patient(mrn: \"B-1\") { name } patients { totalCount } sessions { totalCount }
        consultations { totalCount } scans { totalCount } users { nodes { username } }
        theirs: patients(filter: {doctorId: {eq: $carl}}) { totalCount } }";
    let expected = json!({
        "patient": null, "patients": {"totalCount": 1}, "sessions": {"totalCount": 1}, "consultations": {"totalCount": 2},
        "scans": {"totalCount": 1}, "users": {"nodes": [{"username": "program"}]}, "theirs": {"totalCount": 0},
    });
    assert_eq!(program.data(query, json!({"carl": id("Doctor", &clinic.carl)})).await, expected);
}

async fn the_end_of_a_session_closes_the_record(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let program = clinic.actor("program").await;
    let query = "query($id: ID!) { node(id: $id) { id } patients { totalCount } }";
    let scan = json!({"id": clinic.anna.id("scan")});
    assert_eq!(program.data(query, scan.clone()).await["patients"]["totalCount"], 1);
    let end = "mutation($id: ID!) { updateSession(input: {id: $id, version: 1, status: COMPLETED}) {
        userErrors { code } } }";
    clinic.server.admin().data(end, json!({"id": clinic.anna.id("session")})).await;
    assert_eq!(program.data(query, scan).await, json!({"node": null, "patients": {"totalCount": 0}}));
}

async fn what_is_not_for_programs_is_refused(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let program = clinic.actor("program").await;
    for query in [
        "{ assignments { totalCount } }",
        "{ patients { nodes { assignments { totalCount } } } }",
        "{ patients { nodes { doctors(scope: EVER) { edges { assignments { id } } } } } }",
        "{ doctors { nodes { email } } }",
        "{ doctors(filter: {email: {eq: \"ute@c.example\"}}) { totalCount } }",
        "{ dashboard { patients } }",
    ] {
        assert_eq!(program.error_codes(query, json!({})).await, ["FORBIDDEN"], "{query}");
    }
}
