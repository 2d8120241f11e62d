//! The copy that is worked with: the old file is the only one there is.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use tempfile::TempDir;

use super::Refusal;

/// What SQLite keeps beside a database and needs to read it: committed pages, or what was there before a write that was cut
/// off. (The index of the log, `-shm`, is made anew.)
const BESIDE: [&str; 2] = ["-wal", "-journal"];
const CHUNK: usize = 1 << 20;

/// What was copied.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) file: PathBuf,
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

/// A directory for one import, for its owner only; it goes when it is dropped.
pub(super) fn directory(work: &Path) -> Result<(TempDir, File), Refusal> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.recursive(true).create(work).and_then(|()| own_directory(work));
    made.map_err(|source| Refusal::File { what: format!("make a directory in {}", work.display()), source })
}

/// What directories of imports are called.
const PREFIX: &str = "import-";
/// Locked for as long as the directory is in use.
const IN_USE: &str = "in-use";

/// A new directory. Those of imports that were killed go first: they hold copies of a clinic's records.
fn own_directory(work: &Path) -> io::Result<(TempDir, File)> {
    for entry in std::fs::read_dir(work)? {
        let old = entry?.path();
        let ours = old.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        let lock = File::open(old.join(IN_USE)).ok().filter(|lock| lock.try_lock().is_ok());
        if ours && lock.is_some() {
            std::fs::remove_dir_all(&old)?;
        }
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let directory = builder.tempdir_in(work)?;
    let lock = File::create_new(directory.path().join(IN_USE))?;
    lock.lock()?;
    Ok((directory, lock))
}

/// Copies the file and what lies beside it into `directory`.
pub(super) fn copy(file: &Path, directory: &Path) -> Result<Copied, Refusal> {
    let failed = |source| Refusal::File { what: format!("copy {}", file.display()), source };
    // What SQLite keeps is beside the file itself, not beside a link to it.
    let file = &file.canonicalize().unwrap_or_else(|_| file.to_owned());
    if !file.is_file() {
        let source = io::Error::new(io::ErrorKind::NotFound, "there is no such file");
        return Err(Refusal::File { what: format!("read {}", file.display()), source });
    }
    let before = states(file).map_err(failed)?;
    let copy = directory.join("old.db");
    let mut digest = Context::new(&SHA256);
    let mut bytes = copy_one(file, &copy, &mut digest).map_err(failed)?;
    for ending in BESIDE {
        let beside = with_ending(file, ending);
        if beside.is_file() {
            bytes += copy_one(&beside, &with_ending(&copy, ending), &mut digest).map_err(failed)?;
        }
    }
    if states(file).map_err(failed)? != before {
        return Err(Refusal::Busy);
    }
    let sha256 = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Copied { file: copy, sha256, bytes })
}

/// What tells that a file was written to.
fn states(file: &Path) -> io::Result<Vec<Option<(u64, std::time::SystemTime)>>> {
    let state = |metadata: Metadata| Ok((metadata.len(), metadata.modified()?));
    let all = BESIDE.into_iter().map(|ending| with_ending(file, ending)).chain([file.to_owned()]);
    all.map(|file| match file.metadata() {
        Ok(metadata) => state(metadata).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    })
    .collect()
}

fn copy_one(from: &Path, to: &Path, digest: &mut Context) -> io::Result<u64> {
    let (mut from, mut to) = (File::open(from)?, File::create_new(to)?);
    let (mut chunk, mut bytes) = (vec![0; CHUNK], 0);
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            return Ok(bytes);
        }
        digest.update(&chunk[..read]);
        to.write_all(&chunk[..read])?;
        bytes += read as u64;
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
