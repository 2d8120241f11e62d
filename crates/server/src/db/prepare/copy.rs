//! The files of a SQLite database: private from the start, copied before they change.

use std::fs::{DirBuilder, File, OpenOptions};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::PrepareError;

/// Makes `file`, empty, and its directory where they are missing, for the owner only.
pub(super) fn make_private(file: &Path) -> Result<(), PrepareError> {
    let failed = |source| PrepareError::File { what: format!("make {}", file.display()), source };
    let (mut directory, mut open) = (DirBuilder::new(), OpenOptions::new());
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut directory, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    }
    if let Some(parent) = file.parent() {
        directory.recursive(true).create(parent).map_err(failed)?;
    }
    if file.exists() {
        return Ok(());
    }
    open.write(true).create(true).truncate(false).open(file).map(drop).map_err(failed)
}

/// A free name for a copy of `file` at the instant `now`: `patientgraph-20260317T081500Z.db`.
pub(super) fn beside(file: &Path, now: DateTime<Utc>) -> PathBuf {
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, ending) = (part(file.file_stem()), part(file.extension()));
    let time = now.format("%Y%m%dT%H%M%SZ");
    let mut number = 1;
    loop {
        let again = if number == 1 { String::new() } else { format!("-{number}") };
        let name = format!("{stem}-{time}{again}{}{ending}", if ending.is_empty() { "" } else { "." });
        let copy = file.with_file_name(name);
        if !copy.exists() && !copy.with_added_extension("partial").exists() {
            return copy;
        }
        number += 1;
    }
}

/// Gives the `partial` copy the rights that `file` has, sees it on the disk, and only then gives it its name.
pub(super) fn settle(file: &Path, partial: &Path, copy: &Path) -> Result<(), PrepareError> {
    let settled = || -> std::io::Result<()> {
        std::fs::set_permissions(partial, std::fs::metadata(file)?.permissions())?;
        File::open(partial)?.sync_all()?;
        std::fs::rename(partial, copy)?;
        copy.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    };
    settled().map_err(|source| PrepareError::File { what: format!("keep the copy {}", copy.display()), source })
}
