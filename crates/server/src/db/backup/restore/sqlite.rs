//! On SQLite a copy of the backup takes the file's name, at once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _, SqliteConnection};

use super::super::sqlite::check;
use super::{BackupError, Backups, Manifest, RestoreError, Terms, file_failed, keep};
use crate::db::DatabaseUrl;
use crate::db::in_use::InUseError;
use crate::db::prepare::Lock;

/// What SQLite keeps beside a file.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];
/// How long another program may keep the file before it is in use.
const BUSY: Duration = Duration::from_secs(2);

impl Backups {
    /// Each step may be the last one: until the new file takes the name, the old one has all that it had.
    pub(super) async fn restore_sqlite(
        &self,
        backup: &Manifest,
        url: &DatabaseUrl,
        terms: Terms,
        now: DateTime<Utc>,
    ) -> Result<Option<Manifest>, RestoreError> {
        let Some(file) = url.file().map(keep::real) else { return Ok(None) };
        let file = file.as_path();
        let _locked = Lock::of_file(file).await?;
        let fresh = file.with_added_extension("restoring");
        let made = async {
            self.make_ready(backup, &fresh).await?;
            let brought_in = bring_in(file).await;
            if let Err(error) = &brought_in
                && is_busy(error)
            {
                return Err(not_alone(url, error));
            }
            let before = self.set_aside_file(url, file, terms, now).await?;
            if let Err(error) = &brought_in
                && !terms.discard_current
            {
                return Err(damaged(file, error));
            }
            let what = format!("give {} the old file's owner; do this as that user, or as root", fresh.display());
            belongs_like(&fresh, file).map_err(file_failed(what))?;
            // What stands beside the old file is of it alone: to the new one it would do harm.
            remove_beside(file)?;
            put_in_place(&fresh, file).map_err(file_failed(format!("replace {}", file.display())))?;
            Ok(before)
        };
        let made = made.await;
        if made.is_err() {
            remove_all(&fresh)?;
        }
        made
    }

    /// Copies the backup to `fresh`, on the same disk as the database, and sees that the copy is whole and sound.
    async fn make_ready(&self, backup: &Manifest, fresh: &Path) -> Result<(), RestoreError> {
        remove_all(fresh)?;
        let from = self.file(backup);
        let what = format!("copy {} to {}", from.display(), fresh.display());
        let print = keep::copy(from, fresh.to_owned()).await.map_err(file_failed(what))?;
        self.whole(backup, &print)?;
        check(fresh, "PRAGMA integrity_check(1)").await?;
        begin_new_log(fresh).await.map_err(|error| damaged(fresh, &error))?;
        let synced = File::open(fresh).and_then(|file| file.sync_all());
        synced.map_err(file_failed(format!("keep {}", fresh.display())))
    }

    async fn set_aside_file(
        &self,
        url: &DatabaseUrl,
        file: &Path,
        terms: Terms,
        now: DateTime<Utc>,
    ) -> Result<Option<Manifest>, RestoreError> {
        if has_content(file) { self.set_aside(url, terms, now).await } else { Ok(None) }
    }
}

/// The positions that clients of live updates hold count on from the old file: in the restored one they mean other changes.
async fn begin_new_log(file: &Path) -> Result<(), sqlx::Error> {
    let mut connection = connect(file, None).await?;
    let has_log = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'change_log'";
    if sqlx::query_scalar(has_log).fetch_one(&mut connection).await? {
        sqlx::query("DELETE FROM change_log").execute(&mut connection).await?;
    }
    connection.close().await
}

/// Writes into the old file what stands beside it, so that it is whole by itself; refused while another program reads or
/// writes it.
async fn bring_in(file: &Path) -> Result<(), sqlx::Error> {
    if !has_content(file) {
        return Ok(());
    }
    let mut connection = connect(file, Some(SqliteJournalMode::Delete)).await?;
    sqlx::raw_sql("BEGIN EXCLUSIVE; ROLLBACK").execute(&mut connection).await?;
    connection.close().await
}

async fn connect(file: &Path, journal: Option<SqliteJournalMode>) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(BUSY).disable_statement_logging();
    let options = match journal {
        Some(mode) => options.journal_mode(mode),
        None => options,
    };
    options.connect().await
}

/// Gives the new file the owner and the rights of the old one: a server may run as another user than who restores.
fn belongs_like(fresh: &Path, file: &Path) -> Result<(), std::io::Error> {
    if !file.exists() {
        return Ok(());
    }
    let old = std::fs::metadata(file)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        let new = std::fs::metadata(fresh)?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            chown(fresh, Some(old.uid()), Some(old.gid()))?;
        }
    }
    std::fs::set_permissions(fresh, old.permissions())
}

fn put_in_place(fresh: &Path, file: &Path) -> Result<(), std::io::Error> {
    std::fs::rename(fresh, file)?;
    file.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

fn has_content(file: &Path) -> bool {
    file.metadata().is_ok_and(|file| file.len() > 0)
}

fn remove_beside(file: &Path) -> Result<(), RestoreError> {
    let remove = |end: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        keep::remove(&PathBuf::from(name))
    };
    BESIDE.iter().try_for_each(|end| remove(end)).map_err(file_failed(format!("tidy up beside {}", file.display())))
}

fn remove_all(file: &Path) -> Result<(), RestoreError> {
    remove_beside(file)?;
    keep::remove(file).map_err(file_failed(format!("remove {}", file.display())))
}

/// Whether somebody else has locked the file. The upper bytes of the code say how.
fn is_busy(error: &sqlx::Error) -> bool {
    const SQLITE_BUSY: u32 = 5;
    let code = error.as_database_error().and_then(|said| said.code()).and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

fn not_alone(url: &DatabaseUrl, error: &sqlx::Error) -> RestoreError {
    InUseError::Present { url: url.clone(), by: format!("another program ({error})") }.into()
}

fn damaged(file: &Path, error: &sqlx::Error) -> RestoreError {
    BackupError::Damaged { file: file.to_owned(), said: error.to_string() }.into()
}
