//! One at a time: who prepares a database holds its lock.

use std::fs::{File, TryLockError};
use std::path::Path;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement, TransactionTrait,
};
use tracing::info;

use super::PrepareError;
use crate::db::backup::{open_lock, real};

/// The number of our advisory lock: "pgraph" in ASCII.
const ADVISORY_LOCK: i64 = 0x7067_7261_7068;

const WAITING: &str = "waiting for another process that prepares, backs up or restores the database";

/// Held until it is dropped, and by the system's care not longer than its process lives.
pub(in crate::db) enum Lock {
    /// A file beside the SQLite file. It stays there: removing it would let two in, one with the old file.
    File { _locked: File },
    /// A transaction that holds an advisory lock.
    Server { _locked: DatabaseTransaction },
}

impl Lock {
    /// Locks the SQLite database in `file`. SQLite's own locks end with each transaction, and migrations are several.
    pub(in crate::db) async fn of_file(file: &Path) -> Result<Self, PrepareError> {
        let path = real(file).with_added_extension("lock");
        let failed = |source| PrepareError::File { what: format!("lock {}", path.display()), source };
        let lock = open_lock(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => return Ok(Self::File { _locked: lock }),
            Err(TryLockError::WouldBlock) => info!("{WAITING}"),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let waited = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
        let locked = waited.map_err(std::io::Error::other).flatten().map_err(failed)?;
        Ok(Self::File { _locked: locked })
    }

    /// Locks a PostgreSQL database.
    pub(in crate::db) async fn of_server(connection: &DatabaseConnection) -> Result<Self, DbErr> {
        let statement = |function: &str| {
            Statement::from_string(DbBackend::Postgres, format!("SELECT {function}({ADVISORY_LOCK}) AS locked"))
        };
        let transaction = connection.begin().await?;
        let row = transaction.query_one_raw(statement("pg_try_advisory_xact_lock")).await?;
        if !row.map_or(Ok(false), |row| row.try_get("", "locked"))? {
            info!("{WAITING}");
            transaction.execute_raw(statement("pg_advisory_xact_lock")).await?;
        }
        Ok(Self::Server { _locked: transaction })
    }
}
