//! Inputs about reports, checked into what may be written.

use async_graphql::{ID, MaybeUndefined};
use entity::Key;
use entity::medical_reports::ActiveModel;
use sea_orm::ActiveValue::{self, NotSet, Set};

use super::Report;
use super::mutation::{
    AmendReportInput, CreateReportInput, ReportDetails, ReportWording, UpdateReportInput, WithdrawReportInput,
};
use crate::imaging::{Prediction, Session};
use crate::input::{Act, Checks, Input, Target, UserError, UserErrorCode};
use crate::patient::Patient;

/// A report shows at most so many predictions.
const MOST_SHOWN: usize = 100;

/// What a report is to say: its columns, and the predictions that it is to show where that changes.
#[derive(Clone)]
pub struct Contents {
    pub(super) columns: ActiveModel,
    pub(super) shown: Option<Vec<Shown>>,
}

/// A prediction to show, and its number in the input's list.
#[derive(Clone, Copy)]
pub struct Shown {
    pub(super) number: usize,
    pub(super) key: Key,
}

/// A draft to write.
pub struct NewReport {
    pub(super) checks: Checks,
    pub(super) patient: Option<Key>,
    pub(super) contents: Contents,
}

/// A change of a draft.
pub struct DraftChange {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) contents: Contents,
}

/// The next revision of a released report.
pub struct Amendment {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) reason: ActiveValue<String>,
    pub(super) contents: Contents,
}

/// A released report, taken back.
pub struct Withdrawal {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) reason: ActiveValue<String>,
}

impl Input for CreateReportInput {
    type Change = NewReport;

    fn parse(self, _: &Act) -> NewReport {
        let mut checks = Checks::default();
        let patient = checks.reference::<Patient>(&["patientId"], &self.patient_id);
        let mut contents = details(&mut checks, self.details);
        contents.columns.title = checks.required_line(&["title"], &self.title);
        contents.columns.content = checks.required_text(&["content"], &self.content);
        contents.columns.report_type = Set(self.kind.into());
        contents.columns.format_type = Set(self.format.into());
        NewReport { checks, patient, contents }
    }
}

impl Input for UpdateReportInput {
    type Change = DraftChange;

    fn parse(self, _: &Act) -> DraftChange {
        let mut checks = Checks::default();
        let mut contents = details(&mut checks, self.details);
        reword(&mut checks, &mut contents.columns, self.wording);
        DraftChange { target: Target::new::<Report>(&self.id, self.version), checks, contents }
    }
}

impl Input for AmendReportInput {
    type Change = Amendment;

    fn parse(self, _: &Act) -> Amendment {
        let mut checks = Checks::default();
        let reason = checks.required_line(&["reason"], &self.reason);
        let mut contents = details(&mut checks, self.details);
        reword(&mut checks, &mut contents.columns, self.wording);
        Amendment { target: Target::new::<Report>(&self.id, self.version), checks, reason, contents }
    }
}

impl Input for WithdrawReportInput {
    type Change = Withdrawal;

    fn parse(self, _: &Act) -> Withdrawal {
        let mut checks = Checks::default();
        let reason = checks.required_line(&["reason"], &self.reason);
        Withdrawal { target: Target::new::<Report>(&self.id, self.version), checks, reason }
    }
}

fn reword(checks: &mut Checks, columns: &mut ActiveModel, given: ReportWording) {
    if let Some(title) = checks.kept(&["title"], given.title) {
        columns.title = checks.required_line(&["title"], &title);
    }
    if let Some(content) = checks.kept(&["content"], given.content) {
        columns.content = checks.required_text(&["content"], &content);
    }
    columns.report_type = checks.kept(&["type"], given.kind).map_or(NotSet, |kind| Set(kind.into()));
    columns.format_type = checks.kept(&["format"], given.format).map_or(NotSet, |format| Set(format.into()));
}

pub(super) fn details(checks: &mut Checks, given: ReportDetails) -> Contents {
    let shown = match given.prediction_ids {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(Vec::new()),
        MaybeUndefined::Value(ids) => Some(predictions(checks, &ids)),
    };
    let columns = ActiveModel {
        session_id: checks.optional_reference::<Session>(&["sessionId"], given.session_id),
        prediction_id: checks.optional_reference::<Prediction>(&["predictionId"], given.prediction_id),
        recommendations: checks.json(&["recommendations"], given.recommendations),
        generated_by: checks.line(&["generatedBy"], given.generated_by),
        confidence_level: checks.share(&["confidence"], given.confidence),
        disclaimer: checks.text(&["disclaimer"], given.disclaimer),
        metadata: checks.json(&["metadata"], given.metadata),
        ..Default::default()
    };
    Contents { columns, shown }
}

fn predictions(checks: &mut Checks, ids: &[ID]) -> Vec<Shown> {
    if ids.len() > MOST_SHOWN {
        let message = format!("A report shows at most {MOST_SHOWN} predictions. Name fewer.");
        checks.problem(UserError::at(&["predictionIds"], UserErrorCode::TooLong, message));
        return Vec::new();
    }
    let numbered = ids.iter().enumerate();
    numbered
        .filter_map(|(number, id)| {
            let key = checks.reference::<Prediction>(&["predictionIds", &number.to_string()], id)?;
            Some(Shown { number, key })
        })
        .collect()
}
