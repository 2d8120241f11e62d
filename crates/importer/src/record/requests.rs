//! `report_status`: requests for reports, and where they stand.

use entity::vocabulary::{FailureCause, ReportType, RequestStatus};
use entity::{Key, report_status};
use rusqlite::types::ValueRef;

use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::{Finding, Thing};
use crate::ledger::{Entry, Fate};
use crate::source::Row;
use crate::value::number::{number, whole};
use crate::value::text::{JsonKind, exact, is_blank};
use crate::value::word;

const PLACED: [&str; 15] = [
    "id",
    "patient_id",
    "session_id",
    "report_id",
    "prediction_id",
    "mri_scan_id",
    "status",
    "requested_by",
    "requested_at",
    "generated_at",
    "error_message",
    "retry_count",
    "priority",
    "report_type",
    "metadata",
];

/// The old priorities are no more urgent than any here.
const PRIORITIES: std::ops::RangeInclusive<i64> = -100..=100;

impl Judging<'_> {
    pub(super) fn requests(&mut self) -> Result<(), Failure> {
        self.each("report_status", |judging, row| judging.request(row))
    }

    fn request(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let Some((mut entry, _)) = self.enter("report_status", row, row.get("id"))? else { return Ok(()) };
        let Some(patient) = self.index.patient(row.get("patient_id"))? else {
            entry.find(Code::ReportStatusPatientDangling);
            self.close(entry, Fate::Quarantined(Code::ReportStatusPatientDangling), None);
            return Ok(());
        };
        let written = exact(row.get("status"));
        let Some(status) = written.and_then(word::request_status) else {
            entry.find(Code::ReportStatusStatusUnknown);
            self.close(entry, Fate::Quarantined(Code::ReportStatusStatusUnknown), None);
            return Ok(());
        };
        if !patient.alive {
            entry.find(Code::PatientGone);
            self.close(entry, Fate::Quarantined(Code::PatientGone), None);
            return Ok(());
        }
        if !["pending", "generating", "generated", "failed", "archived"].contains(&written.unwrap_or_default()) {
            entry.repair(Code::ReportStatusStatusNormalised, "status");
        }
        if is_blank(row.get("id")) {
            entry.find(Code::ReportStatusIdMissing);
        }
        let mut request = self.asked(&mut entry, patient.key, status)?;
        if entry.earlier {
            self.close(entry, Fate::Rebuilt, None);
            return Ok(());
        }
        self.stands(&mut entry, &mut request)?;
        let id = request.id;
        self.out.request(request);
        self.close(entry, Fate::Migrated(id), Some(patient.key));
        Ok(())
    }

    fn asked(
        &mut self,
        entry: &mut Entry<'_>,
        patient: Key,
        status: RequestStatus,
    ) -> Result<report_status::Model, Failure> {
        let row = entry.row;
        let session_id = self.session_of_request(entry, patient)?;
        let (report, report_id) =
            self.about(entry, Thing::Report, "report_id", Code::ReportStatusReportDangling, patient)?;
        let of = Code::ReportStatusPredictionDangling;
        let (_, prediction_id) = self.about(entry, Thing::Prediction, "prediction_id", of, patient)?;
        let of = Code::ReportStatusScanDangling;
        let (_, mri_scan_id) = self.about(entry, Thing::Scan, "mri_scan_id", of, patient)?;
        if status == RequestStatus::Generated && row.get("report_id") == ValueRef::Null {
            entry.find(Code::ReportStatusGeneratedWithoutReport);
        }
        // What it refers to is there, but was a failed report: so is the request.
        let failed = status == RequestStatus::Generated && report.is_some_and(|report| report.key.is_none());
        let requested_by = self.requester(entry)?;
        let requested_at = self.time(entry, "requested_at", Code::ReportStatusDateUnparseable);
        let generated_at = self.time(entry, "generated_at", Code::ReportStatusDateUnparseable);
        let metadata = self.json(entry, "metadata", JsonKind::Object, Code::JsonUnstorable);
        let created_at = requested_at.or(generated_at).unwrap_or(self.terms.now).min(self.terms.now);
        let error_message = entry.words("error_message");
        let retry_count = retries(entry);
        let report_type = report_type(entry);
        let priority = whole(row.get("priority"), *PRIORITIES.start(), *PRIORITIES.end());
        if priority.is_none() {
            entry.keep(Code::ColumnNoPlace, "priority");
        }
        let priority = priority.unwrap_or_default();
        entry.keep_others(&PLACED);
        let failure = failed.then(|| "The old system could not make this report.".to_owned());
        Ok(report_status::Model {
            id: self.key(0, row.rowid(), created_at),
            patient_id: patient,
            session_id,
            report_id,
            prediction_id,
            mri_scan_id,
            status: if failed { RequestStatus::Failed } else { status },
            report_type,
            priority,
            requested_by,
            requested_at,
            generated_at: if failed { None } else { generated_at },
            error_message: error_message.or(failure),
            failure_cause: failed.then_some(FailureCause::Program),
            retry_count,
            next_attempt_at: None,
            lease_hash: None,
            leased_until: None,
            claimed_by: None,
            claimed_at: None,
            turn_at: requested_at,
            metadata,
            created_at,
            updated_at: generated_at.unwrap_or(created_at).max(created_at),
            version: 1,
        })
    }

    /// Where a request stands that nobody works on: one that was being generated waits again, and of two that wait for
    /// the same report the first does.
    fn stands(&mut self, entry: &mut Entry<'_>, request: &mut report_status::Model) -> Result<(), Failure> {
        if request.status == RequestStatus::Generating {
            entry.repair(Code::ReportStatusInterrupted, "status");
            request.status = RequestStatus::Pending;
        }
        if request.status != RequestStatus::Pending {
            return Ok(());
        }
        if !self.index.goes_live(&live_request(request))? {
            entry.find(Code::ReportStatusDuplicateLive);
            request.status = RequestStatus::Archived;
        }
        Ok(())
    }

    fn session_of_request(&self, entry: &mut Entry<'_>, patient: Key) -> Result<Option<Key>, Failure> {
        let session = entry.row.get("session_id");
        let Some(found) = self.index.session(session)? else {
            entry.repair(Code::ReportStatusSessionDangling, "session_id");
            return Ok(None);
        };
        if found.patient.is_some_and(|other| other != patient) {
            entry.repair(Code::ReportStatusOwnerMismatch, "session_id");
            return Ok(None);
        }
        Ok(found.key.filter(|_| found.patient == Some(patient)))
    }

    /// What a request is about, and its key where it is here and the patient's.
    fn about(
        &self,
        entry: &mut Entry<'_>,
        kind: Thing,
        column: &'static str,
        dangling: Code,
        patient: Key,
    ) -> Result<(Option<Finding>, Option<Key>), Failure> {
        let cell = entry.row.get(column);
        if cell == ValueRef::Null {
            return Ok((None, None));
        }
        let Some(found) = self.index.thing(kind, cell, ValueRef::Null)? else {
            entry.repair(dangling, column);
            return Ok((None, None));
        };
        if found.key.is_some() && found.patient != Some(patient) {
            entry.repair(Code::ReportStatusOfOtherPatient, column);
            return Ok((None, None));
        }
        Ok((Some(found), found.key))
    }

    fn requester(&self, entry: &mut Entry<'_>) -> Result<Option<Key>, Failure> {
        let account = self.index.account(entry.row.get("requested_by"))?;
        if account.is_none() {
            entry.find(Code::ReportStatusRequesterDangling);
            // `system` and `cli_user` are what the old programs themselves put in.
            let own = exact(entry.row.get("requested_by")).is_some_and(|by| ["system", "cli_user"].contains(&by));
            if !own {
                entry.keep(Code::ReportStatusRequesterDangling, "requested_by");
            }
        }
        Ok(account.and_then(|account| account.key))
    }
}

/// What a live request is for: only one of them may be, as the database holds.
pub fn live_request(request: &report_status::Model) -> String {
    let about = |key: Option<Key>| key.unwrap_or(request.patient_id);
    let (prediction, scan) = (about(request.prediction_id), about(request.mri_scan_id));
    let (patient, session, kind) = (request.patient_id, about(request.session_id), request.report_type as u8);
    format!("{patient}/{kind}/{prediction}/{scan}/{session}")
}

fn retries(entry: &mut Entry<'_>) -> i64 {
    let cell = entry.row.get("retry_count");
    if cell == ValueRef::Null {
        return 0;
    }
    let retries = number(cell).filter(|count| *count >= 0.0).and_then(|_| whole(cell, 0, i64::MAX));
    if retries.is_none() {
        entry.repair(Code::ReportStatusRetryInvalid, "retry_count");
    }
    retries.unwrap_or_default()
}

fn report_type(entry: &mut Entry<'_>) -> ReportType {
    let cell = entry.row.get("report_type");
    let written = exact(cell).unwrap_or_default();
    if is_blank(cell) || word::words(written) == "error" {
        return ReportType::Comprehensive;
    }
    let (kind, known) = word::report_type(written);
    if !known {
        entry.repair(Code::ReportStatusTypeNormalised, "report_type");
    }
    kind
}
