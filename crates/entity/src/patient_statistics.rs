//! The pre-computed figures of patients, kept by the database.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key, vocabulary::DiseaseStatus};

/// The figures of one patient. `released_…` are the same figures over what the patient may see.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "patient_statistics")]
pub struct Model {
    /// Primary key: the patient.
    #[sea_orm(primary_key, auto_increment = false)]
    pub patient_id: Key,
    /// Completed visits.
    pub total_consultations: i64,
    /// All scans.
    pub total_mri_scans: i64,
    /// All predictions.
    pub total_predictions: i64,
    /// Reports neither withdrawn nor superseded.
    pub total_reports: i64,
    /// Doctors over all assignments and completed visits.
    pub unique_doctors_count: i64,
    /// The earliest completed visit.
    pub first_visit_date: Option<Instant>,
    /// The latest completed visit.
    pub last_visit_date: Option<Instant>,
    /// The latest scan.
    pub last_scan_date: Option<Instant>,
    /// The latest creation among the counted reports.
    pub last_report_date: Option<Instant>,
    /// What the latest decided prediction says.
    pub disease_status: DiseaseStatus,
    /// The stage on it, when it says `detected`.
    pub disease_stage: Option<String>,
    /// Released predictions.
    pub released_predictions: i64,
    /// Released reports that no released one supersedes.
    pub released_reports: i64,
    /// The latest creation among them.
    pub last_released_report_date: Option<Instant>,
    /// As `disease_status`.
    pub released_disease_status: DiseaseStatus,
    /// As `disease_stage`.
    pub released_disease_stage: Option<String>,
    /// How often the database wrote this row.
    pub trigger_writes: i64,
    /// When it last did.
    pub last_updated: Instant,
    /// The patient.
    #[sea_orm(belongs_to, from = "patient_id", to = "patient_id")]
    pub patient: BelongsTo<super::patients::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
