//! The folder of a store: what lies in it is for its owner only.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::FileError;

/// Where content lies that has no name yet. What a process left there that was killed is nobody's.
pub(super) const INCOMING: &str = "incoming";

/// The folder of a store.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder, made where it is missing.
    pub(super) fn make(root: &Path) -> Result<Self, FileError> {
        let made = || {
            private(true).create(root)?;
            let root = root.canonicalize()?;
            root.parent().map_or(Ok(()), sync)?;
            Ok(Self(root))
        };
        made().map_err(|error| FileError::Folder(root.to_owned(), error))
    }

    /// The folder, if there is one.
    pub(super) fn find(root: &Path) -> Result<Option<Self>, FileError> {
        match root.canonicalize() {
            Ok(root) => Ok(Some(Self(root))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::Folder(root.to_owned(), error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    fn failed(&self, error: io::Error) -> FileError {
        FileError::Folder(self.0.clone(), error)
    }

    /// Makes the folders above `file`, and sees them on the disk.
    pub(super) fn make_room(&self, file: &str) -> Result<(), FileError> {
        let mut folder = self.0.clone();
        let above = Path::new(file).parent().into_iter().flat_map(Path::components);
        for name in above {
            let within = folder.clone();
            folder.push(name);
            match private(false).create(&folder) {
                Ok(()) => sync(&within).map_err(|error| self.failed(error))?,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(())
    }

    /// Takes a file from everybody but its owner. Until then the folders above keep it.
    pub(super) fn make_private(&self, file: &str) -> Result<(), FileError> {
        #[cfg(unix)]
        {
            let owners = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(self.0.join(file), owners).map_err(|error| self.failed(error))?;
        }
        let _ = file;
        Ok(())
    }

    /// Removes what has no name.
    pub(super) fn clear_incoming(&self) -> Result<(), FileError> {
        match std::fs::remove_dir_all(self.0.join(INCOMING)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failed(error)),
            _ => Ok(()),
        }
    }
}

/// Sees on the disk what a folder lists.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn private(recursive: bool) -> DirBuilder {
    let mut directory = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut directory, 0o700);
    directory.recursive(recursive);
    directory
}
