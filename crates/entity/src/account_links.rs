//! One-time links, by which people choose their password.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key};

/// The link by which an account's password can be chosen, once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "account_links")]
pub struct Model {
    /// The account; a new link replaces the one before.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Key,
    /// SHA-256 of what was handed out, in hexadecimal digits; unique.
    #[sea_orm(unique)]
    pub hash: String,
    /// When it was made.
    pub created_at: Instant,
    /// Until when it can be used.
    pub expires_at: Instant,
    /// The account.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
