//! Mutations of accounts.

use serde_json::{Value, json};

use super::{Clinic, with};
use crate::naive::tables::Row;
use crate::on_both;
use crate::support::accounts::ADMIN;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    an_account_is_opened_and_changed,
    values_of_an_account_are_checked_at_once,
    names_and_addresses_of_accounts_are_unique,
    an_account_fits_its_role,
    an_account_passes_from_one_person_to_another,
    the_last_active_administrator_stays,
    administrators_who_resign_at_once_leave_one,
    an_account_that_is_named_cannot_be_deleted,
);

const ALL: &str =
    "user { username email name role isActive lastLogin createdAt updatedAt version doctor { name } patient { mrn } }";

fn account(username: &str, role: &str) -> Value {
    json!({"username": username, "name": "Somebody", "role": role})
}

fn target(key: &str, more: Value) -> Value {
    with(json!({"id": id("User", key), "version": 1}), more)
}

async fn an_account_is_opened_and_changed(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let doctor = clinic.rows.doctor("Bell", json!({})).await;
    let input = with(account(" bell ", "DOCTOR"), json!({"email": "b@x.example", "doctorId": id("Doctor", &doctor)}));
    let payload = clinic.done("createUser", &format!("{ALL} again: user {{ id }}"), input).await;
    let expected = json!({
        "username": "bell", "email": "b@x.example", "name": "Somebody", "role": "DOCTOR", "isActive": true,
        "lastLogin": null, "createdAt": NOW, "updatedAt": NOW, "version": 1, "doctor": {"name": "Bell"}, "patient": null,
    });
    assert_eq!(payload["user"], expected);
    clinic.server.clock.advance(chrono::Duration::seconds(1));
    let change = json!({
        "id": payload["again"]["id"], "version": 1, "username": "curie", "email": null, "isActive": false,
    });
    let changed = clinic.done("updateUser", ALL, change).await;
    let differs = json!({
        "username": "curie", "email": null, "isActive": false, "version": 2, "updatedAt": "2026-03-14T22:30:01.000000Z",
    });
    assert_eq!(changed["user"], with(expected, differs), "the link stays");
}

async fn values_of_an_account_are_checked_at_once(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let key = clinic.rows.user("bell", "doctor").await;
    let wrong =
        json!({"username": "a b", "name": " ", "email": "a b@x", "doctorId": "nonsense", "patientId": "nonsense"});
    let expected = [
        ("INVALID", "username"),
        ("REQUIRED", "name"),
        ("INVALID", "email"),
        ("NOT_FOUND", "doctorId"),
        ("NOT_FOUND", "patientId"),
    ];
    clinic.refuse("createUser", with(wrong.clone(), json!({"role": "DOCTOR"})), &expected).await;
    clinic.refuse("updateUser", target(&key, wrong), &expected).await;
    let cleared = json!({"username": null, "name": null, "role": null, "isActive": null});
    let required = [("REQUIRED", "username"), ("REQUIRED", "name"), ("REQUIRED", "role"), ("REQUIRED", "isActive")];
    clinic.refuse("updateUser", target(&key, cleared), &required).await;
    for (username, code) in [
        ("", "REQUIRED"),
        (" \t", "REQUIRED"),
        ("a\tb", "INVALID"),
        ("a\u{a0}b", "INVALID"),
        ("a\u{7}b", "INVALID"),
        ("a\u{0}b", "INVALID"),
    ] {
        clinic.refuse("createUser", account(username, "AGENT"), &[(code, "username")]).await;
    }
    clinic.refuse("createUser", account(&"x".repeat(501), "AGENT"), &[("TOO_LONG", "username")]).await;
    clinic.fail("createUser", account("a", "NURSE"), "BAD_USER_INPUT").await;
}

async fn names_and_addresses_of_accounts_are_unique(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    clinic.done("createUser", ALL, with(account("bell", "AGENT"), json!({"email": "b@x.example"}))).await;
    let other = clinic.rows.user("other", "agent").await;
    clinic.refuse("createUser", account(" bell", "AGENT"), &[("TAKEN", "username")]).await;
    let email = json!({"email": "b@x.example"});
    clinic.refuse("createUser", with(account("new", "AGENT"), email.clone()), &[("TAKEN", "email")]).await;
    clinic.refuse("updateUser", target(&other, json!({"username": "bell"})), &[("TAKEN", "username")]).await;
    clinic.refuse("updateUser", target(&other, email), &[("TAKEN", "email")]).await;
    // Those without an address do not meet.
    clinic.done("createUser", ALL, account("new", "AGENT")).await;
    clinic.one_wins((0..4).map(|_| ("createUser", account("one", "AGENT"))).collect(), &[("TAKEN", "username")]).await;
}

async fn an_account_fits_its_role(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (doctor, patient) = (clinic.rows.doctor("Bell", json!({})).await, clinic.rows.patient("A-1", json!({})).await);
    let (of_doctor, of_patient) =
        (json!({"doctorId": id("Doctor", &doctor)}), json!({"patientId": id("Patient", &patient)}));
    for role in ["ADMIN", "AGENT", "PATIENT"] {
        let input = with(account("a", role), of_doctor.clone());
        clinic.refuse("createUser", input, &[("INVALID", "doctorId")]).await;
    }
    for role in ["ADMIN", "AGENT", "DOCTOR"] {
        let input = with(account("a", role), of_patient.clone());
        clinic.refuse("createUser", input, &[("INVALID", "patientId")]).await;
    }
    clinic.done("createUser", ALL, with(account("bell", "DOCTOR"), of_doctor.clone())).await;
    clinic.done("createUser", ALL, with(account("zola", "PATIENT"), of_patient.clone())).await;
    clinic.refuse("createUser", with(account("b", "DOCTOR"), of_doctor.clone()), &[("TAKEN", "doctorId")]).await;
    clinic.refuse("createUser", with(account("z", "PATIENT"), of_patient.clone()), &[("TAKEN", "patientId")]).await;
    let (other, third) = (clinic.rows.user("other", "doctor").await, clinic.rows.user("third", "patient").await);
    clinic.refuse("updateUser", target(&other, of_doctor), &[("TAKEN", "doctorId")]).await;
    clinic.refuse("updateUser", target(&third, of_patient), &[("TAKEN", "patientId")]).await;

    // The role of an account that belongs to somebody cannot leave them behind.
    let users = clinic.tables().await;
    let key = |name: &str| users.find("users", "username", &json!(name)).expect("an account")["id"].clone();
    let change = |name: &str, role: &str| target(key(name).as_str().expect("a key"), json!({"role": role}));
    clinic.refuse("updateUser", change("bell", "ADMIN"), &[("INVALID", "doctorId")]).await;
    clinic.refuse("updateUser", change("zola", "DOCTOR"), &[("INVALID", "patientId")]).await;
    let freed = clinic.done("updateUser", ALL, with(change("bell", "ADMIN"), json!({"doctorId": null}))).await;
    assert_eq!((&freed["user"]["role"], &freed["user"]["doctor"]), (&json!("ADMIN"), &Value::Null));
}

async fn an_account_passes_from_one_person_to_another(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (bell, curie) = (clinic.rows.doctor("Bell", json!({})).await, clinic.rows.doctor("Curie", json!({})).await);
    let key = clinic.rows.user("shared", "doctor").await;
    for (version, doctor, name) in [(1, Some(&bell), "Bell"), (2, Some(&curie), "Curie"), (3, None, "")] {
        let change = json!({"version": version, "doctorId": doctor.map(|key| id("Doctor", key))});
        let payload = clinic.done("updateUser", ALL, target(&key, change)).await;
        assert_eq!(payload["user"]["doctor"]["name"].as_str().unwrap_or_default(), name);
        let tables = clinic.tables().await;
        let linked = tables.rows("doctors").iter().filter(|row| row["user_id"] == json!(key)).count();
        assert_eq!(linked, usize::from(doctor.is_some()), "the account has one person at most");
    }
    let both = json!({"version": 4, "doctorId": id("Doctor", &bell), "patientId": "nonsense"});
    clinic.refuse("updateUser", target(&key, both), &[("NOT_FOUND", "patientId")]).await;
    let archived = clinic.rows.patient("A-1", json!({"archived_at": NOW})).await;
    let gone = json!({"version": 4, "role": "PATIENT", "patientId": id("Patient", &archived)});
    clinic.refuse("updateUser", target(&key, gone), &[("ARCHIVED", "patientId")]).await;
    // Two accounts for one doctor at once.
    let other = clinic.rows.user("other", "doctor").await;
    let change = |key: &str, version: i32| target(key, json!({"version": version, "doctorId": id("Doctor", &bell)}));
    let both = vec![("updateUser", change(&key, 4)), ("updateUser", change(&other, 1))];
    clinic.one_wins(both, &[("TAKEN", "doctorId")]).await;
}

async fn the_last_active_administrator_stays(database: TestDatabase) {
    let mut clinic = Clinic::open(database).await;
    let last = ADMIN;
    let disabled = json!({"username": "off", "name": "Off", "role": "admin", "is_active": false});
    let disabled = clinic.rows.insert("users", "id", disabled, json!({})).await;
    clinic.refuse("updateUser", target(last, json!({"role": "DOCTOR"})), &[("LAST_ADMIN", "role")]).await;
    clinic.refuse("updateUser", target(last, json!({"isActive": false})), &[("LAST_ADMIN", "isActive")]).await;
    let both = json!({"role": "AGENT", "isActive": false, "name": ""});
    clinic.refuse("updateUser", target(last, both), &[("LAST_ADMIN", "role"), ("REQUIRED", "name")]).await;
    clinic.refuse("deleteUser", target(last, json!({})), &[("LAST_ADMIN", "id")]).await;
    clinic.done("updateUser", ALL, target(last, json!({"name": "Still there"}))).await;
    // One who cannot sign in counts for nothing, until they can.
    clinic.done("updateUser", ALL, target(&disabled, json!({"isActive": true}))).await;
    clinic.done("updateUser", ALL, target(last, json!({"version": 2, "role": "DOCTOR"}))).await;
    clinic.actor = clinic.server.sign_in(&disabled).await;
    clinic.refuse("deleteUser", target(&disabled, json!({"version": 2})), &[("LAST_ADMIN", "id")]).await;
}

async fn administrators_who_resign_at_once_leave_one(database: TestDatabase) {
    let mut clinic = Clinic::open(database).await;
    let mut left = ADMIN.to_owned();
    for round in 0..3 {
        let mut admins = vec![left];
        for number in 0..=round {
            admins.push(clinic.rows.user(&format!("admin-{round}-{number}"), "admin").await);
        }
        let mut requests = vec![];
        for (number, key) in admins.iter().enumerate() {
            let version =
                clinic.tables().await.find("users", "id", &json!(key)).expect("an account")["version"].clone();
            let (mutation, change) = match number % 3 {
                0 => ("updateUser", json!({"version": version, "role": "DOCTOR"})),
                1 => ("updateUser", json!({"version": version, "isActive": false})),
                _ => ("deleteUser", json!({"version": version})),
            };
            requests.push((clinic.server.sign_in(key).await, mutation, target(key, change)));
        }
        let outcomes = clinic.each_at_once(requests).await;
        let last = ["role", "isActive", "id"].map(|path| vec![("LAST_ADMIN".to_owned(), path.to_owned())]);
        let refused: Vec<_> = outcomes.iter().filter(|errors| !errors.is_empty()).collect();
        assert!(refused.len() == 1 && last.contains(refused[0]), "{outcomes:?}");
        let tables = clinic.tables().await;
        let active = |row: &&Row| row["role"] == "admin" && row["is_active"] == true;
        let active: Vec<_> = tables.rows("users").iter().filter(active).map(|row| row["id"].clone()).collect();
        assert_eq!(active.len(), 1);
        left = active[0].as_str().expect("a key").to_owned();
        clinic.actor = clinic.server.sign_in(&left).await;
    }
}

async fn an_account_that_is_named_cannot_be_deleted(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let rows = &clinic.rows;
    let patient = rows.patient("A-1", json!({})).await;
    let doctor = rows.doctor("Bell", json!({})).await;
    let visit = rows.consultation(&patient, &doctor, "2025-01-01T00:00:00.000000Z", json!({})).await;
    let released = json!({"title": "A", "content": "A", "status": "released", "released_at": NOW});
    let note = json!({"event_type": "note", "event_title": "A"});
    let report = rows.of_patient("medical_reports", &patient, released).await;
    let note = rows.of_patient("patient_timeline", &patient, note).await;
    let session = rows.of_patient("sessions", &patient, json!({})).await;
    let request = rows.of_patient("report_status", &patient, json!({})).await;
    let revision = json!({
        "consultation_id": visit, "patient_id": patient, "doctor_id": doctor, "status": "completed",
        "consultation_date": NOW, "consultation_version": 1,
    });
    let revision = rows.insert("consultation_revisions", "id", revision, json!({})).await;
    let erasure = rows.insert("patient_erasures", "id", json!({"reason": "A"}), json!({})).await;
    let program = rows.user("program", "agent").await;
    let api_key = json!({"user_id": program, "name": "A", "hash": "A", "hint": "A", "may_intake": true});
    let api_key = rows.insert("api_keys", "id", api_key, json!({})).await;
    for (table, key_column, key, column) in [
        ("doctors", "doctor_id", &doctor, "user_id"),
        ("patients", "patient_id", &patient, "user_id"),
        ("sessions", "id", &session, "user_id"),
        ("sessions", "id", &session, "agent_id"),
        ("consultations", "id", &visit, "corrected_by"),
        ("medical_reports", "id", &report, "released_by"),
        ("report_status", "id", &request, "requested_by"),
        ("patient_timeline", "id", &note, "author_id"),
        ("consultation_revisions", "id", &revision, "changed_by"),
        ("patient_erasures", "id", &erasure, "erased_by"),
        ("api_keys", "id", &api_key, "created_by"),
    ] {
        let user = rows.user(&format!("{table}-{column}"), "doctor").await;
        rows.run(&format!("UPDATE {table} SET {column} = '{user}' WHERE {key_column} = '{key}'")).await;
        clinic.refuse("deleteUser", target(&user, json!({})), &[("IN_USE", "id")]).await;
    }
}
