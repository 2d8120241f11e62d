//! On SQLite: a lock on the file `<database>.inuse`. It stays there: removing it would let two in, one with the old file.

use std::fs::{File, TryLockError};
use std::path::Path;

use tracing::info;

use super::{InUseError, WAITING, beside};
use crate::db::DatabaseUrl;
use crate::db::backup::open_lock;

/// Takes a share of the lock, waiting while somebody has it alone.
pub(super) async fn share(database: &Path) -> Result<File, InUseError> {
    let file = open(database)?;
    match file.try_lock_shared() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => info!("{WAITING}"),
        Err(TryLockError::Error(error)) => return Err(failed(database, error)),
    }
    let waited = tokio::task::spawn_blocking(move || file.lock_shared().map(|()| file)).await;
    waited.map_err(std::io::Error::other).flatten().map_err(|error| failed(database, error))
}

/// Takes the lock alone, if nobody has a share of it.
pub(super) fn exclude(url: &DatabaseUrl, database: &Path) -> Result<File, InUseError> {
    let file = open(database)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(InUseError::Present { url: url.clone(), by: "a server or another command of patientgraph".to_owned() })
        }
        Err(TryLockError::Error(error)) => Err(failed(database, error)),
    }
}

fn open(database: &Path) -> Result<File, InUseError> {
    open_lock(&beside(database)).map_err(|error| failed(database, error))
}

fn failed(database: &Path, source: std::io::Error) -> InUseError {
    InUseError::File { what: format!("lock {}", beside(database).display()), source }
}
