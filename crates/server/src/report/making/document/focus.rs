//! What was asked about in particular.

use std::collections::BTreeSet;

use entity::Key;
use entity::vocabulary::SessionStatus;
use serde::Serialize;

use super::excerpt::newest_first;
use super::views::{Prediction, Scan, Viewing, Visit};
use crate::report::making::{Subject, record};

/// So many of each are told one by one.
const MOST: usize = 20;

/// The scan, prediction or run that a report is about, and what belongs to it.
#[derive(Debug, Clone, Serialize)]
pub struct Focus {
    /// What was named.
    pub kind: FocusKind,
    /// Where the run stands, when one was named.
    pub session_status: Option<SessionStatus>,
    /// Newest first.
    pub scans: Vec<Scan>,
    /// Newest first.
    pub predictions: Vec<Prediction>,
    /// Visits of the run, newest first.
    pub visits: Vec<Visit>,
    /// Whether the record's latest finding is among the predictions.
    pub is_latest: bool,
}

/// What a report is about in particular.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FocusKind {
    /// A prediction.
    Prediction,
    /// A scan, and what was found in it.
    Scan,
    /// A run of the analysis.
    Session,
}

impl Focus {
    pub(super) fn of(viewing: &Viewing<'_>, subject: &Subject, in_order: &[&record::Prediction]) -> Option<Self> {
        let kind = match (subject.prediction, subject.scan, subject.session) {
            (Some(_), _, _) => FocusKind::Prediction,
            (None, Some(_), _) => FocusKind::Scan,
            (None, None, Some(_)) => FocusKind::Session,
            (None, None, None) => return None,
        };
        let about = |prediction: &&&record::Prediction| match kind {
            FocusKind::Prediction => subject.prediction == Some(prediction.id),
            FocusKind::Scan => subject.scan == prediction.mri_scan_id,
            FocusKind::Session => subject.session == prediction.session_id,
        };
        let chosen: Vec<_> = in_order.iter().rev().filter(about).copied().collect();
        let looked_at: BTreeSet<Key> = chosen.iter().filter_map(|prediction| prediction.mri_scan_id).collect();
        let in_session = |session: Option<Key>| subject.session.is_some() && session == subject.session;
        let scans = viewing.record.scans.iter().filter(|scan| {
            subject.scan == Some(scan.id) || looked_at.contains(&scan.id) || in_session(scan.session_id)
        });
        let mut scans: Vec<_> = scans.collect();
        newest_first(&mut scans, |scan| (scan.time(), scan.id));
        let mut visits: Vec<_> = viewing.record.visits.iter().filter(|visit| in_session(visit.session_id)).collect();
        newest_first(&mut visits, |visit| (visit.consultation_date, visit.id));
        let latest = in_order.iter().rev().find(|prediction| prediction.decides());
        let session = viewing.record.sessions.iter().find(|session| subject.session == Some(session.id));
        Some(Self {
            kind,
            session_status: session.map(|session| session.status),
            scans: scans.into_iter().take(MOST).map(|scan| viewing.scan(scan)).collect(),
            is_latest: latest.is_some_and(|latest| chosen.iter().any(|prediction| prediction.id == latest.id)),
            predictions: chosen.into_iter().take(MOST).map(|prediction| viewing.prediction(prediction)).collect(),
            visits: visits.into_iter().take(MOST).map(|visit| viewing.visit(visit)).collect(),
        })
    }
}
