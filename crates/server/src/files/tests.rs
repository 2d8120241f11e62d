//! The store as whoever keeps files uses it.

use std::fs;
use std::io::{self, Cursor, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Barrier;

use futures_util::TryStreamExt;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{FileError, FileKey, FileStore, Kept};

/// A store in a folder of its own.
struct Site {
    runtime: Runtime,
    store: FileStore,
    folder: TempDir,
}

const SCAN: &[u8] = b"a scan";

impl Site {
    fn open() -> Self {
        let (runtime, folder) = (Runtime::new().unwrap(), tempfile::tempdir().unwrap());
        let store = FileStore::open(&folder.path().join("files"), runtime.handle().clone()).unwrap();
        Self { runtime, store, folder }
    }

    fn keep(&self, content: &[u8]) -> Kept {
        self.store.keep(&mut Cursor::new(content)).unwrap()
    }

    fn read(&self, key: &FileKey) -> Option<Vec<u8>> {
        self.runtime.block_on(async {
            let pieces = self.store.get(key).await.unwrap()?;
            Some(pieces.try_collect::<Vec<_>>().await.unwrap().concat())
        })
    }

    fn verify(&self, key: &FileKey) -> Option<Kept> {
        self.runtime.block_on(self.store.verify(key)).unwrap()
    }

    fn file(&self, key: &FileKey) -> PathBuf {
        self.folder.path().join("files").join(key.to_string())
    }

    /// All files of the folder, by path.
    fn files(&self) -> Vec<String> {
        let (mut files, mut open) = (vec![], vec![self.folder.path().join("files")]);
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() { open.push(entry) } else { files.push(entry.display().to_string()) }
            }
        }
        files
    }
}

/// So long that it is written before its name is known.
fn long(last: u8) -> Vec<u8> {
    (0..3_500_000_u32).map(|byte| (byte % 251) as u8).chain([last]).collect()
}

/// Reads some, then fails.
struct Broken(usize);

impl Read for Broken {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let read = self.0.min(into.len());
        self.0 -= read;
        Ok(read)
    }
}

#[test]
fn content_lies_under_its_hash() {
    let site = Site::open();
    let kept = site.keep(b"abc");
    let key = "sha256/ba/78/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((kept.key.to_string().as_str(), kept.bytes), (key, 3));
    assert_eq!(kept.sha256(), &key[13..]);
    assert_eq!(fs::read(site.file(&kept.key)).unwrap(), b"abc");
    for content in [vec![], b"abc".to_vec(), vec![7; 1024 * 1024 - 1], vec![7; 1024 * 1024], long(0), long(1)] {
        let kept = site.keep(&content);
        assert_eq!(site.read(&kept.key).as_ref(), Some(&content));
        assert_eq!(site.verify(&kept.key), Some(kept.clone()));
        assert_eq!(site.runtime.block_on(site.store.head(&kept.key)).unwrap(), Some(content.len() as u64));
        assert_eq!(kept.key.to_string().parse(), Ok(kept.key));
    }
    assert_eq!(site.files().len(), 6, "{:?}", site.files());
}

#[test]
fn what_is_not_there_is_nothing() {
    let site = Site::open();
    let key: FileKey = format!("sha256/00/00/{}", "0".repeat(64)).parse().unwrap();
    assert_eq!((site.read(&key), site.verify(&key)), (None, None));
    assert_eq!(site.runtime.block_on(site.store.head(&key)).unwrap(), None);
    let nowhere = site.folder.path().join("nowhere");
    assert!(FileStore::find(&nowhere, site.runtime.handle().clone()).unwrap().is_none() && !nowhere.exists());
    let found = FileStore::find(&site.folder.path().join("files"), site.runtime.handle().clone()).unwrap();
    assert!(found.is_some_and(|store| store.keep(&mut Cursor::new(SCAN)).is_ok()));
}

#[test]
fn only_its_owner_can_read_it() {
    let site = Site::open();
    for content in [SCAN.to_vec(), long(0)] {
        let file = site.file(&site.keep(&content).key);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        for folder in file.ancestors().skip(1).take(4) {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
    }
}

#[test]
fn what_is_kept_is_not_written_again() {
    let site = Site::open();
    for content in [SCAN.to_vec(), long(0)] {
        let kept = site.keep(&content);
        let file = site.file(&kept.key);
        let written = || fs::metadata(&file).unwrap().modified().unwrap();
        let before = written();
        assert_eq!(site.keep(&content), kept);
        assert_eq!(written(), before);
        // Found by its size when it is kept again, and by its hash in any case.
        fs::write(&file, "another").unwrap();
        let refused = site.store.keep(&mut Cursor::new(&content)).unwrap_err();
        assert!(matches!(&refused, FileError::Damaged { bytes: 7, .. }), "{refused}");
        assert!(site.verify(&kept.key).is_some_and(|found| found.key != kept.key && found.bytes == 7));
        assert_eq!(fs::read(&file).unwrap(), b"another", "what is damaged stays as evidence");
        fs::remove_file(&file).unwrap();
        assert_eq!(site.keep(&content), kept);
    }
    assert_eq!(site.files().len(), 2, "{:?}", site.files());
}

#[test]
fn content_that_breaks_off_leaves_nothing() {
    let site = Site::open();
    for length in [0, 10, 1024 * 1024, 3_000_000] {
        let refused = site.store.keep(&mut Broken(length)).unwrap_err();
        assert!(matches!(refused, FileError::Content(_)), "{refused}");
    }
    assert!(site.files().is_empty(), "{:?}", site.files());
}

#[test]
fn what_was_killed_is_forgotten() {
    let site = Site::open();
    let kept = site.keep(&long(0));
    fs::write(site.folder.path().join("files/incoming/left#1"), "half of it").unwrap();
    for _ in 0..2 {
        site.store.forget_unfinished().unwrap();
    }
    assert_eq!(site.files(), [site.file(&kept.key).display().to_string()]);
    assert_eq!(site.keep(&long(1)).bytes, 3_500_001);
}

#[test]
fn many_at_once_keep_the_same() {
    let site = Site::open();
    let contents = [SCAN.to_vec(), long(0)];
    let barrier = Barrier::new(8);
    let kept: Vec<Kept> = std::thread::scope(|threads| {
        let keep = |content| {
            let (site, barrier) = (&site, &barrier);
            threads.spawn(move || {
                barrier.wait();
                site.keep(content)
            })
        };
        let running: Vec<_> = (0..8).map(|number| keep(&contents[number % 2])).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (number, kept) in kept.iter().enumerate() {
        assert_eq!(site.read(&kept.key).as_ref(), Some(&contents[number % 2]));
    }
    assert_eq!(site.files().len(), 2, "{:?}", site.files());
}

#[tokio::test]
async fn a_task_keeps_by_a_thread_that_may_wait() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path(), tokio::runtime::Handle::current()).unwrap();
    let kept = tokio::task::spawn_blocking({
        let store = store.clone();
        move || store.keep(&mut Cursor::new(long(0))).unwrap()
    });
    let kept = kept.await.unwrap();
    assert_eq!(store.verify(&kept.key).await.unwrap(), Some(kept));
}

#[test]
fn a_folder_that_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (runtime, file) = (Runtime::new().unwrap(), folder.path().join("file"));
    fs::write(&file, "").unwrap();
    for place in [file.clone(), file.join("below")] {
        let refused = FileStore::open(&place, runtime.handle().clone()).unwrap_err().to_string();
        assert!(refused.contains("files.directory") && refused.contains("file"), "{refused}");
    }
}

#[test]
fn keys_are_read_as_they_are_written() {
    let digits = format!("abcd{}", "0".repeat(60));
    assert!(format!("sha256/ab/cd/{digits}").parse::<FileKey>().is_ok());
    for none in [
        String::new(),
        "sha256/".to_owned(),
        digits.clone(),
        format!("sha256/cd/ab/{digits}"),
        format!("sha256/ab/cd/{}", &digits[1..]),
        format!("sha256/ab/cd/{}", digits.to_uppercase()),
        format!("sha256/AB/cd/{digits}"),
        format!("/sha256/ab/cd/{digits}"),
        format!("sha256/ab/cd/../cd/{digits}"),
        format!("sha256/ab/cd/{}é", &digits[2..]),
        format!("md5/ab/cd/{digits}"),
    ] {
        assert!(none.parse::<FileKey>().is_err(), "{none}");
    }
}
