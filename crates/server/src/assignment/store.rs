//! What mutations check and write about assignments.

use entity::vocabulary::AssignmentType;
use entity::{Key, doctor_patient_assignments as assignments};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::access::visible_to;
use crate::db::Tx;
use crate::input::{Act, Refusal};

/// Opens an assignment as consultant where the doctor has no open one to the patient; answers its key. Two bookings
/// at once open one: the database has at most one open row per patient, doctor and type.
///
/// # Errors
/// Only the database's.
pub async fn open_if_none(tx: &Tx, act: &Act, patient: Key, doctor: Key) -> Result<Option<Key>, Refusal> {
    let open = assignments::Entity::find()
        .filter(assignments::Column::PatientId.eq(patient))
        .filter(assignments::Column::DoctorId.eq(doctor))
        .filter(assignments::Column::IsActive.eq(true))
        .filter(visible_to(act.viewer(), "doctor_patient_assignments"))
        .count(&**tx)
        .await?;
    if open > 0 {
        return Ok(None);
    }
    let key = act.new_key();
    let row = assignments::ActiveModel {
        id: Set(key),
        patient_id: Set(patient),
        doctor_id: Set(doctor),
        assignment_type: Set(AssignmentType::Consultant),
        assignment_date: Set(act.now()),
        is_active: Set(true),
        created_at: Set(act.now()),
        updated_at: Set(act.now()),
        version: Set(1),
        ..Default::default()
    };
    let insert = assignments::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    let opened = insert.exec_without_returning(&**tx).await?;
    Ok((opened > 0).then_some(key))
}
