//! When booked visits meet: the doctor or the patient cannot be in two places, unless somebody says that it is meant.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{Clinic, Errors, errors, pairs, send, with};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_booking_over_another_is_refused_with_a_warning,
    a_booking_over_another_is_made_when_it_is_meant,
    only_what_is_booked_keeps_anybody_busy,
    a_visit_that_does_not_say_it_takes_half_an_hour,
    a_visit_is_moved_and_says_where_it_was,
    a_move_meets_other_bookings_and_not_itself,
    a_change_of_a_booking_meets_others_where_it_takes_other_time_or_people,
    random_bookings_meet_where_their_times_do,
    of_eight_bookings_of_a_slot_at_once_one_is_made,
    of_eight_moves_to_a_slot_at_once_one_is_made,
);

const ALL: &str = "consultation { id date durationMinutes rescheduledFrom rescheduledAt version
        patient { statistics { nextVisitDate } } }
    warnings { code message path consultation { id } }";

/// Two patients, two doctors, and a visit of the first ones at nine that takes an hour.
struct Calendar {
    clinic: Clinic,
    patients: [String; 2],
    doctors: [String; 2],
    booked: String,
}

impl Calendar {
    async fn new(database: TestDatabase) -> Self {
        let clinic = Clinic::open(database).await;
        let patients = [clinic.rows.patient("A-1", json!({})).await, clinic.rows.patient("A-2", json!({})).await];
        let doctors = [clinic.rows.doctor("Bell", json!({})).await, clinic.rows.doctor("Curie", json!({})).await];
        let mut calendar = Self { clinic, patients, doctors, booked: String::new() };
        calendar.booked = calendar.book(0, 0, "2026-04-01T09:00:00.000000Z", json!({"duration_minutes": 60})).await;
        calendar
    }

    /// A scheduled visit by SQL; answers its id.
    async fn book(&self, patient: usize, doctor: usize, date: &str, more: Value) -> String {
        let row = with(json!({"status": "scheduled"}), more);
        let key = self.clinic.rows.consultation(&self.patients[patient], &self.doctors[doctor], date, row).await;
        id("Consultation", &key)
    }

    /// A visit to book on the 1st of April.
    fn visit(&self, patient: usize, doctor: usize, time: &str, more: Value) -> Value {
        let (patient, doctor) = (id("Patient", &self.patients[patient]), id("Doctor", &self.doctors[doctor]));
        with(json!({"patientId": patient, "doctorId": doctor, "date": at(time)}), more)
    }

    /// Refused as a double booking, with these warnings: who is busy, by which visit.
    async fn busy(&self, mutation: &str, input: Value, warnings: &[(&str, &str)]) {
        let payload = self.clinic.refuse(mutation, input, &[("DOUBLE_BOOKED", "date")]).await;
        assert_eq!(found(&payload), pairs(warnings), "{payload}");
        assert!(payload["warnings"].as_array().expect("warnings").iter().all(|one| one["path"] == json!(["date"])));
    }
}

fn at(time: &str) -> String {
    format!("2026-04-01T{time}:00.000000Z")
}

/// Code and visit of each warning.
fn found(payload: &Value) -> Errors {
    let warnings = payload["warnings"].as_array().expect("warnings").iter();
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    warnings.map(|warning| (text(&warning["code"]), text(&warning["consultation"]["id"]))).collect()
}

async fn a_booking_over_another_is_refused_with_a_warning(database: TestDatabase) {
    let calendar = Calendar::new(database).await;
    let booked = calendar.booked.as_str();
    let (doctor, patient) = (("DOCTOR_BUSY", booked), ("PATIENT_BUSY", booked));
    for (visit, warnings) in [
        (calendar.visit(1, 0, "09:59", json!({})), &[doctor][..]),
        (calendar.visit(0, 1, "08:31", json!({})), &[patient]),
        (calendar.visit(0, 0, "09:30", json!({"durationMinutes": 1})), &[doctor, patient]),
        (calendar.visit(0, 0, "00:00", json!({"durationMinutes": 1440})), &[doctor, patient]),
    ] {
        calendar.busy("createConsultation", visit, warnings).await;
    }
    // All that is wrong is said at once.
    let wrong = calendar.visit(0, 0, "09:00", json!({"fee": "-1"}));
    let both = [("INVALID", "fee"), ("DOUBLE_BOOKED", "date")];
    calendar.clinic.refuse("createConsultation", wrong, &both).await;
    // Where one ends the other may begin.
    for (number, visit) in [
        calendar.visit(0, 0, "10:00", json!({})),
        calendar.visit(0, 0, "08:30", json!({})),
        calendar.visit(1, 1, "09:00", json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        let payload = calendar.clinic.done("createConsultation", ALL, visit).await;
        assert_eq!(payload["warnings"], json!([]), "{number}");
    }
}

async fn a_booking_over_another_is_made_when_it_is_meant(database: TestDatabase) {
    let calendar = Calendar::new(database).await;
    let visit = calendar.visit(0, 0, "09:30", json!({"allowDoubleBooking": true}));
    let payload = calendar.clinic.done("createConsultation", ALL, visit).await;
    let booked = calendar.booked.as_str();
    assert_eq!(found(&payload), pairs(&[("DOCTOR_BUSY", booked), ("PATIENT_BUSY", booked)]));
    assert_eq!(payload["consultation"]["date"], at("09:30"));
    let message = payload["warnings"][0]["message"].as_str().expect("a message");
    assert!(message.ends_with('.'), "{message}");
    // Meant or not, only what would meet is told.
    let free = calendar.visit(1, 1, "09:30", json!({"allowDoubleBooking": true}));
    assert_eq!(calendar.clinic.done("createConsultation", ALL, free).await["warnings"], json!([]));
}

async fn only_what_is_booked_keeps_anybody_busy(database: TestDatabase) {
    let calendar = Calendar::new(database).await;
    let clinic = &calendar.clinic;
    clinic.server.clock.set("2026-04-02T00:00:00Z");
    for status in ["COMPLETED", "NO_SHOW", "CANCELLED"] {
        let input = calendar.visit(0, 0, "09:00", json!({"status": status}));
        assert_eq!(clinic.done("createConsultation", ALL, input).await["warnings"], json!([]), "{status}");
    }
    let target = json!({"id": calendar.booked, "version": 1});
    clinic.done("cancelConsultation", "consultation { id }", target).await;
    let payload = clinic.done("createConsultation", ALL, calendar.visit(0, 0, "09:00", json!({}))).await;
    assert_eq!(payload["warnings"], json!([]), "what is over keeps nobody busy");
}

async fn a_visit_that_does_not_say_it_takes_half_an_hour(database: TestDatabase) {
    let calendar = Calendar::new(database).await;
    let silent = calendar.book(1, 1, &at("14:00"), json!({})).await;
    calendar.busy("createConsultation", calendar.visit(1, 0, "14:29", json!({})), &[("PATIENT_BUSY", &silent)]).await;
    let after = calendar.visit(1, 0, "14:30", json!({"durationMinutes": 1}));
    calendar.clinic.done("createConsultation", ALL, after).await;
    // What old data says beyond the limits keeps a day busy, and not more.
    let endless = calendar.book(1, 1, "2026-05-01T00:00:00.000000Z", json!({"duration_minutes": 100_000})).await;
    let visit = |date: &str| with(calendar.visit(0, 1, "00:00", json!({})), json!({"date": date}));
    calendar.busy("createConsultation", visit("2026-05-01T23:59:59.999999Z"), &[("DOCTOR_BUSY", &endless)]).await;
    calendar.clinic.done("createConsultation", ALL, visit("2026-05-02T00:00:00Z")).await;
}

async fn a_visit_is_moved_and_says_where_it_was(database: TestDatabase) {
    let calendar = Calendar::new(database).await;
    let move_to = |version: i32, time: &str, more: Value| {
        with(json!({"id": calendar.booked, "version": version, "date": at(time)}), more)
    };
    let payload = calendar.clinic.done("rescheduleConsultation", ALL, move_to(1, "11:00", json!({}))).await;
    let expected = json!({
        "id": calendar.booked, "date": at("11:00"), "durationMinutes": 60, "rescheduledFrom": at("09:00"),
        "rescheduledAt": NOW, "version": 2, "patient": {"statistics": {"nextVisitDate": at("11:00")}},
    });
    assert_eq!(payload, json!({"consultation": expected, "warnings": [], "userErrors": []}));
    calendar.clinic.server.clock.set("2026-03-15T00:00:00Z");
    let payload = calendar
        .clinic
        .done("rescheduleConsultation", ALL, move_to(2, "12:00", json!({"durationMinutes": null})))
        .await;
    let moved = &payload["consultation"];
    assert_eq!((&moved["rescheduledFrom"], &moved["durationMinutes"]), (&json!(at("11:00")), &Value::Null));
    assert_eq!(moved["rescheduledAt"], "2026-03-15T00:00:00.000000Z", "the last move is kept");
    for minutes in [0, -1, 1441] {
        let wrong = move_to(3, "13:00", json!({"durationMinutes": minutes}));
        calendar.clinic.refuse("rescheduleConsultation", wrong, &[("INVALID", "durationMinutes")]).await;
    }
}

async fn a_move_meets_other_bookings_and_not_itself(database: TestDatabase) {
    let calendar = Calendar::new(database).await;
    let other = calendar.book(1, 0, &at("10:00"), json!({})).await;
    let of_patient = calendar.book(0, 1, &at("12:00"), json!({})).await;
    let move_to = |time: &str, more: Value| with(json!({"id": calendar.booked, "version": 1, "date": at(time)}), more);
    calendar.busy("rescheduleConsultation", move_to("09:01", json!({})), &[("DOCTOR_BUSY", &other)]).await;
    calendar.busy("rescheduleConsultation", move_to("11:30", json!({})), &[("PATIENT_BUSY", &of_patient)]).await;
    let longer = move_to("09:00", json!({"durationMinutes": 61}));
    calendar.busy("rescheduleConsultation", longer, &[("DOCTOR_BUSY", &other)]).await;
    // Over its own time it can be moved, and over others' when it is meant.
    calendar.clinic.done("rescheduleConsultation", ALL, move_to("08:59", json!({}))).await;
    let meant = with(move_to("09:30", json!({})), json!({"version": 2, "allowDoubleBooking": true}));
    let payload = calendar.clinic.done("rescheduleConsultation", ALL, meant).await;
    assert_eq!(found(&payload), pairs(&[("DOCTOR_BUSY", &other)]));
}

async fn a_change_of_a_booking_meets_others_where_it_takes_other_time_or_people(database: TestDatabase) {
    let calendar = Calendar::new(database).await;
    let other = calendar.book(1, 1, &at("09:30"), json!({})).await;
    let change = |version: i32, more: Value| with(json!({"id": calendar.booked, "version": version}), more);
    let curie = json!({"doctorId": id("Doctor", &calendar.doctors[1])});
    calendar.busy("updateConsultation", change(1, curie.clone()), &[("DOCTOR_BUSY", &other)]).await;
    let shorter = with(curie.clone(), json!({"durationMinutes": 30}));
    let payload = calendar.clinic.done("updateConsultation", ALL, change(1, shorter)).await;
    assert_eq!(payload["warnings"], json!([]));
    calendar.busy("updateConsultation", change(2, json!({"durationMinutes": 31})), &[("DOCTOR_BUSY", &other)]).await;
    let meant = json!({"durationMinutes": 31, "allowDoubleBooking": true});
    let payload = calendar.clinic.done("updateConsultation", ALL, change(2, meant)).await;
    assert_eq!(found(&payload), pairs(&[("DOCTOR_BUSY", &other)]));
    // What does not touch its time says nothing about it, though they still meet.
    let same = json!({"durationMinutes": 31, "notes": "A"});
    let payload = calendar.clinic.done("updateConsultation", ALL, change(3, same)).await;
    assert_eq!(payload["warnings"], json!([]));
}

/// Books visits one after the other, at random; each is refused exactly where a plain look at all minutes says so.
async fn random_bookings_meet_where_their_times_do(database: TestDatabase) {
    let calendar = Calendar::new(database).await;
    calendar.clinic.rows.run("DELETE FROM consultations").await;
    let mut runner = TestRunner::deterministic();
    let random = (0..2_usize, 0..2_usize, 0..720_u32, proptest::option::of(1..90_u32));
    let mut taken: Vec<(usize, usize, std::ops::Range<u32>)> = vec![];
    let (mut made, mut refused) = (0, 0);
    for _ in 0..60 {
        let (patient, doctor, start, minutes) = random.new_tree(&mut runner).expect("a value").current();
        let time = format!("{:02}:{:02}", start / 60, start % 60);
        let input = calendar.visit(patient, doctor, &time, json!({"durationMinutes": minutes}));
        let payload = send(&calendar.clinic.actor, &super::document("createConsultation", ALL), input).await;
        let wanted = start..start + minutes.unwrap_or(30);
        let shared = |other: &std::ops::Range<u32>| wanted.clone().any(|minute| other.contains(&minute));
        let mut busy = vec![];
        for (other_patient, other_doctor, other) in &taken {
            if shared(other) {
                busy.extend((*other_doctor == doctor).then_some("DOCTOR_BUSY"));
                busy.extend((*other_patient == patient).then_some("PATIENT_BUSY"));
            }
        }
        busy.sort_unstable();
        let mut warned: Vec<_> = found(&payload).into_iter().map(|(code, _)| code).collect();
        warned.sort();
        assert_eq!(warned, busy, "{time} {minutes:?} among {taken:?}");
        if busy.is_empty() {
            assert_eq!(errors(&payload), pairs(&[]));
            taken.push((patient, doctor, wanted));
            made += 1;
        } else {
            assert_eq!(errors(&payload), pairs(&[("DOUBLE_BOOKED", "date")]));
            refused += 1;
        }
    }
    assert!(made > 10 && refused > 10, "{made} made, {refused} refused");
    assert_eq!(calendar.clinic.tables().await.rows("consultations").len(), made);
}

async fn of_eight_bookings_of_a_slot_at_once_one_is_made(database: TestDatabase) {
    let calendar = Calendar::new(database).await;
    // Of one doctor with many patients, then of one patient with many doctors: each keeps the other busy.
    for (round, same_doctor) in [true, false].into_iter().enumerate() {
        let mut inputs = vec![];
        for number in 0..8 {
            let (patient, doctor) = if same_doctor {
                (calendar.clinic.rows.patient(&format!("R-{number}"), json!({})).await, calendar.doctors[1].clone())
            } else {
                (calendar.patients[1].clone(), calendar.clinic.rows.doctor(&format!("R-{number}"), json!({})).await)
            };
            let date = format!("2026-05-0{}T08:{number:02}:00Z", round + 1);
            let input = json!({"patientId": id("Patient", &patient), "doctorId": id("Doctor", &doctor), "date": date});
            inputs.push(("createConsultation", input));
        }
        calendar.clinic.one_wins(inputs, &[("DOUBLE_BOOKED", "date")]).await;
        let tables = calendar.clinic.tables().await;
        assert_eq!(tables.rows("consultations").len(), round + 2);
        assert_eq!(tables.rows("doctor_patient_assignments").len(), round + 1, "no assignment without its visit");
    }
}

async fn of_eight_moves_to_a_slot_at_once_one_is_made(database: TestDatabase) {
    let calendar = Calendar::new(database).await;
    let mut inputs = vec![];
    for number in 0..8 {
        let patient = calendar.clinic.rows.patient(&format!("R-{number}"), json!({})).await;
        let row = json!({"status": "scheduled"});
        let date = format!("2026-05-0{}T08:00:00.000000Z", number + 1);
        let key = calendar.clinic.rows.consultation(&patient, &calendar.doctors[0], &date, row).await;
        let input = json!({"id": id("Consultation", &key), "version": 1, "date": "2026-06-01T08:00:00Z"});
        inputs.push(("rescheduleConsultation", input));
    }
    calendar.clinic.one_wins(inputs, &[("DOUBLE_BOOKED", "date")]).await;
}
