//! Reports: drafts, released, amended and withdrawn ones, and what they show.

use entity::vocabulary::{BinaryResult, ReportFormat, ReportStatus, ReportType};
use entity::{Instant, Key, medical_reports, predictions, report_predictions};
use serde_json::json;

use super::calendar::{days_after, later};
use super::{Record, Writing};

const DISCLAIMER: &str = "Made with the help of a model. It supports a doctor's judgement and does not replace it.";

/// What becomes of a report.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Draft,
    Released,
    Amended,
    Withdrawn,
}

impl Writing<'_> {
    pub(super) fn reports(&mut self, record: &mut Record) {
        let predictions = record.predictions.clone();
        for prediction in &predictions {
            let reports = self.dice.weighted(&[(20, 0), (70, 1), (10, 2)]);
            for number in 0..reports {
                self.report(record, prediction, number);
            }
        }
        release(record);
    }

    fn report(&mut self, record: &mut Record, prediction: &predictions::Model, number: i64) {
        let present = self.calendar.now();
        let written = later(prediction.created_at, self.dice.between(300, 4 * 3600), &mut self.dice).min(present);
        let releasable = days_after(written, 1) < present;
        let fate = if releasable {
            self.dice.weighted(&[(9, Fate::Draft), (77, Fate::Released), (10, Fate::Amended), (4, Fate::Withdrawn)])
        } else {
            Fate::Draft
        };
        let first = self.first_revision(record, prediction, number, written, fate);
        show(record, first.id, prediction.id);
        if fate == Fate::Amended {
            let second = self.amendment(&first);
            show(record, second.id, prediction.id);
            record.medical_reports.extend([first, second]);
        } else {
            record.medical_reports.push(first);
        }
    }

    fn first_revision(
        &mut self,
        record: &Record,
        prediction: &predictions::Model,
        number: i64,
        written: Instant,
        fate: Fate,
    ) -> medical_reports::Model {
        let (report_type, title) = match number {
            0 => self.dice.weighted(&[
                (60, (ReportType::Comprehensive, "MRI analysis: full report")),
                (25, (ReportType::Summary, "MRI analysis: summary")),
                (15, (ReportType::FollowUp, "MRI analysis: what has changed")),
            ]),
            _ => (ReportType::PatientFriendly, "Your scan, explained"),
        };
        let released =
            (fate != Fate::Draft).then(|| later(written, self.dice.between(1800, 20 * 3600), &mut self.dice));
        let withdrawn = released
            .filter(|_| fate == Fate::Withdrawn)
            .map(|released| later(released, self.dice.between(600, 3 * 3600), &mut self.dice).min(self.calendar.now()));
        let doctor = self.doctor_at(record, written).map(|doctor| &self.staff.doctors[doctor]);
        let by_agent = self.dice.chance(80);
        let author = if by_agent { "Scan analysis" } else { doctor.map_or("Scan analysis", |doctor| &doctor.name) };
        medical_reports::Model {
            id: self.dice.key(written),
            patient_id: record.patient.patient_id,
            session_id: prediction.session_id,
            prediction_id: Some(prediction.id),
            report_type,
            title: title.to_owned(),
            content: content(prediction, report_type),
            recommendations: Some(json!(recommendations(prediction))),
            format_type: ReportFormat::Markdown,
            generated_by: Some(author.to_owned()),
            confidence_level: prediction.confidence_score,
            disclaimer: Some(DISCLAIMER.to_owned()),
            file_path: None,
            status: match fate {
                Fate::Draft => ReportStatus::Draft,
                Fate::Released | Fate::Amended => ReportStatus::Released,
                Fate::Withdrawn => ReportStatus::Withdrawn,
            },
            revision: 1,
            supersedes_id: None,
            revision_reason: None,
            released_at: released,
            released_by: doctor.filter(|_| released.is_some()).and_then(|doctor| doctor.user_id),
            withdrawn_at: withdrawn,
            withdrawn_reason: withdrawn.map(|_| "Entered for the wrong study".to_owned()),
            made_from: None,
            metadata: None,
            created_at: written,
            updated_at: withdrawn.or(released).unwrap_or(written),
            version: 1 + i64::from(released.is_some()) + i64::from(withdrawn.is_some()),
        }
    }

    /// The next revision: released as it is written.
    fn amendment(&mut self, first: &medical_reports::Model) -> medical_reports::Model {
        let after = first.released_at.unwrap_or(first.created_at);
        let written = later(after, self.dice.between(600, 9 * 86_400), &mut self.dice).min(self.calendar.now());
        medical_reports::Model {
            id: self.dice.key(written),
            content: format!("{}\n\n**Amended:** wording of the findings made clearer.", first.content),
            revision: first.revision + 1,
            supersedes_id: Some(first.id),
            revision_reason: Some(self.dice.pick(&["Wording", "Second reading", "Side was mixed up"]).to_owned()),
            released_at: Some(written),
            created_at: written,
            updated_at: written,
            version: 1,
            ..first.clone()
        }
    }
}

fn show(record: &mut Record, report_id: Key, prediction_id: Key) {
    let patient_id = record.patient.patient_id;
    record.report_predictions.push(report_predictions::Model { report_id, prediction_id, patient_id });
}

/// A prediction is released since the first release among the released reports that show it.
fn release(record: &mut Record) {
    for prediction in &mut record.predictions {
        let showing = |report: &&medical_reports::Model| {
            let shown =
                |row: &report_predictions::Model| row.report_id == report.id && row.prediction_id == prediction.id;
            report.is_released() && record.report_predictions.iter().any(shown)
        };
        prediction.released_at =
            record.medical_reports.iter().filter(showing).filter_map(|report| report.released_at).min();
        if prediction.released_at.is_some() {
            prediction.version = 2;
        }
    }
}

fn content(prediction: &predictions::Model, report_type: ReportType) -> String {
    let percent = prediction.confidence_score.unwrap_or_default() * 100.0;
    let stage = prediction.stage_result.as_deref().unwrap_or("1");
    let finding = match (prediction.binary_result, report_type) {
        (Some(BinaryResult::Detected), ReportType::PatientFriendly) => {
            format!("The computer saw signs that fit Parkinson's disease, about stage {stage}.")
        }
        (Some(BinaryResult::Detected), _) => {
            format!("Pattern compatible with Parkinson's disease, Hoehn and Yahr stage {stage} ({percent:.1} %).")
        }
        (Some(BinaryResult::NotDetected), ReportType::PatientFriendly) => {
            "The computer saw no signs of Parkinson's disease.".to_owned()
        }
        (Some(BinaryResult::NotDetected), _) => {
            format!("No pattern compatible with Parkinson's disease ({percent:.1} %).")
        }
        _ => format!("No decision: the model's confidence is {percent:.1} %. A repeat scan is suggested."),
    };
    format!(
        "## Finding\n\n{finding}\n\n## Method\n\nT1-weighted MRI, {}.",
        prediction.model_version.as_deref().unwrap_or("model")
    )
}

fn recommendations(prediction: &predictions::Model) -> &'static [&'static str] {
    match prediction.binary_result {
        Some(BinaryResult::Detected) => &["Clinical assessment by a neurologist", "Follow-up scan in 12 months"],
        Some(BinaryResult::NotDetected) => &["Follow-up as clinically indicated"],
        _ => &["Repeat the scan", "Clinical assessment by a neurologist"],
    }
}
