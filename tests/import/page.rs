//! docs/import.md keeps its word: what it says of codes and options is what the program has, and its statements run.

use importer::{Action, Code};
use sea_orm::{ConnectionTrait, Statement};

use super::Target;
use crate::on_both;
use crate::support::binary;
use crate::support::database::TestDatabase;
use crate::support::legacy::{Variant, cells};

on_both!(the_statements_of_the_page_run);

const PAGE: &str = include_str!("../../docs/import.md");

/// The part of the page below a heading.
fn below(heading: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no part {heading}"));
    rest.split_once("\n## ").map_or(rest, |(part, _)| part)
}

/// The rows of a table whose first cells are code.
fn rows(part: &str) -> impl Iterator<Item = &str> {
    part.lines().filter(|line| line.starts_with("| `"))
}

fn done(action: Action) -> &'static str {
    match action {
        Action::Quarantine => "quarantined",
        Action::Synthesise => "comes with `--stub-patients`",
        Action::Repair => "repaired",
        Action::Recover => "recovered",
        Action::Keep => "kept aside",
        Action::Info => "noted",
        Action::Ignore => "not taken over",
    }
}

#[test]
fn the_page_explains_every_code_and_no_other() {
    let written: Vec<&str> = rows(below("What is found")).collect();
    let row = |code: &Code| format!("| `{code}` | {} | {} |", done(code.action()), code.meaning());
    let ought: Vec<String> = Code::ALL.iter().map(row).collect();
    assert_eq!(written, ought);
}

#[test]
fn the_page_names_the_options_of_the_command() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let help = binary::run(&["import", "--help"], directory.path());
    let help = String::from_utf8(help.stdout).expect("text");
    let options = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_ascii_lowercase() && c != '-');
        let mut options: Vec<String> =
            words.filter(|word| word.starts_with("--") && word.len() > 2).map(str::to_owned).collect();
        options.sort();
        options.dedup();
        options
    };
    let of_all = ["--backups", "--config", "--data", "--database-url", "--help"];
    let mut ought = options(&help);
    ought.retain(|option| !of_all.contains(&option.as_str()));
    let written = rows(below("On the day")).map(|row| row.split('|').nth(1).expect("a cell")).collect::<String>();
    assert_eq!(options(&written), ought);
}

async fn the_statements_of_the_page_run(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, |file| {
        file.insert("patients", &cells![patient_id: "A", name: "Asha", age: -1_i64]);
        file.insert("patients", &cells![patient_id: "", name: "Nobody"]);
        file.insert("sessions", &cells![id: "s1", patient_id: "A", input_type: "text", output_format: "text"]);
        file.insert("mri_scans", &cells![id: "c1", session_id: "s1", file_path: "a.dcm", file_type: "dicom"]);
    });
    target.import(&file, &[]);
    let (_, rest) = PAGE.split_once("```sql\n").expect("statements");
    let (statements, _) = rest.split_once("```").expect("their end");
    let connection = target.database.connect().await;
    let mut run = 0;
    for statement in statements.lines().map(|line| line.split("--").next().unwrap_or_default().replace('…', "c1")) {
        let asked = Statement::from_string(connection.get_database_backend(), &statement);
        let rows = connection.query_all_raw(asked).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert_eq!(rows.len(), 1, "{statement}");
        run += 1;
    }
    assert_eq!(run, 4);
    connection.close().await.expect("the connection closes");
}
