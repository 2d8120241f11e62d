//! What a report says is what the record says.

use std::time::Duration;

use entity::vocabulary::{ReportFormat, ReportType};
use patientgraph::db::{Db, DbOptions};
use patientgraph::report::making::{Maker, PROGRAM, Subject, Templates, Unmade};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use super::people::{at, prediction, report, scan};
use super::{Desk, key, moment, people, subject};
use crate::on_both;
use crate::support::clinic;
use crate::support::database::TestDatabase;
use crate::support::factory::Factory;

on_both!(
    a_report_needs_something_to_report,
    what_is_asked_about_comes_first,
    a_report_says_what_it_is,
    days_are_those_of_the_clinic,
    a_follow_up_misses_nothing_since_the_last_report,
    without_a_report_a_follow_up_begins_at_the_last_visit,
    who_has_died_is_not_asked_to_come,
    what_is_long_is_cut_and_says_so,
    a_snapshot_sees_one_state,
    reading_records_keeps_nobody_else_out
);

async fn a_report_needs_something_to_report(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let doctor = desk.factory.doctor("Dr. Doe", json!({})).await;
    let patient = desk.factory.patient("P-1", json!({})).await;
    desk.factory.consultation(&patient, &doctor, &at("2026-04-01"), json!({"status": "scheduled"})).await;
    desk.factory.consultation(&patient, &doctor, &at("2026-02-01"), json!({"status": "no-show"})).await;
    people::note(&desk.factory, &patient, "2026-02-01", "A note", "", true).await;
    for kind in ReportType::ALL {
        let unmade = desk.try_make(subject(&patient, *kind)).await.unwrap_err();
        assert!(matches!(unmade, Unmade::NothingToReport) && unmade.is_permanent(), "{unmade:?}");
        assert!(unmade.to_string().contains("no scan, no prediction and no completed visit"), "{unmade}");
    }
    desk.factory.consultation(&patient, &doctor, &at("2026-02-02"), json!({"status": "completed"})).await;
    for kind in ReportType::ALL {
        desk.make(&patient, *kind).await;
    }

    let nobody = desk.factory.next_key();
    let unmade = desk.try_make(subject(&nobody, ReportType::Summary)).await.unwrap_err();
    assert!(matches!(unmade, Unmade::NoSuchPatient) && unmade.is_permanent(), "{unmade:?}");
    desk.factory
        .run(&format!("UPDATE patients SET archived_at = '2026-01-01T00:00:00.000000Z' WHERE patient_id = '{patient}'"))
        .await;
    let unmade = desk.try_make(subject(&patient, ReportType::Summary)).await.unwrap_err();
    assert!(matches!(unmade, Unmade::Archived) && !unmade.is_permanent(), "{unmade:?}");
}

async fn what_is_asked_about_comes_first(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let patient = desk.factory.patient("P-1", json!({})).await;
    let session = desk.factory.of_patient("sessions", &patient, json!({"status": "completed"})).await;
    let old = scan(&desk.factory, &patient, "2024-05-05", "completed").await;
    let new = scan(&desk.factory, &patient, "2026-01-05", "completed").await;
    let first = prediction(&desk.factory, &patient, &old, "2024-05-06", "detected", Some("1"), 0.77, "m-1").await;
    let second = prediction(&desk.factory, &patient, &new, "2026-01-06", "not_detected", None, 0.95, "m-2").await;
    desk.factory.run(&format!("UPDATE predictions SET session_id = '{session}' WHERE id = '{second}'")).await;

    let all = subject(&patient, ReportType::Comprehensive);
    let made = desk.try_make(Subject { prediction: Some(key(&first)), ..all }).await.unwrap();
    let asked = made.content.split("## ").find(|part| part.starts_with("What this report was asked about")).unwrap();
    assert!(asked.contains("not the latest finding") && asked.contains("m-1") && !asked.contains("m-2"), "{asked}");
    assert!(asked.contains("Scan of 5 May 2024") && !asked.contains("Scan of 5 January 2026"), "{asked}");
    assert_eq!(made.confidence, Some(0.77));
    assert_eq!(made.title, "Full report of 14 March 2026 (scan of 5 May 2024)");
    assert!(made.content.find("asked about") < made.content.find("At a glance"), "{}", made.content);
    let kind = ReportType::PatientFriendly;
    let friendly = desk.try_make(Subject { scan: Some(key(&old)), kind, ..all }).await.unwrap();
    let looked_at = friendly.content.split("## ").find(|part| part.starts_with("What we looked at")).unwrap();
    assert!(looked_at.contains("5 May 2024") && looked_at.contains("1 other scan"), "{looked_at}");
    assert!(!looked_at.contains("5 January 2026"), "{looked_at}");
    assert!(
        friendly.content.contains("Since then there is a newer result, from 6 January 2026"),
        "{}",
        friendly.content
    );

    for (subject, model) in
        [(Subject { scan: Some(key(&old)), ..all }, "m-1"), (Subject { session: Some(key(&session)), ..all }, "m-2")]
    {
        let made = desk.try_make(subject).await.unwrap();
        let asked =
            made.content.split("## ").find(|part| part.starts_with("What this report was asked about")).unwrap();
        let other = if model == "m-1" { "m-2" } else { "m-1" };
        assert!(asked.contains(model) && !asked.contains(other), "{asked}");
    }

    let stranger = desk.factory.patient("P-2", json!({})).await;
    let theirs = scan(&desk.factory, &stranger, "2026-01-05", "completed").await;
    let found = prediction(&desk.factory, &stranger, &theirs, "2026-01-05", "detected", None, 0.9, "m").await;
    for (subject, what) in [
        (Subject { prediction: Some(key(&found)), ..all }, "prediction"),
        (Subject { scan: Some(key(&theirs)), ..all }, "scan"),
        (Subject { session: Some(key(&theirs)), ..all }, "analysis session"),
    ] {
        let unmade = desk.try_make(subject).await.unwrap_err();
        assert!(matches!(unmade, Unmade::Missing(missing) if missing == what) && unmade.is_permanent(), "{unmade:?}");
    }
}

async fn a_report_says_what_it_is(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let patient = people::rich(&desk.factory).await;
    for (kind, title, shown) in [
        (ReportType::Comprehensive, "Full report of 14 March 2026", 4),
        (ReportType::Other, "Full report of 14 March 2026", 4),
        (ReportType::Summary, "Summary of 14 March 2026", 4),
        (ReportType::PatientFriendly, "Your report of 14 March 2026", 2),
        (ReportType::FollowUp, "What has changed from 13 September 2023 to 14 March 2026", 3),
    ] {
        let made = desk.make(&patient, kind).await;
        assert_eq!(made.title, title);
        assert!(made.content.starts_with(&format!("# {title}\n")), "{}", made.content);
        assert_eq!((made.format, made.generated_by.as_str()), (ReportFormat::Markdown, PROGRAM));
        assert!(made.content.contains(made.disclaimer.lines().next().unwrap()), "{}", made.content);
        assert!(made.disclaimer.contains("not a diagnosis") || made.disclaimer.contains("not diagnoses"));
        assert_eq!(made.confidence, Some(0.61));
        assert_eq!(made.predictions.len(), shown, "{kind}");
        assert!(made.recommendations.as_ref().is_none_or(|list| list.as_array().is_some_and(|list| !list.is_empty())));
    }
    // Who reads the newest finding must see that another prediction of the same scan denies it.
    for kind in [ReportType::Comprehensive, ReportType::Summary, ReportType::FollowUp] {
        let content = desk.make(&patient, kind).await.content;
        assert!(content.contains("**Another prediction of the same scan disagrees:**"), "{content}");
    }
    let friendly = desk.make(&patient, ReportType::PatientFriendly).await.content;
    assert!(friendly.contains("another result about the same pictures") && !friendly.contains('%'), "{friendly}");
}

async fn days_are_those_of_the_clinic(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let doctor = desk.factory.doctor("Dr. Doe", json!({})).await;
    let patient = desk.factory.patient("P-1", json!({"date_of_birth": "1950-03-15"})).await;
    desk.factory.consultation(&patient, &doctor, "2026-02-12T23:15:00.000000Z", json!({"status": "completed"})).await;
    for (zone, now, visit, age) in [
        (chrono_tz::Europe::Berlin, "14 March 2026, 23:30 (Europe/Berlin)", "13 February 2026", "75 years old"),
        (chrono_tz::UTC, "14 March 2026, 22:30 (UTC)", "12 February 2026", "75 years old"),
        (chrono_tz::Asia::Kathmandu, "15 March 2026, 04:15 (Asia/Kathmandu)", "13 February 2026", "76 years old"),
    ] {
        let made = desk.maker.make(&subject(&patient, ReportType::Comprehensive), &moment(clinic::NOW, zone)).await;
        let content = made.unwrap().content;
        assert!(content.contains(&format!("**Last completed visit:** {visit}")), "{content}");
        assert!(content.contains(now) && content.contains(age), "{content}");
        // The day of birth passes through no zone.
        assert!(content.contains("15 March 1950"), "{content}");
    }
}

async fn a_follow_up_misses_nothing_since_the_last_report(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let doctor = desk.factory.doctor("Dr. Doe", json!({})).await;
    let patient = desk.factory.patient("P-1", json!({})).await;
    let visit = |day: &'static str, written: &'static str, text: &'static str| {
        let row = json!({"status": "completed", "diagnosis": text, "created_at": at(day), "updated_at": at(written)});
        let (factory, patient, doctor) = (&desk.factory, &patient, &doctor);
        async move { factory.consultation(patient, doctor, &at(day), row).await }
    };
    visit("2025-01-10", "2025-01-10", "told before").await;
    // Its outcome was entered after the report was written, and before it was given out.
    visit("2025-01-20", "2025-02-03", "entered late").await;
    visit("2025-03-01", "2025-03-01", "new").await;
    let old = scan(&desk.factory, &patient, "2025-01-05", "completed").await;
    let shown = prediction(&desk.factory, &patient, &old, "2025-01-05", "detected", Some("1"), 0.9, "m-1").await;
    let first = report(&desk.factory, &patient, "2025-02-01", "First", "released", &shown).await;
    desk.factory
        .of_patient("medical_reports", &patient, json!({
            "title": "First, corrected", "content": "", "report_type": "summary", "status": "released", "revision": 2,
            "supersedes_id": first, "revision_reason": "wording", "created_at": at("2025-04-01"), "updated_at": at("2025-04-01"),
            "released_at": at("2025-04-01"),
        }))
        .await;
    report(&desk.factory, &patient, "2026-01-01", "Only a draft", "draft", &shown).await;
    let made = desk.make(&patient, ReportType::FollowUp).await;
    assert_eq!(made.title, "What has changed from 1 February 2025 to 14 March 2026");
    let new = made.content.split("## What is new").nth(1).unwrap();
    assert!(new.contains("Diagnosis: entered late") && new.contains("Diagnosis: new"), "{new}");
    assert!(!made.content.contains("told before") && !made.content.contains("Only a draft"), "{}", made.content);
    assert!(made.content.contains("First, corrected, revision 2"), "{}", made.content);
    assert!(made.content.contains("unchanged; no later prediction has decided"), "{}", made.content);
}

async fn without_a_report_a_follow_up_begins_at_the_last_visit(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let doctor = desk.factory.doctor("Dr. Doe", json!({})).await;
    let patient = desk.factory.patient("P-1", json!({})).await;
    let row = json!({"status": "completed", "created_at": at("2025-03-01"), "updated_at": at("2025-03-01")});
    desk.factory.consultation(&patient, &doctor, &at("2025-03-01"), row).await;
    let made = desk.make(&patient, ReportType::FollowUp).await;
    assert_eq!(made.title, "What has changed from 1 March 2025 to 14 March 2026");
    assert!(made.content.contains("Nothing: since then no visit, scan"), "{}", made.content);
    scan(&desk.factory, &patient, "2025-03-02", "completed").await;
    let made = desk.make(&patient, ReportType::FollowUp).await;
    assert!(made.content.contains("- 2 March 2025: DICOM"), "{}", made.content);
}

async fn who_has_died_is_not_asked_to_come(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let patient = people::rich(&desk.factory).await;
    desk.factory.run(&format!("UPDATE patients SET date_of_death = '2026-03-10' WHERE patient_id = '{patient}'")).await;
    for kind in ReportType::ALL {
        let made = desk.make(&patient, *kind).await;
        for text in ["Booked", "booked", "call us", "comes next", "past and still open"] {
            let patient_has_died = *kind == ReportType::FollowUp && text == "Booked";
            assert!(patient_has_died || !made.content.contains(text), "{kind}: {text}\n{}", made.content);
        }
        let advice = made.recommendations.map(|list| list.to_string()).unwrap_or_default();
        assert!(!advice.contains("Book") && !advice.contains("became of"), "{advice}");
    }
    assert!(desk.make(&patient, ReportType::Summary).await.content.contains("died 10 March 2026"));
}

async fn what_is_long_is_cut_and_says_so(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let doctor = desk.factory.doctor("Dr. Doe", json!({})).await;
    let stars = "*".repeat(100_000);
    let row = json!({"allergies": stars, "current_medications": stars, "medical_history": stars});
    let patient = desk.factory.patient("P-1", row).await;
    for number in 0..20 {
        let day = format!("2025-01-{:02}", number + 1);
        let text = format!("{number}{}", "|*".repeat(40_000));
        let row = json!({"status": "completed", "diagnosis": text, "prescription": text, "chief_complaint": text});
        desk.factory.consultation(&patient, &doctor, &at(&day), row).await;
    }
    for kind in ReportType::ALL {
        let content = desk.make(&patient, *kind).await.content;
        let length = content.chars().count();
        assert!(length <= 100_000, "{kind}: a report of {length} characters could not be amended");
        assert!(content.contains("100000 characters"), "{kind} says that the record has more");
        assert!(content.contains("\\*\\*\\*"), "{kind} shows how the allergies begin");
    }
}

async fn a_snapshot_sees_one_state(database: TestDatabase) {
    let desk = Desk::new(database).await;
    desk.factory.patient("P-1", json!({})).await;
    let snapshot = desk.db.snapshot().await.unwrap();
    let count = || async {
        let statement = Statement::from_string(snapshot.get_database_backend(), "SELECT count(*) FROM patients");
        snapshot.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap()
    };
    assert_eq!(count().await, 1);
    desk.factory.patient("P-2", json!({})).await;
    assert_eq!(count().await, 1, "what was written meanwhile is not seen, and was written meanwhile");
    let write = "UPDATE patients SET name = 'x'";
    let refused = snapshot.execute_unprepared(write).await.unwrap_err().to_string();
    assert!(refused.contains("read-only") || refused.contains("readonly"), "{refused}");
}

async fn reading_records_keeps_nobody_else_out(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let options = DbOptions { acquire_timeout: Duration::from_millis(300), ..DbOptions::default() };
    let db = Db::open(&database.url().parse().unwrap(), &options).await.unwrap();
    let patient = people::sparse(&factory).await;
    let maker = Maker::new(db.clone(), Templates::built_in().unwrap());
    let (subject, moment) = (subject(&patient, ReportType::Summary), moment(clinic::NOW, clinic::ZONE));
    // As many records as can be read at once are being read.
    let reading = [db.snapshot().await.unwrap(), db.snapshot().await.unwrap()];
    for snapshot in &reading {
        snapshot.execute_unprepared("SELECT count(*) FROM patients").await.unwrap();
    }
    let unmade = maker.make(&subject, &moment).await.unwrap_err();
    assert!(matches!(unmade, Unmade::Database(_)) && !unmade.is_permanent(), "{unmade:?}");
    // Who reads, asks who somebody is, counts, or writes does not wait for them.
    db.ping().await.unwrap();
    for connection in [db.lookups().inner(), db.overview().inner()] {
        connection.execute_unprepared("SELECT count(*) FROM patients").await.unwrap();
    }
    db.connection().execute_unprepared("UPDATE patients SET name = 'x'").await.unwrap();
    drop(reading);
    maker.make(&subject, &moment).await.unwrap();
}
