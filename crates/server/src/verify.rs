//! Stub.
use crate::db::{Db, DbError};
/// Verify.
pub async fn verify(_db: &Db, _repair: bool) -> Result<Vec<String>, DbError> {
    Ok(Vec::new())
}
