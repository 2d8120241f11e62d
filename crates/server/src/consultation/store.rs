//! What mutations of visits check and write.

use entity::{Key, consultations, sessions};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::input::NewConsultation;
use crate::db::Tx;
use crate::input::{Act, Change, Refusal, UserError};
use crate::patient::access::record_of;
use crate::{assignment, doctor, patient};

/// What was written.
pub struct Created {
    /// The visit.
    pub consultation: Key,
    /// The assignment that was opened with it.
    pub assignment: Option<Key>,
}

impl Change for NewConsultation {
    type Done = Created;

    /// Books or records a visit, and opens an assignment where the doctor has none to the patient.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Created, Refusal> {
        let mut problems = Vec::new();
        for found in [
            patient::store::refer(tx, act, &["patientId"], self.patient).await.map(drop),
            doctor::store::refer(tx, act, &["doctorId"], self.doctor).await.map(drop),
            session_of(tx, act, self).await,
        ] {
            match found {
                Err(Refusal::User(errors)) => problems.extend(errors),
                found => found?,
            }
        }
        if !problems.is_empty() {
            return Err(Refusal::User(problems));
        }
        let assignment = assignment::store::open_if_none(tx, act, self.patient, self.doctor).await?;
        let consultation = act.new_key();
        let mut row = self.columns.clone();
        row.id = Set(consultation);
        row.patient_id = Set(self.patient);
        row.doctor_id = Set(self.doctor);
        row.session_id = Set(self.session);
        row.created_at = Set(act.now());
        row.updated_at = Set(act.now());
        row.version = Set(1);
        consultations::Entity::insert(row).exec_without_returning(&**tx).await?;
        Ok(Created { consultation, assignment })
    }
}

/// The session must be the patient's own.
async fn session_of(tx: &Tx, act: &Act, new: &NewConsultation) -> Result<(), Refusal> {
    let Some(session) = new.session else { return Ok(()) };
    let found = sessions::Entity::find_by_id(session)
        .filter(sessions::Column::PatientId.eq(new.patient))
        .filter(record_of(act.viewer(), "sessions"))
        .lock_shared()
        .one(&**tx)
        .await?;
    found.map(drop).ok_or_else(|| UserError::unknown(&["sessionId"], "session of this patient").into())
}
