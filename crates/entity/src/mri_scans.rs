//! MRI scans.

use sea_orm::entity::prelude::*;

use crate::{
    Instant, Key,
    vocabulary::{FileType, ProcessingStatus},
};

/// One MRI scan.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "mri_scans")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// Whose it is.
    pub patient_id: Key,
    /// The run of the analysis it belongs to, of the same patient.
    pub session_id: Option<Key>,
    /// What the file was called.
    pub original_filename: Option<String>,
    /// The key in the file store.
    pub file_path: Option<String>,
    /// What kind of file it is.
    pub file_type: FileType,
    /// Bytes, 0 or more.
    pub file_size: Option<i64>,
    /// Of the file, 64 hexadecimal digits.
    pub sha256: Option<String>,
    /// Such as `256x256x176`.
    pub image_dimensions: Option<String>,
    /// What was done to it.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub preprocessing_applied: Option<Json>,
    /// When the scan was made: the study date.
    pub acquired_at: Option<Instant>,
    /// When it came here.
    pub upload_timestamp: Instant,
    /// When its processing ended.
    pub processing_timestamp: Option<Instant>,
    /// Where its processing stands.
    pub processing_status: ProcessingStatus,
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
    /// Predictions made from it.
    #[sea_orm(has_many)]
    pub predictions: HasMany<super::predictions::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
