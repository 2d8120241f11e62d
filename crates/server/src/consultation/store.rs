//! What booking and recording visits checks and writes.

use std::collections::BTreeSet;

use entity::vocabulary::ConsultationStatus;
use entity::{Key, consultations};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::booking::{Booked, Slot, clashes};
use super::input::NewConsultation;
use super::{Consultation, access};
use crate::assignment;
use crate::db::Tx;
use crate::doctor::Doctor;
use crate::imaging::Session;
use crate::input::bulk::Batch;
use crate::input::store::{self, Hold};
use crate::input::{Act, Change, Record, Refusal};
use crate::patient::Patient;

impl Record for Consultation {
    type Table = consultations::Entity;
    const NAME: &'static str = "visit";
}

impl NewConsultation {
    fn is_booking(&self) -> bool {
        self.status == ConsultationStatus::Scheduled
    }

    /// The time it takes, if it is a booking.
    fn slot(&self, visit: Key) -> Option<Slot> {
        let minutes = self.columns.duration_minutes.clone().take().flatten();
        self.is_booking().then_some(Slot::new(visit, self.patient?, self.doctor?, self.date, minutes))
    }
}

impl Change for Batch<NewConsultation> {
    type Done = Booked;

    /// Books or records visits, and opens an assignment where a doctor has none to a patient.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Booked, Refusal> {
        let mut checks = self.checks()?;
        // Whoever books for the same doctor or patient waits until this is written: neither would see the other.
        let hold = if self.rows.iter().any(NewConsultation::is_booking) { Hold::Alone } else { Hold::Shared };
        let patients = store::rows::<Patient>(tx, act, self.rows.iter().filter_map(|row| row.patient), hold).await?;
        let doctors = store::rows::<Doctor>(tx, act, self.rows.iter().filter_map(|row| row.doctor), hold).await?;
        let sessions = self.rows.iter().filter_map(|row| row.session);
        let sessions = store::rows::<Session>(tx, act, sessions, Hold::Shared).await?;

        let keys: Vec<Key> = self.rows.iter().map(|_| act.new_key()).collect();
        let slots: Vec<_> = self.rows.iter().zip(&keys).map(|(row, key)| row.slot(*key)).collect();
        let mut booked = meeting(tx, act, &slots.iter().flatten().collect::<Vec<_>>()).await?;
        let mut met = Vec::new();
        for ((checks, row), slot) in checks.iter_mut().zip(&self.rows).zip(slots) {
            store::check::<Patient>(checks, &["patientId"], row.patient, &patients);
            store::check::<Doctor>(checks, &["doctorId"], row.doctor, &doctors);
            store::check_of_patient::<Session>(checks, &["sessionId"], row.session, row.patient, &sessions);
            if let Some(slot) = slot {
                met.extend(clashes(checks, &slot, &booked, row.allow_double_booking));
                // Rows of one input are booked one after the other.
                if checks.is_fine() {
                    booked.push(slot);
                }
            }
        }

        let settled = self.settle(checks);
        let numbered: Vec<_> = self.rows.iter().zip(&keys).collect();
        let rows: Vec<_> = settled
            .fine(&numbered)
            .filter_map(|(row, key)| {
                let (patient_id, doctor_id) = (Set(row.patient?), Set(row.doctor?));
                Some(consultations::ActiveModel { id: Set(**key), patient_id, doctor_id, ..row.columns.clone() })
            })
            .collect();
        let pairs: BTreeSet<_> = settled.fine(&self.rows).filter_map(|row| Some((row.patient?, row.doctor?))).collect();
        let opened = assignment::store::open_where_none(tx, act, &pairs).await?;
        let keys = store::insert_all::<Consultation>(tx, act, rows).await?;
        Ok(Booked { written: settled.written(keys), opened, clashes: met })
    }
}

/// The booked visits that slots may meet: of their doctors and patients, around their times.
pub(super) async fn meeting(tx: &Tx, act: &Act, slots: &[&Slot]) -> Result<Vec<Slot>, Refusal> {
    let (Some(from), Some(until)) =
        (slots.iter().map(|slot| slot.reach().start).min(), slots.iter().map(|slot| slot.reach().end).max())
    else {
        return Ok(Vec::new());
    };
    let doctors: BTreeSet<Key> = slots.iter().map(|slot| slot.doctor).collect();
    let patients: BTreeSet<Key> = slots.iter().map(|slot| slot.patient).collect();
    let people = Condition::any()
        .add(consultations::Column::DoctorId.is_in(doctors))
        .add(consultations::Column::PatientId.is_in(patients));
    let visits = consultations::Entity::find()
        .filter(consultations::Column::Status.eq(ConsultationStatus::Scheduled))
        .filter(consultations::Column::ConsultationDate.gte(from))
        .filter(consultations::Column::ConsultationDate.lt(until))
        .filter(people)
        .filter(access::visible_to(act.viewer(), "consultations"))
        .all(&**tx)
        .await?;
    Ok(visits.iter().filter_map(Slot::of).collect())
}
