//! Files beside the records: a folder in which each lies under the hash of its content.
//!
//! What must stay true:
//! - A key that [`keep`](FileStore::keep) answered leads to the whole content, also after the power failed.
//! - No content is held in memory, however long it is.
//! - Nobody but the owner of the folder can read it.
//! - What has its name is never written again: two who keep the same content do not get into each other's way.
//!
//! Rows name a file by its key, its size and its SHA-256; `patientgraph verify --files` holds them together.

mod folder;
mod keep;
mod key;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use object_store::ObjectStoreExt;
use object_store::local::LocalFileSystem;
use ring::digest::{Context, SHA256};
use tokio::runtime::Handle;

use folder::Folder;
pub use key::{FileKey, NoFileKey};

/// A file store in a folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FileStore {
    store: LocalFileSystem,
    folder: Folder,
    runtime: Handle,
}

/// What lies under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The key: it follows from the content.
    pub key: FileKey,
    /// How many bytes it has.
    pub bytes: u64,
}

impl Kept {
    /// The SHA-256 of the content, in hexadecimal digits.
    pub fn sha256(&self) -> &str {
        self.key.sha256()
    }
}

/// Why a file was not kept or read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The content cannot be read to its end.
    #[error("the content of a file cannot be read to its end")]
    Content(#[source] io::Error),
    /// The folder cannot be used.
    #[error("cannot use {} as the folder of files (setting `files.directory`)", .0.display())]
    Folder(PathBuf, #[source] io::Error),
    /// Something else lies where the content belongs.
    #[error(
        "{key} in the file store has {bytes} bytes where it must have {expected}: it is damaged. Move it away and \
             repeat what you did; `patientgraph verify --files` lists what else is damaged"
    )]
    Damaged {
        /// Where.
        key: FileKey,
        /// How many bytes lie there.
        bytes: u64,
        /// How many ought to.
        expected: u64,
    },
    /// The store does not do what it must.
    #[error("the file store does not work")]
    Store(#[from] object_store::Error),
}

impl FileStore {
    /// The store in a folder, which is made, for its owner only, where it is missing. Reading and writing run on
    /// `runtime`.
    ///
    /// # Errors
    /// When the folder cannot be made or opened.
    pub fn open(directory: &Path, runtime: Handle) -> Result<Self, FileError> {
        Self::over(Folder::make(directory)?, runtime)
    }

    /// [`open`](Self::open), for reading alone: none where there is no folder.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub fn find(directory: &Path, runtime: Handle) -> Result<Option<Self>, FileError> {
        Folder::find(directory)?.map(|folder| Self::over(folder, runtime)).transpose()
    }

    fn over(folder: Folder, runtime: Handle) -> Result<Self, FileError> {
        // Content is on the disk before it has its name, and the name before anybody is told.
        let store = LocalFileSystem::new_with_prefix(folder.path())?.with_fsync(true);
        Ok(Self { store, folder, runtime })
    }

    /// How many bytes lie under a key; none where nothing does.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn head(&self, key: &FileKey) -> Result<Option<u64>, FileError> {
        match self.store.head(&key.location()).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What lies under a key, piece by piece; none where nothing does.
    ///
    /// # Errors
    /// When the store cannot be read; the pieces likewise.
    pub async fn get(&self, key: &FileKey) -> Result<Option<BoxStream<'static, Result<Bytes, FileError>>>, FileError> {
        match self.store.get(&key.location()).await {
            Ok(found) => Ok(Some(Box::pin(found.into_stream().err_into()))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What really lies under a key, read and hashed again; none where nothing does. It is sound if it answers the key
    /// that it was asked for.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn verify(&self, key: &FileKey) -> Result<Option<Kept>, FileError> {
        let Some(mut pieces) = self.get(key).await? else { return Ok(None) };
        let (mut hash, mut bytes) = (Context::new(&SHA256), 0);
        while let Some(piece) = pieces.try_next().await? {
            // Of a file that becomes shorter meanwhile there is never more than that.
            if piece.is_empty() {
                break;
            }
            hash.update(&piece);
            bytes += piece.len() as u64;
        }
        Ok(Some(Kept { key: FileKey::of(&hash.finish()), bytes }))
    }
}
