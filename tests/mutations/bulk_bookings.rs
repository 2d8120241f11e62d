//! Many visits in one request: how they meet each other and what they open.

use serde_json::{Value, json};

use super::bulk::{People, VISITS, column};
use crate::on_both;
use crate::support::database::TestDatabase;

on_both!(
    rows_of_one_input_meet_each_other_in_their_order,
    a_row_that_is_left_out_keeps_nobody_busy,
    visits_of_the_same_people_open_one_assignment,
    of_two_lists_for_the_same_slots_one_is_booked,
);

async fn rows_of_one_input_meet_each_other_in_their_order(database: TestDatabase) {
    let people = People::new(database).await;
    let visits = vec![
        people.visit(0, 0, "2026-04-01T08:00:00Z", json!({"notes": "a"})),
        people.visit(1, 0, "2026-04-01T08:29:00Z", json!({"notes": "b"})),
        people.visit(0, 1, "2026-04-01T08:15:00Z", json!({"notes": "c"})),
        people.visit(1, 1, "2026-04-01T08:15:00Z", json!({"notes": "d"})),
    ];
    let clashes = [("DOUBLE_BOOKED", "consultations.1.date"), ("DOUBLE_BOOKED", "consultations.2.date")];
    let refused = people.clinic.refuse("createConsultations", json!({"consultations": visits}), &clashes).await;
    let warning =
        |code: &str, row: &str| json!({"code": code, "path": ["consultations", row, "date"], "consultation": null});
    assert_eq!(refused["warnings"], json!([warning("DOCTOR_BUSY", "1"), warning("PATIENT_BUSY", "2")]));

    let (payload, errors) = people.skip("createConsultations", "consultations", VISITS, visits).await;
    assert_eq!(errors, super::pairs(&clashes));
    assert_eq!(column(&payload["consultations"], "notes"), [json!("a"), json!(null), json!(null), json!("d")]);
    let met = json!({"date": "2026-04-01T08:00:00.000000Z"});
    assert!(payload["warnings"].as_array().expect("warnings").iter().all(|warning| warning["consultation"] == met));

    let meant: Vec<_> = ["b", "c"]
        .into_iter()
        .map(|note| people.visit(0, 0, "2026-04-01T08:00:00Z", json!({"notes": note, "allowDoubleBooking": true})))
        .collect();
    let payload = people.clinic.done("createConsultations", VISITS, json!({"consultations": meant})).await;
    assert_eq!(column(&payload["consultations"], "notes"), [json!("b"), json!("c")]);
    // The first meets one visit, the second also the first; each of both people.
    assert_eq!(payload["warnings"].as_array().map(Vec::len), Some(6));
}

async fn a_row_that_is_left_out_keeps_nobody_busy(database: TestDatabase) {
    let people = People::new(database).await;
    let visits = vec![
        people.visit(0, 0, "2026-04-01T08:00:00Z", json!({"fee": "-1"})),
        people.visit(0, 0, "2026-04-01T08:00:00Z", json!({"notes": "b"})),
    ];
    let (payload, errors) = people.skip("createConsultations", "consultations", VISITS, visits).await;
    assert_eq!(errors, super::pairs(&[("INVALID", "consultations.0.fee")]));
    assert_eq!(column(&payload["consultations"], "notes"), [json!(null), json!("b")]);
    assert_eq!(payload["warnings"], json!([]));
}

async fn visits_of_the_same_people_open_one_assignment(database: TestDatabase) {
    let people = People::new(database).await;
    let rows: Vec<_> = [(0, 0), (0, 0), (1, 0), (0, 0), (1, 1)]
        .into_iter()
        .enumerate()
        .map(|(day, (patient, doctor))| {
            people.visit(patient, doctor, &format!("2026-04-0{}T08:00:00Z", day + 1), json!({}))
        })
        .collect();
    people.clinic.rows.assignment(&people.patients[1], &people.doctors[1], json!({})).await;
    let payload = people.clinic.done("createConsultations", VISITS, json!({"consultations": rows})).await;
    let mut opened: Vec<_> = payload["openedAssignments"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|a| (a["patient"]["mrn"].as_str().expect("a number"), a["doctor"]["name"].as_str().expect("a name")))
        .collect();
    opened.sort_unstable();
    assert_eq!(opened, [("A-0", "Bell"), ("A-1", "Bell")], "Curie has one to A-1 already");
    assert_eq!(people.clinic.tables().await.rows("doctor_patient_assignments").len(), 3);
}

async fn of_two_lists_for_the_same_slots_one_is_booked(database: TestDatabase) {
    let people = People::new(database).await;
    // In opposite orders: whoever locks by the order of the input would wait for the other for ever.
    let rows = |numbers: [usize; 2]| -> Vec<Value> {
        let row =
            |number: usize| people.visit(number, number, &format!("2026-04-0{}T08:00:00Z", number + 1), json!({}));
        numbers.into_iter().map(row).collect()
    };
    let inputs = vec![
        ("createConsultations", json!({"consultations": rows([0, 1])})),
        ("createConsultations", json!({"consultations": rows([1, 0])})),
    ];
    let outcomes = people.clinic.at_once(inputs).await;
    let both = super::pairs(&[("DOUBLE_BOOKED", "consultations.0.date"), ("DOUBLE_BOOKED", "consultations.1.date")]);
    assert!(outcomes.contains(&vec![]) && outcomes.contains(&both), "{outcomes:?}");
    assert_eq!(people.clinic.tables().await.rows("consultations").len(), 2);
}
