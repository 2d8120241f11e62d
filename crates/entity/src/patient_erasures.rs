//! What is left of erased patients.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key};

/// That a patient's record was erased: nothing of what it said.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "patient_erasures")]
pub struct Model {
    /// The key that the patient had.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// Why.
    pub reason: String,
    /// The account that did it, where known.
    pub erased_by: Option<Key>,
    /// When.
    pub erased_at: Instant,
    /// The account that did it.
    #[sea_orm(belongs_to, from = "erased_by", to = "id")]
    pub eraser: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
