//! Predictions.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key, vocabulary::BinaryResult};

/// What a model found; not a diagnosis.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "predictions")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// Whose it is.
    pub patient_id: Key,
    /// The run of the analysis it belongs to, of the same patient.
    pub session_id: Option<Key>,
    /// The scan it was made from.
    pub mri_scan_id: Option<Key>,
    /// `binary`, `stage` or a model's own word.
    pub prediction_type: String,
    /// The finding.
    pub binary_result: Option<BinaryResult>,
    /// The stage, at most 32 characters.
    pub stage_result: Option<String>,
    /// 0 to 1.
    pub confidence_score: Option<f64>,
    /// Of the finding, 0 to 1.
    pub binary_confidence: Option<f64>,
    /// Of the stage, 0 to 1.
    pub stage_confidence: Option<f64>,
    /// How sure the model is, in detail.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub uncertainty_metrics: Option<Json>,
    /// Which model.
    pub model_version: Option<String>,
    /// Seconds, 0 or more.
    pub processing_time: Option<f64>,
    /// When it was made.
    pub created_at: Instant,
    /// Since when the patient may see it.
    pub released_at: Option<Instant>,
    /// What else is known, for programs.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub metadata: Option<Json>,
    /// The edit lock: grows by one with every change.
    pub version: i64,
    /// The patient.
    #[sea_orm(belongs_to, from = "patient_id", to = "patient_id")]
    pub patient: BelongsTo<super::patients::Entity>,
    /// The run of the analysis it belongs to.
    #[sea_orm(belongs_to, from = "session_id", to = "id")]
    pub session: BelongsTo<Option<super::sessions::Entity>>,
    /// The scan it was made from.
    #[sea_orm(belongs_to, from = "mri_scan_id", to = "id")]
    pub scan: BelongsTo<Option<super::mri_scans::Entity>>,
    /// Reports that show it.
    #[sea_orm(has_many, via = "report_predictions")]
    pub reports: HasMany<super::medical_reports::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the patient may see it.
    pub fn is_released(&self) -> bool {
        self.released_at.is_some()
    }
}
