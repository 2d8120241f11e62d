//! Doctors.

use sea_orm::entity::prelude::*;

use crate::{Cents, Instant, Key};

/// One doctor.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "doctors")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub doctor_id: Key,
    /// The account; at most one doctor has it.
    #[sea_orm(unique)]
    pub user_id: Option<Key>,
    /// As written.
    pub name: String,
    /// `fold(name)`: what names are ordered and searched by.
    pub name_folded: String,
    /// `search_text(name, license_number, email)`: what doctors are searched by.
    pub search_text: String,
    /// The field of medicine.
    pub specialization: Option<String>,
    /// Unique where known.
    #[sea_orm(unique)]
    pub license_number: Option<String>,
    /// Whole years, 0 or more.
    pub years_experience: Option<i64>,
    /// The hospital.
    pub hospital_affiliation: Option<String>,
    /// The usual fee of a visit, 0 or more.
    pub consultation_fee_cents: Option<Cents>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Since when the doctor is left out of lists.
    pub archived_at: Option<Instant>,
    /// When the row came to be.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// The edit lock: grows by one with every change.
    pub version: i64,
    /// The account.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<Option<super::users::Entity>>,
    /// Responsibilities, open and ended.
    #[sea_orm(has_many)]
    pub assignments: HasMany<super::doctor_patient_assignments::Entity>,
    /// Visits.
    #[sea_orm(has_many)]
    pub consultations: HasMany<super::consultations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the doctor is left out of lists.
    pub fn is_archived(&self) -> bool {
        self.archived_at.is_some()
    }
}
