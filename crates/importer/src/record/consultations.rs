//! `consultations`: visits, booked and done.

use entity::consultations;
use entity::vocabulary::{ConsultationStatus, ConsultationType};
use entity::{Instant, Key};
use rusqlite::types::ValueRef;

use super::doctors::Named;
use super::owner::here;
use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::{Patient, Thing};
use crate::ledger::{Entry, Fate};
use crate::source::Row;
use crate::value::number::{cents, number, whole};
use crate::value::text::{exact, is_blank};
use crate::value::time::Stamp;
use crate::value::word;

const PLACED: [&str; 16] = [
    "id",
    "patient_id",
    "doctor_id",
    "session_id",
    "consultation_date",
    "consultation_type",
    "chief_complaint",
    "diagnosis",
    "prescription",
    "notes",
    "next_visit_date",
    "status",
    "duration_minutes",
    "fee_charged",
    "created_at",
    "updated_at",
];

/// A day of minutes: longer is no visit.
const LONGEST: f64 = 1_440.0;

/// What of a visit decides whether it can come at all.
struct Visit {
    patient: Patient,
    doctor: Key,
    date: Instant,
    status: ConsultationStatus,
}

impl Judging<'_> {
    pub(super) fn consultations(&mut self) -> Result<(), Failure> {
        self.each("consultations", |judging, row| judging.consultation(row))
    }

    fn consultation(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let Some((mut entry, earlier)) = self.enter("consultations", row, row.get("id"))? else { return Ok(()) };
        let visit = match self.visit(&mut entry)? {
            Ok(visit) => visit,
            Err(code) => {
                entry.find(code);
                self.close(entry, Fate::Quarantined(code), None);
                return Ok(());
            }
        };
        if is_blank(row.get("id")) {
            entry.find(Code::ConsultationIdMissing);
        }
        let model = self.record_of(&mut entry, &visit)?;
        let (key, patient) = here(earlier, Some(model.id), visit.patient.key);
        if !is_blank(row.get("id")) {
            let (id, session) = (row.get("id"), row.get("session_id"));
            self.index.add_thing(Thing::Consultation, id, session, key, Some(patient))?;
        }
        if visit.status == ConsultationStatus::Completed {
            self.index.happens(patient, "visit", visit.date, row.rowid(), (None, None))?;
        };
        let id = model.id;
        if !entry.earlier {
            self.out.consultation(model);
        }
        self.close(entry, Fate::Migrated(id), Some(patient));
        Ok(())
    }

    fn visit(&mut self, entry: &mut Entry<'_>) -> Result<Result<Visit, Code>, Failure> {
        let row = entry.row;
        let Some(patient) = self.index.patient(row.get("patient_id"))? else {
            return Ok(Err(Code::ConsultationPatientDangling));
        };
        if !patient.alive {
            return Ok(Err(Code::PatientGone));
        }
        let named = self.doctors.named(row.get("doctor_id"));
        let Some(doctor) = named.key() else { return Ok(Err(Code::ConsultationDoctorDangling)) };
        let Some(date) = self.stamp(row.get("consultation_date")).instant() else {
            return Ok(Err(Code::ConsultationDateUnparseable));
        };
        let written = exact(row.get("status"));
        let Some(mut status) = written.and_then(word::visit_status) else {
            return Ok(Err(Code::ConsultationStatusUnknown));
        };
        // What has not happened yet is booked.
        let past = matches!(status, ConsultationStatus::Completed | ConsultationStatus::NoShow);
        if past && date > self.terms.now {
            entry.repair(Code::ConsultationInFuture, "status");
            status = ConsultationStatus::Scheduled;
        }
        if !["scheduled", "completed", "cancelled", "no-show"].contains(&written.unwrap_or_default()) {
            entry.repair(Code::ConsultationStatusNormalised, "status");
        }
        if matches!(named, Named::ByAccount(_)) {
            entry.find(Code::ConsultationDoctorMapped);
        }
        Ok(Ok(Visit { patient, doctor, date, status }))
    }

    fn record_of(&mut self, entry: &mut Entry<'_>, visit: &Visit) -> Result<consultations::Model, Failure> {
        let row = entry.row;
        let consultation_type = kind(entry);
        let session_id = self.session_of_visit(entry, visit.patient.key)?;
        let (fee_charged_cents, duration_minutes) = (fee(entry), duration(entry));
        let next_visit_date = self.next_visit(entry, visit.date);
        let created = self.lesser_time(entry, "created_at");
        let updated = self.lesser_time(entry, "updated_at");
        let created_at = created.unwrap_or(visit.date).min(self.terms.now);
        let mut said = |column| {
            let text = entry.text_or(column, Code::ConsultationTextHasNul, Code::TextCleaned);
            text.filter(|text| !text.trim().is_empty())
        };
        let (chief_complaint, diagnosis) = (said("chief_complaint"), said("diagnosis"));
        let (prescription, notes) = (said("prescription"), said("notes"));
        entry.keep_others(&PLACED);
        Ok(consultations::Model {
            id: self.key(14, row.rowid(), created_at),
            patient_id: visit.patient.key,
            doctor_id: visit.doctor,
            session_id,
            consultation_date: visit.date,
            consultation_type,
            status: visit.status,
            chief_complaint,
            diagnosis,
            prescription,
            notes,
            next_visit_date,
            duration_minutes,
            fee_charged_cents,
            rescheduled_from: None,
            rescheduled_at: None,
            correction_reason: None,
            corrected_by: None,
            corrected_at: None,
            created_at,
            updated_at: updated.unwrap_or(created_at).max(created_at),
            version: 1,
        })
    }

    fn session_of_visit(&self, entry: &mut Entry<'_>, patient: Key) -> Result<Option<Key>, Failure> {
        let session = entry.row.get("session_id");
        if session == ValueRef::Null {
            return Ok(None);
        }
        let Some(found) = self.index.session(session)? else {
            entry.repair(Code::ConsultationSessionDangling, "session_id");
            return Ok(None);
        };
        if found.patient.is_some_and(|other| other != patient) {
            entry.repair(Code::ConsultationSessionOtherPatient, "session_id");
            return Ok(None);
        }
        Ok(found.key)
    }

    fn next_visit(&mut self, entry: &mut Entry<'_>, date: Instant) -> Option<Instant> {
        let stamp = self.stamp(entry.row.get("next_visit_date"));
        match stamp {
            Stamp::Unreadable => entry.repair(Code::ConsultationNextVisitUnparseable, "next_visit_date"),
            Stamp::At(next, _) if next < date => entry.find(Code::ConsultationNextVisitBeforeVisit),
            Stamp::Absent | Stamp::At(..) => {}
        }
        stamp.instant()
    }
}

fn kind(entry: &mut Entry<'_>) -> Option<ConsultationType> {
    let cell = entry.row.get("consultation_type");
    if cell == ValueRef::Null {
        return None;
    }
    let written = exact(cell).unwrap_or_default();
    let kind = word::visit_type(written);
    if kind.is_none() {
        entry.repair(Code::ConsultationTypeUnknown, "consultation_type");
    } else if !["in-person", "telemedicine", "follow-up", "emergency"].contains(&written) {
        entry.repair(Code::ConsultationTypeNormalised, "consultation_type");
    }
    kind
}

fn fee(entry: &mut Entry<'_>) -> Option<entity::Cents> {
    let cell = entry.row.get("fee_charged");
    let fee = cents(cell);
    if cell != ValueRef::Null && fee.is_none() {
        entry.repair(Code::ConsultationFeeInvalid, "fee_charged");
    }
    fee
}

fn duration(entry: &mut Entry<'_>) -> Option<i64> {
    let cell = entry.row.get("duration_minutes");
    if cell == ValueRef::Null {
        return None;
    }
    if !number(cell).is_some_and(|minutes| (0.0..=LONGEST).contains(&minutes)) {
        entry.repair(Code::ConsultationDurationInvalid, "duration_minutes");
        return None;
    }
    let minutes = whole(cell, 1, i64::MAX);
    if minutes.is_none() {
        entry.repair(Code::ConsultationDurationZero, "duration_minutes");
    }
    minutes
}
