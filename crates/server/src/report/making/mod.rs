//! What a report says.

use crate::read::shape::Moment;
use entity::Key;
use entity::vocabulary::{ReportFormat, ReportType};
use sea_orm::DbErr;

/// What a report is to be about.
pub struct Assignment {
    pub patient: Key,
    pub kind: ReportType,
    pub prediction: Option<Key>,
    pub scan: Option<Key>,
    pub session: Option<Key>,
}
/// A report that is made.
pub struct Made {
    pub title: String,
    pub content: String,
    pub format: ReportFormat,
    pub recommendations: Option<serde_json::Value>,
    pub generated_by: String,
    pub confidence: Option<f64>,
    pub disclaimer: String,
    pub predictions: Vec<Key>,
    pub made_from: serde_json::Value,
}
/// Why none is made.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    #[error("nothing")]
    NothingToReport,
    #[error("gone")]
    NoSuchPatient,
    #[error("archived")]
    Archived,
    #[error("{0}")]
    Template(String),
    #[error("{0}")]
    Database(#[from] DbErr),
}
/// Makes reports.
#[derive(Clone)]
pub struct Maker {}
impl Maker {
    pub async fn make(&self, _: &Assignment, _: &Moment) -> Result<Made, Unmade> {
        Err(Unmade::NothingToReport)
    }
}
