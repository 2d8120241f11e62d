//! What mutations of patients check and write.

use entity::{Key, patients, search_text};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait, QueryFilter, QuerySelect};

use super::access;
use super::input::{NewPatient, PatientChange, lifetime};
use crate::db::Tx;
use crate::input::{Act, Change, Checks, Refusal, UserError};

impl Change for NewPatient {
    type Done = Key;

    /// Registers a patient; the database makes the patient's figures.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut row = self.0.clone();
        let key = act.new_key();
        row.patient_id = Set(key);
        row.created_at = Set(act.now());
        row.updated_at = Set(act.now());
        row.version = Set(1);
        searched(&mut row, None);
        patients::Entity::insert(row).exec_without_returning(&**tx).await?;
        Ok(key)
    }
}

impl Change for PatientChange {
    type Done = Key;

    /// Changes a patient's own data, unless the client read another version or the patient is archived.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let patient = find(tx, act, self.patient.ok_or(Refusal::NotFound)?).await?;
        let mut row = self.columns.clone().map_err(Refusal::User)?;
        if patient.version != self.version {
            return Err(UserError::conflict().into());
        }
        if patient.archived_at.is_some() {
            return Err(UserError::archived(&["id"], "patient").into());
        }
        let born = row.date_of_birth.clone().take().unwrap_or(patient.date_of_birth);
        let died = row.date_of_death.clone().take().unwrap_or(patient.date_of_death);
        let mut checks = Checks::default();
        lifetime(&mut checks, born, died);
        checks.finish(|| Some(())).map_err(Refusal::User)?;
        row.patient_id = Set(patient.patient_id);
        row.updated_at = Set(act.now());
        row.version = Set(patient.version + 1);
        searched(&mut row, Some(&patient));
        row.update(&**tx).await?;
        Ok(patient.patient_id)
    }
}

/// Sets what the patient is searched by, from what the row is going to hold: its new values, and what it held before.
fn searched(row: &mut patients::ActiveModel, before: Option<&patients::Model>) {
    let name = row.name.try_as_ref().or(before.map(|before| &before.name)).map_or("", String::as_str);
    let mrn = row.mrn.try_as_ref().or(before.map(|before| &before.mrn)).map(String::as_str);
    let email = row.email.try_as_ref().or(before.map(|before| &before.email)).and_then(Option::as_deref);
    row.search_text = Set(search_text(name, mrn, email));
}

/// The patient that is to be changed, locked until the end of the transaction.
///
/// # Errors
/// `NotFound` for a patient that does not exist or whom the viewer may not see.
async fn find(tx: &Tx, act: &Act, key: Key) -> Result<patients::Model, Refusal> {
    let found = patients::Entity::find_by_id(key)
        .filter(access::visible_to(act.viewer(), "patients"))
        .lock_exclusive()
        .one(&**tx)
        .await?;
    found.ok_or(Refusal::NotFound)
}

/// The patient whom an input names, locked against deletion and archiving until the end of the transaction.
///
/// # Errors
/// A user error at `path` for a patient that does not exist, is not for the viewer, or is archived.
pub async fn refer(tx: &Tx, act: &Act, path: &[&str], key: Key) -> Result<patients::Model, Refusal> {
    let found = patients::Entity::find_by_id(key)
        .filter(access::visible_to(act.viewer(), "patients"))
        .lock_shared()
        .one(&**tx)
        .await?;
    match found {
        None => Err(UserError::unknown(path, "patient").into()),
        Some(patient) if patient.archived_at.is_some() => Err(UserError::archived(path, "patient").into()),
        Some(patient) => Ok(patient),
    }
}
