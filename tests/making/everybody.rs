//! Of every record that there is a report can be made, and its Markdown is that of the templates.

use chrono::NaiveDate;
use entity::vocabulary::ReportType;
use patientgraph::db::adaptor::Adapted;
use patientgraph::demo::{Clinic, load};
use patientgraph::report::making::{Made, Unmade};
use pulldown_cmark::{Event, Options, Parser, Tag};
use sea_orm::{ConnectionTrait, Statement};

use super::{Desk, moment, subject};
use crate::support::clinic;
use crate::support::database::{Backend, TestDatabase};

const KINDS: [ReportType; 4] =
    [ReportType::Comprehensive, ReportType::Summary, ReportType::PatientFriendly, ReportType::FollowUp];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_patient_of_a_demo_can_be_told() {
    let desk = Desk::new(TestDatabase::migrated(Backend::Sqlite).await).await;
    let today = NaiveDate::from_ymd_opt(2026, 3, 14).unwrap();
    let demo = Clinic::new(60, 1, today, clinic::ZONE);
    load(&Adapted::new(desk.factory.connection.clone()), &demo, 1, |_| ()).await.unwrap();
    assert!(tell_all(&desk).await >= 50 * KINDS.len(), "most of the demo's patients have something to tell");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_patient_of_a_hard_clinic_can_be_told() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let desk = Desk::new(TestDatabase::migrated(backend).await).await;
        clinic::fill(&desk.factory).await;
        assert!(tell_all(&desk).await >= 5 * KINDS.len());
    }
}

/// Makes every kind of report of every patient; answers how many there were.
async fn tell_all(desk: &Desk) -> usize {
    let mut told = 0;
    let statement = "SELECT CAST(patient_id AS text) AS key FROM patients ORDER BY patient_id";
    let connection = &desk.factory.connection;
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), statement)).await;
    for row in rows.unwrap() {
        let patient: String = row.try_get("", "key").unwrap();
        for kind in KINDS {
            let made = desk.maker.make(&subject(&patient, kind), &moment(clinic::NOW, clinic::ZONE)).await;
            match made {
                Ok(made) => {
                    is_a_document(&made);
                    told += 1;
                }
                Err(Unmade::NothingToReport | Unmade::Archived) => {}
                Err(other) => panic!("{patient}, {kind}: {other:?}"),
            }
        }
    }
    told
}

fn is_a_document(made: &Made) {
    let known = Options::all() - Options::ENABLE_SMART_PUNCTUATION;
    let mut headings = 0;
    for event in Parser::new_ext(&made.content, known) {
        match event {
            Event::Start(Tag::Heading { .. }) => headings += 1,
            Event::Start(
                Tag::Paragraph
                | Tag::BlockQuote(None)
                | Tag::List(None)
                | Tag::Item
                | Tag::Strong
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell,
            )
            | Event::End(_)
            | Event::Text(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Rule => {}
            other => panic!("{other:?} in\n{}", made.content),
        }
    }
    assert!(headings >= 1 && made.content.starts_with("# "), "{}", made.content);
    assert!(!made.content.contains("\n\n\n") && !made.content.contains("undefined"), "{}", made.content);
    // A heading and a list's beginning stand alone, or a viewer takes them for the line before.
    let lines: Vec<&str> = made.content.lines().collect();
    for (at, pair) in lines.windows(2).enumerate() {
        assert!(!pair[1].starts_with('#') || pair[0].is_empty(), "line {}: {pair:?} in\n{}", at + 2, made.content);
    }
}
