//! What mutations of patients check and write.

use entity::{Key, patient_erasures, patients, search_text};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;

use super::Patient;
use super::input::{Erasure, NewPatient, PatientChange, lifetime};
use crate::db::Tx;
use crate::input::{Act, Change, Record, Refusal, UserError, store};

impl Record for Patient {
    type Table = patients::Entity;
    const NAME: &'static str = "patient";
}

impl Change for NewPatient {
    type Done = Key;

    /// Registers a patient; the database makes the patient's figures.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        self.checks.clone().finish()?;
        let mut columns = self.columns.clone();
        searched(&mut columns, None);
        store::insert::<Patient>(tx, act, columns).await
    }
}

impl Change for PatientChange {
    type Done = Key;

    /// Changes a patient's own data.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let patient = self.target.open::<Patient>(tx, act, &mut checks).await?;
        let mut columns = self.columns.clone();
        let born = columns.date_of_birth.clone().take().unwrap_or(patient.date_of_birth);
        let died = columns.date_of_death.clone().take().unwrap_or(patient.date_of_death);
        lifetime(&mut checks, born, died);
        checks.finish()?;
        searched(&mut columns, Some(&patient));
        store::save::<Patient>(tx, act, &patient, columns).await
    }
}

/// Sets what the patient is searched by, from what the row is going to hold: its new values, and what it held before.
fn searched(row: &mut patients::ActiveModel, before: Option<&patients::Model>) {
    let name = row.name.try_as_ref().or(before.map(|before| &before.name)).map_or("", String::as_str);
    let mrn = row.mrn.try_as_ref().or(before.map(|before| &before.mrn)).map(String::as_str);
    let email = row.email.try_as_ref().or(before.map(|before| &before.email)).and_then(Option::as_deref);
    row.search_text = Set(search_text(name, mrn, email));
}

impl Change for Erasure {
    type Done = Key;

    /// Deletes an archived patient, and with the patient everything of the record; keeps who did it and why.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let patient = self.target.locked::<Patient>(tx, act, &mut checks).await?;
        if !patient.is_archived() {
            let message = "Only an archived patient can be erased. Archive the patient first.";
            checks.problem(UserError::transition(&["id"], message));
        }
        checks.finish()?;
        let erasure = patient_erasures::ActiveModel {
            id: Set(patient.patient_id),
            reason: self.reason.clone(),
            erased_by: Set(act.viewer().user),
            erased_at: Set(act.now()),
        };
        patient_erasures::Entity::insert(erasure).exec_without_returning(&**tx).await?;
        store::delete::<Patient>(tx, &patient, "Other records name this patient.").await
    }
}
