//! What mutations of visits answer.

use async_graphql::{Enum, SimpleObject};
use entity::Key;

use super::Consultation;
use super::booking::{Booked, Busy, Clash};
use crate::assignment::Assignment;
use crate::input::bulk::Written;
use crate::input::{UserError, payloads};
use crate::read::record::{Deleted, Many, One};

/// Who has another visit at the time of a booking.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub enum BookingWarningCode {
    /// The doctor.
    DoctorBusy,
    /// The patient.
    PatientBusy,
}

/// Another visit of the doctor or the patient at the time of a booking; `allowDoubleBooking` books all the same.
#[derive(SimpleObject)]
pub struct BookingWarning {
    /// Who is busy, for programs.
    code: BookingWarningCode,
    /// Who is busy, for people.
    message: String,
    /// The field of the input that it is about, a row of a list by its number from 0.
    path: Vec<String>,
    /// The other visit; null for one that was not booked either.
    consultation: Option<One<Consultation>>,
}

impl From<Clash> for BookingWarning {
    fn from(clash: Clash) -> Self {
        let (code, message) = match clash.busy {
            Busy::Doctor => (BookingWarningCode::DoctorBusy, "The doctor has another visit at that time."),
            Busy::Patient => (BookingWarningCode::PatientBusy, "The patient has another visit at that time."),
        };
        Self { code, message: message.to_owned(), path: clash.path, consultation: Some(one(clash.with)) }
    }
}

fn one<C>(key: Key) -> One<C> {
    One::new(key.0)
}

/// What came of booking or recording a visit.
#[derive(SimpleObject)]
pub struct CreateConsultationPayload {
    /// The new visit; null when there are errors.
    consultation: Option<One<Consultation>>,
    /// The assignment that was opened with it, because the doctor had no open one to the patient.
    opened_assignment: Option<One<Assignment>>,
    /// Other visits of the doctor or the patient at that time.
    warnings: Vec<BookingWarning>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of booking or recording visits.
#[derive(SimpleObject)]
pub struct CreateConsultationsPayload {
    /// The new visits in the order of the input, null for each that was not entered; empty when all were refused.
    consultations: Many<Consultation>,
    /// The assignments that were opened with them, because doctors had no open one to patients.
    opened_assignments: Many<Assignment>,
    /// Other visits of the doctors or the patients at the same times.
    warnings: Vec<BookingWarning>,
    /// What is wrong and what to do, row by row; empty when all were entered.
    user_errors: Vec<UserError>,
}

/// What came of changing a visit.
#[derive(SimpleObject)]
pub struct UpdateConsultationPayload {
    /// The changed visit; null when there are errors.
    consultation: Option<One<Consultation>>,
    /// The assignment that was opened, because the new doctor had no open one to the patient.
    opened_assignment: Option<One<Assignment>>,
    /// Other visits of the doctor or the patient at that time.
    warnings: Vec<BookingWarning>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of moving a visit.
#[derive(SimpleObject)]
pub struct RescheduleConsultationPayload {
    /// The moved visit; null when there are errors.
    consultation: Option<One<Consultation>>,
    /// Other visits of the doctor or the patient at that time.
    warnings: Vec<BookingWarning>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

payloads! {
    /// What came of completing a visit.
    CompleteConsultationPayload {
        /// The completed visit; null when there are errors.
        consultation: One<Consultation>
    }
    /// What came of calling a visit off.
    CancelConsultationPayload {
        /// The cancelled visit; null when there are errors.
        consultation: One<Consultation>
    }
    /// What came of recording that the patient did not come.
    MarkNoShowPayload {
        /// The missed visit; null when there are errors.
        consultation: One<Consultation>
    }
    /// What came of deleting a visit.
    DeleteConsultationPayload {
        /// The id that the visit had; null when there are errors.
        deleted_id: Deleted<Consultation>
    }
}

/// The parts of a payload about one visit.
type Parts = (Option<One<Consultation>>, Option<One<Assignment>>, Vec<BookingWarning>, Vec<UserError>);

fn parts(done: Result<Booked, Vec<UserError>>) -> Parts {
    match done {
        Ok(Booked { written: Written { keys, problems }, opened, clashes }) => {
            let consultation = keys.into_iter().flatten().next().map(one);
            let assignment = opened.into_iter().next().map(one);
            (consultation, assignment, clashes.into_iter().map(BookingWarning::from).collect(), problems)
        }
        Err(user_errors) => (None, None, Vec::new(), user_errors),
    }
}

impl From<Result<Booked, Vec<UserError>>> for CreateConsultationPayload {
    fn from(done: Result<Booked, Vec<UserError>>) -> Self {
        let (consultation, opened_assignment, warnings, user_errors) = parts(done);
        Self { consultation, opened_assignment, warnings, user_errors }
    }
}

impl From<Result<Booked, Vec<UserError>>> for UpdateConsultationPayload {
    fn from(done: Result<Booked, Vec<UserError>>) -> Self {
        let (consultation, opened_assignment, warnings, user_errors) = parts(done);
        Self { consultation, opened_assignment, warnings, user_errors }
    }
}

impl From<Result<Booked, Vec<UserError>>> for RescheduleConsultationPayload {
    fn from(done: Result<Booked, Vec<UserError>>) -> Self {
        let (consultation, _, warnings, user_errors) = parts(done);
        Self { consultation, warnings, user_errors }
    }
}

impl From<Result<Booked, Vec<UserError>>> for CreateConsultationsPayload {
    fn from(done: Result<Booked, Vec<UserError>>) -> Self {
        let (written, opened, clashes) = match done {
            Ok(Booked { written, opened, clashes }) => (Ok(written), opened, clashes),
            Err(user_errors) => (Err(user_errors), Vec::new(), Vec::new()),
        };
        let (keys, user_errors) = Written::or_refused(written);
        Self {
            consultations: Many::new(keys),
            opened_assignments: Many::new(opened.into_iter().map(|key| Some(key.0))),
            warnings: clashes.into_iter().map(BookingWarning::from).collect(),
            user_errors,
        }
    }
}
