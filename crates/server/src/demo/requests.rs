//! Requests for reports, in every state.

use chrono::TimeDelta;
use entity::report_status::Model;
use entity::vocabulary::{FailureCause, ReportType, RequestStatus};
use entity::{Instant, medical_reports, predictions};
use serde_json::json;

use super::calendar::later;
use super::{Record, Writing, texts};

/// Attempts that a request has; after the last one it is failed.
const ATTEMPTS: i64 = 5;

impl Writing<'_> {
    pub(super) fn requests(&mut self, record: &mut Record) {
        let made: Vec<_> = record.medical_reports.iter().filter(|report| report.revision == 1).cloned().collect();
        for report in made {
            if self.dice.chance(36) {
                let request = self.answered(record, &report);
                record.report_status.push(request);
            }
        }
        let last = record.predictions.last().cloned();
        if let Some(prediction) = last.filter(|_| self.dice.chance(14)) {
            let request = self.open_or_failed(record, &prediction);
            record.report_status.push(request);
        }
    }

    /// A request that a report came of; some are put away.
    fn answered(&mut self, record: &Record, report: &medical_reports::Model) -> Model {
        let asked = report.created_at.utc() - TimeDelta::seconds(self.dice.between(20, 280));
        let archived = self.dice.chance(22);
        let retries = if self.dice.chance(9) { 1 } else { 0 };
        Model {
            report_id: Some(report.id),
            prediction_id: report.prediction_id,
            report_type: report.report_type,
            status: if archived { RequestStatus::Archived } else { RequestStatus::Generated },
            generated_at: Some(report.created_at),
            retry_count: retries,
            updated_at: report.created_at,
            version: 3 + retries + i64::from(archived),
            ..self.request(record, Instant::new(asked))
        }
    }

    /// A request without a report: it waits, is worked on, or was given up.
    fn open_or_failed(&mut self, record: &Record, prediction: &predictions::Model) -> Model {
        let open = self.life.goes_on() && self.dice.chance(60);
        let asked = if open {
            // Of yesterday: requests do not lie about for long.
            self.calendar.moment(1, &mut self.dice).max(prediction.created_at)
        } else {
            later(prediction.created_at, self.dice.between(60, 3 * 3600), &mut self.dice)
        };
        let mut request = Model {
            prediction_id: Some(prediction.id),
            mri_scan_id: prediction.mri_scan_id,
            session_id: prediction.session_id,
            ..self.request(record, asked)
        };
        if !open {
            request.status = RequestStatus::Failed;
            request.retry_count = ATTEMPTS;
        } else if self.dice.chance(22) {
            request.status = RequestStatus::Generating;
        } else if self.dice.chance(25) {
            request.retry_count = self.dice.between(1, ATTEMPTS - 1);
            request.next_attempt_at = Some(later(self.calendar.now(), 60 << request.retry_count, &mut self.dice));
        }
        if request.retry_count > 0 {
            request.error_message = Some(self.dice.pick(texts::FAILURES).to_owned());
            request.failure_cause = Some(FailureCause::Program);
            request.updated_at = later(asked, 300 * request.retry_count, &mut self.dice);
        }
        request.version += request.retry_count + i64::from(request.status != RequestStatus::Pending);
        request
    }

    /// A request as it was asked.
    fn request(&mut self, record: &Record, asked: Instant) -> Model {
        let doctor = self.doctor_at(record, asked.max(record.patient.created_at));
        let requested_by = doctor.and_then(|doctor| self.staff.doctors[doctor].user_id);
        Model {
            id: self.dice.key(asked),
            patient_id: record.patient.patient_id,
            session_id: None,
            report_id: None,
            prediction_id: None,
            mri_scan_id: None,
            status: RequestStatus::Pending,
            report_type: ReportType::Comprehensive,
            priority: self.dice.weighted(&[(80, 0), (15, 5), (5, 10)]),
            requested_by,
            requested_at: Some(asked),
            generated_at: None,
            error_message: None,
            failure_cause: None,
            retry_count: 0,
            next_attempt_at: None,
            lease_hash: None,
            leased_until: None,
            claimed_by: None,
            claimed_at: None,
            turn_at: Some(asked),
            metadata: self.dice.chance(10).then(|| json!({"language": "en"})),
            created_at: asked,
            updated_at: asked,
            version: 1,
        }
    }
}
