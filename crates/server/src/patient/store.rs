//! What mutations of patients check and write.

use entity::{Key, patient_erasures, patients};
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
        store::insert::<Patient>(tx, act, self.columns.clone()).await
    }
}

impl Change for PatientChange {
    type Done = Key;

    /// Changes a patient's own data.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let patient = self.target.open::<Patient>(tx, act, &mut checks).await?;
        let columns = self.columns.clone();
        let born = columns.date_of_birth.clone().take().unwrap_or(patient.date_of_birth);
        let died = columns.date_of_death.clone().take().unwrap_or(patient.date_of_death);
        lifetime(&mut checks, born, died);
        checks.finish()?;
        store::save::<Patient>(tx, act, &patient, columns).await
    }
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
