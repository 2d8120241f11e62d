//! Files that hold secrets: nobody else may read them.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Who may read a file besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Nobody.
    Nobody,
    /// Its group, as systems do that keep secrets for several programs.
    Group,
}

/// Why a secret in a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// It cannot be read.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] Error),
    /// Too many can read it.
    #[error("{} can be read or changed by others (mode {mode:04o}): `chmod 600 {}` keeps it secret; if somebody may \
             have read it already, replace it", file.display(), file.display())]
    Exposed {
        /// The file.
        file: PathBuf,
        /// Its rights.
        mode: u32,
    },
    /// It is somebody else's.
    #[error("{} belongs to user {owner}, who can read and replace it: `chown` it to the user that the server runs as, or \
             to root; if it held a secret already, replace it", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// The id of the user whose it is.
        owner: u32,
    },
    /// It cannot be written.
    #[error("cannot write {}", .0.display())]
    Unwritable(PathBuf, #[source] Error),
}

/// What `file` holds, unless others can read or change it.
///
/// # Errors
/// When it cannot be read, or by too many, or is neither this process's user's nor root's.
pub fn read(file: &Path, readers: Readers) -> Result<Vec<u8>, PrivateFileError> {
    let unreadable = |error| PrivateFileError::Unreadable(file.to_owned(), error);
    let mut open = File::open(file).map_err(unreadable)?;
    // Of the file that was opened: the name may lead elsewhere a moment later.
    let metadata = open.metadata().map_err(unreadable)?;
    if let Some(mode) = exposed(&metadata, readers) {
        return Err(PrivateFileError::Exposed { file: file.to_owned(), mode });
    }
    if let Some(owner) = stranger(&metadata) {
        return Err(PrivateFileError::Foreign { file: file.to_owned(), owner });
    }
    let mut bytes = Vec::new();
    open.read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// The file's rights where they give others too much.
fn exposed(file: &Metadata, readers: Readers) -> Option<u32> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(file) & 0o777;
        let too_much = match readers {
            Readers::Nobody => 0o077,
            Readers::Group => 0o027,
        };
        (mode & too_much != 0).then_some(mode)
    }
    #[cfg(not(unix))]
    {
        let _ = (file, readers);
        None
    }
}

/// The file's owner where that is neither who runs this process nor root.
fn stranger(file: &Metadata) -> Option<u32> {
    #[cfg(unix)]
    {
        let owner = std::os::unix::fs::MetadataExt::uid(file);
        (owner != 0 && owner != nix::unistd::geteuid().as_raw()).then_some(owner)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

/// Writes `file` for the owner only, whole or not at all. One that is there already is left as it is.
///
/// # Errors
/// When it cannot be written.
pub fn make(file: &Path, bytes: &[u8]) -> Result<(), PrivateFileError> {
    let partial = file.with_added_extension(format!("{}.partial", std::process::id()));
    let made = write(&partial, bytes).and_then(|()| {
        // A link, unlike a new name for the file, never replaces what somebody else has made meanwhile.
        match std::fs::hard_link(&partial, file) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        file.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    });
    let removed = std::fs::remove_file(&partial);
    made.and(removed).map_err(|error| PrivateFileError::Unwritable(file.to_owned(), error))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut open = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    // What is there under this name was left by a process that ended half-way, or put there by somebody else, who would
    // read along.
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = open.write(true).create_new(true).open(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("secret");
        make(&file, b"one").unwrap();
        make(&file, b"another").unwrap();
        assert_eq!(read(&file, Readers::Nobody).unwrap(), b"one", "the first stays");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left over");
        for (mode, nobody, group) in [
            (0o600, true, true),
            (0o400, true, true),
            (0o640, false, true),
            (0o644, false, false),
            (0o660, false, false),
        ] {
            std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(&file, Readers::Nobody).is_ok(), nobody, "{mode:o}");
            assert_eq!(read(&file, Readers::Group).is_ok(), group, "{mode:o}");
        }
        let refusal = read(&file, Readers::Group).unwrap_err().to_string();
        assert!(refusal.contains("mode 0660") && refusal.contains("chmod 600"), "{refusal}");
    }

    #[test]
    fn what_belongs_to_others_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("secret");
        make(&file, b"one").unwrap();
        // Only root can give files away.
        if std::os::unix::fs::chown(&file, Some(4711), None).is_ok() {
            let refusal = read(&file, Readers::Group).unwrap_err().to_string();
            assert!(refusal.contains("user 4711") && refusal.contains("chown"), "{refusal}");
        }
    }

    #[test]
    fn what_somebody_has_put_in_the_way_is_not_written_to() {
        let directory = tempfile::tempdir().unwrap();
        let [file, elsewhere] = ["secret", "elsewhere"].map(|name| directory.path().join(name));
        let partial = directory.path().join(format!("secret.{}.partial", std::process::id()));
        std::fs::write(&elsewhere, "").unwrap();
        std::os::unix::fs::symlink(&elsewhere, partial).unwrap();
        make(&file, b"one").unwrap();
        assert_eq!(read(&file, Readers::Nobody).unwrap(), b"one");
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"");
    }
}
