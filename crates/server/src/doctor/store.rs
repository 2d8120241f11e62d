//! What mutations check about doctors.

use entity::{Key, doctors};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect};

use super::access;
use crate::db::Tx;
use crate::input::{Act, Refusal, UserError};

/// The doctor whom an input names, locked against archiving until the end of the transaction.
///
/// # Errors
/// A user error at `path` for a doctor that does not exist, is not for the viewer, or is archived.
pub async fn refer(tx: &Tx, act: &Act, path: &[&str], key: Key) -> Result<doctors::Model, Refusal> {
    let found = doctors::Entity::find_by_id(key)
        .filter(access::visible_to(act.viewer(), "doctors"))
        .lock_shared()
        .one(&**tx)
        .await?;
    match found {
        None => Err(UserError::unknown(path, "doctor").into()),
        Some(doctor) if doctor.archived_at.is_some() => Err(UserError::archived(path, "doctor").into()),
        Some(doctor) => Ok(doctor),
    }
}
