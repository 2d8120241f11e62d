//! A clinic's own templates: file by file, tried before they are used, and never able to make text markup.

use std::fs;

use entity::vocabulary::ReportType;
use patientgraph::report::making::{TemplateError, Templates, Unmade};
use serde_json::json;
use tempfile::TempDir;

use super::{Desk, people, subject};
use crate::support::database::{Backend, TestDatabase};

fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn refused(files: &[(&str, &str)]) -> TemplateError {
    let directory = directory(files);
    let Err(error) = Templates::load(directory.path()) else { panic!("{files:?} is taken") };
    assert!(error.file.starts_with(directory.path().to_str().unwrap()), "{error}");
    error
}

async fn desk(files: &[(&str, &str)]) -> Desk {
    let templates = Templates::load(directory(files).path()).unwrap_or_else(|error| panic!("{error}"));
    Desk::with(TestDatabase::migrated(Backend::Sqlite).await, templates).await
}

#[tokio::test]
async fn a_file_replaces_the_one_of_its_name() {
    let own = "{% import \"parts.md\" as say %}\n# {{ title }}\n{{ patient.name }}, geboren {{ patient.born | day(\"%d.%m.%Y\") }}\n";
    let desk = desk(&[
        ("summary.md", own),
        ("title.txt", "Bericht vom {{ made.at | time(\"%d.%m.%Y %H:%M\") }}"),
        ("recommendations.txt", "Eins\n\nZwei {{ patient.name }}\n"),
        ("README", "not a template"),
        (".summary.md.swp", "not either"),
    ])
    .await;
    let patient = people::rich(&desk.factory).await;
    let made = desk.make(&patient, ReportType::Summary).await;
    assert_eq!(made.title, "Bericht vom 14.03.2026 23:30");
    assert_eq!(made.content, "# Bericht vom 14.03.2026 23:30\nElisabeth Thorne, geboren 02\\.06.1951");
    assert_eq!(made.recommendations, Some(json!(["Eins", "Zwei Elisabeth Thorne"])));
    let other = Desk::new(TestDatabase::migrated(Backend::Sqlite).await).await;
    let patient = people::rich(&other.factory).await;
    let origin = other.make(&patient, ReportType::Summary).await.made_from;
    assert_ne!(made.made_from["template"]["sha256"], origin["template"]["sha256"]);
    assert_eq!(made.made_from["template"]["with"]["parts.md"], origin["template"]["with"]["parts.md"]);
    assert_eq!(made.made_from["sha256"], origin["sha256"]);
}

#[test]
fn what_is_wrong_is_said_with_file_and_line() {
    let error = refused(&[("summary.md", "# {{ title }}\n\n{% if patient %}\n")]);
    assert!(
        error.line.is_some() && error.file.ends_with("summary.md") && error.reason.contains("syntax error"),
        "{error}"
    );
    let error = refused(&[("follow_up.md", "one\ntwo {{ patient.nmae }}")]);
    assert_eq!((error.line, error.reason.contains("undefined")), (Some(2), true), "{error}");
    let error = refused(&[("parts.md", "")]);
    assert!(error.to_string().contains(".md:"), "{error}");
    let error = refused(&[("sumary.md", "")]);
    assert!(error.reason.contains("is no template of a report") && error.reason.contains("summary.md"), "{error}");
    let error = refused(&[("title.txt", "\n \n")]);
    assert!(error.reason.contains("1 to 200 characters"), "{error}");
    for (unknown, what) in
        [("{{ patient.name | safe }}", "safe"), ("{{ patient.name | e }}", "e"), ("{{ patient.name | nope }}", "nope")]
    {
        let error = refused(&[("summary.md", unknown)]);
        assert!(error.reason.contains("unknown filter") && error.reason.contains(what), "{error}");
    }
    let error = refused(&[("summary.md", "{{ made.on | day(\"%H\") }}")]);
    assert!(error.reason.contains("asks a day for a time"), "{error}");
    let error = refused(&[("summary.md", "{{ made.at | time(\"%Q\") }}")]);
    assert!(error.reason.contains("strftime"), "{error}");
    // A loop that has no end has one.
    let error = refused(&[(
        "summary.md",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{{ c }}{% endfor %}{% endfor %}{% endfor %}",
    )]);
    assert!(error.reason.contains("fuel"), "{error}");
    let missing = tempfile::tempdir().unwrap().path().join("nowhere");
    assert!(Templates::load(&missing).is_err());
    let latin = tempfile::tempdir().unwrap();
    fs::write(latin.path().join("summary.md"), [0x4d, 0xfc, 0x6c, 0x6c]).unwrap();
    assert!(Templates::load(latin.path()).is_err_and(|error| error.reason.contains("cannot be read")));
}

#[tokio::test]
async fn no_template_makes_markup_of_what_people_typed() {
    let tricks = [
        "{{ patient.name }}",
        "{% autoescape false %}{{ patient.name }}{% endautoescape %}",
        "{% autoescape none %}{{ patient.name }}{% endautoescape %}",
        "{% set x %}{{ patient.name }}{% endset %}{{ x }}",
        "{% set x %}a{% endset %}{{ x ~ patient.name }}",
        "{% set x %}%s{% endset %}{{ x | format(patient.name) }}",
        "{% set x %}q{% endset %}{{ x | replace('q', patient.name) }}",
        "{% set x %}q{% endset %}{{ [patient.name, 1] | join(x) }}",
        "{{ [patient.name] }}",
        "{{ patient.name | upper | lower }}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(patient.name) }}",
        "{% call(x) c() %}{{ patient.name }}{% endcall %}{% macro c() %}{{ caller(1) }}{% endmacro %}",
        "{{ patient.name | quote }}",
        "{{ patient.name | beginning(200) }}",
        "{{ patient }}",
        "{{ patient.name | indent(2) }}",
    ];
    let mut tried = 0;
    for trick in tricks {
        let Ok(templates) = Templates::load(directory(&[("summary.md", trick)]).path()) else { continue };
        tried += 1;
        let desk = Desk::with(TestDatabase::migrated(Backend::Sqlite).await, templates).await;
        let patient = desk.factory.patient("P-1", json!({"name": "a <b>x</b> *y* [z](q) | `w`"})).await;
        people::scan(&desk.factory, &patient, "2026-01-01", "completed").await;
        let content = desk.make(&patient, ReportType::Summary).await.content;
        for sign in ["<b", "*y", "[z", "| `", "`w"] {
            let bare = content.match_indices(sign).any(|(at, _)| !content[..at].ends_with('\\'));
            assert!(!bare, "{trick}: {sign} is markup in {content}");
        }
    }
    assert!(tried >= 14, "of the tricks only {tried} are templates");
}

#[tokio::test]
async fn a_template_that_fails_on_a_record_tells_nothing_of_it() {
    // It fits the records that it is tried with.
    let desk =
        desk(&[("summary.md", "{% if patient.name == 'Elisabeth Thorne' %}{{ patient.name | int }}{% endif %}x")])
            .await;
    let patient = people::rich(&desk.factory).await;
    let unmade = desk.try_make(subject(&patient, ReportType::Summary)).await.unwrap_err();
    assert!(matches!(unmade, Unmade::Template(_)) && unmade.is_permanent());
    let told = unmade.to_string();
    assert!(told.contains("summary.md:1") && !told.contains("Thorne"), "{told}");
}
