//! Imports of the old system's data.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key};

/// One import that was committed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// What the old file was called, without its directory.
    pub file_name: String,
    /// Of the old file with what lay beside it, 64 hexadecimal digits.
    pub file_sha256: String,
    /// Bytes of the old file.
    pub file_bytes: i64,
    /// Which form of the old schema it had.
    pub variant: String,
    /// What its local times were taken for, minutes east of UTC.
    pub utc_offset_minutes: i64,
    /// How it was asked for.
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Json,
    /// The backup that was made before; none where there was nothing to back up.
    pub backup: Option<String>,
    /// The version of this program.
    pub made_by: String,
    /// When it began.
    pub started_at: Instant,
    /// When it ended.
    pub finished_at: Option<Instant>,
    /// What was counted.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub outcome: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}
