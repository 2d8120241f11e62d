//! What a record leaves open is asked, with the fact behind it; and nothing else is.

use entity::vocabulary::ReportType;
use serde_json::{Value, json};

use super::Desk;
use super::people::{at, prediction, scan};
use crate::on_both;
use crate::support::database::TestDatabase;

on_both!(each_question_has_its_fact, a_record_in_order_leaves_nothing_open, many_of_a_kind_are_counted);

struct Case<'a> {
    desk: &'a Desk,
    doctor: String,
    patient: String,
}

impl Case<'_> {
    /// A patient in order: born, in charge of somebody, seen a month ago.
    async fn new(desk: &Desk) -> Case<'_> {
        let doctor = desk.factory.doctor("Dr. Doe", json!({})).await;
        let mrn = desk.factory.next_key();
        let patient = desk.factory.patient(&mrn, json!({"date_of_birth": "1950-01-01"})).await;
        desk.factory.assignment(&patient, &doctor, json!({"assignment_type": "primary", "is_active": true})).await;
        Case { desk, doctor, patient }
    }

    async fn visit(&self, day: &str, status: &str, more: Value) {
        let mut row = json!({"status": status, "created_at": at("2025-01-01"), "updated_at": at("2025-01-01")});
        row.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.desk.factory.consultation(&self.patient, &self.doctor, &at(day), row).await;
    }

    async fn scan(&self, day: &str, processing: &str) -> String {
        scan(&self.desk.factory, &self.patient, day, processing).await
    }

    async fn found(&self, scan: &str, day: &str, result: &str, confidence: f64) {
        prediction(&self.desk.factory, &self.patient, scan, day, result, None, confidence, "m-1").await;
    }

    /// What the full report asks.
    async fn open(&self) -> String {
        let content = self.desk.make(&self.patient, ReportType::Comprehensive).await.content;
        content.split("## Open questions").nth(1).unwrap().split("\n## ").next().unwrap().trim().to_owned()
    }

    async fn asks(&self, fact: &str) {
        let open = self.open().await;
        assert!(open.contains(fact), "{fact:?} is not in\n{open}");
    }

    async fn does_not_ask(&self, fact: &str) {
        let open = self.open().await;
        assert!(!open.contains(fact), "{fact:?} is in\n{open}");
    }
}

async fn a_record_in_order_leaves_nothing_open(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let case = Case::new(&desk).await;
    let scan = case.scan("2026-01-05", "completed").await;
    case.found(&scan, "2026-01-06", "detected", 0.95).await;
    case.visit("2026-02-01", "completed", json!({"next_visit_date": at("2026-05-01")})).await;
    case.visit("2026-05-02", "scheduled", json!({})).await;
    assert_eq!(case.open().await, "None that the record itself shows.");
    assert_eq!(desk.make(&case.patient, ReportType::Comprehensive).await.recommendations, None);
}

async fn each_question_has_its_fact(database: TestDatabase) {
    let desk = Desk::new(database).await;

    let case = Case::new(&desk).await;
    case.visit("2026-01-01", "completed", json!({})).await;
    let first = case.scan("2026-01-05", "completed").await;
    case.found(&first, "2026-01-06", "detected", 0.65).await;
    case.asks("**Finding not followed by a visit.** A model reported signs of the disease detected").await;
    case.asks("before it, on 1 January 2026; none is booked").await;
    case.asks("of 6 January 2026 is 65 %, below 70 %").await;
    case.visit("2026-04-01", "scheduled", json!({})).await;
    case.asks("the next is booked for 1 April 2026").await;
    case.visit("2026-01-07", "completed", json!({})).await;
    case.does_not_ask("Finding not followed").await;
    case.found(&first, "2026-01-08", "not_detected", 0.9).await;
    case.asks("**Predictions disagree** about the scan of 5 January 2026: detected (confidence 65 %").await;
    case.does_not_ask("taken back").await;
    case.does_not_ask("the latest of each").await;
    case.found(&first, "2026-01-09", "not_detected", 0.8).await;
    case.asks("(1 detected, 2 not detected; the latest of each follows): detected (confidence 65 %").await;
    let second = case.scan("2026-02-05", "completed").await;
    case.found(&second, "2026-02-05", "detected", 0.9).await;
    let third = case.scan("2026-02-25", "completed").await;
    case.found(&third, "2026-02-25", "not_detected", 0.9).await;
    case.asks(
        "**The finding was taken back.** On 5 February 2026: detected (confidence 90 %; model m-1). On 25 February",
    )
    .await;
    case.found(&third, "2026-02-26", "uncertain", 0.5).await;
    case.asks("**The latest prediction could not decide:** no decision (uncertain) (confidence 50 %").await;
    case.does_not_ask("below 70 %").await;

    let case = Case::new(&desk).await;
    case.scan("2026-01-05", "failed").await;
    case.asks("**A scan could not be processed:** that of 5 January 2026; none after it was.").await;
    let silent = case.scan("2026-01-06", "completed").await;
    case.asks("**A scan without a prediction:** that of 6 January 2026").await;
    case.does_not_ask("could not be processed").await;
    case.found(&silent, "2026-01-06", "not_detected", 0.9).await;
    case.does_not_ask("without a prediction").await;
    case.scan("2026-01-07", "processing").await;
    case.asks("**A scan is not processed yet:** that of 7 January 2026 is being processed.").await;

    let case = Case::new(&desk).await;
    case.visit("2026-01-10", "completed", json!({"next_visit_date": at("2026-02-10")})).await;
    case.asks("**Advised, not booked.** On 10 January 2026 Dr. Doe advised the next visit for 10 February 2026, which is past").await;
    case.visit("2026-02-11", "no-show", json!({})).await;
    case.asks("**A missed visit, and none since:** 11 February 2026").await;
    case.visit("2026-03-01", "scheduled", json!({})).await;
    case.asks("**A booked visit is past and still open:** 1 March 2026, 10:00, visit with Dr. Doe. Whether it took place is not recorded.").await;
    case.does_not_ask("missed visit").await;
    case.does_not_ask("Advised").await;
    case.visit("2026-03-02", "completed", json!({"next_visit_date": at("2026-06-10")})).await;
    case.asks("advised the next visit for 10 June 2026; no visit").await;

    desk.factory.run(&format!("UPDATE patients SET date_of_birth = NULL WHERE patient_id = '{}'", case.patient)).await;
    desk.factory.run(&format!("DELETE FROM doctor_patient_assignments WHERE patient_id = '{}'", case.patient)).await;
    case.asks("**The date of birth is not recorded.**").await;
    case.asks("**Nobody is in charge:**").await;
}

async fn many_of_a_kind_are_counted(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let case = Case::new(&desk).await;
    case.scan("2026-01-05", "completed").await;
    for day in 1..=9 {
        case.visit(&format!("2026-02-0{day}"), "scheduled", json!({})).await;
    }
    let open = case.open().await;
    assert_eq!(open.matches("A booked visit is past").count(), 3, "{open}");
    assert!(open.contains("9 February 2026") && open.contains("And 6 more of these kinds"), "{open}");
}
