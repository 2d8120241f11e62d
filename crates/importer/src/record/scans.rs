//! `mri_scans`: the rows; their bytes go to the file store.

use entity::mri_scans;
use entity::vocabulary::{FileType, ProcessingStatus};
use rusqlite::types::ValueRef;

use super::owner::{Owner, OwnerCodes, has_id, here};
use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::Thing;
use crate::ledger::{Entry, Fate};
use crate::source::{BYTES, KIND, Row};
use crate::value::number::{number, whole};
use crate::value::text::{JsonKind, exact, is_blank};
use crate::value::word;

const PLACED: [&str; 12] = [
    "id",
    "session_id",
    "original_filename",
    "file_path",
    "file_type",
    "file_size",
    "image_dimensions",
    "preprocessing_applied",
    "upload_timestamp",
    "processing_timestamp",
    "processing_status",
    "metadata",
];

const OWNER: OwnerCodes = OwnerCodes {
    recoverable: Code::ScanOwnerRecoverable,
    ambiguous: Code::ScanOwnerAmbiguous,
    missing: Code::ScanSessionMissing,
    nobodys: Code::ScanSessionWithoutPatient,
    dangling: Code::ScanPatientDangling,
};

impl Judging<'_> {
    pub(super) fn scans(&mut self) -> Result<(), Failure> {
        self.each("mri_scans", |judging, row| judging.scan(row))
    }

    fn scan(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let Some((mut entry, earlier)) = self.enter("mri_scans", row, row.get("id"))? else { return Ok(()) };
        if !has_id(row) {
            entry.find(Code::ScanIdMissing);
            self.close(entry, Fate::Quarantined(Code::ScanIdMissing), None);
            return Ok(());
        }
        let owner = match self.owner(&mut entry, Thing::Scan, OWNER)? {
            Ok(owner) => owner,
            Err(code) => return self.refuse_thing(entry, Thing::Scan, code),
        };
        let mut scan = self.image(&mut entry, owner)?;
        let (key, patient) = here(earlier, Some(scan.id), owner.patient);
        self.index.add_thing(Thing::Scan, row.get("id"), row.get("session_id"), key, Some(patient))?;
        self.index.happens(owner.patient, "scan", scan.upload_timestamp, row.rowid(), (None, None))?;
        let id = scan.id;
        if !entry.earlier {
            self.bytes(&mut entry, &mut scan)?;
            self.out.scan(scan);
        }
        self.close(entry, Fate::Migrated(id), Some(owner.patient));
        Ok(())
    }

    fn image(&mut self, entry: &mut Entry<'_>, owner: Owner) -> Result<mri_scans::Model, Failure> {
        let row = entry.row;
        let upload_timestamp = self.happened(entry, "upload_timestamp", Code::ScanDateUnparseable, owner);
        let processing_timestamp = self.time(entry, "processing_timestamp", Code::ScanDateUnparseable);
        let wrong = Code::ScanMetadataNotJson;
        let metadata = self.json(entry, "metadata", JsonKind::Object, wrong);
        let preprocessing_applied = self.json(entry, "preprocessing_applied", JsonKind::List, wrong);
        let scan = mri_scans::Model {
            id: self.key(7, row.rowid(), upload_timestamp),
            patient_id: owner.patient,
            session_id: owner.session,
            original_filename: entry.words("original_filename"),
            // Where the old system had it; once the bytes are in the store, their address.
            file_path: old_path(entry),
            file_type: file_type(entry),
            file_size: whole(row.get("file_size"), 0, i64::MAX),
            sha256: None,
            image_dimensions: entry.words("image_dimensions"),
            preprocessing_applied,
            acquired_at: None,
            upload_timestamp,
            processing_timestamp,
            processing_status: processing_status(entry),
            metadata,
            version: 1,
        };
        match (row.get(KIND), row.get(BYTES)) {
            (ValueRef::Text(b"text"), _) => entry.find(Code::ScanBlobNotBytes),
            (ValueRef::Text(b"blob"), ValueRef::Integer(_)) => {
                let (noted, stored) = (number(row.get("file_size")), number(row.get(BYTES)));
                if row.get("file_size") != ValueRef::Null && noted != stored {
                    entry.repair(Code::ScanSizeMismatch, "file_size");
                }
            }
            _ => {}
        }
        entry.keep_others(&PLACED);
        Ok(scan)
    }
}

/// An old path must not look like an address of the file store.
fn old_path(entry: &mut Entry<'_>) -> Option<String> {
    let path = entry.words("file_path")?;
    if path.starts_with("sha256/") {
        entry.keep(Code::ScanFileMissing, "file_path");
        return None;
    }
    Some(path)
}

fn file_type(entry: &mut Entry<'_>) -> FileType {
    let cell = entry.row.get("file_type");
    if is_blank(cell) {
        return FileType::Unknown;
    }
    exact(cell).and_then(word::file_type).unwrap_or_else(|| {
        entry.repair(Code::ScanTypeUnknown, "file_type");
        FileType::Unknown
    })
}

fn processing_status(entry: &mut Entry<'_>) -> ProcessingStatus {
    let cell = entry.row.get("processing_status");
    if cell == ValueRef::Null {
        return ProcessingStatus::Pending;
    }
    exact(cell).and_then(word::processing_status).unwrap_or_else(|| {
        entry.repair(Code::ScanStatusUnknown, "processing_status");
        ProcessingStatus::Pending
    })
}
