//! How the finding changed, and which texts came again and again.

use std::collections::BTreeMap;

use entity::{Instant, Key};
use serde::Serialize;

use super::excerpt::{Excerpt, newest_first};
use super::views::{Doctor, Prediction, Viewing, filled};
use crate::report::making::record;

/// A prediction that says something else than the decided one before it.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// What the models said until then; None at the first.
    pub before: Option<Prediction>,
    /// What they say since.
    pub after: Prediction,
}

/// A text that doctors wrote at one visit or more.
#[derive(Debug, Clone, Serialize)]
pub struct Repeated {
    /// As written the last time.
    pub text: String,
    /// At how many visits.
    pub times: usize,
    /// The first visit.
    pub first: String,
    /// The last.
    pub last: String,
    /// Who wrote it the last time.
    pub doctor: Option<Doctor>,
}

/// Predictions in the order of time; the last one counts.
pub(super) fn in_order(predictions: &[record::Prediction]) -> Vec<&record::Prediction> {
    let mut rows: Vec<_> = predictions.iter().collect();
    rows.sort_by_key(|prediction| (prediction.created_at, prediction.id));
    rows
}

/// The latest prediction that decides otherwise than the latest finding, of the same scan.
pub(super) fn contrary<'a>(in_order: &[&'a record::Prediction]) -> Option<&'a record::Prediction> {
    let mut decided = in_order.iter().rev().copied().filter(|prediction| prediction.decides());
    let finding = decided.next()?;
    decided.find(|other| {
        finding.mri_scan_id.is_some()
            && other.mri_scan_id == finding.mri_scan_id
            && other.binary_result != finding.binary_result
    })
}

/// Each decided prediction that differs in finding or stage from the decided one before it, newest first.
pub(super) fn changes<'a>(
    in_order: &[&'a record::Prediction],
) -> Vec<(Option<&'a record::Prediction>, &'a record::Prediction)> {
    let mut changes = vec![];
    let mut before: Option<&record::Prediction> = None;
    for prediction in in_order.iter().filter(|prediction| prediction.decides()) {
        let said = |prediction: &record::Prediction| (prediction.binary_result, filled(&prediction.stage_result));
        if before.is_none_or(|before| said(before) != said(prediction)) {
            changes.push((before, *prediction));
        }
        before = Some(prediction);
    }
    changes.reverse();
    changes
}

/// What doctors wrote at visits, each text once, the one written last first.
pub(super) fn repeated(
    viewing: &Viewing<'_>,
    newest_first: &[&record::Visit],
    most: usize,
    text: impl Fn(&record::Visit) -> &Option<String>,
) -> Excerpt<Repeated> {
    struct Found<'a> {
        text: String,
        last: &'a record::Visit,
        first: &'a record::Visit,
        times: usize,
    }
    let mut found: Vec<Found<'_>> = vec![];
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for visit in newest_first {
        let Some(text) = filled(text(visit)) else { continue };
        match places.get(&text).and_then(|place| found.get_mut(*place)) {
            Some(found) => {
                found.first = visit;
                found.times += 1;
            }
            None => {
                places.insert(text.clone(), found.len());
                found.push(Found { text, last: visit, first: visit, times: 1 });
            }
        }
    }
    let rows: Vec<_> = found.iter().collect();
    let show = |found: &Found<'_>| Repeated {
        text: found.text.clone(),
        times: found.times,
        first: viewing.at(found.first.consultation_date),
        last: viewing.at(found.last.consultation_date),
        doctor: viewing.doctor(found.last.doctor_id),
    };
    Excerpt::of(&rows, most, viewing.zone, |found| found.last.consultation_date, |_| None, show)
}

/// When what a report that was given out says was first written: what came later may not be in it, also where a newer
/// revision has corrected it since.
pub(super) fn last_report(reports: &[record::Report]) -> Option<(&record::Report, Instant)> {
    let by_key: BTreeMap<Key, &record::Report> = reports.iter().map(|report| (report.id, report)).collect();
    let mut given_out: Vec<_> = reports.iter().collect();
    newest_first(&mut given_out, |report| (report.released_at.unwrap_or(report.created_at), report.id));
    let last = given_out.first().copied()?;
    let mut first = last;
    while let Some(earlier) = first.supersedes_id.and_then(|key| by_key.get(&key)) {
        first = earlier;
    }
    Some((last, first.created_at))
}
