//! Runs of the analysis.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key, vocabulary::SessionStatus};

/// One run of the analysis for a patient: upload, predict, report.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// Whose it is.
    pub patient_id: Key,
    /// The account that started it.
    pub user_id: Option<Key>,
    /// The doctor it is for.
    pub doctor_id: Option<Key>,
    /// The account of the program that works on it.
    pub agent_id: Option<Key>,
    /// What came in, such as `mri`.
    pub input_type: String,
    /// What shall come out, such as `text`.
    pub output_format: String,
    /// Where it stands.
    pub status: SessionStatus,
    /// What else is known, for programs.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub metadata: Option<Json>,
    /// When the row came to be.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// The edit lock: grows by one with every change.
    pub version: i64,
    /// The patient.
    #[sea_orm(belongs_to, from = "patient_id", to = "patient_id")]
    pub patient: BelongsTo<super::patients::Entity>,
    /// The account that started it.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<Option<super::users::Entity>>,
    /// The account of the program that works on it.
    #[sea_orm(belongs_to, relation_enum = "Agent", from = "agent_id", to = "id")]
    pub agent: BelongsTo<Option<super::users::Entity>>,
    /// The doctor it is for.
    #[sea_orm(belongs_to, from = "doctor_id", to = "doctor_id")]
    pub doctor: BelongsTo<Option<super::doctors::Entity>>,
    /// Its scans.
    #[sea_orm(has_many)]
    pub scans: HasMany<super::mri_scans::Entity>,
    /// Its predictions.
    #[sea_orm(has_many)]
    pub predictions: HasMany<super::predictions::Entity>,
    /// Its reports.
    #[sea_orm(has_many)]
    pub reports: HasMany<super::medical_reports::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
