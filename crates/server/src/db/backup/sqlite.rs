//! Copies of SQLite databases.

use std::path::Path;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::BackupError;
use crate::db::DatabaseUrl;

/// Writes what `connection` sees into the empty file `partial`, without what deleted rows have left in the original.
pub(super) async fn dump(
    url: &DatabaseUrl,
    connection: &DatabaseConnection,
    partial: &Path,
) -> Result<(), BackupError> {
    let statement = format!("VACUUM INTO '{}'", partial.display().to_string().replace('\'', "''"));
    let dumped = connection.execute_unprepared(&statement).await;
    dumped.map_err(|source| BackupError::Database { url: Box::new(url.clone()), source })?;
    check(partial, "PRAGMA quick_check(1)").await
}

/// Asks SQLite whether `file`, which nobody writes, is sound. Nothing is made beside it.
pub(super) async fn check(file: &Path, pragma: &'static str) -> Result<(), BackupError> {
    let options =
        SqliteConnectOptions::new().filename(file).read_only(true).immutable(true).disable_statement_logging();
    let checked = async {
        let mut connection = options.connect().await?;
        let said: String = sqlx::query_scalar(pragma).fetch_one(&mut connection).await?;
        connection.close().await.map(|()| said)
    };
    let said = checked.await.unwrap_or_else(|error| error.to_string());
    if said == "ok" { Ok(()) } else { Err(BackupError::Damaged { file: file.to_owned(), said }) }
}
