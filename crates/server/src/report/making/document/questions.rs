//! What a record leaves open: each question with the fact that raises it, and none without.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::discriminant;

use entity::vocabulary::{AssignmentType, BinaryResult, ConsultationStatus, ProcessingStatus};
use entity::{Instant, Key};
use serde::Serialize;

use super::course::{changes, in_order};
use super::excerpt::newest_first;
use super::views::{Prediction, Scan, Viewing, Visit};
use crate::report::making::record;

/// Below this share of certainty a finding is worth a second look.
const LOW: f64 = 0.7;

/// Something that the record leaves open, with the fact behind it.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each fact says what it is")]
pub enum Question {
    /// The latest finding is that the disease is there, and no visit was completed since.
    DetectedWithoutVisit { prediction: Prediction, last_visit: Option<String>, next_visit: Option<String> },
    /// Of the same scan, one prediction says that the disease is there and another that it is not: the latest of each,
    /// and how many there are.
    ModelsDisagree { scan: Scan, predictions: Vec<Prediction>, detected: usize, not_detected: usize },
    /// The latest finding takes back the one before, of another scan.
    FindingReversed { before: Prediction, after: Prediction },
    /// The latest prediction could not say.
    Uncertain { prediction: Prediction },
    /// The model was not sure of the latest finding.
    LowConfidence { prediction: Prediction, below: f64 },
    /// It was not sure of the stage.
    LowStageConfidence { prediction: Prediction, below: f64 },
    /// A scan could not be processed, and none after it was.
    ScanFailed { scan: Scan },
    /// No prediction was made from a scan, nor from a later one.
    ScanWithoutPrediction { scan: Scan },
    /// A scan is still to be processed.
    ScanWaiting { scan: Scan },
    /// A booked visit is past, and nobody has said what became of it.
    OverdueVisit { visit: Visit },
    /// The patient did not come, and has neither come since nor another visit booked.
    MissedVisit { visit: Visit },
    /// The last visit's doctor advised another one, and none is booked.
    AdviceNotBooked { visit: Visit, passed: bool },
    /// No doctor is in charge of the patient.
    NobodyInCharge,
    /// The date of birth is not known.
    NoBirthDate,
    /// The date of birth is a guess.
    BirthDateEstimated,
}

/// Open questions, those that matter most first.
#[derive(Debug, Clone, Serialize)]
pub struct Questions {
    /// The newest of each kind.
    pub list: Vec<Question>,
    /// How many more there are.
    pub more: usize,
}

/// Asks the record.
pub(super) fn questions(viewing: &Viewing<'_>, now: Instant, most: usize) -> Questions {
    let asking = Asking::new(viewing, now);
    let lives = viewing.record.person.date_of_death.is_none();
    let mut list = vec![];
    list.extend(asking.without_visit().filter(|_| lives));
    list.extend(asking.disagreements());
    list.extend(asking.findings());
    list.extend(asking.scans().into_iter().flatten());
    if lives {
        list.extend(asking.overdue());
        list.extend(asking.care());
    }
    list.extend(asking.birth());
    let all = list.len();
    let mut of_kind: HashMap<_, usize> = HashMap::new();
    list.retain(|question| {
        let count = of_kind.entry(discriminant(question)).or_default();
        *count += 1;
        *count <= most
    });
    Questions { more: all - list.len(), list }
}

struct Asking<'a> {
    viewing: &'a Viewing<'a>,
    now: Instant,
    /// The last is the latest.
    predictions: Vec<&'a record::Prediction>,
    /// Those of each scan, in the same order.
    of_scan: BTreeMap<Key, Vec<&'a record::Prediction>>,
    /// The runs with predictions that name no scan.
    of_session: BTreeSet<Key>,
    /// Newest first.
    scans: Vec<&'a record::Scan>,
    /// Newest first.
    visits: Vec<&'a record::Visit>,
}

impl<'a> Asking<'a> {
    fn new(viewing: &'a Viewing<'a>, now: Instant) -> Self {
        let (mut scans, mut visits): (Vec<_>, Vec<_>) =
            (viewing.record.scans.iter().collect(), viewing.record.visits.iter().collect());
        newest_first(&mut scans, |scan| (scan.time(), scan.id));
        newest_first(&mut visits, |visit| (visit.consultation_date, visit.id));
        let predictions = in_order(&viewing.record.predictions);
        let (mut of_scan, mut of_session): (BTreeMap<_, Vec<_>>, _) = (BTreeMap::new(), BTreeSet::new());
        for prediction in &predictions {
            match prediction.mri_scan_id {
                Some(scan) => of_scan.entry(scan).or_default().push(*prediction),
                None => of_session.extend(prediction.session_id),
            }
        }
        Self { viewing, now, predictions, of_scan, of_session, scans, visits }
    }

    fn latest_finding(&self) -> Option<&'a record::Prediction> {
        self.predictions.iter().rev().copied().find(|prediction| prediction.decides())
    }

    fn with_status(&self, status: ConsultationStatus) -> impl Iterator<Item = &'a record::Visit> {
        self.visits.iter().copied().filter(move |visit| visit.status == status)
    }

    fn last_visit(&self) -> Option<&'a record::Visit> {
        self.with_status(ConsultationStatus::Completed).next()
    }

    fn next_visit(&self) -> Option<&'a record::Visit> {
        self.with_status(ConsultationStatus::Scheduled).filter(|visit| visit.consultation_date >= self.now).last()
    }

    fn without_visit(&self) -> Option<Question> {
        let finding = self.latest_finding().filter(|found| found.binary_result == Some(BinaryResult::Detected))?;
        if self.last_visit().is_some_and(|visit| visit.consultation_date >= finding.created_at) {
            return None;
        }
        let at = |visit: &record::Visit| self.viewing.at(visit.consultation_date);
        Some(Question::DetectedWithoutVisit {
            prediction: self.viewing.prediction(finding),
            last_visit: self.last_visit().map(at),
            next_visit: self.next_visit().map(at),
        })
    }

    fn disagreements(&self) -> Vec<Question> {
        let of_scan = |scan: &&record::Scan| {
            let own = self.of_scan.get(&scan.id)?;
            let saying = |result| own.iter().filter(move |prediction| prediction.binary_result == Some(result));
            let (detected, not_detected) = (saying(BinaryResult::Detected), saying(BinaryResult::NotDetected));
            let mut latest = [detected.clone().next_back()?, not_detected.clone().next_back()?];
            latest.sort_by_key(|prediction| (prediction.created_at, prediction.id));
            Some(Question::ModelsDisagree {
                scan: self.viewing.scan(scan),
                predictions: latest.into_iter().map(|prediction| self.viewing.prediction(prediction)).collect(),
                detected: detected.count(),
                not_detected: not_detected.count(),
            })
        };
        self.scans.iter().filter_map(of_scan).collect()
    }

    fn findings(&self) -> Vec<Question> {
        let view = |prediction: &record::Prediction| self.viewing.prediction(prediction);
        let mut asked = vec![];
        if let Some((Some(before), after)) = changes(&self.predictions).first()
            && (before.binary_result, after.binary_result)
                == (Some(BinaryResult::Detected), Some(BinaryResult::NotDetected))
            && (before.mri_scan_id.is_none() || before.mri_scan_id != after.mri_scan_id)
        {
            asked.push(Question::FindingReversed { before: view(before), after: view(after) });
        }
        let uncertain = |found: &&&record::Prediction| found.binary_result == Some(BinaryResult::Uncertain);
        asked.extend(
            self.predictions.last().filter(uncertain).map(|found| Question::Uncertain { prediction: view(found) }),
        );
        if let Some(finding) = self.latest_finding() {
            if finding.confidence().is_some_and(|confidence| confidence < LOW) {
                asked.push(Question::LowConfidence { prediction: view(finding), below: LOW });
            }
            let staged = finding.binary_result == Some(BinaryResult::Detected) && finding.stage_result.is_some();
            if staged && finding.stage_confidence.is_some_and(|confidence| confidence < LOW) {
                asked.push(Question::LowStageConfidence { prediction: view(finding), below: LOW });
            }
        }
        asked
    }

    /// Whether something was predicted from a scan; old predictions name the run alone.
    fn looked_at(&self, scan: &record::Scan) -> bool {
        self.of_scan.contains_key(&scan.id) || scan.session_id.is_some_and(|session| self.of_session.contains(&session))
    }

    fn scans(&self) -> [Vec<Question>; 3] {
        let [mut failed, mut silent, mut waiting] = [vec![], vec![], vec![]];
        let (mut processed_later, mut predicted_later) = (false, false);
        for scan in &self.scans {
            let looked_at = self.looked_at(scan);
            let view = || self.viewing.scan(scan);
            match scan.processing_status {
                _ if looked_at => processed_later = true,
                ProcessingStatus::Failed if !processed_later => failed.push(Question::ScanFailed { scan: view() }),
                ProcessingStatus::Failed => {}
                ProcessingStatus::Pending | ProcessingStatus::Processing => {
                    waiting.push(Question::ScanWaiting { scan: view() });
                }
                ProcessingStatus::Completed => {
                    processed_later = true;
                    if !predicted_later {
                        silent.push(Question::ScanWithoutPrediction { scan: view() });
                    }
                }
            }
            predicted_later |= looked_at;
        }
        [failed, silent, waiting]
    }

    fn overdue(&self) -> Vec<Question> {
        let past = self.with_status(ConsultationStatus::Scheduled).filter(|visit| visit.consultation_date < self.now);
        past.map(|visit| Question::OverdueVisit { visit: self.viewing.visit(visit) }).collect()
    }

    /// Whether anything is known to come, or should have.
    fn care(&self) -> Vec<Question> {
        let mut asked = vec![];
        let last_visit = self.last_visit().map(|visit| visit.consultation_date);
        let booked = |after: Instant| {
            self.with_status(ConsultationStatus::Scheduled).any(|visit| visit.consultation_date > after)
        };
        let missed = self.with_status(ConsultationStatus::NoShow).next();
        if let Some(missed) = missed.filter(|missed| {
            last_visit.is_none_or(|last| last < missed.consultation_date) && !booked(missed.consultation_date)
        }) {
            asked.push(Question::MissedVisit { visit: self.viewing.visit(missed) });
        }
        if let Some((last, next)) = self.last_visit().and_then(|last| Some((last, last.next_visit_date?)))
            && !booked(last.consultation_date)
        {
            asked.push(Question::AdviceNotBooked { visit: self.viewing.visit(last), passed: next < self.now });
        }
        let in_charge =
            |row: &record::Responsibility| row.assignment_type == AssignmentType::Primary && row.ended_at.is_none();
        if !self.viewing.record.responsibilities.iter().any(in_charge) {
            asked.push(Question::NobodyInCharge);
        }
        asked
    }

    fn birth(&self) -> Vec<Question> {
        let person = &self.viewing.record.person;
        match person.date_of_birth {
            None => vec![Question::NoBirthDate],
            Some(_) if person.dob_estimated => vec![Question::BirthDateEstimated],
            Some(_) => vec![],
        }
    }
}

impl Question {
    /// The predictions that it tells of.
    pub(super) fn predictions(&self) -> Vec<&Prediction> {
        match self {
            Self::DetectedWithoutVisit { prediction, .. }
            | Self::Uncertain { prediction }
            | Self::LowConfidence { prediction, .. }
            | Self::LowStageConfidence { prediction, .. } => vec![prediction],
            Self::ModelsDisagree { predictions, .. } => predictions.iter().collect(),
            Self::FindingReversed { before, after } => vec![before, after],
            _ => vec![],
        }
    }
}
