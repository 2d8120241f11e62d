//! Who is signed in.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key};

/// One time that somebody signed in. All its tokens end with it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "sign_ins")]
pub struct Model {
    /// Primary key; access tokens name it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// Who.
    pub user_id: Key,
    /// When.
    pub created_at: Instant,
    /// When it ends at the latest.
    pub expires_at: Instant,
    /// When it was ended: by signing out, by an administrator, or because a used refresh token came back.
    pub ended_at: Option<Instant>,
    /// Who.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
