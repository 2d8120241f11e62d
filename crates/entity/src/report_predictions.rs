//! Which report shows which prediction.

use sea_orm::entity::prelude::*;

use crate::Key;

/// A report shows a prediction of the same patient.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "report_predictions")]
pub struct Model {
    /// The report.
    #[sea_orm(primary_key, auto_increment = false)]
    pub report_id: Key,
    /// The prediction.
    #[sea_orm(primary_key, auto_increment = false)]
    pub prediction_id: Key,
    /// Whose it is.
    pub patient_id: Key,
    /// The report.
    #[sea_orm(belongs_to, from = "report_id", to = "id")]
    pub report: BelongsTo<super::medical_reports::Entity>,
    /// The prediction.
    #[sea_orm(belongs_to, from = "prediction_id", to = "id")]
    pub prediction: BelongsTo<super::predictions::Entity>,
    /// The patient.
    #[sea_orm(belongs_to, from = "patient_id", to = "patient_id")]
    pub patient: BelongsTo<super::patients::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
