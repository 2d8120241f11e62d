//! What is true of a clinic, known while it is made and not read from it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::people::Doctor;

/// What is true of a whole clinic.
#[derive(Debug)]
pub struct Truth {
    /// By the old id.
    pub patients: BTreeMap<String, Patient>,
    /// The staff.
    pub doctors: Vec<Doctor>,
    /// Of the runs that never had a patient: how many scans, predictions and reports each.
    pub unattached: u64,
    /// How many rows each table has, sessions that were deleted not among them.
    pub rows: BTreeMap<&'static str, u64>,
}

/// What is true of one patient, whatever the old statistics say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patient {
    /// The old id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Whether there is an account.
    pub has_account: bool,
    /// The doctor that the row names.
    pub assigned_doctor: Option<String>,
    /// Sessions that are still there.
    pub sessions: u64,
    /// The doctors of those, by their ids as doctors, each with the first and the last of the sessions.
    pub session_doctors: BTreeMap<String, (DateTime<Utc>, DateTime<Utc>)>,
    /// All of them.
    pub scans: u64,
    /// When the latest one came.
    pub last_scan: Option<DateTime<Utc>>,
    /// By what they say: `detected`, `not_detected`, `uncertain`; `error` is a run that failed.
    pub predictions: BTreeMap<&'static str, u64>,
    /// The newest that says yes or no.
    pub finding: Option<Finding>,
    /// Without those of failed runs.
    pub reports: u64,
    /// Those of failed runs.
    pub failed_reports: u64,
    /// When the latest one was made that did not fail.
    pub last_report: Option<DateTime<Utc>>,
    /// Requests for reports by status.
    pub requests: BTreeMap<&'static str, u64>,
    /// In the order of their rows.
    pub assignments: Vec<Assignment>,
    /// Consultations by status.
    pub consultations: BTreeMap<&'static str, u64>,
    /// The earliest and the latest completed visit.
    pub visits: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The doctors of completed visits.
    pub visit_doctors: BTreeSet<String>,
    /// What completed visits cost, in hundredths.
    pub fees_cents: i64,
    /// Events that somebody wrote by hand.
    pub notes: u64,
}

/// What a prediction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Yes or no.
    pub detected: bool,
    /// The digit of the stage, where it is detected and known.
    pub stage: Option<&'static str>,
}

/// A doctor's responsibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The doctor's id as a doctor.
    pub doctor: String,
    /// `primary`, `consultant` or `specialist`.
    pub kind: &'static str,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether it goes on.
    pub active: bool,
    /// When it ended, where that was written down.
    pub ended: Option<DateTime<Utc>>,
}

impl Patient {
    /// `detected`, `not_detected` or `unknown`.
    pub fn disease_status(&self) -> &'static str {
        match &self.finding {
            None => "unknown",
            Some(Finding { detected: true, .. }) => "detected",
            Some(_) => "not_detected",
        }
    }

    /// The stage of a disease that was detected.
    pub fn disease_stage(&self) -> Option<&'static str> {
        self.finding.as_ref().and_then(|finding| finding.stage)
    }

    /// All predictions but those of failed runs.
    pub fn total_predictions(&self) -> u64 {
        self.predictions.iter().filter(|(says, _)| **says != "error").map(|(_, count)| count).sum()
    }

    pub(super) fn found(&mut self, finding: Finding) {
        if self.finding.as_ref().is_none_or(|known| known.at <= finding.at) {
            self.finding = Some(finding);
        }
    }

    pub(super) fn visited(&mut self, at: DateTime<Utc>, doctor: &str) {
        let (first, last) = self.visits.unwrap_or((at, at));
        self.visits = Some((first.min(at), last.max(at)));
        self.visit_doctors.insert(doctor.to_owned());
    }

    pub(super) fn seen_by(&mut self, at: DateTime<Utc>, doctor: &str) {
        let (first, last) = self.session_doctors.get(doctor).copied().unwrap_or((at, at));
        self.session_doctors.insert(doctor.to_owned(), (first.min(at), last.max(at)));
    }
}
