//! Requests for reports.

use sea_orm::entity::prelude::*;

use crate::{
    Instant, Key,
    vocabulary::{FailureCause, ReportType, RequestStatus},
};

/// One request for a report and where it stands.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "report_status")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// Whose it is.
    pub patient_id: Key,
    /// The run of the analysis it belongs to, of the same patient.
    pub session_id: Option<Key>,
    /// The report that came of it.
    pub report_id: Option<Key>,
    /// The prediction to report on.
    pub prediction_id: Option<Key>,
    /// The scan to report on.
    pub mri_scan_id: Option<Key>,
    /// Where it stands.
    pub status: RequestStatus,
    /// What kind of report is wanted.
    pub report_type: ReportType,
    /// Greater goes first.
    pub priority: i64,
    /// The account that asked.
    pub requested_by: Option<Key>,
    /// When; unknown in some old data.
    pub requested_at: Option<Instant>,
    /// When the report was there.
    pub generated_at: Option<Instant>,
    /// Why the last attempt failed.
    pub error_message: Option<String>,
    /// Why it failed, by kind; unknown in old data.
    pub failure_cause: Option<FailureCause>,
    /// Failed attempts, 0 or more.
    pub retry_count: i64,
    /// Not to be tried again before.
    pub next_attempt_at: Option<Instant>,
    /// What the last attempt is known by: SHA-256 of its lease. It stays when the report is there.
    #[sea_orm(unique)]
    pub lease_hash: Option<String>,
    /// Until when whoever works on it has it alone.
    pub leased_until: Option<Instant>,
    /// The account of the program that claimed it last; the server's own workers have none.
    pub claimed_by: Option<Key>,
    /// When it was claimed last.
    pub claimed_at: Option<Instant>,
    /// By which it comes before others that are as urgent.
    pub turn_at: Option<Instant>,
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
    /// The report that came of it.
    #[sea_orm(belongs_to, from = "report_id", to = "id")]
    pub report: BelongsTo<Option<super::medical_reports::Entity>>,
    /// The prediction to report on.
    #[sea_orm(belongs_to, from = "prediction_id", to = "id")]
    pub prediction: BelongsTo<Option<super::predictions::Entity>>,
    /// The scan to report on.
    #[sea_orm(belongs_to, from = "mri_scan_id", to = "id")]
    pub scan: BelongsTo<Option<super::mri_scans::Entity>>,
    /// The account that asked.
    #[sea_orm(belongs_to, from = "requested_by", to = "id")]
    pub requester: BelongsTo<Option<super::users::Entity>>,
    /// The account of the program that claimed it last.
    #[sea_orm(belongs_to, relation_enum = "Claimer", from = "claimed_by", to = "id")]
    pub claimer: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
