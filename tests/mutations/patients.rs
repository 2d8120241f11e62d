//! Mutations of patients.

use serde_json::{Value, json};

use super::{Clinic, errors, pairs, send};
use crate::naive::Tables;
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

on_both!(
    a_patient_is_registered,
    all_that_is_wrong_is_said_at_once,
    a_record_number_is_taken_once,
    of_eight_who_take_a_record_number_one_gets_it,
    a_change_leaves_what_it_does_not_name,
    a_stale_version_changes_nothing,
    a_patient_who_is_not_there_cannot_be_changed,
    birth_and_death_are_days_of_the_clinic,
    an_archived_patient_is_left_out_until_restored,
    a_record_is_erased_whole_and_leaves_why,
);

const CREATE: &str = "mutation($input: CreatePatientInput!) { createPatient(input: $input) {
    patient { id mrn name dateOfBirth dateOfBirthEstimated age gender phone email emergencyContact { name phone } createdAt
      version statistics { totalConsultations diseaseStatus } } userErrors { code path message } } }";
const UPDATE: &str = "mutation($input: UpdatePatientInput!) { updatePatient(input: $input) {
    patient { name phone email gender emergencyContact { name phone } version updatedAt } userErrors { code path } } }";

async fn a_patient_is_registered(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let input = json!({
        "mrn": " A-1 ", "name": "Émile Zola", "dateOfBirth": "1960-03-15", "gender": "MALE",
        "phone": "+33 1", "email": "emile@example.org", "emergencyContact": {"name": "Kim"},
    });
    let payload = send(&actor, CREATE, input).await;
    assert_eq!(payload["userErrors"], json!([]));
    let mut patient = payload["patient"].clone();
    let new_id = patient["id"].take();
    let expected = json!({
        "id": null, "mrn": "A-1", "name": "Émile Zola", "dateOfBirth": "1960-03-15", "dateOfBirthEstimated": false, "age": 65,
        "gender": "MALE", "phone": "+33 1", "email": "emile@example.org", "emergencyContact": {"name": "Kim", "phone": null},
        "createdAt": NOW, "version": 1, "statistics": {"totalConsultations": 0, "diseaseStatus": "UNKNOWN"},
    });
    assert_eq!(patient, expected);
    let found = actor.data("{ patients(filter: {name: {contains: \"ÉMILE\"}}) { nodes { id } } }", json!({})).await;
    assert_eq!(found["patients"]["nodes"], json!([{"id": new_id}]));

    let least = send(&actor, CREATE, json!({"mrn": "A-2", "name": "Bo"})).await;
    let patient = &least["patient"];
    assert_eq!(
        (&patient["gender"], &patient["dateOfBirth"], &patient["emergencyContact"]),
        (&json!("UNKNOWN"), &json!(null), &json!(null))
    );
}

async fn all_that_is_wrong_is_said_at_once(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let input = json!({
        "mrn": "  ", "name": "", "dateOfBirth": "2030-01-01", "email": "nobody", "phone": "0".repeat(501),
        "allergies": "a\u{0}b",
    });
    let payload = send(&actor, CREATE, input).await;
    assert_eq!(payload["patient"], Value::Null);
    let mut found = errors(&payload);
    found.sort();
    let expected = [
        ("INVALID", "allergies"),
        ("INVALID", "email"),
        ("IN_FUTURE", "dateOfBirth"),
        ("REQUIRED", "mrn"),
        ("REQUIRED", "name"),
        ("TOO_LONG", "phone"),
    ];
    assert_eq!(found, pairs(&expected));
    let lifetime = json!({"mrn": "A", "name": "A", "dateOfBirth": "1960-01-02", "dateOfDeath": "1960-01-01"});
    assert_eq!(errors(&send(&actor, CREATE, lifetime).await), pairs(&[("INVALID", "dateOfDeath")]));
    assert_eq!(actor.data("{ patients { totalCount } }", json!({})).await["patients"]["totalCount"], 0);
}

async fn a_record_number_is_taken_once(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let input = json!({"mrn": "A-1", "name": "One"});
    send(&actor, CREATE, input.clone()).await;
    let again = send(&actor, CREATE, input).await;
    assert_eq!((errors(&again), &again["patient"]), (pairs(&[("TAKEN", "mrn")]), &Value::Null));
    let other = send(&actor, CREATE, json!({"mrn": "A-2", "name": "Two"})).await;
    let change = json!({"id": other["patient"]["id"], "version": 1, "mrn": "A-1"});
    assert_eq!(errors(&send(&actor, UPDATE, change).await), pairs(&[("TAKEN", "mrn")]));
}

async fn a_change_leaves_what_it_does_not_name(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let row = json!({
        "name": "Old", "phone": "1", "email": "a@b.example", "gender": "female",
        "emergency_contact_name": "Kim", "emergency_contact_phone": "2",
    });
    let key = factory.patient("A-1", row).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    server.clock.advance(chrono::Duration::minutes(1));
    let change = json!({"id": id("Patient", &key), "version": 1, "name": "New ÄÖ", "phone": null});
    let payload = send(&actor, UPDATE, change).await;
    let expected = json!({
        "name": "New ÄÖ", "phone": null, "email": "a@b.example", "gender": "FEMALE",
        "emergencyContact": {"name": "Kim", "phone": "2"}, "version": 2, "updatedAt": "2026-03-14T22:31:00.000000Z",
    });
    assert_eq!(payload, json!({"patient": expected, "userErrors": []}));
    let cleared = json!({"id": id("Patient", &key), "version": 2, "emergencyContact": null});
    assert_eq!(send(&actor, UPDATE, cleared).await["patient"]["emergencyContact"], Value::Null);
    let emptied = json!({"id": id("Patient", &key), "version": 3, "name": null, "mrn": null, "gender": null});
    let refused = pairs(&[("REQUIRED", "mrn"), ("REQUIRED", "name"), ("REQUIRED", "gender")]);
    assert_eq!(errors(&send(&actor, UPDATE, emptied).await), refused, "what is always known cannot be cleared");
    let found = actor.data("{ patients(filter: {name: {eq: \"new äö\"}}) { totalCount } }", json!({})).await;
    assert_eq!(found["patients"]["totalCount"], 1, "the folded name changes with the name");
}

async fn a_stale_version_changes_nothing(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let key = factory.patient("A-1", json!({"name": "Old"})).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let change = |version: i32, name: &str| json!({"id": id("Patient", &key), "version": version, "name": name});
    assert_eq!(send(&actor, UPDATE, change(1, "First")).await["patient"]["version"], 2);
    let before = Tables::load(&factory.connection).await;
    for version in [1, 3, 0, -1] {
        let payload = send(&actor, UPDATE, change(version, "Second")).await;
        assert_eq!((errors(&payload), &payload["patient"]), (pairs(&[("CONFLICT", "version")]), &Value::Null));
    }
    let after = Tables::load(&factory.connection).await;
    assert_eq!(before.rows("patients"), after.rows("patients"));

    // Of eight writers with the same version one wins.
    let writers = (0..8).map(|number| {
        let (actor, input) = (actor.clone(), change(2, &format!("Writer {number}")));
        async move { errors(&send(&actor, UPDATE, input).await).is_empty() }
    });
    let won = futures_util::future::join_all(writers).await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}

async fn a_patient_who_is_not_there_cannot_be_changed(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let archived = factory.patient("A-1", json!({"archived_at": NOW})).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    for unknown in ["pat_AAAAAAAAAAAAAAAAAAAAAA", "nonsense", "", &id("Doctor", &doctor)] {
        let input = json!({"input": {"id": unknown, "version": 1, "name": "New"}});
        assert_eq!(actor.error_codes(UPDATE, input).await, ["NOT_FOUND"], "{unknown}");
    }
    let payload = send(&actor, UPDATE, json!({"id": id("Patient", &archived), "version": 1, "name": "New"})).await;
    assert_eq!(errors(&payload), pairs(&[("ARCHIVED", "id")]));
}

async fn of_eight_who_take_a_record_number_one_gets_it(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let inputs = (0..8).map(|number| ("createPatient", json!({"mrn": "A-1", "name": format!("P{number}")})));
    clinic.one_wins(inputs.collect(), &[("TAKEN", "mrn")]).await;
    assert_eq!(clinic.tables().await.rows("patients").len(), 1);
}

async fn birth_and_death_are_days_of_the_clinic(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let born = |mrn: &str, day: &str| json!({"mrn": mrn, "name": "A", "dateOfBirth": day});
    // It is half past eleven in the evening of the 14th where the clinic is.
    clinic.done("createPatient", "patient { id }", born("A-1", "2026-03-14")).await;
    clinic.refuse("createPatient", born("A-2", "2026-03-15"), &[("IN_FUTURE", "dateOfBirth")]).await;
    clinic.server.clock.set("2026-03-14T23:00:00Z");
    let payload = clinic.done("createPatient", "patient { id age }", born("A-2", "2026-03-15")).await;
    assert_eq!(payload["patient"]["age"], 0);

    let id = payload["patient"]["id"].clone();
    let change = |version: i32, field: &str, day: Value| json!({"id": id, "version": version, field: day});
    let before_birth = change(1, "dateOfDeath", json!("2026-03-14"));
    clinic.refuse("updatePatient", before_birth, &[("INVALID", "dateOfDeath")]).await;
    clinic
        .refuse("updatePatient", change(1, "dateOfDeath", json!("2026-03-16")), &[("IN_FUTURE", "dateOfDeath")])
        .await;
    let payload =
        clinic.done("updatePatient", "patient { dateOfDeath }", change(1, "dateOfDeath", json!("2026-03-15"))).await;
    assert_eq!(payload["patient"]["dateOfDeath"], "2026-03-15", "the day of the birth");
    clinic.server.clock.advance(chrono::Duration::days(2));
    let after_death = change(2, "dateOfBirth", json!("2026-03-16"));
    clinic.refuse("updatePatient", after_death, &[("INVALID", "dateOfDeath")]).await;
    let payload =
        clinic.done("updatePatient", "patient { dateOfBirth age }", change(2, "dateOfBirth", Value::Null)).await;
    assert_eq!(payload["patient"], json!({"dateOfBirth": null, "age": null}));
    for nonsense in ["2026-02-30", "2026-3-1", "yesterday", "2026-03-14T00:00:00Z"] {
        clinic.fail("createPatient", born("A-3", nonsense), "BAD_USER_INPUT").await;
    }
}

async fn an_archived_patient_is_left_out_until_restored(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let key = clinic.rows.patient("A-1", json!({})).await;
    let input = |version: i32| json!({"id": id("Patient", &key), "version": version});
    let count = async || clinic.read("{ patients { totalCount } }", json!({})).await["patients"]["totalCount"].clone();
    clinic.refuse("restorePatient", input(1), &[("INVALID_TRANSITION", "id")]).await;
    let payload = clinic.done("archivePatient", "patient { archivedAt version }", input(1)).await;
    assert_eq!(payload["patient"], json!({"archivedAt": NOW, "version": 2}));
    assert_eq!(count().await, 0);
    let by_id = clinic.read("query($id: ID!) { patient(id: $id) { mrn } }", json!({"id": id("Patient", &key)})).await;
    assert_eq!(by_id["patient"]["mrn"], "A-1", "readable by id");
    clinic.refuse("archivePatient", input(2), &[("INVALID_TRANSITION", "id")]).await;
    let change = json!({"id": id("Patient", &key), "version": 2, "name": " ", "email": "x"});
    let expected = [("ARCHIVED", "id"), ("REQUIRED", "name"), ("INVALID", "email")];
    clinic.refuse("updatePatient", change, &expected).await;
    let payload = clinic.done("restorePatient", "patient { archivedAt version mrn }", input(2)).await;
    assert_eq!(payload["patient"], json!({"archivedAt": null, "version": 3, "mrn": "A-1"}));
    assert_eq!(count().await, 1);
}

async fn a_record_is_erased_whole_and_leaves_why(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    crate::support::clinic::fill(&clinic.rows).await;
    let before = clinic.tables().await;
    // The patient with the most reports: a chain of revisions makes deleting hardest.
    let reports =
        |patient: &Value| before.rows("medical_reports").iter().filter(|r| r["patient_id"] == *patient).count();
    let open = before.rows("patients").iter().filter(|row| row["archived_at"].is_null());
    let patient = open.max_by_key(|row| reports(&row["patient_id"])).expect("a patient")["patient_id"].clone();
    assert!(reports(&patient) > 1);
    let key = patient.as_str().expect("a key");
    let input = |version: i32, reason: &str| json!({"id": id("Patient", key), "version": version, "reason": reason});
    clinic.refuse("deletePatient", input(1, "Asked for"), &[("INVALID_TRANSITION", "id")]).await;
    let both = [("INVALID_TRANSITION", "id"), ("REQUIRED", "reason")];
    clinic.refuse("deletePatient", input(1, " "), &both).await;
    clinic.done("archivePatient", "patient { id }", json!({"id": id("Patient", key), "version": 1})).await;
    clinic.refuse("deletePatient", input(2, ""), &[("REQUIRED", "reason")]).await;
    clinic.refuse("deletePatient", input(2, &"x".repeat(501)), &[("TOO_LONG", "reason")]).await;
    let payload = clinic.done("deletePatient", "deletedId", input(2, " Asked for ")).await;
    assert_eq!(payload["deletedId"], id("Patient", key));

    let after = clinic.tables().await.lines();
    let left: Vec<_> = after.iter().filter(|line| line.contains(key)).collect();
    assert_eq!(left.len(), 1, "{left:#?}");
    assert!(left[0].starts_with("patient_erasures"), "{left:?}");
    let tables = clinic.tables().await;
    let erasure = &tables.rows("patient_erasures")[0];
    assert_eq!((&erasure["reason"], &erasure["erased_at"]), (&json!("Asked for"), &json!(NOW)));
    // Nothing of anybody else went.
    let others: Vec<_> = before.lines().into_iter().filter(|line| !line.contains(key)).collect();
    assert!(others.iter().all(|line| after.contains(line)));
    assert_eq!(after.len(), others.len() + 1);
}
