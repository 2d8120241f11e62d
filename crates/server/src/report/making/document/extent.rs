//! How much of a record a report has.

use entity::Instant;
use entity::vocabulary::ReportType;
use serde::Serialize;

/// How many of each a report shows one by one; what is older it counts by year.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) visits: usize,
    pub(super) predictions: usize,
    pub(super) scans: usize,
    pub(super) texts: usize,
    pub(super) changes: usize,
    pub(super) notes: usize,
    pub(super) reports: usize,
    /// Of each kind of open question.
    pub(super) questions: usize,
    /// Only what came after this instant.
    pub(super) since: Option<Instant>,
}

/// How many characters of a text templates show, before they say that it goes on in the record.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Lengths {
    /// Allergies and medicines: what is missing there may harm.
    pub vital: usize,
    /// The medical history.
    pub history: usize,
    /// A complaint, a diagnosis, a prescription, a note.
    pub entry: usize,
}

impl Extent {
    pub(super) fn of(kind: ReportType, since: Option<Instant>) -> Self {
        let everything = Self {
            visits: 10,
            predictions: 12,
            scans: 12,
            texts: 12,
            changes: 15,
            notes: 10,
            reports: 8,
            questions: 3,
            since: None,
        };
        match kind {
            ReportType::Comprehensive | ReportType::Other => everything,
            ReportType::FollowUp => Self { since, ..everything },
            ReportType::Summary => Self {
                visits: 3,
                predictions: 3,
                scans: 3,
                texts: 3,
                changes: 4,
                notes: 0,
                reports: 1,
                questions: 2,
                ..everything
            },
            ReportType::PatientFriendly => Self {
                visits: 2,
                predictions: 2,
                scans: 3,
                texts: 3,
                changes: 0,
                notes: 3,
                reports: 0,
                questions: 1,
                ..everything
            },
        }
    }
}

impl Lengths {
    /// The usual ones; each `smaller` halves them.
    pub(super) fn of(kind: ReportType, smaller: u32) -> Self {
        let (history, entry) = match kind {
            ReportType::Summary => (600, 240),
            ReportType::PatientFriendly => (0, 1_000),
            _ => (8_000, 1_500),
        };
        Self { vital: 8_000 >> smaller, history: history >> smaller, entry: entry >> smaller }
    }
}
