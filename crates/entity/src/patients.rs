//! Patients.

use sea_orm::entity::prelude::*;

use crate::{Day, Instant, Key, vocabulary::Gender};

/// One patient.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "patients")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub patient_id: Key,
    /// The account; at most one patient has it.
    #[sea_orm(unique)]
    pub user_id: Option<Key>,
    /// The medical record number that people use; unique.
    #[sea_orm(unique)]
    pub mrn: String,
    /// As written.
    pub name: String,
    /// `fold(name)`: what names are ordered and searched by.
    pub name_folded: String,
    /// `search_text(name, mrn, email)`: what patients are searched by.
    pub search_text: String,
    /// Gender.
    pub gender: Gender,
    /// Where known.
    pub date_of_birth: Option<Day>,
    /// Whether the date of birth is a guess.
    pub dob_estimated: bool,
    /// Not before the date of birth.
    pub date_of_death: Option<Day>,
    /// Telephone number.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// Earlier diseases and operations.
    pub medical_history: Option<String>,
    /// Known allergies.
    pub allergies: Option<String>,
    /// What the patient takes.
    pub current_medications: Option<String>,
    /// Whom to call.
    pub emergency_contact_name: Option<String>,
    /// Where to call.
    pub emergency_contact_phone: Option<String>,
    /// Who pays.
    pub insurance_info: Option<String>,
    /// Since when the patient is left out of lists and refuses changes.
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
    /// The pre-computed figures; every patient has them.
    #[sea_orm(has_one)]
    pub statistics: HasOne<super::patient_statistics::Entity>,
    /// Responsibilities of doctors, open and ended.
    #[sea_orm(has_many)]
    pub assignments: HasMany<super::doctor_patient_assignments::Entity>,
    /// Visits.
    #[sea_orm(has_many)]
    pub consultations: HasMany<super::consultations::Entity>,
    /// Runs of the analysis.
    #[sea_orm(has_many)]
    pub sessions: HasMany<super::sessions::Entity>,
    /// Scans.
    #[sea_orm(has_many)]
    pub scans: HasMany<super::mri_scans::Entity>,
    /// Predictions.
    #[sea_orm(has_many)]
    pub predictions: HasMany<super::predictions::Entity>,
    /// Reports.
    #[sea_orm(has_many)]
    pub reports: HasMany<super::medical_reports::Entity>,
    /// Requests for reports.
    #[sea_orm(has_many)]
    pub requests: HasMany<super::report_status::Entity>,
    /// Events.
    #[sea_orm(has_many)]
    pub timeline: HasMany<super::patient_timeline::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the patient is left out of lists and refuses changes.
    pub fn is_archived(&self) -> bool {
        self.archived_at.is_some()
    }
}
