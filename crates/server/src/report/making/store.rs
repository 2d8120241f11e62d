//! The statements that read a record.

use entity::vocabulary::{EventType, ReportStatus};
use entity::{
    Key, consultations, doctor_patient_assignments as assignments, doctors, medical_reports, mri_scans,
    patient_statistics, patient_timeline, patients, predictions, sessions,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    TransactionSession,
};

use super::record::Record;
use crate::db::Db;

/// Reads a patient's record as it stands at one instant; None when there is no such patient.
pub(super) async fn read(db: &Db, patient: Key) -> Result<Option<Record>, DbErr> {
    let snapshot = db.snapshot().await?;
    let record = record(&snapshot, patient).await?;
    snapshot.commit().await?;
    Ok(record)
}

async fn record(db: &impl ConnectionTrait, patient: Key) -> Result<Option<Record>, DbErr> {
    let person = patients::Entity::find_by_id(patient).into_partial_model().one(db).await?;
    let Some(person) = person else { return Ok(None) };
    let figures = patient_statistics::Entity::find_by_id(patient).into_partial_model().one(db).await?;
    let figures =
        figures.ok_or_else(|| DbErr::RecordNotFound("a patient without figures: run `patientgraph verify`".into()))?;
    /// Rows of the patient, in the order of their keys.
    macro_rules! of_patient {
        ($table:ident $(, $more:expr)*) => {{
            let rows = $table::Entity::find().filter($table::Column::PatientId.eq(patient))$(.filter($more))*;
            rows.order_by_asc($table::Column::Id).into_partial_model().all(db).await?
        }};
    }
    Ok(Some(Record {
        person,
        figures,
        doctors: doctors::Entity::find()
            .filter(named_by(patient))
            .order_by_asc(doctors::Column::DoctorId)
            .into_partial_model()
            .all(db)
            .await?,
        responsibilities: of_patient!(assignments),
        sessions: of_patient!(sessions),
        scans: of_patient!(mri_scans),
        predictions: of_patient!(predictions),
        visits: of_patient!(consultations),
        reports: of_patient!(medical_reports, medical_reports::Column::Status.eq(ReportStatus::Released)),
        notes: of_patient!(
            patient_timeline,
            patient_timeline::Column::EventType.eq(EventType::Note),
            patient_timeline::Column::PatientVisible.eq(true)
        ),
    }))
}

/// The doctors whom a patient's assignments and visits name.
fn named_by(patient: Key) -> Condition {
    let responsible = assignments::Entity::find()
        .select_only()
        .column(assignments::Column::DoctorId)
        .filter(assignments::Column::PatientId.eq(patient));
    let visited = consultations::Entity::find()
        .select_only()
        .column(consultations::Column::DoctorId)
        .filter(consultations::Column::PatientId.eq(patient));
    Condition::any()
        .add(doctors::Column::DoctorId.in_subquery(responsible.into_query()))
        .add(doctors::Column::DoctorId.in_subquery(visited.into_query()))
}
