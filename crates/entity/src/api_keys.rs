//! The keys of programs.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key};

/// A key by which an agent is known, and what it may do with it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// The agent.
    pub user_id: Key,
    /// What it is for, in people's words.
    pub name: String,
    /// SHA-256 of what was handed out, in hexadecimal digits; unique.
    #[sea_orm(unique)]
    pub hash: String,
    /// The last characters of what was handed out, by which people tell keys apart.
    pub hint: String,
    /// Whether it may open sessions and deliver scans.
    pub may_intake: bool,
    /// Whether it may deliver predictions.
    pub may_predict: bool,
    /// Whether it may make reports.
    pub may_report: bool,
    /// Who made it, where known.
    pub created_by: Option<Key>,
    /// When it ends by itself, if ever.
    pub expires_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// When the row came to be.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// The edit lock: grows by one with every change.
    pub version: i64,
    /// The agent.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::users::Entity>,
    /// Who made it.
    #[sea_orm(belongs_to, relation_enum = "Creator", from = "created_by", to = "id")]
    pub creator: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
