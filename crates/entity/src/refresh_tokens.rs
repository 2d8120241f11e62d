//! The refresh tokens of sign-ins.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key};

/// A refresh token, which is good for one refresh.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "refresh_tokens")]
pub struct Model {
    /// SHA-256 of what was handed out, in hexadecimal digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// The sign-in that it prolongs.
    pub sign_in_id: Key,
    /// When it was handed out.
    pub created_at: Instant,
    /// When it was used; one that is used again was stolen, and ends the sign-in.
    pub used_at: Option<Instant>,
    /// The sign-in that it prolongs.
    #[sea_orm(belongs_to, from = "sign_in_id", to = "id")]
    pub sign_in: BelongsTo<super::sign_ins::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
