//! Which doctor is responsible for which patient, and when.

use sea_orm::entity::prelude::*;

use crate::{Instant, Key, vocabulary::AssignmentType};

/// A doctor's responsibility for a patient over the half-open period from `assignment_date` to `ended_at`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "doctor_patient_assignments")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// The doctor.
    pub doctor_id: Key,
    /// The patient.
    pub patient_id: Key,
    /// As what.
    pub assignment_type: AssignmentType,
    /// Since when.
    pub assignment_date: Instant,
    /// Whether it is open: true exactly while `ended_at` is not known.
    pub is_active: bool,
    /// Until when; not before `assignment_date`.
    pub ended_at: Option<Instant>,
    /// Remarks.
    pub notes: Option<String>,
    /// When the row came to be.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// The edit lock: grows by one with every change.
    pub version: i64,
    /// The doctor.
    #[sea_orm(belongs_to, from = "doctor_id", to = "doctor_id")]
    pub doctor: BelongsTo<super::doctors::Entity>,
    /// The patient.
    #[sea_orm(belongs_to, from = "patient_id", to = "patient_id")]
    pub patient: BelongsTo<super::patients::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the doctor is responsible until further notice.
    pub fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Whether the doctor is or was responsible at `at`: the period is half-open, its end is outside.
    pub fn covers(&self, at: Instant) -> bool {
        self.assignment_date <= at && self.ended_at.is_none_or(|end| at < end)
    }
}
