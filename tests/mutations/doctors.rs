//! Mutations of doctors.

use serde_json::{Value, json};

use super::{Clinic, with};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_doctor_is_registered_and_changed,
    values_of_a_doctor_are_checked_at_once,
    a_licence_is_one_doctors,
    an_archived_doctor_stays_named_and_takes_nothing_new,
    a_doctor_whom_a_record_names_cannot_be_deleted,
);

const ALL: &str =
    "doctor { name specialization licenseNumber yearsExperience hospitalAffiliation consultationFee email phone
    createdAt updatedAt version archivedAt }";

async fn a_doctor_is_registered_and_changed(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let input = json!({
        "name": " Bell ", "specialization": "Neurology", "licenseNumber": "L-1", "yearsExperience": 100,
        "hospitalAffiliation": "Charité", "consultationFee": "0.07", "email": "b@x.example", "phone": "+49 30",
    });
    let payload = clinic.done("createDoctor", &format!("{ALL} again: doctor {{ id }}"), input.clone()).await;
    let stamps = json!({"name": "Bell", "createdAt": NOW, "updatedAt": NOW, "version": 1, "archivedAt": null});
    assert_eq!(payload["doctor"], with(input, stamps));

    clinic.server.clock.advance(chrono::Duration::seconds(1));
    let target = json!({"id": payload["again"]["id"], "version": 1});
    let change =
        with(target.clone(), json!({"name": "Ångström", "specialization": null, "email": "  ", "yearsExperience": 0}));
    let changed = clinic.done("updateDoctor", ALL, change).await;
    let expected = json!({
        "name": "Ångström", "specialization": null, "email": null, "yearsExperience": 0, "version": 2,
        "updatedAt": "2026-03-14T22:30:01.000000Z",
    });
    assert_eq!(changed["doctor"], with(payload["doctor"].clone(), expected));
    let found = clinic.read("{ doctors(filter: {name: {contains: \"ÅNG\"}}) { totalCount } }", json!({})).await;
    assert_eq!(found["doctors"]["totalCount"], 1, "the folded name changes with the name");

    let cleared = json!({
        "version": 2, "licenseNumber": null, "yearsExperience": null, "hospitalAffiliation": "", "consultationFee": null,
        "phone": null,
    });
    let cleared = clinic.done("updateDoctor", ALL, with(target, cleared)).await;
    let nothing = ["licenseNumber", "yearsExperience", "hospitalAffiliation", "consultationFee", "phone"];
    assert!(nothing.iter().all(|field| cleared["doctor"][field].is_null()), "{cleared}");
}

async fn values_of_a_doctor_are_checked_at_once(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let key = clinic.rows.doctor("Bell", json!({})).await;
    let wrong = json!({
        "name": "", "specialization": "x".repeat(501), "licenseNumber": "a\u{0}b", "yearsExperience": 101,
        "consultationFee": "-0.01", "email": "@x", "phone": "é".repeat(501),
    });
    let expected = [
        ("REQUIRED", "name"),
        ("TOO_LONG", "specialization"),
        ("INVALID", "licenseNumber"),
        ("INVALID", "yearsExperience"),
        ("INVALID", "consultationFee"),
        ("INVALID", "email"),
        ("TOO_LONG", "phone"),
    ];
    clinic.refuse("createDoctor", wrong.clone(), &expected).await;
    clinic.refuse("updateDoctor", with(json!({"id": id("Doctor", &key), "version": 1}), wrong), &expected).await;
    // As long as can be, in characters and not in bytes.
    let longest = json!({"name": "é".repeat(200), "phone": format!("  {}  ", "é".repeat(500))});
    let payload = clinic.done("createDoctor", ALL, longest).await;
    assert_eq!(payload["doctor"]["phone"], "é".repeat(500));
    clinic.refuse("createDoctor", json!({"name": "é".repeat(201)}), &[("TOO_LONG", "name")]).await;
    for fee in [json!("0.001"), json!("1,50"), json!(""), json!(1.5), json!("99999999999999999999")] {
        clinic.fail("createDoctor", json!({"name": "A", "consultationFee": fee}), "BAD_USER_INPUT").await;
    }
}

async fn a_licence_is_one_doctors(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let first = clinic.rows.doctor("First", json!({"license_number": "L-1"})).await;
    let second = clinic.rows.doctor("Second", json!({})).await;
    clinic.refuse("createDoctor", json!({"name": "A", "licenseNumber": " L-1 "}), &[("TAKEN", "licenseNumber")]).await;
    let change = |key: &str| json!({"id": id("Doctor", key), "version": 1, "licenseNumber": "L-1"});
    clinic.refuse("updateDoctor", change(&second), &[("TAKEN", "licenseNumber")]).await;
    clinic.done("updateDoctor", ALL, change(&first)).await;
    // Doctors without one do not meet.
    clinic.done("createDoctor", ALL, json!({"name": "Third", "licenseNumber": ""})).await;
    let inputs = (0..4).map(|_| ("createDoctor", json!({"name": "A", "licenseNumber": "L-2"}))).collect();
    clinic.one_wins(inputs, &[("TAKEN", "licenseNumber")]).await;
}

async fn an_archived_doctor_stays_named_and_takes_nothing_new(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (doctor, other) = (clinic.rows.doctor("Bell", json!({})).await, clinic.rows.doctor("Curie", json!({})).await);
    let patient = clinic.rows.patient("A-1", json!({})).await;
    clinic.rows.assignment(&patient, &other, json!({})).await;
    let booked = json!({"status": "scheduled"});
    let visit = clinic.rows.consultation(&patient, &other, "2026-04-01T08:00:00.000000Z", booked).await;
    let target = |version: i32| json!({"id": id("Doctor", &doctor), "version": version});
    clinic.refuse("restoreDoctor", target(1), &[("INVALID_TRANSITION", "id")]).await;
    let payload = clinic.done("archiveDoctor", ALL, target(1)).await;
    assert_eq!((&payload["doctor"]["archivedAt"], &payload["doctor"]["version"]), (&json!(NOW), &json!(2)));
    clinic.refuse("archiveDoctor", target(2), &[("INVALID_TRANSITION", "id")]).await;
    let change = with(target(2), json!({"name": "", "phone": "1"}));
    clinic.refuse("updateDoctor", change, &[("ARCHIVED", "id"), ("REQUIRED", "name")]).await;
    let listed = clinic.read("{ doctors { nodes { name } } }", json!({})).await;
    assert_eq!(listed["doctors"]["nodes"], json!([{"name": "Curie"}]));

    let names = json!({"patientId": id("Patient", &patient), "doctorId": id("Doctor", &doctor)});
    let refused: &[(&str, Value, &str)] = &[
        ("assignDoctor", with(names.clone(), json!({"type": "SPECIALIST"})), "doctorId"),
        ("createConsultation", with(names.clone(), json!({"date": "2026-04-01T12:00:00Z"})), "doctorId"),
        ("createSession", names.clone(), "doctorId"),
        ("addTimelineNote", with(names.clone(), json!({"title": "A"})), "doctorId"),
        (
            "updateConsultation",
            json!({"id": id("Consultation", &visit), "version": 1, "doctorId": names["doctorId"]}),
            "doctorId",
        ),
        (
            "createUser",
            json!({"username": "a", "name": "A", "role": "DOCTOR", "doctorId": names["doctorId"]}),
            "doctorId",
        ),
        (
            "transferPrimaryDoctor",
            json!({"patientId": names["patientId"], "fromDoctorId": id("Doctor", &other), "toDoctorId": names["doctorId"]}),
            "toDoctorId",
        ),
    ];
    for (mutation, input, path) in refused {
        clinic.refuse(mutation, input.clone(), &[("ARCHIVED", path)]).await;
    }
    let payload = clinic.done("restoreDoctor", ALL, target(2)).await;
    assert_eq!((&payload["doctor"]["archivedAt"], &payload["doctor"]["version"]), (&Value::Null, &json!(3)));
    clinic.done("archiveDoctor", ALL, target(3)).await;
    clinic.done("deleteDoctor", "deletedId", target(4)).await;
}

/// Every column of the database that names a doctor keeps its doctor.
async fn a_doctor_whom_a_record_names_cannot_be_deleted(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let rows = &clinic.rows;
    let named =
        ["doctor_patient_assignments", "consultations", "sessions", "patient_timeline", "consultation_revisions"];
    for (number, table) in named.into_iter().enumerate() {
        let doctor = rows.doctor(table, json!({})).await;
        match table {
            "doctor_patient_assignments" => {
                rows.assignment(&patient, &doctor, json!({})).await;
            }
            "consultations" => {
                rows.consultation(&patient, &doctor, "2025-01-01T00:00:00.000000Z", json!({})).await;
            }
            "patient_timeline" => {
                let note = json!({"event_type": "note", "event_title": "A", "doctor_id": doctor});
                rows.of_patient(table, &patient, note).await;
            }
            "sessions" => {
                rows.of_patient(table, &patient, json!({"doctor_id": doctor})).await;
            }
            _ => {
                let other = rows.doctor("Other", json!({})).await;
                let visit = rows.consultation(&patient, &other, "2025-01-01T00:00:00.000000Z", json!({})).await;
                let row = json!({
                    "consultation_id": visit, "patient_id": patient, "doctor_id": doctor, "status": "completed",
                    "consultation_date": "2025-01-01T00:00:00.000000Z", "consultation_version": 1,
                });
                rows.insert(table, "id", row, json!({})).await;
            }
        }
        let target = json!({"id": id("Doctor", &doctor), "version": 1});
        clinic.refuse("deleteDoctor", target.clone(), &[("IN_USE", "id")]).await;
        if number == 0 {
            clinic.done("archiveDoctor", "doctor { id }", target.clone()).await;
            clinic.refuse("deleteDoctor", with(target, json!({"version": 2})), &[("IN_USE", "id")]).await;
        }
    }
    let free = rows.doctor("Free", json!({})).await;
    let target = json!({"id": id("Doctor", &free), "version": 1});
    assert_eq!(clinic.done("deleteDoctor", "deletedId", target).await["deletedId"], id("Doctor", &free));
}
