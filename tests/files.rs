//! `patientgraph verify --files`: scans have their files, or it says which do not.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use patientgraph::files::{FileStore, Kept};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::on_both;
use crate::support::binary;
use crate::support::database::TestDatabase;
use crate::support::factory::Factory;

on_both!(
    files_that_are_as_their_rows_say_are_sound,
    files_that_are_gone_or_another_are_told,
    rows_that_name_no_file_are_told,
    what_lies_elsewhere_is_left_alone,
    without_a_folder_everything_is_missing,
);

/// A clinic with a patient, and the folder of its files.
struct Site {
    rows: Factory,
    database: TestDatabase,
    patient: String,
    directory: TempDir,
    store: FileStore,
}

impl Site {
    async fn open(database: TestDatabase) -> Self {
        let rows = Factory::new(&database).await;
        let patient = rows.patient("A-1", json!({"name": "Ada Quill"})).await;
        let directory = tempfile::tempdir().expect("a directory");
        let store = FileStore::open(&directory.path().join("files"), Handle::current()).expect("a store");
        Self { rows, database, patient, directory, store }
    }

    fn keep(&self, content: &[u8]) -> Kept {
        block_in_place(|| self.store.keep(&mut Cursor::new(content))).expect("it is kept")
    }

    /// A scan whose row says what the store does, but for `more`.
    async fn scan(&self, kept: &Kept, more: Value) -> String {
        let mut row = json!({"file_path": kept.key.to_string(), "file_size": kept.bytes, "sha256": kept.sha256()});
        row.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.rows.of_patient("mri_scans", &self.patient, row).await
    }

    fn file(&self, kept: &Kept) -> PathBuf {
        self.directory.path().join("files").join(kept.key.to_string())
    }

    /// What the command answers: its exit code, the lines that name a scan, the last line.
    fn verify(&self, arguments: &[&str]) -> (Option<i32>, Vec<String>, String) {
        let url = self.database.url();
        let arguments = [&["verify", "--database-url", &url], arguments].concat();
        let mut command = binary::command(&arguments, self.directory.path());
        command.env("PATIENTGRAPH_FILES__DIRECTORY", self.directory.path().join("files"));
        let output = command.output().expect("the program starts");
        let said = String::from_utf8(output.stdout).expect("text");
        assert!(
            !said.contains("Quill") && output.stderr.is_empty(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let scans = said.lines().filter(|line| line.starts_with("mri_scans")).map(str::to_owned).collect();
        (output.status.code(), scans, said.lines().last().unwrap_or_default().to_owned())
    }
}

/// Short enough to be one piece, and not.
fn contents() -> [Vec<u8>; 2] {
    [b"a short scan".to_vec(), vec![7; 2_500_000]]
}

async fn files_that_are_as_their_rows_say_are_sound(database: TestDatabase) {
    let site = Site::open(database).await;
    for content in contents() {
        let kept = site.keep(&content);
        site.scan(&kept, json!({})).await;
        // Two scans may be the same file, and old rows may not say how long it is.
        site.scan(&kept, json!({"file_size": null, "sha256": null})).await;
    }
    let (code, scans, last) = site.verify(&["--files"]);
    assert_eq!((code, scans.len()), (Some(0), 0), "{scans:?}");
    assert!(last.starts_with("0 of 4 files in ") && last.ends_with(" differ from their rows"), "{last}");
    let (code, _, last) = site.verify(&[]);
    assert_eq!((code, last.as_str()), (Some(0), "0 rows differ from the record"));
}

async fn files_that_are_gone_or_another_are_told(database: TestDatabase) {
    let site = Site::open(database).await;
    let [short, long] = contents().map(|content| site.keep(&content));
    let sound = site.scan(&site.keep(b"a sound one"), json!({})).await;
    let (gone, longer, other) = (site.keep(b"goes"), site.keep(b"becomes longer"), site.keep(b"becomes other"));
    let [of_gone, of_longer, of_other] =
        [site.scan(&gone, json!({})).await, site.scan(&longer, json!({})).await, site.scan(&other, json!({})).await];
    let (of_short, of_long) = (site.scan(&short, json!({})).await, site.scan(&long, json!({})).await);
    fs::remove_file(site.file(&gone)).expect("it was there");
    fs::write(site.file(&longer), "becomes longer than it was").expect("it is written");
    fs::write(site.file(&other), "became others").expect("it is written");
    // One bit, deep inside.
    let mut flipped = contents()[1].clone();
    flipped[2_000_000] ^= 1;
    fs::write(site.file(&long), flipped).expect("it is written");

    // Without --files nothing is read.
    assert_eq!(site.verify(&[]).0, Some(0));
    let (code, scans, last) = site.verify(&["--files"]);
    assert_eq!(code, Some(1), "{scans:?}");
    assert!(last.starts_with("4 of 6 files in "), "{last}");
    let of = |scan: &str| scans.iter().filter(|line| line.contains(scan)).map(String::as_str).collect::<Vec<_>>();
    assert_eq!((of(&sound).len(), of(&of_short).len()), (0, 0), "{scans:?}");
    let [line] = of(&of_gone)[..] else { panic!("{scans:?}") };
    assert_eq!(line, format!("mri_scans {of_gone}: no file {} of patient {}", gone.key, site.patient));
    let [size, hash] = of(&of_longer)[..] else { panic!("{scans:?}") };
    assert!(size.ends_with("26 stored, 14 expected") && hash.contains("SHA-256 of the file"), "{scans:?}");
    for (scan, kept) in [(&of_other, &other), (&of_long, &long)] {
        let [hash] = of(scan)[..] else { panic!("{scans:?}") };
        assert!(hash.ends_with(&format!("stored, {} expected", kept.sha256())), "{scans:?}");
    }
    // Repairing cannot bring them back.
    let (code, scans, _) = site.verify(&["--files", "--repair"]);
    assert_eq!((code, scans.len()), (Some(1), 5), "{scans:?}");
}

async fn rows_that_name_no_file_are_told(database: TestDatabase) {
    let site = Site::open(database).await;
    let [one, other] = contents().map(|content| site.keep(&content));
    let broken = site.scan(&one, json!({"file_path": "sha256/../../etc/passwd"})).await;
    let sized = site.scan(&one, json!({"file_size": 1})).await;
    let hashed = site.scan(&one, json!({"sha256": other.sha256()})).await;
    let (code, scans, last) = site.verify(&["--files"]);
    assert_eq!((code, scans.len()), (Some(1), 3), "{scans:?}");
    assert!(last.starts_with("3 of 3 files in "), "{last}");
    for (scan, told) in [(broken, "is no key"), (sized, "12 stored, 1 expected"), (hashed, other.sha256())] {
        assert!(scans.iter().any(|line| line.contains(&scan) && line.contains(told)), "{told}: {scans:?}");
    }
}

async fn what_lies_elsewhere_is_left_alone(database: TestDatabase) {
    let site = Site::open(database).await;
    let kept = site.keep(b"a scan");
    for path in [json!(null), json!("/scans/1.dcm"), json!("SHA256/ab"), json!("s3://sha256/ab")] {
        site.scan(&kept, json!({"file_path": path, "file_size": 1})).await;
    }
    let (code, scans, last) = site.verify(&["--files"]);
    assert_eq!((code, scans.len()), (Some(0), 0), "{scans:?}");
    assert!(last.starts_with("0 of 0 files in "), "{last}");
}

async fn without_a_folder_everything_is_missing(database: TestDatabase) {
    let site = Site::open(database).await;
    site.scan(&site.keep(b"a scan"), json!({})).await;
    let folder = site.directory.path().join("files");
    fs::remove_dir_all(&folder).expect("it was there");
    let (code, scans, last) = site.verify(&["--files"]);
    assert_eq!((code, scans.len()), (Some(1), 1), "{scans:?}");
    assert!(scans[0].contains("no file sha256/") && last.starts_with("1 of 1 files in "), "{scans:?} {last}");
    assert!(!folder.exists(), "looking makes nothing");
}
