//! Scans against the file store: each row that names a file there has it, whole and unchanged.

use entity::Key;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

use super::{Difference, Findings};
use crate::db::adaptor::adapt;
use crate::files::{FileError, FileKey, FileStore};

/// So many rows are read at a time. Between them the database is free: to hash a clinic's scans takes a while.
const BATCH: usize = 1000;

/// Why files could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum FilesUnverified {
    /// The database cannot be read.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// The store cannot be read.
    #[error(transparent)]
    Files(#[from] FileError),
}

/// A scan that names a file of the store.
struct Scan {
    id: Key,
    patient_id: Key,
    file_path: String,
    file_size: Option<i64>,
    sha256: Option<String>,
}

/// Reads and hashes the file of every scan that names one of the store (none: there is no store). Answers how many do,
/// beside what differs.
///
/// # Errors
/// When database or store cannot be read.
pub async fn verify_files(
    conn: &impl ConnectionTrait,
    store: Option<&FileStore>,
) -> Result<(u64, Findings), FilesUnverified> {
    let (mut compared, mut findings) = (0, Findings::default());
    let mut after = Uuid::nil();
    loop {
        let scans = batch(conn, after).await?;
        let Some(last) = scans.last() else { return Ok((compared, findings)) };
        after = last.id.0;
        compared += scans.len() as u64;
        for scan in scans {
            let differences = compare(&scan, store).await?;
            if !differences.is_empty() {
                findings.row(differences);
            }
        }
    }
}

async fn compare(scan: &Scan, store: Option<&FileStore>) -> Result<Vec<Difference>, FileError> {
    let difference = |what: &str, stored: Option<String>, expected: Option<String>| Difference {
        patient_id: Some(scan.patient_id),
        place: format!("mri_scans {}: {what}", scan.id),
        stored,
        expected,
    };
    let Ok(key) = scan.file_path.parse::<FileKey>() else {
        return Ok(vec![difference("file_path is no key of the file store", None, None)]);
    };
    let found = match store {
        Some(store) => store.verify(&key).await?,
        None => None,
    };
    let Some(found) = found else {
        return Ok(vec![difference(&format!("no file {key}"), None, None)]);
    };
    let mut differences = vec![];
    let size = scan.file_size.map(|size| size.to_string());
    if size.as_ref().is_some_and(|size| *size != found.bytes.to_string()) {
        differences.push(difference("bytes of the file", Some(found.bytes.to_string()), size));
    }
    // The row may say another hash than the key does.
    let hash = scan.sha256.as_deref().unwrap_or(key.sha256());
    if found.key != key || hash != found.sha256() {
        differences.push(difference("SHA-256 of the file", Some(found.sha256().to_owned()), Some(hash.to_owned())));
    }
    Ok(differences)
}

/// The next scans after a key that name a file of the store.
async fn batch(conn: &impl ConnectionTrait, after: Uuid) -> Result<Vec<Scan>, DbErr> {
    let sql = format!(
        "SELECT id, patient_id, file_path, file_size, sha256 FROM mri_scans \
         WHERE id > $1 AND substr(file_path, 1, {}) = $2 ORDER BY id LIMIT {BATCH}",
        FileKey::PREFIX.len()
    );
    let values = [Value::from(after), Value::from(FileKey::PREFIX)];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    conn.query_all_raw(adapt(statement)).await?.iter().map(scan).collect()
}

fn scan(row: &QueryResult) -> Result<Scan, DbErr> {
    Ok(Scan {
        id: row.try_get("", "id")?,
        patient_id: row.try_get("", "patient_id")?,
        file_path: row.try_get("", "file_path")?,
        file_size: row.try_get("", "file_size")?,
        sha256: row.try_get("", "sha256")?,
    })
}
