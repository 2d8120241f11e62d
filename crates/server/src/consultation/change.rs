//! What may become of a visit: a scheduled one is moved, completed, called off or missed; one that is over is corrected,
//! with a reason, and the database keeps what stood there.

use std::collections::BTreeSet;

use entity::Key;
use entity::consultations::{ActiveModel, Model};
use entity::vocabulary::ConsultationStatus;
use sea_orm::ActiveValue::{self, Set};

use super::booking::{Booked, Clash, Slot, clashes};
use super::input::{Completion, ConsultationChange, Move, has_begun};
use super::store::meeting;
use super::{Consultation, access};
use crate::assignment;
use crate::auth::Role;
use crate::db::Tx;
use crate::doctor::Doctor;
use crate::imaging::Session;
use crate::input::bulk::Written;
use crate::input::store::{self, Hold};
use crate::input::{Act, Change, Checks, Refusal, Target, UserError};

/// A scheduled visit, called off.
pub struct Cancellation(pub(super) Target);

/// A scheduled visit to which the patient did not come.
pub struct NoShow(pub(super) Target);

impl Change for Cancellation {
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let visit = scheduled(&self.0, tx, act, &mut checks, Hold::Shared).await?;
        checks.finish()?;
        store::save::<Consultation>(tx, act, &visit, standing(ConsultationStatus::Cancelled)).await
    }
}

impl Change for NoShow {
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let visit = scheduled(&self.0, tx, act, &mut checks, Hold::Shared).await?;
        if visit.consultation_date > act.now() {
            checks.problem(UserError::in_future(&["id"], "The visit has not begun yet. Cancel it instead."));
        }
        checks.finish()?;
        store::save::<Consultation>(tx, act, &visit, standing(ConsultationStatus::NoShow)).await
    }
}

impl Change for Completion {
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let visit = scheduled(&self.target, tx, act, &mut checks, Hold::Shared).await?;
        if self.date.is_none() && visit.consultation_date > act.now() {
            let message = "The visit was to begin later. Give the date at which it took place.";
            checks.problem(UserError::in_future(&["date"], message));
        }
        checks.finish()?;
        let mut columns = self.columns.clone();
        columns.status = Set(ConsultationStatus::Completed);
        if let Some(date) = self.date {
            columns.consultation_date = Set(date);
        }
        store::save::<Consultation>(tx, act, &visit, columns).await
    }
}

impl Change for Move {
    type Done = Booked;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Booked, Refusal> {
        let mut checks = self.checks.clone();
        let visit = scheduled(&self.target, tx, act, &mut checks, Hold::Alone).await?;
        let doctors = store::rows::<Doctor>(tx, act, [visit.doctor_id], Hold::Alone).await?;
        store::check::<Doctor>(&mut checks, &["id"], Some(visit.doctor_id), &doctors);
        let columns = ActiveModel {
            consultation_date: Set(self.date),
            duration_minutes: self.minutes.clone(),
            rescheduled_from: Set(Some(visit.consultation_date)),
            rescheduled_at: Set(Some(act.now())),
            ..Default::default()
        };
        let met = met(tx, act, &mut checks, &visit, &columns, self.allow_double_booking).await?;
        booked(tx, act, &visit, columns, checks, met).await
    }
}

impl Change for ConsultationChange {
    type Done = Booked;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Booked, Refusal> {
        let mut checks = self.checks.clone();
        let visit = self.target.open_holding::<Consultation>(tx, act, &mut checks, Hold::Alone).await?;
        let mut columns = self.columns.clone();
        let doctor = columns.doctor_id.clone().take().unwrap_or(visit.doctor_id);
        let doctors = store::rows::<Doctor>(tx, act, [doctor], Hold::Alone).await?;
        if doctor != visit.doctor_id {
            store::check::<Doctor>(&mut checks, &["doctorId"], Some(doctor), &doctors);
            if visit.status != ConsultationStatus::Scheduled {
                let message = "The visit is over: its doctor cannot change. Delete it and record another one.";
                checks.problem(UserError::transition(&["doctorId"], message));
            }
        }
        let session = columns.session_id.clone().take().flatten();
        let sessions = store::rows::<Session>(tx, act, session, Hold::Shared).await?;
        store::check_of_patient::<Session>(&mut checks, &["sessionId"], session, Some(visit.patient_id), &sessions);
        if correct(&mut checks, &visit, &columns, act) {
            if self.reason.is_none() {
                let message = "The visit is over: say why it is corrected.";
                checks.problem(UserError::required(&["reason"], message));
            }
            if !access::may_correct(act.viewer(), &visit) {
                let message = "The visit is over: its doctor or an administrator corrects it.";
                checks.problem(UserError::forbidden(&["id"], message));
            }
            columns.correction_reason = Set(self.reason.clone());
            columns.corrected_by = Set(act.viewer().user);
            columns.corrected_at = Set(Some(act.now()));
        }
        let met = met(tx, act, &mut checks, &visit, &columns, self.allow_double_booking).await?;
        let done = booked(tx, act, &visit, columns, checks, met).await?;
        if doctor == visit.doctor_id || done.written.keys.is_empty() {
            return Ok(done);
        }
        let opened = assignment::store::open_where_none(tx, act, &BTreeSet::from([(visit.patient_id, doctor)])).await?;
        Ok(Booked { opened, ..done })
    }
}

/// The visit to change, which must be scheduled.
async fn scheduled(target: &Target, tx: &Tx, act: &Act, checks: &mut Checks, hold: Hold) -> Result<Model, Refusal> {
    let visit = target.open_holding::<Consultation>(tx, act, checks, hold).await?;
    if visit.status != ConsultationStatus::Scheduled {
        let message = format!(
            "The visit is not scheduled any more, it is {}. Correct it with updateConsultation and a reason.",
            visit.status.word()
        );
        checks.problem(UserError::transition(&["id"], message));
    }
    Ok(visit)
}

fn standing(status: ConsultationStatus) -> ActiveModel {
    ActiveModel { status: Set(status), ..Default::default() }
}

/// Whether the columns correct a visit that is over; notes what cannot be.
fn correct(checks: &mut Checks, visit: &Model, columns: &ActiveModel, act: &Act) -> bool {
    let date = changed(&columns.consultation_date, &visit.consultation_date);
    let status = changed(&columns.status, &visit.status);
    if visit.status == ConsultationStatus::Scheduled {
        if status {
            let message = "The visit is scheduled. Use completeConsultation, cancelConsultation or markNoShow.";
            checks.problem(UserError::transition(&["status"], message));
        }
        if date {
            let message = "The visit is scheduled. Move it with rescheduleConsultation.";
            checks.problem(UserError::transition(&["date"], message));
        }
        return false;
    }
    if status && act.viewer().role != Role::Admin {
        let message = "The visit is over: only an administrator changes what became of it.";
        checks.problem(UserError::forbidden(&["status"], message));
    }
    let stands = columns.status.clone().take().unwrap_or(visit.status);
    let at = columns.consultation_date.clone().take().unwrap_or(visit.consultation_date);
    if (status || date) && has_begun(stands) && at > act.now() {
        let path = if date { "date" } else { "status" };
        checks.problem(UserError::in_future(&[path], "A visit is completed or missed only once it has begun."));
    }
    let findings = visit.status == ConsultationStatus::Completed
        && (changed(&columns.diagnosis, &visit.diagnosis)
            || changed(&columns.prescription, &visit.prescription)
            || changed(&columns.notes, &visit.notes));
    date || status || findings
}

fn changed<T: PartialEq + Into<sea_orm::Value>>(column: &ActiveValue<T>, stood: &T) -> bool {
    matches!(column, Set(value) if value != stood)
}

/// The visits that this one would meet, where it would be booked for another time or doctor than it is.
async fn met(
    tx: &Tx,
    act: &Act,
    checks: &mut Checks,
    visit: &Model,
    columns: &ActiveModel,
    allowed: bool,
) -> Result<Vec<Clash>, Refusal> {
    let moves = changed(&columns.consultation_date, &visit.consultation_date)
        || changed(&columns.duration_minutes, &visit.duration_minutes)
        || changed(&columns.doctor_id, &visit.doctor_id)
        || changed(&columns.status, &visit.status);
    if !moves || columns.status.clone().take().unwrap_or(visit.status) != ConsultationStatus::Scheduled {
        return Ok(Vec::new());
    }
    let slot = Slot::new(
        visit.id,
        visit.patient_id,
        columns.doctor_id.clone().take().unwrap_or(visit.doctor_id),
        columns.consultation_date.clone().take().unwrap_or(visit.consultation_date),
        columns.duration_minutes.clone().take().unwrap_or(visit.duration_minutes),
    );
    let booked = meeting(tx, act, &[&slot]).await?;
    Ok(clashes(checks, &slot, &booked, allowed))
}

/// Writes the columns if nothing is wrong; what the visit would meet is answered in either case.
async fn booked(
    tx: &Tx,
    act: &Act,
    visit: &Model,
    columns: ActiveModel,
    checks: Checks,
    clashes: Vec<Clash>,
) -> Result<Booked, Refusal> {
    let (mut keys, problems) = (Vec::new(), checks.into_problems());
    if problems.is_empty() {
        keys.push(Some(store::save::<Consultation>(tx, act, visit, columns).await?));
    }
    Ok(Booked { written: Written { keys, problems }, opened: Vec::new(), clashes })
}
