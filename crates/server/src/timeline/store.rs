//! What mutations of the timeline check and write.

use entity::{Key, patient_timeline};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;

use super::input::NewNote;
use crate::db::Tx;
use crate::input::{Act, Change, Refusal};
use crate::{doctor, patient};

impl Change for NewNote {
    type Done = Key;

    /// Writes a note.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        patient::store::refer(tx, act, &["patientId"], self.patient).await?;
        if let Some(doctor) = self.doctor {
            doctor::store::refer(tx, act, &["doctorId"], doctor).await?;
        }
        let key = act.new_key();
        let mut row = self.columns.clone();
        row.id = Set(key);
        row.patient_id = Set(self.patient);
        row.doctor_id = Set(self.doctor);
        row.created_at = Set(act.now());
        row.updated_at = Set(act.now());
        row.version = Set(1);
        patient_timeline::Entity::insert(row).exec_without_returning(&**tx).await?;
        Ok(key)
    }
}
