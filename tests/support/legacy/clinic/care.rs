//! Assignments, visits and notes. They were written by hand or by a script: the old program never could.

use chrono::TimeDelta;

use super::life::Life;
use super::people::Doctor;
use super::truth::Assignment;
use super::{END, ENHANCED, between, cells, local, utc};
use crate::support::legacy::Cell;

impl<'a> Life<'a, '_> {
    /// At most one that is open for each doctor, and at most one open `primary`.
    pub(super) fn assignments(&mut self) {
        let first = self.registered.max(ENHANCED);
        for number in 0..*self.dice.pick(&[0, 1, 1, 1, 2, 3]) {
            let doctor = if number == 0 { self.own_doctor() } else { self.dice.pick(self.doctors) };
            let since = between(&mut self.dice, first + TimeDelta::seconds(1), END - TimeDelta::hours(1));
            let kind = if number == 0 { "primary" } else { *self.dice.pick(&["consultant", "specialist"]) };
            let open = |assignment: &Assignment| assignment.active && assignment.doctor == doctor.id;
            let active = self.dice.chance(80) && !self.truth.assignments.iter().any(open);
            // The old program never wrote down when one ended.
            let ended = (!active && self.dice.chance(50)).then(|| between(&mut self.dice, since, END));
            if self.writes(since) {
                let row = cells![
                    id: format!("assignment_{}", self.digits(number)), doctor_id: &doctor.id,
                    patient_id: &self.truth.id, assignment_date: local(since), assignment_type: kind,
                    is_active: active, created_at: utc(since), ended_at: ended.map(local)
                ];
                self.rows.insert("doctor_patient_assignments", &row);
            }
            let assignment = Assignment { doctor: doctor.id.clone(), kind, since, active, ended };
            self.truth.assignments.push(assignment);
        }
    }

    pub(super) fn consultation(&mut self, number: usize) {
        let doctor = if self.dice.chance(70) { self.own_doctor() } else { self.dice.pick(self.doctors) };
        let status = *self.dice.pick(&["completed", "completed", "completed", "scheduled", "cancelled", "no-show"]);
        let first = self.registered.max(ENHANCED) + TimeDelta::seconds(1);
        let mut at = between(&mut self.dice, first, END);
        // Some are booked, some entered late: the old triggers took the last for the latest.
        let entered =
            if status == "scheduled" || self.dice.chance(30) { between(&mut self.dice, first, END) } else { at };
        let in_utc = self.dice.chance(35);
        if in_utc {
            at -= TimeDelta::microseconds(at.timestamp_subsec_micros().into());
        }
        let kind = *self.dice.pick(&["in-person", "in-person", "telemedicine", "follow-up", "emergency"]);
        let (fee, cents) =
            *self.dice.pick(&[(None, 0), (Some(500.0), 50_000), (Some(750.5), 75_050), (Some(1200.25), 120_025)]);
        let completed = status == "completed";
        let text = |text: &'static str| -> Option<&str> { completed.then_some(text) };
        let diagnosis = *self.dice.pick(&["Early Parkinson's disease", "Essential tremor", ""]);
        let next = self.dice.chance(30).then(|| at + TimeDelta::days(30));
        let day_only = self.dice.chance(50);
        if self.writes(entered.max(ENHANCED)) {
            let row: [(&str, Cell); 14] = cells![
                id: format!("cons_{}", self.digits(number)), patient_id: &self.truth.id, doctor_id: &doctor.id,
                consultation_date: if in_utc { utc(at) } else { local(at) }, consultation_type: kind,
                chief_complaint: "Tremor of the left hand", diagnosis: text(diagnosis),
                prescription: text("Levodopa 100 mg"),
                next_visit_date: next.map(|next| if day_only { next.date_naive().to_string() } else { local(next) }),
                status: status, duration_minutes: completed.then_some(30_i64), fee_charged: fee.filter(|_| completed),
                created_at: utc(entered), updated_at: utc(entered)
            ];
            self.rows.insert("consultations", &row);
        }
        *self.truth.consultations.entry(status).or_default() += 1;
        if completed {
            self.truth.visited(at, &doctor.id);
            self.truth.fees_cents += cents;
        }
    }

    /// An event that somebody wrote by hand: no row is behind it.
    pub(super) fn note(&mut self) {
        if !self.dice.chance(10) {
            return;
        }
        let at = between(&mut self.dice, self.registered.max(ENHANCED) + TimeDelta::seconds(1), END);
        if self.writes(at) {
            let row = cells![
                id: format!("note_{}", self.digits(0)), patient_id: &self.truth.id, event_type: "note",
                event_date: local(at), event_title: "Family asked for a call", severity: "low", created_at: utc(at)
            ];
            self.rows.insert("patient_timeline", &row);
        }
        self.truth.notes += 1;
    }

    fn own_doctor(&mut self) -> &'a Doctor {
        match self.doctor {
            Some(doctor) => doctor,
            None => self.dice.pick(self.doctors),
        }
    }
}
