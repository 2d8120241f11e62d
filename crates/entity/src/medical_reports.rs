//! Medical reports.

use sea_orm::entity::prelude::*;

use crate::{
    Instant, Key,
    vocabulary::{ReportFormat, ReportStatus, ReportType},
};

/// One revision of a report.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "medical_reports")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// Whose it is.
    pub patient_id: Key,
    /// The run of the analysis it belongs to, of the same patient.
    pub session_id: Option<Key>,
    /// The prediction it was made from.
    pub prediction_id: Option<Key>,
    /// What kind of report.
    pub report_type: ReportType,
    /// Title.
    pub title: String,
    /// The text, in `format_type`.
    pub content: String,
    /// A list of texts.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub recommendations: Option<Json>,
    /// The form of the text.
    pub format_type: ReportFormat,
    /// Who or what wrote it.
    pub generated_by: Option<String>,
    /// 0 to 1.
    pub confidence_level: Option<f64>,
    /// What the reader must know.
    pub disclaimer: Option<String>,
    /// The key in the file store.
    pub file_path: Option<String>,
    /// Draft, released or withdrawn.
    pub status: ReportStatus,
    /// 1, 2, …
    pub revision: i64,
    /// The revision it replaces; only the first has none.
    #[sea_orm(unique)]
    pub supersedes_id: Option<Key>,
    /// Why it replaces that one.
    pub revision_reason: Option<String>,
    /// Since when the patient may see it; a draft has none, all others have it.
    pub released_at: Option<Instant>,
    /// The account that released it.
    pub released_by: Option<Key>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
    /// Why.
    pub withdrawn_reason: Option<String>,
    /// What it was made from: when it was read, the rows, a hash over them; not for patients.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub made_from: Option<Json>,
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
    /// The run of the analysis it belongs to.
    #[sea_orm(belongs_to, from = "session_id", to = "id")]
    pub session: BelongsTo<Option<super::sessions::Entity>>,
    /// The prediction it was made from.
    #[sea_orm(belongs_to, relation_enum = "Prediction", from = "prediction_id", to = "id")]
    pub prediction: BelongsTo<Option<super::predictions::Entity>>,
    /// The revision it replaces.
    #[sea_orm(self_ref, relation_enum = "Supersedes", from = "supersedes_id", to = "id")]
    pub supersedes: BelongsTo<Option<Entity>>,
    /// The account that released it.
    #[sea_orm(belongs_to, from = "released_by", to = "id")]
    pub releaser: BelongsTo<Option<super::users::Entity>>,
    /// Predictions that it shows.
    #[sea_orm(has_many, via = "report_predictions")]
    pub shown_predictions: HasMany<super::predictions::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the patient may see it: a withdrawn report was released once and is no longer.
    pub fn is_released(&self) -> bool {
        self.status == ReportStatus::Released
    }
}
