//! `medical_reports`: drafts, since nobody has read them, unless the operator says otherwise. A failed report is a failed
//! request.

use entity::vocabulary::{FailureCause, ReportFormat, ReportStatus, ReportType, RequestStatus};
use entity::{Key, medical_reports, report_predictions, report_status};
use rusqlite::types::ValueRef;
use serde_json::Value;

use super::owner::{Owner, OwnerCodes, has_id, here, patient_of_metadata};
use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::Thing;
use crate::ledger::{Entry, Fate, source_key};
use crate::source::Row;
use crate::value::number::share;
use crate::value::text::{JsonKind, exact, is_blank, text};
use crate::value::word;

const PLACED: [&str; 14] = [
    "id",
    "session_id",
    "prediction_id",
    "report_type",
    "title",
    "content",
    "recommendations",
    "format_type",
    "generated_by",
    "confidence_level",
    "disclaimer",
    "created_at",
    "file_path",
    "metadata",
];

const OWNER: OwnerCodes = OwnerCodes {
    recoverable: Code::ReportOwnerRecoverable,
    ambiguous: Code::ReportOwnerAmbiguous,
    missing: Code::ReportSessionMissing,
    nobodys: Code::ReportSessionWithoutPatient,
    dangling: Code::ReportPatientDangling,
};

/// A report longer than this is told of.
const HUGE: usize = 1 << 20;
/// Of what the old system said when it failed, so much is kept.
const MESSAGE: usize = 500;

impl Judging<'_> {
    /// Notes which reports were asked for.
    pub(super) fn requested_reports(&mut self) -> Result<(), Failure> {
        if self.source.schema().has("report_status", "report_id") {
            self.index.fill(
                "INSERT INTO work.requested SELECT report_id, id, patient_id, status FROM main.report_status \
                 WHERE report_id IS NOT NULL",
            )?;
        }
        Ok(())
    }

    /// Whether a request for the report comes in this import: one of the same patient, with a status that is known.
    fn is_requested(&self, report: ValueRef<'_>, patient: Key) -> Result<bool, Failure> {
        self.index.requests_of(report, |id, named, status| {
            let comes = exact(status).and_then(word::request_status).is_some();
            let known = match source_key(id) {
                Some(id) => self.index.earlier("report_status", &id)?.is_some(),
                None => false,
            };
            let own = self.index.patient(named)?.is_some_and(|named| named.key == patient);
            Ok::<_, Failure>(comes && own && !known)
        })
    }

    pub(super) fn reports(&mut self) -> Result<(), Failure> {
        self.each("medical_reports", |judging, row| judging.report(row))
    }

    fn report(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let Some((mut entry, earlier)) = self.enter("medical_reports", row, row.get("id"))? else { return Ok(()) };
        if !has_id(row) {
            entry.find(Code::ReportIdMissing);
            self.close(entry, Fate::Quarantined(Code::ReportIdMissing), None);
            return Ok(());
        }
        let owner = match self.owner(&mut entry, Thing::Report, OWNER)? {
            Ok(owner) => owner,
            Err(code) => return self.refuse_thing(entry, Thing::Report, code),
        };
        let failed = exact(row.get("report_type")).is_some_and(|kind| word::words(kind) == "error");
        let report = self.text_of(&mut entry, owner, failed)?;
        let (key, patient) = here(earlier, (!failed).then_some(report.id), owner.patient);
        let (id, session) = (row.get("id"), row.get("session_id"));
        self.index.add_thing(Thing::Report, id, session, key, Some(patient))?;
        let what = if failed { "failed report" } else { "report" };
        self.index.happens(owner.patient, what, report.created_at, row.rowid(), (None, None))?;
        let fate = if failed { Fate::Kept(Code::ReportErrorPlaceholder) } else { Fate::Migrated(report.id) };
        if !entry.earlier {
            self.out.weigh(report.content.len());
            let request = (!self.is_requested(id, owner.patient)?).then(|| self.request_for(row, &report, failed));
            self.made().requests += u64::from(request.is_some());
            if !failed {
                self.show(&report);
                self.out.report(report);
            }
            request.into_iter().for_each(|request| self.out.request(request));
        }
        self.close(entry, fate, Some(owner.patient));
        Ok(())
    }

    /// Released together with the prediction that it shows.
    fn show(&mut self, report: &medical_reports::Model) {
        if let (Some(_), Some(prediction_id)) = (report.released_at, report.prediction_id) {
            let (report_id, patient_id) = (report.id, report.patient_id);
            self.out.shown(report_predictions::Model { report_id, prediction_id, patient_id });
        }
    }

    fn text_of(
        &mut self,
        entry: &mut Entry<'_>,
        owner: Owner,
        failed: bool,
    ) -> Result<medical_reports::Model, Failure> {
        let row = entry.row;
        let created_at = self.happened(entry, "created_at", Code::ReportDateUnparseable, owner);
        if failed {
            entry.find(Code::ReportErrorPlaceholder);
        }
        let (nul, not_utf8) = (Code::ReportTextHasNul, Code::ReportTextNotUtf8);
        let content = entry.text_or("content", nul, not_utf8).unwrap_or_default();
        let title = entry.text_or("title", nul, not_utf8).filter(|title| !title.trim().is_empty());
        if content.is_empty() {
            entry.find(Code::ReportContentEmpty);
        } else if content.chars().count() > HUGE {
            entry.find(Code::ReportContentHuge);
        }
        let prediction_id = self.prediction_of(entry, owner)?;
        let level = row.get("confidence_level");
        let confidence_level = share(level);
        if level != ValueRef::Null && confidence_level.is_none() {
            entry.repair(Code::ReportConfidenceOutOfRange, "confidence_level");
        }
        let wrong = Code::ReportMetadataNotJson;
        let metadata = self.json(entry, "metadata", JsonKind::Object, wrong);
        let recommendations = self.json(entry, "recommendations", JsonKind::List, wrong);
        if !entry.has(wrong) {
            self.other_patient(entry, owner)?;
        }
        let (report_type, format_type) = (report_type(entry, failed), format(entry));
        // What may be about somebody else is read before it is released.
        let doubtful = entry.has(Code::ReportMetadataNamesOtherPatient);
        let released_at = (self.terms.release_reports && !doubtful).then_some(self.terms.now);
        entry.keep_others(&PLACED);
        Ok(medical_reports::Model {
            id: self.key(9, row.rowid(), created_at),
            patient_id: owner.patient,
            session_id: owner.session,
            prediction_id,
            report_type,
            title: title.unwrap_or_else(|| "Report".to_owned()),
            content,
            recommendations,
            format_type,
            generated_by: entry.words("generated_by"),
            confidence_level,
            disclaimer: entry.words("disclaimer"),
            file_path: entry.words("file_path"),
            status: if released_at.is_some() { ReportStatus::Released } else { ReportStatus::Draft },
            revision: 1,
            supersedes_id: None,
            revision_reason: None,
            released_at,
            released_by: None,
            withdrawn_at: None,
            withdrawn_reason: None,
            metadata,
            made_from: None,
            created_at,
            updated_at: created_at,
            version: 1,
        })
    }

    fn prediction_of(&self, entry: &mut Entry<'_>, owner: Owner) -> Result<Option<Key>, Failure> {
        let prediction = entry.row.get("prediction_id");
        if prediction == ValueRef::Null {
            return Ok(None);
        }
        let Some(found) = self.index.thing(Thing::Prediction, prediction, ValueRef::Null)? else {
            entry.repair(Code::ReportPredictionDangling, "prediction_id");
            return Ok(None);
        };
        if found.key.is_some() && found.patient != Some(owner.patient) {
            entry.repair(Code::ReportPredictionOtherPatient, "prediction_id");
            return Ok(None);
        }
        Ok(found.key)
    }

    fn other_patient(&self, entry: &mut Entry<'_>, owner: Owner) -> Result<(), Failure> {
        let Some(named) = patient_of_metadata(entry.row.get("metadata")) else { return Ok(()) };
        let patient = self.index.patient(ValueRef::Text(named.as_bytes()))?;
        if patient.is_none_or(|patient| patient.key != owner.patient) {
            entry.find(Code::ReportMetadataNamesOtherPatient);
        }
        Ok(())
    }

    /// The request that a report came of, where nobody noted one: who asked and when is unknown.
    fn request_for(&self, row: &Row<'_>, report: &medical_reports::Model, failed: bool) -> report_status::Model {
        let made_at = report.created_at;
        let generated_at = (!failed).then_some(made_at);
        report_status::Model {
            id: self.key(10, row.rowid(), made_at),
            patient_id: report.patient_id,
            session_id: report.session_id,
            report_id: (!failed).then_some(report.id),
            prediction_id: report.prediction_id,
            mri_scan_id: None,
            status: if failed { RequestStatus::Failed } else { RequestStatus::Generated },
            report_type: report.report_type,
            priority: 0,
            requested_by: None,
            requested_at: None,
            generated_at,
            error_message: failed.then(|| message(row)),
            failure_cause: failed.then_some(FailureCause::Program),
            retry_count: i64::from(failed),
            next_attempt_at: None,
            lease_hash: None,
            leased_until: None,
            claimed_by: None,
            claimed_at: None,
            turn_at: None,
            metadata: None,
            created_at: made_at,
            updated_at: made_at,
            version: 1,
        }
    }
}

/// What the old system said when a report failed.
pub(super) fn message(row: &Row<'_>) -> String {
    let metadata = exact(row.get("metadata")).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let said = metadata.and_then(|metadata| metadata.get("error")?.as_str().map(|said| said.replace('\0', "")));
    let said = said.or_else(|| text(row.get("content")).0).filter(|said| !said.trim().is_empty());
    let said = said.unwrap_or_else(|| "The old system could not make this report.".to_owned());
    said.chars().take(MESSAGE).collect()
}

fn report_type(entry: &mut Entry<'_>, failed: bool) -> ReportType {
    let cell = entry.row.get("report_type");
    if failed || is_blank(cell) {
        return ReportType::Comprehensive;
    }
    let (kind, known) = exact(cell).map_or((ReportType::Other, false), word::report_type);
    if !known {
        entry.repair(Code::ReportTypeNormalised, "report_type");
    }
    kind
}

fn format(entry: &mut Entry<'_>) -> ReportFormat {
    let cell = entry.row.get("format_type");
    if is_blank(cell) {
        return ReportFormat::Text;
    }
    exact(cell).and_then(word::report_format).unwrap_or_else(|| {
        entry.repair(Code::ReportFormatUnknown, "format_type");
        ReportFormat::Text
    })
}
