//! What a report rests on can be shown later.

use entity::vocabulary::ReportType;
use patientgraph::report::making::PROGRAM;
use serde_json::{Value, json};

use super::{Desk, moment, people, subject};
use crate::on_both;
use crate::support::clinic;
use crate::support::database::{Backend, TestDatabase};

on_both!(a_report_names_the_rows_that_it_rests_on, the_fingerprint_can_be_taken_by_hand);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_record_makes_the_same_report_on_both_databases() {
    let mut all = vec![];
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let desk = Desk::new(TestDatabase::migrated(backend).await).await;
        let patients = [people::rich(&desk.factory).await, people::names(&desk.factory).await];
        let mut made = vec![];
        for patient in &patients {
            for kind in ReportType::ALL {
                let once = desk.make(patient, *kind).await;
                assert_eq!(once, desk.make(patient, *kind).await);
                made.push(once);
            }
        }
        all.push(made);
    }
    assert_eq!(all[0], all[1]);
}

async fn a_report_names_the_rows_that_it_rests_on(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let patient = people::rich(&desk.factory).await;
    let made = desk.make(&patient, ReportType::Summary).await.made_from;
    assert_eq!(made["readAt"], clinic::NOW);
    assert_eq!(
        (&made["zone"], &made["program"], &made["type"]),
        (&json!("Europe/Berlin"), &json!(PROGRAM), &json!("summary"))
    );
    assert_eq!(made["template"]["name"], "summary.md");
    for digits in [&made["sha256"], &made["template"]["sha256"], &made["template"]["with"]["parts.md"]] {
        assert_eq!(digits.as_str().map(str::len), Some(64), "{made}");
    }
    let counts: Vec<_> = made["rows"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(table, rows)| (table.as_str(), rows.as_object().unwrap().len()))
        .collect();
    // Of reports those that were given out, of the timeline what the patient may see.
    assert_eq!(
        counts,
        [
            ("consultations", 11),
            ("doctor_patient_assignments", 2),
            ("doctors", 2),
            ("medical_reports", 1),
            ("mri_scans", 4),
            ("patient_statistics", 1),
            ("patient_timeline", 1),
            ("patients", 1),
            ("predictions", 4),
            ("sessions", 0),
        ]
    );
    assert_eq!(made["rows"]["patients"], json!({ &patient: 1 }));

    let fingerprint = || async { desk.make(&patient, ReportType::Summary).await.made_from["sha256"].clone() };
    let new_year = moment("2027-01-01T00:00:00Z", chrono_tz::UTC);
    let later = desk.maker.make(&subject(&patient, ReportType::FollowUp), &new_year).await.unwrap();
    assert_eq!(later.made_from["sha256"], made["sha256"], "the record is the same");
    desk.factory.run("UPDATE consultations SET notes = 'something else' WHERE diagnosis IS NULL").await;
    desk.factory.run("UPDATE patients SET phone = '1'").await;
    assert_eq!(fingerprint().await, made["sha256"], "what is not read is not what it rests on");
    for change in [
        "UPDATE patients SET allergies = 'none'",
        "UPDATE predictions SET stage_confidence = 0.5 WHERE stage_result = '3'",
        "UPDATE doctors SET name = 'Dr. Who', name_folded = 'dr. who', search_text = 'dr. who' WHERE name LIKE '%Okoro'",
        "DELETE FROM mri_scans WHERE processing_status = 'failed'",
    ] {
        let before = fingerprint().await;
        desk.factory.run(change).await;
        assert_ne!(fingerprint().await, before, "{change}");
    }
}

async fn the_fingerprint_can_be_taken_by_hand(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let patient = people::sparse(&desk.factory).await;
    let made = desk.make(&patient, ReportType::Comprehensive).await.made_from;
    let scan = made["rows"]["mri_scans"].as_object().unwrap().keys().next().unwrap();
    let form = format!(
        "{{\"consultations\":[],\"doctor_patient_assignments\":[],\"doctors\":[],\"medical_reports\":[],\
         \"mri_scans\":[{{\"acquired_at\":null,\"file_type\":\"unknown\",\"id\":\"{scan}\",\"image_dimensions\":null,\
         \"processing_status\":\"failed\",\"session_id\":null,\"upload_timestamp\":\"2026-03-13T09:00:00.000000Z\",\
         \"version\":1}}],\
         \"patient_statistics\":{{\"disease_stage\":null,\"disease_status\":\"unknown\",\"first_visit_date\":null,\
         \"last_scan_date\":\"2026-03-13T09:00:00.000000Z\",\"last_visit_date\":null,\"patient_id\":\"{patient}\",\
         \"total_consultations\":0,\"total_mri_scans\":1,\"total_predictions\":0,\"unique_doctors_count\":0}},\
         \"patient_timeline\":[],\
         \"patients\":{{\"allergies\":null,\"archived_at\":null,\"current_medications\":null,\"date_of_birth\":null,\
         \"date_of_death\":null,\"dob_estimated\":false,\"gender\":\"unknown\",\"medical_history\":null,\
         \"mrn\":\"PG-000009\",\"name\":\"J. Doe\",\"patient_id\":\"{patient}\",\"version\":1}},\
         \"predictions\":[],\"sessions\":[]}}"
    );
    let digest = ring::digest::digest(&ring::digest::SHA256, form.as_bytes());
    let digits: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(made["sha256"], Value::String(digits));
}
