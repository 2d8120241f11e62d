//! Accounts.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key, vocabulary::Role};

/// One account: a person or a program that may sign in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// The sign-in name; unique.
    #[sea_orm(unique)]
    pub username: String,
    /// Unique where known.
    #[sea_orm(unique)]
    pub email: Option<String>,
    /// How a password is checked; without it nobody signs in by password.
    pub password_hash: Option<String>,
    /// The name shown.
    pub name: String,
    /// What the account may do.
    pub role: Role,
    /// Whether it may sign in.
    pub is_active: bool,
    /// The last successful sign-in.
    pub last_login: Option<Instant>,
    /// When the row came to be.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// The edit lock: grows by one with every change.
    pub version: i64,
    /// The doctor whose account it is.
    #[sea_orm(has_one)]
    pub doctor: HasOne<super::doctors::Entity>,
    /// The patient whose account it is.
    #[sea_orm(has_one)]
    pub patient: HasOne<super::patients::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
