//! Mutations of assignments: who answers for a patient, and since when.

use serde_json::{Value, json};

use super::{Clinic, with};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_doctor_is_assigned,
    an_assignment_names_who_is_there_and_when,
    a_second_open_one_of_the_same_kind_is_refused,
    of_eight_primary_doctors_at_once_one_is_assigned,
    an_assignment_is_corrected_and_never_reopened,
    an_assignment_ends_once,
    the_primary_role_is_handed_over_at_one_instant,
    a_former_primary_doctor_can_stay,
    a_handover_from_somebody_else_changes_nothing,
    of_two_handovers_at_once_one_is_done,
);

const ALL: &str = "assignment { id type assignedAt endedAt isActive notes createdAt updatedAt version doctor { name }
    patient { mrn statistics { uniqueDoctorsCount } doctors { totalCount } } }";
const HANDOVER: &str =
    "assignment { type assignedAt isActive notes doctor { name } patient { statistics { uniqueDoctorsCount } } }
    endedAssignment { type endedAt isActive version doctor { name } }
    formerAssignment { type assignedAt isActive notes doctor { name } }";

/// A patient, and doctors to be assigned.
struct People {
    clinic: Clinic,
    patient: String,
    doctors: Vec<String>,
}

impl People {
    async fn new(database: TestDatabase) -> Self {
        let clinic = Clinic::open(database).await;
        let patient = clinic.rows.patient("A-1", json!({})).await;
        let mut doctors = vec![];
        for name in ["Bell", "Curie", "Dax"] {
            doctors.push(clinic.rows.doctor(name, json!({})).await);
        }
        Self { clinic, patient, doctors }
    }

    fn assign(&self, doctor: usize, kind: &str) -> Value {
        let (patient, doctor) = (id("Patient", &self.patient), id("Doctor", &self.doctors[doctor]));
        json!({"patientId": patient, "doctorId": doctor, "type": kind})
    }

    fn hand(&self, from: usize, to: usize) -> Value {
        let doctor = |number: usize| id("Doctor", &self.doctors[number]);
        json!({"patientId": id("Patient", &self.patient), "fromDoctorId": doctor(from), "toDoctorId": doctor(to)})
    }

    async fn assigned(&self, doctor: usize, kind: &str) -> String {
        self.clinic.rows.assignment(&self.patient, &self.doctors[doctor], json!({"assignment_type": kind})).await
    }

    async fn ended(&self, doctor: usize, kind: &str) -> String {
        let row = json!({"assignment_type": kind, "is_active": false, "ended_at": "2025-01-01T00:00:00.000000Z"});
        self.clinic.rows.assignment(&self.patient, &self.doctors[doctor], row).await
    }

    /// Doctor and type of each open assignment.
    async fn open(&self) -> Vec<(String, String)> {
        let query = "{ assignments(filter: {isActive: {eq: true}}) { nodes { type doctor { name } } } }";
        let read = self.clinic.read(query, json!({})).await;
        let nodes = read["assignments"]["nodes"].as_array().expect("nodes").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let mut open: Vec<_> = nodes.map(|node| (text(&node["doctor"]["name"]), text(&node["type"]))).collect();
        open.sort();
        open
    }
}

fn open(of: &[(&str, &str)]) -> Vec<(String, String)> {
    super::pairs(of)
}

fn target(key: &str, more: Value) -> Value {
    with(json!({"id": id("Assignment", key), "version": 1}), more)
}

async fn a_doctor_is_assigned(database: TestDatabase) {
    let people = People::new(database).await;
    people.ended(0, "primary").await;
    let input = with(people.assign(0, "PRIMARY"), json!({"notes": " Since the move \n", "assignedAt": NOW}));
    let mut payload = people.clinic.done("assignDoctor", ALL, input).await;
    payload["assignment"]["id"].take();
    let expected = json!({
        "id": null, "type": "PRIMARY", "assignedAt": NOW, "endedAt": null, "isActive": true, "notes": "Since the move",
        "createdAt": NOW, "updatedAt": NOW, "version": 1, "doctor": {"name": "Bell"},
        "patient": {"mrn": "A-1", "statistics": {"uniqueDoctorsCount": 1}, "doctors": {"totalCount": 1}},
    });
    assert_eq!(payload["assignment"], expected);
    let earlier = with(people.assign(1, "CONSULTANT"), json!({"assignedAt": "2020-02-29T12:00:00+05:30"}));
    let payload = people.clinic.done("assignDoctor", ALL, earlier).await;
    assert_eq!(payload["assignment"]["assignedAt"], "2020-02-29T06:30:00.000000Z");
    assert_eq!(payload["assignment"]["patient"]["statistics"]["uniqueDoctorsCount"], 2);
}

async fn an_assignment_names_who_is_there_and_when(database: TestDatabase) {
    let people = People::new(database).await;
    let wrong = json!({
        "patientId": id("Doctor", &people.doctors[0]), "doctorId": id("Patient", &people.patient), "type": "PRIMARY",
        "assignedAt": "2026-03-14T22:30:00.000001Z", "notes": "\u{0}",
    });
    let expected =
        [("NOT_FOUND", "patientId"), ("NOT_FOUND", "doctorId"), ("IN_FUTURE", "assignedAt"), ("INVALID", "notes")];
    people.clinic.refuse("assignDoctor", wrong, &expected).await;
    let long = with(people.assign(0, "PRIMARY"), json!({"notes": "x".repeat(100_001)}));
    people.clinic.refuse("assignDoctor", long, &[("TOO_LONG", "notes")]).await;
    let key = people.assigned(0, "primary").await;
    let taken = with(people.assign(0, "PRIMARY"), json!({"assignedAt": "2030-01-01T00:00:00Z"}));
    people.clinic.refuse("assignDoctor", taken, &[("TAKEN", "type"), ("IN_FUTURE", "assignedAt")]).await;
    let cleared = target(&key, json!({"type": null, "assignedAt": null, "endedAt": null}));
    let required = [("REQUIRED", "type"), ("REQUIRED", "assignedAt"), ("REQUIRED", "endedAt")];
    people.clinic.refuse("updateAssignment", cleared, &required).await;
}

async fn a_second_open_one_of_the_same_kind_is_refused(database: TestDatabase) {
    let people = People::new(database).await;
    for (doctor, kind) in [(0, "PRIMARY"), (0, "SPECIALIST"), (1, "SPECIALIST")] {
        people.clinic.done("assignDoctor", ALL, people.assign(doctor, kind)).await;
    }
    for (doctor, kind) in [(0, "PRIMARY"), (0, "SPECIALIST"), (1, "PRIMARY")] {
        people.clinic.refuse("assignDoctor", people.assign(doctor, kind), &[("TAKEN", "type")]).await;
    }
    // Of another patient everything is free.
    let other = people.clinic.rows.patient("A-2", json!({})).await;
    let input = with(people.assign(0, "PRIMARY"), json!({"patientId": id("Patient", &other)}));
    people.clinic.done("assignDoctor", ALL, input).await;
}

async fn of_eight_primary_doctors_at_once_one_is_assigned(database: TestDatabase) {
    let people = People::new(database).await;
    let inputs = (0..8).map(|number| ("assignDoctor", people.assign(number % 3, "PRIMARY"))).collect();
    people.clinic.one_wins(inputs, &[("TAKEN", "type")]).await;
    assert_eq!(people.open().await.len(), 1);
    // Consultants may be many, each of them once.
    let inputs = (0..6).map(|number| ("assignDoctor", people.assign(number % 3, "CONSULTANT"))).collect();
    let outcomes = people.clinic.at_once(inputs).await;
    assert_eq!(outcomes.iter().filter(|errors| errors.is_empty()).count(), 3, "{outcomes:?}");
    assert_eq!(people.open().await.len(), 4);
}

async fn an_assignment_is_corrected_and_never_reopened(database: TestDatabase) {
    let people = People::new(database).await;
    let (primary, specialist) = (people.assigned(0, "primary").await, people.assigned(0, "specialist").await);
    let ended = people.ended(1, "primary").await;
    let clinic = &people.clinic;
    let reopened = target(&primary, json!({"endedAt": "2026-01-01T00:00:00Z"}));
    clinic.refuse("updateAssignment", reopened, &[("INVALID_TRANSITION", "endedAt")]).await;
    clinic.refuse("updateAssignment", target(&ended, json!({"endedAt": null})), &[("REQUIRED", "endedAt")]).await;
    let to_primary = json!({"type": "PRIMARY"});
    clinic.refuse("updateAssignment", target(&specialist, to_primary.clone()), &[("TAKEN", "type")]).await;
    let before_begin = target(&ended, json!({"endedAt": "2023-12-31T23:59:59.999999Z"}));
    clinic.refuse("updateAssignment", before_begin, &[("INVALID", "endedAt")]).await;
    let after_end = target(&ended, json!({"assignedAt": "2025-01-01T00:00:00.000001Z"}));
    clinic.refuse("updateAssignment", after_end, &[("INVALID", "assignedAt")]).await;

    let same = target(&primary, to_primary.clone());
    assert_eq!(clinic.done("updateAssignment", ALL, same).await["assignment"]["type"], "PRIMARY", "it is that already");
    let to_consultant = target(&specialist, json!({"type": "CONSULTANT", "notes": "A"}));
    let payload = clinic.done("updateAssignment", ALL, to_consultant).await;
    assert_eq!((&payload["assignment"]["type"], &payload["assignment"]["notes"]), (&json!("CONSULTANT"), &json!("A")));
    // What is over meets nobody.
    let corrected = json!({"type": "PRIMARY", "assignedAt": "2024-06-01T00:00:00Z", "endedAt": "2024-06-01T00:00:00Z"});
    let payload = clinic.done("updateAssignment", ALL, target(&ended, corrected)).await;
    let period = (&payload["assignment"]["assignedAt"], &payload["assignment"]["endedAt"]);
    assert_eq!(period, (&json!("2024-06-01T00:00:00.000000Z"), &json!("2024-06-01T00:00:00.000000Z")));
    assert_eq!(payload["assignment"]["isActive"], false);
}

async fn an_assignment_ends_once(database: TestDatabase) {
    let people = People::new(database).await;
    let key = people.assigned(0, "primary").await;
    let clinic = &people.clinic;
    let early = target(&key, json!({"endedAt": "2023-12-31T23:59:59.999999Z"}));
    clinic.refuse("endAssignment", early, &[("INVALID", "endedAt")]).await;
    let payload = clinic.done("endAssignment", ALL, target(&key, json!({}))).await;
    let ended = &payload["assignment"];
    assert_eq!((&ended["endedAt"], &ended["isActive"], &ended["version"]), (&json!(NOW), &json!(false), &json!(2)));
    assert_eq!(ended["patient"]["statistics"]["uniqueDoctorsCount"], 1, "the doctor was responsible once");
    assert_eq!(ended["patient"]["doctors"]["totalCount"], 0, "and is not any more");
    clinic.refuse("endAssignment", target(&key, json!({"version": 2})), &[("INVALID_TRANSITION", "id")]).await;

    // Assigning again is a new one, and deleting one that never was corrects the figures.
    let payload = clinic.done("assignDoctor", ALL, people.assign(1, "PRIMARY")).await;
    assert_eq!(payload["assignment"]["patient"]["statistics"]["uniqueDoctorsCount"], 2);
    let deleted = json!({"id": payload["assignment"]["id"], "version": 1});
    clinic.done("deleteAssignment", "deletedId", deleted).await;
    clinic.done("deleteAssignment", "deletedId", target(&key, json!({"version": 2}))).await;
    let tables = clinic.tables().await;
    assert_eq!(tables.rows("patient_statistics")[0]["unique_doctors_count"], 0);
}

async fn the_primary_role_is_handed_over_at_one_instant(database: TestDatabase) {
    let people = People::new(database).await;
    people.assigned(0, "primary").await;
    let input = with(people.hand(0, 1), json!({"notes": " Retired "}));
    let payload = people.clinic.done("transferPrimaryDoctor", HANDOVER, input).await;
    let expected = json!({
        "assignment": {
            "type": "PRIMARY", "assignedAt": NOW, "isActive": true, "notes": "Retired", "doctor": {"name": "Curie"},
            "patient": {"statistics": {"uniqueDoctorsCount": 2}},
        },
        "endedAssignment": {
            "type": "PRIMARY", "endedAt": NOW, "isActive": false, "version": 2, "doctor": {"name": "Bell"},
        },
        "formerAssignment": null,
        "userErrors": [],
    });
    assert_eq!(payload, expected);
    assert_eq!(people.open().await, open(&[("Curie", "PRIMARY")]));
    // A doctor who is archived can hand over, and cannot take over.
    people.clinic.rows.run(&format!("UPDATE doctors SET archived_at = '{NOW}'")).await;
    people.clinic.refuse("transferPrimaryDoctor", people.hand(1, 2), &[("ARCHIVED", "toDoctorId")]).await;
    people
        .clinic
        .rows
        .run(&format!("UPDATE doctors SET archived_at = NULL WHERE doctor_id = '{}'", people.doctors[2]))
        .await;
    people.clinic.done("transferPrimaryDoctor", HANDOVER, people.hand(1, 2)).await;
}

async fn a_former_primary_doctor_can_stay(database: TestDatabase) {
    let people = People::new(database).await;
    people.assigned(0, "primary").await;
    people.assigned(1, "consultant").await;
    let stays = |from: usize, to: usize, kind: &str| with(people.hand(from, to), json!({"formerStaysAs": kind}));
    let payload = people.clinic.done("transferPrimaryDoctor", HANDOVER, stays(0, 1, "SPECIALIST")).await;
    let former =
        json!({"type": "SPECIALIST", "assignedAt": NOW, "isActive": true, "notes": null, "doctor": {"name": "Bell"}});
    assert_eq!(payload["formerAssignment"], former);
    assert_eq!(people.open().await, open(&[("Bell", "SPECIALIST"), ("Curie", "CONSULTANT"), ("Curie", "PRIMARY")]));
    // Who is a consultant already stays that by the row that is there.
    let payload = people.clinic.done("transferPrimaryDoctor", HANDOVER, stays(1, 2, "CONSULTANT")).await;
    assert_eq!(payload["formerAssignment"], Value::Null);
    assert_eq!(people.open().await, open(&[("Bell", "SPECIALIST"), ("Curie", "CONSULTANT"), ("Dax", "PRIMARY")]));
    people.clinic.refuse("transferPrimaryDoctor", stays(2, 0, "PRIMARY"), &[("INVALID", "formerStaysAs")]).await;
}

async fn a_handover_from_somebody_else_changes_nothing(database: TestDatabase) {
    let people = People::new(database).await;
    let clinic = &people.clinic;
    clinic.refuse("transferPrimaryDoctor", people.hand(0, 1), &[("CONFLICT", "fromDoctorId")]).await;
    people.ended(0, "primary").await;
    people.assigned(0, "specialist").await;
    clinic.refuse("transferPrimaryDoctor", people.hand(0, 1), &[("CONFLICT", "fromDoctorId")]).await;
    people.assigned(2, "primary").await;
    clinic.refuse("transferPrimaryDoctor", people.hand(0, 1), &[("CONFLICT", "fromDoctorId")]).await;
    clinic.refuse("transferPrimaryDoctor", people.hand(2, 2), &[("INVALID", "toDoctorId")]).await;
    let wrong = with(
        people.hand(2, 1),
        json!({
            "patientId": "nonsense", "fromDoctorId": id("Patient", &people.patient), "toDoctorId": "",
            "formerStaysAs": "PRIMARY",
        }),
    );
    let expected = [
        ("NOT_FOUND", "patientId"),
        ("NOT_FOUND", "fromDoctorId"),
        ("NOT_FOUND", "toDoctorId"),
        ("INVALID", "formerStaysAs"),
    ];
    clinic.refuse("transferPrimaryDoctor", wrong, &expected).await;
    let unknown = with(people.hand(2, 1), json!({"fromDoctorId": id("Doctor", &people.patient)}));
    clinic.refuse("transferPrimaryDoctor", unknown, &[("NOT_FOUND", "fromDoctorId")]).await;
}

async fn of_two_handovers_at_once_one_is_done(database: TestDatabase) {
    let people = People::new(database).await;
    people.assigned(0, "primary").await;
    let both = vec![("transferPrimaryDoctor", people.hand(0, 1)), ("transferPrimaryDoctor", people.hand(0, 2))];
    people.clinic.one_wins(both, &[("CONFLICT", "fromDoctorId")]).await;
    let open = people.open().await;
    assert!(open.len() == 1 && open[0].1 == "PRIMARY" && open[0].0 != "Bell", "{open:?}");
}
