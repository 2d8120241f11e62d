//! Earlier states of completed visits, kept by the database.

use sea_orm::entity::prelude::*;

use crate::{
    Cents, Instant, Key,
    vocabulary::{ConsultationStatus, ConsultationType},
};

/// A completed visit as it was before a correction.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "consultation_revisions")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// The visit.
    pub consultation_id: Key,
    /// Whose it is.
    pub patient_id: Key,
    /// With whom.
    pub doctor_id: Key,
    /// When it takes or took place.
    pub consultation_date: Instant,
    /// What kind of visit; unknown in some old data.
    pub consultation_type: Option<ConsultationType>,
    /// Booked, done, called off or missed.
    pub status: ConsultationStatus,
    /// Why the patient came.
    pub chief_complaint: Option<String>,
    /// What the doctor found.
    pub diagnosis: Option<String>,
    /// What the doctor prescribed.
    pub prescription: Option<String>,
    /// Remarks for the staff.
    pub notes: Option<String>,
    /// Advice; it books nothing.
    pub next_visit_date: Option<Instant>,
    /// More than 0.
    pub duration_minutes: Option<i64>,
    /// 0 or more.
    pub fee_charged_cents: Option<Cents>,
    /// The `version` that the visit had.
    pub consultation_version: i64,
    /// Why it was corrected, where whoever corrected it said so.
    pub reason: Option<String>,
    /// The account that corrected it, where known.
    pub changed_by: Option<Key>,
    /// When it was corrected.
    pub changed_at: Instant,
    /// The visit as it is now.
    #[sea_orm(belongs_to, from = "consultation_id", to = "id")]
    pub consultation: BelongsTo<super::consultations::Entity>,
    /// The patient.
    #[sea_orm(belongs_to, from = "patient_id", to = "patient_id")]
    pub patient: BelongsTo<super::patients::Entity>,
    /// With whom.
    #[sea_orm(belongs_to, from = "doctor_id", to = "doctor_id")]
    pub doctor: BelongsTo<super::doctors::Entity>,
    /// The account that corrected it.
    #[sea_orm(belongs_to, from = "changed_by", to = "id")]
    pub corrector: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
