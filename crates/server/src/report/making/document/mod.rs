//! What templates get: a record made ready to be told, on the clinic's calendar, the newest first.

mod course;
mod excerpt;
mod extent;
mod focus;
mod parts;
mod questions;
mod views;

use std::collections::BTreeSet;

use entity::vocabulary::ReportType;
use entity::{Day, Instant, Key};
use serde::Serialize;

pub use course::{Change, Repeated};
pub use excerpt::{Excerpt, Share, Year};
pub use extent::Lengths;
pub use focus::{Focus, FocusKind};
pub use parts::{Figures, Making, Patient, Since};
pub use questions::{Question, Questions};
pub use views::{Doctor, Note, Prediction, Report, Responsible, Scan, Visit};

use super::record::{self, Record};
use super::{PROGRAM, Subject};
use crate::read::shape::Moment;
use extent::Extent;
use views::Viewing;

/// Everything that a template can tell. Predictions that are in it are shown by the report.
#[derive(Debug, Clone, Serialize)]
pub struct Document {
    /// What kind of report.
    #[serde(rename = "type")]
    pub kind: ReportType,
    /// When and by what it is made.
    pub made: Making,
    /// The patient.
    pub patient: Patient,
    /// The figures of the whole record.
    pub figures: Figures,
    /// Who is responsible now, those in charge first.
    pub doctors: Vec<Responsible>,
    /// What was asked about in particular.
    pub focus: Option<Focus>,
    /// Since when a follow-up tells what is new.
    pub since: Option<Since>,
    /// The latest prediction that decides.
    pub finding: Option<Prediction>,
    /// The latest prediction of the same scan that decides otherwise.
    pub contrary: Option<Prediction>,
    /// The latest prediction, whatever it says.
    pub latest: Option<Prediction>,
    /// In a follow-up: the latest that decided until then.
    pub before: Option<Prediction>,
    /// The last completed visit of the whole record.
    pub last_visit: Option<Visit>,
    /// How the finding changed.
    pub changes: Excerpt<Change>,
    /// Predictions.
    pub predictions: Excerpt<Prediction>,
    /// Scans.
    pub scans: Excerpt<Scan>,
    /// Completed visits.
    pub visits: Excerpt<Visit>,
    /// Visits that were called off or missed.
    pub missed: Excerpt<Visit>,
    /// Booked visits from now on, the next first.
    pub ahead: Excerpt<Visit>,
    /// What doctors found at completed visits.
    pub diagnoses: Excerpt<Repeated>,
    /// What they prescribed.
    pub treatments: Excerpt<Repeated>,
    /// Notes that the patient may see.
    pub notes: Excerpt<Note>,
    /// Reports that were given out.
    pub reports: Excerpt<Report>,
    /// What the record leaves open.
    pub questions: Questions,
    /// How many characters of a text are shown.
    pub lengths: Lengths,
}

impl Document {
    /// Makes a record ready; `smaller` shortens long texts, by half each.
    pub fn new(record: &Record, subject: &Subject, moment: &Moment, smaller: u32) -> Self {
        let viewing = Viewing::new(record, moment.zone);
        let now = Instant::new(moment.now);
        let (since, told) = parts::since(&viewing, subject.kind).unzip();
        let extent = Extent::of(subject.kind, told);
        let in_order = course::in_order(&record.predictions);
        let decided = |prediction: &&&record::Prediction| prediction.decides();
        let view = |prediction: &&record::Prediction| viewing.prediction(prediction);
        let until = |prediction: &&&record::Prediction| told.is_some_and(|told| prediction.created_at <= told);
        let visits = parts::completed(record, told);
        let mut document = Self {
            kind: subject.kind,
            made: Making { at: viewing.at(now), on: Day(moment.today), zone: moment.zone.name(), by: PROGRAM },
            patient: Patient::new(&record.person, moment),
            figures: Figures::new(&viewing),
            doctors: parts::responsible(&viewing),
            focus: Focus::of(&viewing, subject, &in_order),
            since,
            finding: in_order.iter().rev().find(decided).map(view),
            contrary: course::contrary(&in_order).map(|prediction| viewing.prediction(prediction)),
            latest: in_order.last().map(view),
            before: in_order.iter().rev().filter(until).find(decided).map(view),
            last_visit: parts::completed(record, None).first().map(|visit| viewing.visit(visit)),
            changes: parts::changes(&viewing, &in_order, &extent),
            predictions: parts::predictions(&viewing, &in_order, &extent),
            scans: parts::scans(&viewing, &extent),
            visits: parts::visits(&viewing, &visits, extent.visits),
            missed: parts::missed(&viewing, &extent),
            ahead: parts::ahead(&viewing, now, &extent),
            diagnoses: course::repeated(&viewing, &visits, extent.texts, |visit| &visit.diagnosis),
            treatments: course::repeated(&viewing, &visits, extent.texts, |visit| &visit.prescription),
            notes: parts::notes(&viewing, &extent),
            reports: parts::reports(&viewing, &extent),
            questions: questions::questions(&viewing, now, extent.questions),
            lengths: Lengths::of(subject.kind, smaller),
        };
        document.keep_questions_of_kind();
        document
    }

    /// What a patient is asked about is what a patient can do something about.
    fn keep_questions_of_kind(&mut self) {
        if self.kind == ReportType::PatientFriendly {
            self.questions.more = 0;
            self.questions.list.retain(|question| {
                !matches!(question, Question::BirthDateEstimated | Question::LowStageConfidence { .. })
            });
        }
    }

    /// The predictions that it shows.
    pub fn shown(&self) -> BTreeSet<Key> {
        let changes = self.changes.newest.iter().flat_map(|change| change.before.iter().chain([&change.after]));
        let asked = self.questions.list.iter().flat_map(Question::predictions);
        let focus = self.focus.iter().flat_map(|focus| &focus.predictions);
        let single = [&self.finding, &self.contrary, &self.latest, &self.before].into_iter().flatten();
        let listed = self.predictions.newest.iter().chain(changes).chain(asked).chain(focus).chain(single);
        listed.map(|prediction| prediction.id).collect()
    }

    /// How sure the model was of the finding that it is about.
    pub fn confidence(&self) -> Option<f64> {
        match &self.focus {
            Some(focus) => focus.predictions.first().and_then(|prediction| prediction.confidence),
            None => self.finding.as_ref().or(self.latest.as_ref()).and_then(|prediction| prediction.confidence),
        }
    }
}
