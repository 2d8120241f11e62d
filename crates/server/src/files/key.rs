//! Keys of files: `sha256/ab/cd/abcd…`, the hash of the content below two levels of folders, so that none gets too full.

use std::fmt;
use std::str::FromStr;

use object_store::path::Path;
use ring::digest::Digest;

/// The name of a file in the store, which follows from its content.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileKey(String);

/// It is no key of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key of the file store is sha256/ab/cd/ and 64 hexadecimal digits that begin with abcd")]
pub struct NoFileKey;

impl FileKey {
    /// What the keys of this store begin with. Rows may have paths of other places.
    pub const PREFIX: &str = "sha256/";

    pub(super) fn of(hash: &Digest) -> Self {
        Self(hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The hash of the content, in hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.0
    }

    pub(super) fn location(&self) -> Path {
        Path::from(self.to_string())
    }
}

impl fmt::Display for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}/{}/{}", Self::PREFIX, &self.0[..2], &self.0[2..4], self.0)
    }
}

impl FromStr for FileKey {
    type Err = NoFileKey;

    fn from_str(text: &str) -> Result<Self, NoFileKey> {
        let digits = text.rsplit('/').next().unwrap_or_default();
        if digits.len() != 64 || !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NoFileKey);
        }
        let key = Self(digits.to_owned());
        if key.to_string() == text { Ok(key) } else { Err(NoFileKey) }
    }
}
