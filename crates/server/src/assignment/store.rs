//! What mutations check and write about assignments.

use std::collections::{BTreeSet, HashSet};

use entity::vocabulary::AssignmentType;
use entity::{Instant, Key, doctor_patient_assignments as assignments};
use sea_orm::ActiveValue::{self, NotSet, Set};
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::Assignment;
use super::access::visible_to;
use super::input::{AssignmentChange, AssignmentEnd, NewAssignment, PrimaryTransfer, period};
use crate::db::Tx;
use crate::doctor::Doctor;
use crate::input::store::{self, Hold};
use crate::input::{ASSIGNED_ALREADY, Act, Change, Record, Refusal, SECOND_PRIMARY, UserError, UserErrorCode};
use crate::patient::Patient;

impl Record for Assignment {
    type Table = assignments::Entity;
    const NAME: &'static str = "assignment";
}

/// What was written when the primary role was handed over.
pub struct Handover {
    /// The new primary doctor's assignment.
    pub opened: Key,
    /// The assignment that ended.
    pub ended: Key,
    /// The assignment as which the former doctor stays, if one was opened.
    pub former: Option<Key>,
}

impl Change for NewAssignment {
    type Done = Key;

    /// Makes a doctor responsible for a patient.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let patient = store::refer::<Patient>(tx, act, &mut checks, &["patientId"], self.patient, Hold::Shared).await?;
        let doctor = store::refer::<Doctor>(tx, act, &mut checks, &["doctorId"], self.doctor, Hold::Shared).await?;
        let (Some(patient), Some(doctor)) = (patient, doctor) else { return checks.refuse() };
        if let Some(taken) = taken(tx, act, patient.patient_id, doctor.doctor_id, self.kind, None).await? {
            checks.problem(taken);
        }
        checks.finish()?;
        let row = opened(patient.patient_id, doctor.doctor_id, self.kind, self.since, self.notes.clone());
        store::insert::<Assignment>(tx, act, row).await
    }
}

impl Change for AssignmentChange {
    type Done = Key;

    /// Corrects an assignment.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let row = self.target.open::<Assignment>(tx, act, &mut checks).await?;
        let columns = self.columns.clone();
        if columns.ended_at.is_set() && row.is_open() {
            let message = "The assignment is open. End it with endAssignment.";
            checks.problem(UserError::transition(&["endedAt"], message));
        }
        let began = columns.assignment_date.clone().take().unwrap_or(row.assignment_date);
        let ended = columns.ended_at.clone().take().unwrap_or(row.ended_at);
        let path = if columns.ended_at.is_set() { "endedAt" } else { "assignedAt" };
        period(&mut checks, &[path], began, ended);
        let kind = columns.assignment_type.clone().take().unwrap_or(row.assignment_type);
        if row.is_open()
            && kind != row.assignment_type
            && let Some(taken) = taken(tx, act, row.patient_id, row.doctor_id, kind, Some(row.id)).await?
        {
            checks.problem(taken);
        }
        checks.finish()?;
        store::save::<Assignment>(tx, act, &row, columns).await
    }
}

impl Change for AssignmentEnd {
    type Done = Key;

    /// Ends an assignment.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let row = self.target.open::<Assignment>(tx, act, &mut checks).await?;
        if !row.is_open() {
            checks.problem(UserError::transition(&["id"], "The assignment has ended already."));
        }
        period(&mut checks, &["endedAt"], row.assignment_date, Some(self.ended_at));
        checks.finish()?;
        store::save::<Assignment>(tx, act, &row, ended(self.ended_at)).await
    }
}

impl Change for PrimaryTransfer {
    type Done = Handover;

    /// Ends the primary doctor's assignment and opens the new one's at the same instant.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Handover, Refusal> {
        let mut checks = self.checks.clone();
        let patient = store::refer::<Patient>(tx, act, &mut checks, &["patientId"], self.patient, Hold::Alone).await?;
        let doctors = store::rows::<Doctor>(tx, act, self.from.into_iter().chain(self.to), Hold::Shared).await?;
        store::check::<Doctor>(&mut checks, &["toDoctorId"], self.to, &doctors);
        // Of the former doctor nothing is asked but to be known: it may be an archived one who is replaced.
        if self.from.is_some_and(|key| !doctors.contains_key(&key)) {
            checks.problem(UserError::unknown(&["fromDoctorId"], Doctor::NAME));
            return checks.refuse();
        }
        let (Some(patient), Some(from), Some(to)) = (patient, self.from, self.to) else { return checks.refuse() };
        let primary = open_of(act, patient.patient_id)
            .filter(assignments::Column::AssignmentType.eq(AssignmentType::Primary))
            .lock(LockType::NoKeyUpdate)
            .one(&**tx)
            .await?;
        let Some(primary) = primary.filter(|primary| primary.doctor_id == from) else {
            let message = "This doctor is not the patient's primary doctor now. Read the patient's doctors again.";
            checks.problem(UserError::at(&["fromDoctorId"], UserErrorCode::Conflict, message));
            return checks.refuse();
        };
        checks.finish()?;
        // Whoever waited for another handover may have come before it: nothing ends before it begins.
        let at = act.now().max(primary.assignment_date);
        store::save::<Assignment>(tx, act, &primary, ended(at)).await?;
        let row = opened(patient.patient_id, to, AssignmentType::Primary, at, self.notes.clone());
        let new = store::insert::<Assignment>(tx, act, row).await?;
        let former = match self.former_stays_as {
            Some(kind) if taken(tx, act, patient.patient_id, from, kind, None).await?.is_none() => {
                let row = opened(patient.patient_id, from, kind, at, NotSet);
                Some(store::insert::<Assignment>(tx, act, row).await?)
            }
            _ => None,
        };
        Ok(Handover { opened: new, ended: primary.id, former })
    }
}

/// An assignment that begins.
fn opened(
    patient: Key,
    doctor: Key,
    kind: AssignmentType,
    since: Instant,
    notes: ActiveValue<Option<String>>,
) -> assignments::ActiveModel {
    assignments::ActiveModel {
        patient_id: Set(patient),
        doctor_id: Set(doctor),
        assignment_type: Set(kind),
        assignment_date: Set(since),
        is_active: Set(true),
        notes,
        ..Default::default()
    }
}

fn ended(at: Instant) -> assignments::ActiveModel {
    assignments::ActiveModel { is_active: Set(false), ended_at: Set(Some(at)), ..Default::default() }
}

fn open_of(act: &Act, patient: Key) -> sea_orm::Select<assignments::Entity> {
    assignments::Entity::find()
        .filter(assignments::Column::PatientId.eq(patient))
        .filter(assignments::Column::IsActive.eq(true))
        .filter(visible_to(act.viewer(), "doctor_patient_assignments"))
}

/// Why the patient cannot have one more open assignment like this. The database holds to it too; this says the same
/// on both whichever of its two rules is broken.
async fn taken(
    tx: &Tx,
    act: &Act,
    patient: Key,
    doctor: Key,
    kind: AssignmentType,
    but: Option<Key>,
) -> Result<Option<UserError>, Refusal> {
    let open = open_of(act, patient).filter(assignments::Column::AssignmentType.eq(kind)).all(&**tx).await?;
    let mut others = open.iter().filter(|row| Some(row.id) != but);
    Ok(if others.clone().any(|row| row.doctor_id == doctor) {
        Some(UserError::at(&["type"], UserErrorCode::Taken, ASSIGNED_ALREADY))
    } else if kind == AssignmentType::Primary && others.next().is_some() {
        Some(UserError::at(&["type"], UserErrorCode::Taken, SECOND_PRIMARY))
    } else {
        None
    })
}

/// Opens an assignment as consultant for each patient and doctor who have no open one; answers the new keys. Two
/// bookings at once open one: the database has at most one open row per patient, doctor and type.
///
/// # Errors
/// Only the database's.
pub async fn open_where_none(tx: &Tx, act: &Act, pairs: &BTreeSet<(Key, Key)>) -> Result<Vec<Key>, Refusal> {
    let open: HashSet<(Key, Key)> = assignments::Entity::find()
        .select_only()
        .columns([assignments::Column::PatientId, assignments::Column::DoctorId])
        .filter(assignments::Column::PatientId.is_in(pairs.iter().map(|(patient, _)| *patient)))
        .filter(assignments::Column::DoctorId.is_in(pairs.iter().map(|(_, doctor)| *doctor)))
        .filter(assignments::Column::IsActive.eq(true))
        .filter(visible_to(act.viewer(), "doctor_patient_assignments"))
        .into_tuple()
        .all(&**tx)
        .await?
        .into_iter()
        .collect();
    let missing = pairs.iter().filter(|pair| !open.contains(pair));
    let rows: Vec<_> = missing
        .map(|(patient, doctor)| assignments::ActiveModel {
            id: Set(act.new_key()),
            created_at: Set(act.now()),
            updated_at: Set(act.now()),
            version: Set(1),
            ..opened(*patient, *doctor, AssignmentType::Consultant, act.now(), NotSet)
        })
        .collect();
    let keys: Vec<Key> = rows.iter().filter_map(|row| row.id.clone().take()).collect();
    if rows.is_empty() {
        return Ok(keys);
    }
    let insert = assignments::Entity::insert_many(rows).on_conflict(OnConflict::new().do_nothing().to_owned());
    let written = insert.exec_without_returning(&**tx).await?;
    if written == u64::try_from(keys.len()).unwrap_or_default() {
        return Ok(keys);
    }
    let ours = assignments::Entity::find()
        .select_only()
        .column(assignments::Column::Id)
        .filter(assignments::Column::Id.is_in(keys))
        .filter(visible_to(act.viewer(), "doctor_patient_assignments"));
    Ok(ours.into_tuple().all(&**tx).await?)
}
