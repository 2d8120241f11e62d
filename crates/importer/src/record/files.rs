//! The bytes of scans: from the row, or from a file where the old system had one. Streamed, whatever their size.

use std::fs::File;
use std::path::{Path, PathBuf};

use entity::mri_scans;
use rusqlite::types::ValueRef;

use super::{Failure, Judging};
use crate::finding::Code;
use crate::ledger::Entry;
use crate::terms::{Kept, NotKept};

impl Judging<'_> {
    /// Stores the bytes of a scan, and notes in the row where they are.
    pub(super) fn bytes(&mut self, entry: &mut Entry<'_>, scan: &mut mri_scans::Model) -> Result<(), Failure> {
        let stored = matches!(entry.row.get("binary_data kind"), ValueRef::Text(b"blob" | b"text"));
        let empty = matches!(entry.row.get("binary_data bytes"), ValueRef::Null | ValueRef::Integer(0));
        let kept = if stored && !empty { Some(self.stored(entry.row.rowid())?) } else { self.found(scan)? };
        let Some(Kept { key, bytes, sha256 }) = kept else {
            entry.find(Code::ScanFileMissing);
            return Ok(());
        };
        self.made().files += 1;
        self.made().file_bytes += bytes;
        scan.file_path = Some(key);
        scan.file_size = Some(i64::try_from(bytes).unwrap_or(i64::MAX));
        scan.sha256 = Some(sha256);
        Ok(())
    }

    fn stored(&self, rowid: i64) -> Result<Kept, Failure> {
        let mut blob = self.source.connection().blob_open("main", "mri_scans", "binary_data", rowid, true)?;
        Ok(self.files.keep(&mut blob)?)
    }

    fn found(&self, scan: &mri_scans::Model) -> Result<Option<Kept>, Failure> {
        let Some(directory) = &self.terms.files else { return Ok(None) };
        let paths = [scan.file_path.as_deref(), scan.original_filename.as_deref()];
        let Some(file) = paths.into_iter().flatten().find_map(|path| find(directory, path)) else { return Ok(None) };
        let mut file = File::open(file).map_err(|error| NotKept(error.into()))?;
        Ok(Some(self.files.keep(&mut file)?))
    }
}

/// The file that an old path names below the directory: by as much of the path's end as is there. Never one outside it.
fn find(directory: &Path, old: &str) -> Option<PathBuf> {
    let steps: Vec<&str> = old.split(['/', '\\']).filter(|step| !["", ".", ".."].contains(step)).collect();
    if steps.iter().any(|step| step.contains('\0')) {
        return None;
    }
    let mut ends = (0..steps.len()).map(|first| steps[first..].iter().collect::<PathBuf>());
    let inside = std::fs::canonicalize(directory).ok()?;
    ends.find_map(|end| {
        let file = std::fs::canonicalize(directory.join(end)).ok()?;
        (file.starts_with(&inside) && file.is_file()).then_some(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_the_end_of_its_old_path_and_never_outside() {
        let directory = tempfile::tempdir().unwrap();
        let scans = directory.path().join("scans");
        std::fs::create_dir_all(scans.join("positive/stage_2")).unwrap();
        std::fs::write(scans.join("positive/stage_2/a.jpg"), "a").unwrap();
        std::fs::write(directory.path().join("secret"), "s").unwrap();
        let found = |old| find(&scans, old).map(|file| file.file_name().unwrap().to_owned());
        for old in
            ["data/mri_scans/positive/stage_2/a.jpg", "C:\\data\\positive\\stage_2\\a.jpg", "positive/stage_2/a.jpg"]
        {
            assert_eq!(found(old).unwrap(), "a.jpg", "{old}");
        }
        for old in ["../secret", "/etc/passwd", "a.jpg", "", "positive"] {
            assert_eq!(found(old), None, "{old}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(directory.path().join("secret"), scans.join("link")).unwrap();
            assert_eq!(found("link"), None);
        }
    }
}
