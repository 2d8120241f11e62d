//! Visits: past ones in every state, and those that are booked.

use entity::vocabulary::{ConsultationStatus, ConsultationType};
use entity::{Cents, Instant, consultation_revisions, consultations};

use super::calendar::{days_after, later};
use super::{Record, Writing, texts};

impl Writing<'_> {
    pub(super) fn visits(&mut self, record: &mut Record) {
        let mut ago = self.life.registered;
        let mut first = true;
        while ago > self.life.ended.max(1) {
            self.past_visit(record, ago, first);
            first = false;
            ago -= self.dice.between(110, 430);
        }
        if self.life.goes_on() && self.dice.chance(62) {
            // Many look ahead a few days, some to the next quarter; today's visits are booked ones too.
            let ahead = self.dice.weighted(&[(4, 0), (12, 7), (30, 30), (54, 110)]);
            let ahead = self.dice.between(0, ahead);
            self.booked_visit(record, -ahead);
        }
    }

    fn past_visit(&mut self, record: &mut Record, ago: i64, first: bool) {
        let kind = match first {
            true => ConsultationType::InPerson,
            false => self.dice.weighted(&[
                (52, ConsultationType::FollowUp),
                (22, ConsultationType::InPerson),
                (20, ConsultationType::Telemedicine),
                (6, ConsultationType::Emergency),
            ]),
        };
        let (ago, at) = self.calendar.appointment(ago, &mut self.dice);
        let at = at.max(record.patient.created_at);
        // Somebody forgets to say what became of a visit; it is noticed within weeks.
        let status = if ago < 40 && kind != ConsultationType::Emergency && self.dice.chance(14) {
            ConsultationStatus::Scheduled
        } else if kind == ConsultationType::Emergency {
            ConsultationStatus::Completed
        } else {
            self.dice.weighted(&[
                (85, ConsultationStatus::Completed),
                (9, ConsultationStatus::Cancelled),
                (6, ConsultationStatus::NoShow),
            ])
        };
        let Some(mut visit) = self.visit(record, ago, at, kind, status) else { return };
        if status == ConsultationStatus::Completed {
            self.complete(&mut visit, ago);
            if self.dice.chance(2) {
                let revision = self.correct(&mut visit);
                record.consultation_revisions.push(revision);
            }
        }
        record.consultations.push(visit);
    }

    fn booked_visit(&mut self, record: &mut Record, ago: i64) {
        let (ago, at) = self.calendar.appointment(ago, &mut self.dice);
        let kind = self.dice.weighted(&[
            (60, ConsultationType::FollowUp),
            (20, ConsultationType::InPerson),
            (20, ConsultationType::Telemedicine),
        ]);
        if let Some(mut visit) = self.visit(record, ago, at, kind, ConsultationStatus::Scheduled) {
            if self.dice.chance(12) {
                let earlier = days_after(at, -self.dice.between(1, 20));
                visit.rescheduled_from = Some(earlier);
                visit.rescheduled_at = Some(visit.updated_at);
                visit.version = 2;
            }
            record.consultations.push(visit);
        }
    }

    /// A visit as it was booked, with a doctor who is responsible then; None where nobody is.
    fn visit(
        &mut self,
        record: &Record,
        ago: i64,
        at: Instant,
        kind: ConsultationType,
        status: ConsultationStatus,
    ) -> Option<consultations::Model> {
        let present = self.calendar.now();
        // For a visit ahead it is who is responsible now.
        let doctor = self.doctor_at(record, at.min(present))?;
        let doctor = &self.staff.doctors[doctor];
        // Booked some weeks before, but not before the patient came and not ahead of the present.
        let planned = if kind == ConsultationType::Emergency { 0 } else { self.dice.between(3, 45) };
        let day = self.calendar.working_day((ago + planned).max(1));
        let booked = self.calendar.moment(day, &mut self.dice).max(record.patient.created_at).min(at);
        let closed = match status {
            ConsultationStatus::Scheduled => booked,
            ConsultationStatus::Cancelled => Instant::new(booked.utc() + (at.utc() - booked.utc()) / 2),
            _ => later(at, 35 * 60, &mut self.dice),
        };
        let percent = match kind {
            ConsultationType::Telemedicine => 70,
            ConsultationType::Emergency => 160,
            _ => 100,
        };
        let fee = doctor.consultation_fee_cents.map(|fee| Cents(fee.0 * percent / 100));
        let stage = self.life.stage(ago);
        Some(consultations::Model {
            id: self.dice.key(booked),
            patient_id: record.patient.patient_id,
            doctor_id: doctor.doctor_id,
            session_id: None,
            consultation_date: at,
            consultation_type: Some(kind),
            status,
            chief_complaint: self.dice.chance(92).then(|| self.dice.pick(texts::complaints(stage)).to_owned()),
            diagnosis: None,
            prescription: None,
            notes: None,
            next_visit_date: None,
            duration_minutes: Some(5 * self.dice.between(3, 12)),
            fee_charged_cents: fee
                .filter(|_| matches!(status, ConsultationStatus::Completed | ConsultationStatus::Scheduled)),
            rescheduled_from: None,
            rescheduled_at: None,
            correction_reason: None,
            corrected_by: None,
            corrected_at: None,
            created_at: booked,
            updated_at: closed,
            version: if status == ConsultationStatus::Scheduled { 1 } else { 2 },
        })
    }

    fn complete(&mut self, visit: &mut consultations::Model, ago: i64) {
        let stage = self.life.stage(ago);
        visit.diagnosis = self.dice.chance(76).then(|| self.dice.pick(texts::diagnoses(stage)).to_owned());
        visit.prescription = self.dice.chance(62).then(|| self.dice.pick(texts::prescriptions(stage)).to_owned());
        visit.notes = self.dice.chance(48).then(|| self.dice.pick(texts::VISIT_NOTES).to_owned());
        visit.next_visit_date =
            self.dice.chance(40).then(|| days_after(visit.consultation_date, 7 * self.dice.between(4, 26)));
    }

    /// Somebody mended a completed visit; what it said before is kept.
    fn correct(&mut self, visit: &mut consultations::Model) -> consultation_revisions::Model {
        let at = later(visit.updated_at, self.dice.between(60, 4 * 3600), &mut self.dice);
        let reason = self.dice.pick(texts::CORRECTIONS).to_owned();
        let doctor = self.staff.doctors.iter().find(|doctor| doctor.doctor_id == visit.doctor_id);
        let by = doctor.and_then(|doctor| doctor.user_id);
        let revision = consultation_revisions::Model {
            id: self.dice.key(at),
            consultation_id: visit.id,
            patient_id: visit.patient_id,
            doctor_id: visit.doctor_id,
            consultation_date: visit.consultation_date,
            consultation_type: visit.consultation_type,
            status: visit.status,
            chief_complaint: visit.chief_complaint.clone(),
            diagnosis: visit.diagnosis.clone(),
            prescription: visit.prescription.clone(),
            notes: visit.notes.clone(),
            next_visit_date: visit.next_visit_date,
            duration_minutes: visit.duration_minutes,
            fee_charged_cents: visit.fee_charged_cents,
            consultation_version: visit.version,
            reason: Some(reason.clone()),
            changed_by: by,
            changed_at: at,
        };
        visit.notes = Some(format!("{} Corrected.", self.dice.pick(texts::VISIT_NOTES)));
        visit.correction_reason = Some(reason);
        visit.corrected_by = by;
        visit.corrected_at = Some(at);
        visit.updated_at = at;
        visit.version += 1;
        revision
    }
}
