//! The only copy there is, and the target: neither is ever worse off than before.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{OFFSET, Target, assert_same, counts, text};
use crate::on_both;
use crate::support::binary::Running;
use crate::support::database::TestDatabase;
use crate::support::legacy::clinic::{Shape, build};
use crate::support::legacy::{LegacyFile, Variant, cells};

on_both!(
    a_dry_run_says_the_same_and_changes_nothing,
    the_backup_brings_back_what_was_there,
    nothing_is_imported_while_a_server_is_there,
    what_is_no_old_file_is_refused,
    the_old_file_and_what_lies_beside_it_stay_as_they_are,
    an_offset_is_never_guessed,
);

fn some(file: &LegacyFile) {
    file.insert("users", &cells![id: "u1", username: "ada", name: "Ada", role: "doctor"]);
    for number in 0..300 {
        let id = format!("PAT_{number:03}");
        file.insert(
            "patients",
            &cells![patient_id: &id, name: format!("Somebody {number}"), created_at: "2025-10-06T12:30:00"],
        );
    }
}

async fn a_dry_run_says_the_same_and_changes_nothing(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.path("old.db");
    build(&file, &Shape::of(30));
    let before = target.content().await;
    let dry = target.import(&file, &["--dry-run"]);
    assert_same(&before, &target.content().await, "after the dry run");
    assert!(!target.files().exists(), "no scan was stored");
    assert!(dry["printed"].as_str().unwrap().contains("Nothing was changed"), "{dry:#}");
    let real = target.import(&file, &[]);
    for part in ["tables", "findings", "made", "stale_statistics", "opens_access", "reading", "total", "sha256"] {
        assert_eq!(dry[part], real[part], "{part}");
    }
    assert!(target.files().join("sha256").is_dir());

    // Of a target that is not there nothing is made.
    let nowhere = target.path("nowhere");
    let arguments = ["import", text(&file), "--time-offset", OFFSET, "--dry-run", "--data", text(&nowhere)];
    let mut command = target.command(&arguments);
    command.env_remove("PATIENTGRAPH_DATABASE__URL").env_remove("PATIENTGRAPH_SERVER__DATA");
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", super::said(&output));
    assert!(!nowhere.exists());
}

async fn the_backup_brings_back_what_was_there(database: TestDatabase) {
    let target = Target::of(database);
    target.done(&["user", "create-admin"]);
    let before = target.content().await;
    let file = target.old("old.db", Variant::V4, some);
    let report = target.import(&file, &[]);
    assert_eq!(counts(&report, "patients")[..2], [300, 300]);
    let backup = report["backup"].as_str().expect("a backup");
    let roll_back = report["roll_back"].as_str().expect("how to roll back");
    assert_eq!(roll_back, format!("patientgraph backup restore {backup}"));
    assert!(report["printed"].as_str().unwrap().contains(roll_back), "{report:#}");
    target.done(&roll_back.split(' ').skip(1).collect::<Vec<_>>());
    assert_same(&before, &target.content().await, "after going back");
    // It can be done again.
    assert_eq!(counts(&target.import(&file, &[]), "patients")[..2], [300, 300]);
}

async fn nothing_is_imported_while_a_server_is_there(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, some);
    let server = Running::begin(target.command(&["serve"]));
    let said = target.fails(&["import", text(&file), "--time-offset", OFFSET]);
    assert!(said.contains("in use") && said.contains("stop every server"), "{said}");
    assert_eq!(target.count("FROM patients").await, 0);
    server.stop(Duration::from_secs(30));
    target.import(&file, &[]);
}

async fn what_is_no_old_file_is_refused(database: TestDatabase) {
    let target = Target::of(database);
    let whole = target.old("whole.db", Variant::V4, some);
    let bytes = fs::read(&whole).unwrap();
    let file = |name: &str, content: &[u8]| {
        fs::write(target.path(name), content).unwrap();
        target.path(name)
    };
    // One page in the middle of the data.
    let mut torn = bytes.clone();
    let middle = bytes.len() / 2 / 4096 * 4096;
    torn[middle..middle + 4096].fill(0xa5);
    let unindexed = target.old("index.db", Variant::V3, |file| {
        some(file);
        // The index no longer knows of the last patient.
        file.run(
            "PRAGMA writable_schema = ON; \
                  UPDATE sqlite_schema SET sql = replace(sql, '(name)', '(gender)') WHERE name = 'idx_patients_name'; \
                  PRAGMA writable_schema = RESET",
        );
    });
    let view = target.old("view.db", Variant::V4, |file| {
        file.run("DROP TABLE consultations; CREATE VIEW consultations AS SELECT 1 AS id");
    });
    let columns = target
        .old("columns.db", Variant::V4, |file| file.run("ALTER TABLE predictions RENAME binary_result TO verdict"));
    let few = target.old("few.db", Variant::V4, |file| file.run("DROP TABLE medical_reports"));
    for (file, why) in [
        (file("empty.db", b""), "no tables"),
        (file("text.db", &b"this is no database at all, whatever its name says. ".repeat(30)), "not a SQLite database"),
        (file("short.db", &bytes[..bytes.len() / 2]), "damaged"),
        (file("torn.db", &torn), "damaged"),
        (unindexed, "damaged"),
        (view, "consultations is a view"),
        (columns, "predictions is without columns"),
        (few, "lacks medical_reports"),
        (target.path("nowhere.db"), "no such file"),
        (target.directory.path().to_owned(), "no such file"),
    ] {
        let said = target.refused(&file, &[]).await;
        assert!(said.contains(why), "{}: {said}", file.display());
    }
    target.import(&whole, &[]);
}

async fn the_old_file_and_what_lies_beside_it_stay_as_they_are(database: TestDatabase) {
    let target = Target::of(database);
    let path = target.path("old.db");
    let file = LegacyFile::new(&path, Variant::V3);
    // A patient that is in the log alone.
    file.run("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    some(&file);
    let (copies, beside) = (target.path("copies"), ["old.db", "old.db-wal", "old.db-shm"]);
    fs::create_dir(&copies).unwrap();
    for name in beside {
        fs::copy(target.path(name), copies.join(name)).unwrap();
    }
    file.close();
    let state = |directory: &Path| {
        let one = |name: &str| {
            let file = directory.join(name);
            (fs::read(&file).unwrap(), fs::metadata(&file).unwrap().modified().unwrap())
        };
        (beside.map(one), super::names(directory))
    };
    let before = state(&copies);
    let report = target.import(&copies.join("old.db"), &[]);
    assert_eq!(counts(&report, "patients")[..2], [300, 300], "those in the log too");
    assert!(state(&copies) == before, "nothing is changed, made or removed");
}

async fn an_offset_is_never_guessed(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, some);
    let said = target.fails(&["import", text(&file)]);
    assert!(said.contains("2025-10-06T12:30:00") && said.contains("--time-offset +05:30"), "{said}");
    let said = target.fails(&["import", text(&file), "--time-offset", "India"]);
    assert!(said.contains("+05:30"), "{said}");
    let report = target.import(&file, &[]);
    let reading = &report["reading"];
    assert_eq!(
        (reading["as_local"].as_str(), reading["as_utc"].as_str()),
        (Some("2025-10-06T07:00:00.000000Z"), Some("2025-10-06T12:30:00.000000Z"))
    );
}
