//! Reports that were read as a doctor would, and are kept as they were read. A change of a template shows here; the
//! files are written anew by `PATIENTGRAPH_WRITE=1 cargo test -p tests making::read`.

use std::path::Path;

use entity::vocabulary::ReportType;
use patientgraph::report::making::Templates;

use super::{Desk, people};
use crate::on_both;
use crate::support::database::TestDatabase;

on_both!(the_four_reports_are_as_they_were_read);

async fn the_four_reports_are_as_they_were_read(database: TestDatabase) {
    // What is written is written by the templates as they lie there, whatever was built.
    let templates = match writing() {
        true => {
            Templates::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/server/src/report/making/templates"))
        }
        false => Templates::built_in(),
    };
    let desk = Desk::with(database, templates.unwrap_or_else(|error| panic!("{error}"))).await;
    let rich = people::rich(&desk.factory).await;
    for kind in [ReportType::Comprehensive, ReportType::Summary, ReportType::PatientFriendly, ReportType::FollowUp] {
        compare(&format!("rich_{}", kind.word()), &desk.make(&rich, kind).await.content);
    }
    let sparse = people::sparse(&desk.factory).await;
    for kind in [ReportType::Comprehensive, ReportType::PatientFriendly, ReportType::FollowUp] {
        compare(&format!("sparse_{}", kind.word()), &desk.make(&sparse, kind).await.content);
    }
    let names = people::names(&desk.factory).await;
    compare("names_comprehensive", &desk.make(&names, ReportType::Comprehensive).await.content);
    compare("names_summary", &desk.make(&names, ReportType::Summary).await.content);
    let thousand = people::thousand(&desk.factory).await;
    compare("thousand_comprehensive", &desk.make(&thousand, ReportType::Comprehensive).await.content);
    compare("thousand_summary", &desk.make(&thousand, ReportType::Summary).await.content);
}

fn writing() -> bool {
    std::env::var_os("PATIENTGRAPH_WRITE").is_some()
}

fn compare(name: &str, made: &str) {
    let path = format!("{}/making/read/{name}.md", env!("CARGO_MANIFEST_DIR"));
    let made = format!("{made}\n");
    if writing() {
        std::fs::write(&path, made).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (made, kept)) in made.lines().zip(kept.lines()).enumerate() {
        assert_eq!(made, kept, "{path}:{}", number + 1);
    }
    assert_eq!(made.lines().count(), kept.lines().count(), "{path}");
}
