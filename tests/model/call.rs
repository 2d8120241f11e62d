//! What is sent, and what comes back.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::support::actor::Actor;

/// A mutation as a client sends it.
#[derive(Debug, Clone)]
pub struct Call {
    pub mutation: &'static str,
    pub input: Value,
    /// The key of the account that sends it.
    pub by: Value,
}

/// Every mutation, the type it is about, and what its payload is asked for beside `userErrors`.
pub const MUTATIONS: &[(&str, &str, &str)] = &[
    ("createPatient", "Patient", "patient { id version }"),
    ("updatePatient", "Patient", "patient { id version }"),
    ("archivePatient", "Patient", "patient { id version }"),
    ("restorePatient", "Patient", "patient { id version }"),
    ("deletePatient", "Patient", "deletedId"),
    ("createDoctor", "Doctor", "doctor { id version }"),
    ("updateDoctor", "Doctor", "doctor { id version }"),
    ("archiveDoctor", "Doctor", "doctor { id version }"),
    ("restoreDoctor", "Doctor", "doctor { id version }"),
    ("deleteDoctor", "Doctor", "deletedId"),
    ("createUser", "User", "user { id version }"),
    ("updateUser", "User", "user { id version }"),
    ("deleteUser", "User", "deletedId"),
    ("assignDoctor", "Assignment", "assignment { id version }"),
    ("updateAssignment", "Assignment", "assignment { id version }"),
    ("endAssignment", "Assignment", "assignment { id version }"),
    ("deleteAssignment", "Assignment", "deletedId"),
    (
        "transferPrimaryDoctor",
        "Assignment",
        "assignment { id version } endedAssignment { id version } formerAssignment { id version }",
    ),
    (
        "createConsultation",
        "Consultation",
        "consultation { id version } openedAssignment { id version } warnings { #W }",
    ),
    (
        "createConsultations",
        "Consultation",
        "consultations { id version } openedAssignments { id version patient { id } doctor { id } } warnings { #W }",
    ),
    (
        "updateConsultation",
        "Consultation",
        "consultation { id version } openedAssignment { id version } warnings { #W }",
    ),
    ("rescheduleConsultation", "Consultation", "consultation { id version } warnings { #W }"),
    ("completeConsultation", "Consultation", "consultation { id version }"),
    ("cancelConsultation", "Consultation", "consultation { id version }"),
    ("markNoShow", "Consultation", "consultation { id version }"),
    ("deleteConsultation", "Consultation", "deletedId"),
    ("createSession", "AnalysisSession", "analysisSession { id version }"),
    ("updateSession", "AnalysisSession", "analysisSession { id version }"),
    ("deleteSession", "AnalysisSession", "deletedId"),
    ("createScan", "Scan", "scan { id version }"),
    ("createScans", "Scan", "scans { id version }"),
    ("updateScan", "Scan", "scan { id version }"),
    ("deleteScan", "Scan", "deletedId"),
    ("createPrediction", "Prediction", "prediction { id version }"),
    ("createPredictions", "Prediction", "predictions { id version }"),
    ("updatePrediction", "Prediction", "prediction { id version }"),
    ("deletePrediction", "Prediction", "deletedId"),
    ("createReport", "Report", "report { id version }"),
    ("updateReport", "Report", "report { id version }"),
    ("releaseReport", "Report", "report { id version }"),
    ("amendReport", "Report", "report { id version }"),
    ("withdrawReport", "Report", "report { id version }"),
    ("deleteReport", "Report", "deletedId"),
    ("requestReport", "ReportRequest", "reportRequest { id version }"),
    ("updateReportRequest", "ReportRequest", "reportRequest { id version }"),
    ("retryReport", "ReportRequest", "reportRequest { id version }"),
    ("archiveReportRequest", "ReportRequest", "reportRequest { id version }"),
    ("deleteReportRequest", "ReportRequest", "deletedId"),
    ("addTimelineNote", "TimelineEvent", "timelineEvent { id version }"),
    ("updateTimelineNote", "TimelineEvent", "timelineEvent { id version }"),
    ("deleteTimelineNote", "TimelineEvent", "deletedId"),
    ("recalculateStatistics", "Patient", "patient { id version } differences { figure }"),
];

impl Call {
    /// Sends it.
    pub async fn send(&self, actor: &Actor) -> Answer {
        let Self { mutation, input, .. } = self;
        let (_, _, payload) = MUTATIONS.iter().find(|(name, ..)| name == mutation).expect("a mutation");
        let payload = payload.replace("#W", "code path consultation { id }");
        let type_name = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let document = format!(
            "mutation($input: {type_name}!) {{ {mutation}(input: $input) {{ {payload} userErrors {{ code path }} }} }}"
        );
        let answer = actor.query(&document, json!({"input": input})).await;
        Answer { payload: answer["data"][mutation].clone(), errors: answer["errors"].clone() }
    }
}

/// A code, and the path in the input, with dots.
pub type Problem = (String, String);

/// Whose other visit is warned of: the code, the path, and the visit's id where it has one.
pub type Warning = (String, String, Option<String>);

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    payload: Value,
    errors: Value,
}

impl Answer {
    /// The codes of top-level errors.
    pub fn codes(&self) -> Vec<&str> {
        let errors = self.errors.as_array().into_iter().flatten();
        errors.map(|error| error["extensions"]["code"].as_str().unwrap_or("none")).collect()
    }

    /// The user's errors.
    pub fn problems(&self) -> BTreeSet<Problem> {
        let errors = self.payload["userErrors"].as_array().into_iter().flatten();
        errors.map(|error| (error["code"].as_str().expect("a code").to_owned(), path(error))).collect()
    }

    /// What was warned of.
    pub fn warnings(&self) -> BTreeSet<Warning> {
        let warnings = self.payload["warnings"].as_array().into_iter().flatten();
        let other = |warning: &Value| warning["consultation"]["id"].as_str().map(str::to_owned);
        warnings.map(|w| (w["code"].as_str().expect("a code").to_owned(), path(w), other(w))).collect()
    }

    /// A place in the payload: `/patient/id`.
    pub fn at(&self, place: &str) -> &Value {
        self.payload.pointer(place).unwrap_or(&Value::Null)
    }

    /// Everything in the payload that says that something was written.
    pub fn written(&self) -> Vec<&Value> {
        let fields = self.payload.as_object().into_iter().flatten();
        let fields = fields.filter(|(name, _)| !["userErrors", "warnings"].contains(&name.as_str()));
        let each = |value: &'_ Value| !value.is_null() && *value != json!([]);
        fields.map(|(_, value)| value).filter(|value| each(value)).collect()
    }
}

fn path(error: &Value) -> String {
    let steps = error["path"].as_array().expect("a path").iter();
    steps.map(|step| step.as_str().expect("a step")).collect::<Vec<_>>().join(".")
}

/// An instant as it is stored and answered.
pub fn text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}
