//! Visits.

use sea_orm::entity::prelude::*;

use crate::{
    Cents, Instant, Key,
    vocabulary::{ConsultationStatus, ConsultationType},
};

/// One visit, booked or done.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "consultations")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// Whose it is.
    pub patient_id: Key,
    /// With whom.
    pub doctor_id: Key,
    /// The run of the analysis it belongs to, of the same patient.
    pub session_id: Option<Key>,
    /// When it takes or took place.
    pub consultation_date: Instant,
    /// What kind of visit; unknown in some old data.
    pub consultation_type: Option<ConsultationType>,
    /// Booked, done, called off or missed.
    pub status: ConsultationStatus,
    /// Why the patient comes.
    pub chief_complaint: Option<String>,
    /// What the doctor found.
    pub diagnosis: Option<String>,
    /// What the doctor prescribed.
    pub prescription: Option<String>,
    /// Remarks for the staff.
    pub notes: Option<String>,
    /// Advice; it books nothing.
    pub next_visit_date: Option<Instant>,
    /// More than 0.
    pub duration_minutes: Option<i64>,
    /// 0 or more.
    pub fee_charged_cents: Option<Cents>,
    /// From when it was last moved.
    pub rescheduled_from: Option<Instant>,
    /// When it was last moved.
    pub rescheduled_at: Option<Instant>,
    /// Why it was last corrected after it was completed.
    pub correction_reason: Option<String>,
    /// The account that last corrected it.
    pub corrected_by: Option<Key>,
    /// When it was last corrected.
    pub corrected_at: Option<Instant>,
    /// When the row came to be.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// The edit lock: grows by one with every change.
    pub version: i64,
    /// The patient.
    #[sea_orm(belongs_to, from = "patient_id", to = "patient_id")]
    pub patient: BelongsTo<super::patients::Entity>,
    /// With whom.
    #[sea_orm(belongs_to, from = "doctor_id", to = "doctor_id")]
    pub doctor: BelongsTo<super::doctors::Entity>,
    /// The run of the analysis it belongs to.
    #[sea_orm(belongs_to, from = "session_id", to = "id")]
    pub session: BelongsTo<Option<super::sessions::Entity>>,
    /// The account that last corrected it.
    #[sea_orm(belongs_to, from = "corrected_by", to = "id")]
    pub corrector: BelongsTo<Option<super::users::Entity>>,
    /// Earlier states of a completed visit.
    #[sea_orm(has_many)]
    pub revisions: HasMany<super::consultation_revisions::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the visit is booked, and its time has passed without anybody saying what became of it.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.status == ConsultationStatus::Scheduled && self.consultation_date < now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(status: ConsultationStatus) -> Model {
        let date: Instant = "2026-03-01T09:00:00.000000Z".parse().unwrap();
        Model {
            id: Key(Uuid::nil()),
            patient_id: Key(Uuid::nil()),
            doctor_id: Key(Uuid::nil()),
            session_id: None,
            consultation_date: date,
            consultation_type: None,
            status,
            chief_complaint: None,
            diagnosis: None,
            prescription: None,
            notes: None,
            next_visit_date: None,
            duration_minutes: None,
            fee_charged_cents: None,
            rescheduled_from: None,
            rescheduled_at: None,
            correction_reason: None,
            corrected_by: None,
            corrected_at: None,
            created_at: date,
            updated_at: date,
            version: 1,
        }
    }

    #[test]
    fn only_a_booked_visit_in_the_past_is_overdue() {
        let at = "2026-03-01T09:00:00.000000Z".parse().unwrap();
        let later = "2026-03-01T09:00:00.000001Z".parse().unwrap();
        assert!(visit(ConsultationStatus::Scheduled).is_overdue(later));
        assert!(!visit(ConsultationStatus::Scheduled).is_overdue(at));
        assert!(!visit(ConsultationStatus::NoShow).is_overdue(later));
    }
}
