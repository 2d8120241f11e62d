//! On what terms an import is made.

use std::io::Read;
use std::path::PathBuf;

use entity::{Instant, Key};

use crate::value::time::Offset;

/// What the operator decided, and what only the caller knows.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The import's own key, already in `imports`.
    pub import: Key,
    /// The present.
    pub now: Instant,
    /// What new keys are made of, beside times and rows: 16 random bytes.
    pub seed: [u8; 16],
    /// How far the old server's clock was ahead of UTC.
    pub offset: Offset,
    /// Whether patients of whom only sessions tell are made from what those say.
    pub stub_patients: bool,
    /// Whether reports arrive released instead of as drafts.
    pub release_reports: bool,
    /// Whether assignments that only sessions tell of stay open.
    pub open_session_assignments: bool,
    /// Where scans are that the old system stored as files.
    pub files: Option<PathBuf>,
}

/// Where the bytes of scans go.
pub trait Files {
    /// Stores what is read, under an address that follows from it. Storing the same twice is one.
    ///
    /// # Errors
    /// When it cannot be read or stored.
    fn keep(&self, content: &mut dyn Read) -> Result<Kept, NotKept>;
}

/// A file in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its address.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of it, 64 hexadecimal digits.
    pub sha256: String,
}

/// Why a file is not in the store.
#[derive(Debug, thiserror::Error)]
#[error("cannot store a scan's file: {0}")]
pub struct NotKept(pub Box<dyn std::error::Error + Send + Sync>);
