//! Inputs about visits, checked into what may be written.

use entity::consultations::ActiveModel;
use entity::vocabulary::ConsultationStatus;
use entity::{Instant, Key};
use sea_orm::ActiveValue::{self, NotSet, Set};

use super::Consultation;
use super::booking::LONGEST;
use super::mutation::{
    CompleteConsultationInput, ConsultationDetails, CreateConsultationInput, CreateConsultationsInput,
    RescheduleConsultationInput, UpdateConsultationInput,
};
use crate::doctor::Doctor;
use crate::imaging::Session;
use crate::input::bulk::{Batch, Row};
use crate::input::{Act, Checks, Input, Target, set};
use crate::patient::Patient;
use crate::read::scalar::DateTime;

/// A visit to book or to record.
pub struct NewConsultation {
    pub(super) checks: Checks,
    pub(super) patient: Option<Key>,
    pub(super) doctor: Option<Key>,
    pub(super) session: Option<Key>,
    pub(super) date: Instant,
    pub(super) status: ConsultationStatus,
    pub(super) columns: ActiveModel,
    pub(super) allow_double_booking: bool,
}

impl Row for NewConsultation {
    fn checks(&self) -> &Checks {
        &self.checks
    }
}

/// A change or a correction of a visit.
pub struct ConsultationChange {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) columns: ActiveModel,
    pub(super) reason: Option<String>,
    pub(super) allow_double_booking: bool,
}

/// A move of a scheduled visit.
pub struct Move {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) date: Instant,
    pub(super) minutes: ActiveValue<Option<i64>>,
    pub(super) allow_double_booking: bool,
}

/// What came of a scheduled visit.
pub struct Completion {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) date: Option<Instant>,
    pub(super) columns: ActiveModel,
}

impl Input for CreateConsultationInput {
    type Change = Batch<NewConsultation>;

    fn parse(self, act: &Act) -> Self::Change {
        Batch::one(new(self, Checks::default(), act))
    }
}

impl Input for CreateConsultationsInput {
    type Change = Batch<NewConsultation>;

    fn parse(self, act: &Act) -> Self::Change {
        Batch::many("consultations", self.consultations, self.on_error, |visit, checks| new(visit, checks, act))
    }
}

fn new(input: CreateConsultationInput, mut checks: Checks, act: &Act) -> NewConsultation {
    let patient = checks.reference::<Patient>(&["patientId"], &input.patient_id);
    let doctor = checks.reference::<Doctor>(&["doctorId"], &input.doctor_id);
    let session = input.session_id.as_ref().and_then(|id| checks.reference::<Session>(&["sessionId"], id));
    let DateTime(date) = input.date;
    let status = ConsultationStatus::from(input.status);
    if has_begun(status) {
        checks.past(&["date"], date, act.now());
    }
    let columns = ActiveModel {
        consultation_date: Set(date),
        consultation_type: Set(Some(input.kind.into())),
        status: Set(status),
        session_id: Set(session),
        ..details(&mut checks, input.details)
    };
    let allow_double_booking = input.allow_double_booking;
    NewConsultation { checks, patient, doctor, session, date, status, columns, allow_double_booking }
}

/// Whether a visit that stands there has begun.
pub(super) fn has_begun(status: ConsultationStatus) -> bool {
    matches!(status, ConsultationStatus::Completed | ConsultationStatus::NoShow)
}

impl Input for UpdateConsultationInput {
    type Change = ConsultationChange;

    fn parse(self, _: &Act) -> ConsultationChange {
        let mut checks = Checks::default();
        let mut columns = details(&mut checks, self.details);
        if let Some(doctor) = checks.kept(&["doctorId"], self.doctor_id) {
            columns.doctor_id = checks.reference::<Doctor>(&["doctorId"], &doctor).map_or(NotSet, Set);
        }
        columns.session_id = checks.optional_reference::<Session>(&["sessionId"], self.session_id);
        columns.consultation_type = set(self.kind.map_value(|kind| Some(kind.into())));
        let date = checks.kept(&["date"], self.date);
        columns.consultation_date = date.map_or(NotSet, |DateTime(date)| Set(date));
        columns.status = checks.kept(&["status"], self.status).map_or(NotSet, |status| Set(status.into()));
        ConsultationChange {
            target: Target::new::<Consultation>(&self.id, self.version),
            reason: checks.line(&["reason"], self.reason).take().flatten(),
            checks,
            columns,
            allow_double_booking: self.allow_double_booking,
        }
    }
}

impl Input for RescheduleConsultationInput {
    type Change = Move;

    fn parse(self, _: &Act) -> Move {
        let mut checks = Checks::default();
        Move {
            target: Target::new::<Consultation>(&self.id, self.version),
            date: self.date.0,
            minutes: checks.number(&["durationMinutes"], self.duration_minutes, 1..=LONGEST),
            checks,
            allow_double_booking: self.allow_double_booking,
        }
    }
}

impl Input for CompleteConsultationInput {
    type Change = Completion;

    fn parse(self, act: &Act) -> Completion {
        let mut checks = Checks::default();
        let date = self.date.map(|DateTime(date)| date);
        if let Some(date) = date {
            checks.past(&["date"], date, act.now());
        }
        let columns = details(&mut checks, self.details);
        Completion { target: Target::new::<Consultation>(&self.id, self.version), checks, date, columns }
    }
}

fn details(checks: &mut Checks, given: ConsultationDetails) -> ActiveModel {
    ActiveModel {
        chief_complaint: checks.text(&["chiefComplaint"], given.chief_complaint),
        diagnosis: checks.text(&["diagnosis"], given.diagnosis),
        prescription: checks.text(&["prescription"], given.prescription),
        notes: checks.text(&["notes"], given.notes),
        next_visit_date: set(given.next_visit_date.map_value(|DateTime(date)| Some(date))),
        duration_minutes: checks.number(&["durationMinutes"], given.duration_minutes, 1..=LONGEST),
        fee_charged_cents: checks.money(&["fee"], given.fee),
        ..Default::default()
    }
}
