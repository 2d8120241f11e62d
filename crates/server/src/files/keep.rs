//! How content gets into the store: hashed on the way, written under no name, then named by its hash.

use std::io::Read;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};
use rand::Rng;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use ring::digest::{Context, SHA256};

use super::folder::INCOMING;
use super::{FileError, FileKey, FileStore, Kept};

/// So much of a content is in memory at a time. What is no longer is written once its name is known.
const PIECE: usize = 1024 * 1024;

impl FileStore {
    /// Keeps what `content` reads, to its end. What is kept already is not written again, but its size is compared.
    ///
    /// It waits for the disk: call it from a thread that may, as `spawn_blocking` has them, never from a task.
    ///
    /// # Errors
    /// When the content cannot be read, or the store not written.
    pub fn keep(&self, content: &mut dyn Read) -> Result<Kept, FileError> {
        let first = piece(content)?;
        if first.len() < PIECE { self.keep_short(first) } else { self.keep_long(first, content) }
    }

    /// Removes what processes left behind that were killed while they kept something long. Call it only where nobody
    /// else keeps anything.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn forget_unfinished(&self) -> Result<(), FileError> {
        self.folder.clear_incoming()
    }

    fn keep_short(&self, content: Vec<u8>) -> Result<Kept, FileError> {
        let mut hash = Context::new(&SHA256);
        hash.update(&content);
        let kept = Kept { key: FileKey::of(&hash.finish()), bytes: content.len() as u64 };
        if self.has(&kept)? {
            return Ok(kept);
        }
        let (name, location) = (kept.key.to_string(), kept.key.location());
        self.folder.make_room(&name)?;
        let put = self.store.put_opts(&location, content.into(), PutMode::Create.into());
        match self.runtime.block_on(put) {
            Ok(_) => self.folder.make_private(&name)?,
            // Somebody else was quicker.
            Err(object_store::Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(kept)
    }

    fn keep_long(&self, first: Vec<u8>, content: &mut dyn Read) -> Result<Kept, FileError> {
        let name = format!("{INCOMING}/{}", nonce());
        self.folder.make_room(&name)?;
        let (from, incoming) = (Path::from(name.as_str()), self.store.clone());
        // Dropped before it is complete, it removes what it has written.
        let mut upload = self.runtime.block_on(incoming.put_multipart(&from))?;
        let (mut hash, mut bytes, mut next) = (Context::new(&SHA256), 0, first);
        while !next.is_empty() {
            hash.update(&next);
            bytes += next.len() as u64;
            self.runtime.block_on(upload.put_part(next.into()))?;
            next = piece(content)?;
        }
        self.runtime.block_on(upload.complete())?;
        let kept = Kept { key: FileKey::of(&hash.finish()), bytes };
        let named = self.name(&kept, &name, &from);
        if !matches!(named, Ok(true)) {
            self.runtime.block_on(self.store.delete(&from))?;
        }
        named.map(|_| kept)
    }

    /// Gives what came in its name; false where it is kept already.
    fn name(&self, kept: &Kept, name: &str, from: &Path) -> Result<bool, FileError> {
        if self.has(kept)? {
            return Ok(false);
        }
        self.folder.make_private(name)?;
        self.folder.make_room(&kept.key.to_string())?;
        // Where somebody else was quicker, it is the same content.
        self.runtime.block_on(self.store.rename(from, &kept.key.location()))?;
        Ok(true)
    }

    /// Whether it is kept already.
    fn has(&self, kept: &Kept) -> Result<bool, FileError> {
        match self.runtime.block_on(self.head(&kept.key))? {
            None => Ok(false),
            Some(bytes) if bytes == kept.bytes => Ok(true),
            Some(bytes) => Err(FileError::Damaged { key: kept.key.clone(), bytes, expected: kept.bytes }),
        }
    }
}

/// The next piece of a content: shorter than others, or empty, at its end.
fn piece(content: &mut dyn Read) -> Result<Vec<u8>, FileError> {
    let mut piece = Vec::new();
    content.take(PIECE as u64).read_to_end(&mut piece).map_err(FileError::Content)?;
    Ok(piece)
}

/// A name that nobody else gives.
fn nonce() -> String {
    let mut random = UnwrapErr(SysRng);
    format!("{:016x}{:016x}", random.next_u64(), random.next_u64())
}
