//! The bytes of scans: from the row, or from a file where the old system had one. Streamed, whatever their size.

use std::fs::File;
use std::path::{Path, PathBuf};

use entity::mri_scans;
use rusqlite::types::ValueRef;

use super::{Failure, Judging};
use crate::finding::Code;
use crate::ledger::Entry;
use crate::source::{BYTES, KIND};
use crate::terms::{Kept, NotKept};
use crate::value::text::exact;

impl Judging<'_> {
    /// Stores the bytes of a scan, and notes in the row where they are.
    pub(super) fn bytes(&mut self, entry: &mut Entry<'_>, scan: &mut mri_scans::Model) -> Result<(), Failure> {
        let stored = matches!(entry.row.get(KIND), ValueRef::Text(b"blob" | b"text"));
        let empty = matches!(entry.row.get(BYTES), ValueRef::Null | ValueRef::Integer(0));
        let kept = if stored && !empty { Some(self.stored(entry.row.rowid())?) } else { self.found(entry, scan)? };
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

    fn found(&self, entry: &mut Entry<'_>, scan: &mri_scans::Model) -> Result<Option<Kept>, Failure> {
        let Some(directory) = &self.terms.files else { return Ok(None) };
        let Some(path) = scan.file_path.as_deref().and_then(|path| find(directory, path)) else { return Ok(None) };
        let mut file = File::open(&path).map_err(|error| NotKept(error.into()))?;
        let bytes = file.metadata().map_err(|error| NotKept(error.into()))?.len();
        // An image is nobody's unless it can be nobody else's.
        let other_size = scan.file_size.is_some_and(|size| u64::try_from(size) != Ok(bytes));
        if other_size || !self.index.is_only_file(&path.to_string_lossy())? {
            entry.find(Code::ScanFileAmbiguous);
            return Ok(None);
        }
        Ok(Some(self.files.keep(&mut file)?))
    }

    /// Notes which files the scans' old paths name: one that several name may be anybody's.
    pub(super) fn named_files(&mut self) -> Result<(), Failure> {
        let source = self.source;
        let Some(directory) = self.terms.files.clone().filter(|_| source.schema().has("mri_scans", "file_path")) else {
            return Ok(());
        };
        let mut statement = source.connection().prepare("SELECT file_path FROM main.mri_scans")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(file) = exact(row.get_ref(0)?).and_then(|path| find(&directory, path)) {
                self.index.names_file(&file.to_string_lossy())?;
            }
        }
        Ok(())
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
