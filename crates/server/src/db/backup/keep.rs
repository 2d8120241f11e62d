//! Files that are there whole or not at all, for their owner only.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

/// What a file is called until it is complete and on the disk.
pub(super) const PARTIAL: &str = "partial";

/// A piece of a file that is read at once.
const PIECE: usize = 1 << 20;

/// Makes `directory` and what it lies in where they are missing, for the owner only.
pub(in crate::db) fn make_directory(directory: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

/// The file itself where `file` is a link to it: what lies beside it lies beside that one.
pub(in crate::db) fn real(file: &Path) -> PathBuf {
    file.canonicalize().unwrap_or_else(|_| file.to_owned())
}

/// Makes an empty file for the owner only; refuses one that is there.
pub(in crate::db) fn make_file(file: &Path) -> Result<File, Error> {
    let mut open = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    open.read(true).write(true).create_new(true).open(file)
}

/// Opens a file that is there to be locked, and makes it and its directory where they are missing. Who may only read it
/// can lock it as well.
pub(in crate::db) fn open_lock(file: &Path) -> Result<File, Error> {
    file.parent().map_or(Ok(()), make_directory)?;
    let open = File::options().read(true).write(true).create(true).truncate(false).open(file);
    match open {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => File::open(file).map_err(|_| error),
        open => open,
    }
}

/// Sees `partial` on the disk, and only then gives it its name.
pub(super) fn settle(partial: &Path, file: &Path) -> Result<(), Error> {
    File::open(partial)?.sync_all()?;
    std::fs::rename(partial, file)?;
    file.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

/// Writes a small file that is there whole or not at all.
pub(super) fn write(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    let partial = file.with_added_extension(PARTIAL);
    remove(&partial)?;
    make_file(&partial)?.write_all(bytes)?;
    settle(&partial, file)
}

/// Removes a file that may be missing.
pub(super) fn remove(file: &Path) -> Result<(), Error> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What a file is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Print {
    /// SHA-256, in hexadecimal digits.
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

/// The print of `file`.
pub(super) async fn print(file: PathBuf) -> Result<Print, Error> {
    blocking(move || copied(&file, &mut std::io::sink())).await
}

/// Copies `from` into the new file `to`; answers the print of what was copied, which is on the disk then.
pub(super) async fn copy(from: PathBuf, to: PathBuf) -> Result<Print, Error> {
    let copy = move || {
        let mut copy = make_file(&to)?;
        let print = copied(&from, &mut copy)?;
        copy.sync_all()?;
        Ok(print)
    };
    blocking(copy).await
}

fn copied(from: &Path, to: &mut impl Write) -> Result<Print, Error> {
    let (mut from, mut piece) = (File::open(from)?, vec![0; PIECE]);
    let (mut digest, mut bytes) = (Context::new(&SHA256), 0);
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            break;
        }
        digest.update(&piece[..read]);
        to.write_all(&piece[..read])?;
        bytes += read as u64;
    }
    let sha256 = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Print { sha256, bytes })
}

/// Does what takes long and waits for files or processes, where nobody else waits for it.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::other).flatten()
}
