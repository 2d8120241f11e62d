//! Making a report: a patient's record is read at one instant, made ready to be told, and told by templates.
//!
//! - [`record`]: what is read; what is not there cannot get into a report.
//! - [`document`]: what templates get: the newest in detail, the rest by year, and what the record leaves open.
//! - [`template`]: the templates, which a clinic can replace; [`markdown`] keeps what people typed from being markup.
//! - [`provenance`]: what the text rests on.
//!
//! Nothing here writes: whoever asked for a report decides what becomes of it.

pub mod document;
pub mod markdown;
pub mod provenance;
pub mod record;
mod sample;
mod store;
pub mod template;

use std::sync::Arc;

use entity::Key;
use entity::vocabulary::{ReportFormat, ReportType};
use sea_orm::DbErr;
use serde_json::Value;

use crate::db::Db;
use crate::read::shape::Moment;
use document::Document;
use record::Record;
pub use template::{TemplateError, Templates};

/// What reports are made by.
pub const PROGRAM: &str = concat!("PatientGraph ", env!("CARGO_PKG_VERSION"));

/// The most characters that the text of a report may have: a longer one could not be amended.
const LONGEST: usize = 100_000;

/// What a report is to be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// Whose record.
    pub patient: Key,
    /// For whom and what it is written.
    pub kind: ReportType,
    /// The prediction that it is about first.
    pub prediction: Option<Key>,
    /// The scan.
    pub scan: Option<Key>,
    /// The run of the analysis.
    pub session: Option<Key>,
}

/// A report that is made and not yet written.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Title, plain text.
    pub title: String,
    /// The text, in `format`.
    pub content: String,
    /// The form of the text.
    pub format: ReportFormat,
    /// A list of texts; None when nothing is to be done.
    pub recommendations: Option<Value>,
    /// The program and its version.
    pub generated_by: String,
    /// How sure the model was of the finding that the report is about.
    pub confidence: Option<f64>,
    /// What the reader must know.
    pub disclaimer: String,
    /// The predictions that it shows, and that are given out with it.
    pub predictions: Vec<Key>,
    /// What it rests on; see [`provenance`].
    pub made_from: Value,
}

/// Why no report was made. The texts are for the people who asked, and hold nothing of the record.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    /// The record has nothing that a report could be about.
    #[error(
        "There is nothing to report yet: the record has no scan, no prediction and no completed visit. Add one of them and ask again."
    )]
    NothingToReport,
    /// The patient is gone.
    #[error("The patient is no longer there.")]
    NoSuchPatient,
    /// The patient is archived.
    #[error("The patient is archived. Restore the patient and ask again.")]
    Archived,
    /// What the report was to be about is gone.
    #[error("The {0} to report on is no longer in the patient's record. Ask again without it.")]
    Missing(&'static str),
    /// A template does not fit this record.
    #[error("The report could not be written: {0}")]
    Template(TemplateError),
    /// The database did not answer.
    #[error("The record could not be read.")]
    Database(#[from] DbErr),
}

impl Unmade {
    /// Whether trying again would end the same way.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::NothingToReport | Self::NoSuchPatient | Self::Missing(_) | Self::Template(_) => true,
            // Requests of an archived patient wait until the record is restored.
            Self::Archived | Self::Database(_) => false,
        }
    }
}

/// What makes reports. Cheap to clone.
#[derive(Clone)]
pub struct Maker {
    db: Db,
    templates: Arc<Templates>,
}

impl Maker {
    /// Makes reports of a database's records by these templates.
    pub fn new(db: Db, templates: Templates) -> Self {
        Self { db, templates: Arc::new(templates) }
    }

    /// Reads the record and makes the report. The same record and moment make the same report, to the byte.
    ///
    /// # Errors
    /// Says why none was made, and whether it is worth trying again.
    pub async fn make(&self, subject: &Subject, moment: &Moment) -> Result<Made, Unmade> {
        let record = store::read(&self.db, subject.patient).await?.ok_or(Unmade::NoSuchPatient)?;
        check(&record, subject)?;
        let (maker, subject, moment) = (self.clone(), *subject, *moment);
        // Long records keep a processor busy: not one of those that answer requests.
        let told = tokio::task::spawn_blocking(move || maker.tell(&record, &subject, &moment)).await;
        told.unwrap_or_else(|ended| match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(TemplateError::internal("the process is about to end")),
        })
        .map_err(Unmade::Template)
    }

    /// Shortens long texts until the whole can be amended.
    fn tell(&self, record: &Record, subject: &Subject, moment: &Moment) -> Result<Made, TemplateError> {
        let mut smaller = 0;
        loop {
            let document = Document::new(record, subject, moment, smaller);
            let told = self.templates.tell(&document)?;
            if told.content.chars().count() > LONGEST && smaller < 8 {
                smaller += 1;
                continue;
            }
            let mut made_from = provenance::made_from(record, subject, moment, &self.templates)?;
            made_from["contentSha256"] = provenance::sha256(told.content.as_bytes()).into();
            return Ok(Made {
                title: told.title,
                content: told.content,
                format: ReportFormat::Markdown,
                recommendations: (!told.recommendations.is_empty()).then(|| told.recommendations.into()),
                generated_by: PROGRAM.to_owned(),
                confidence: document.confidence(),
                disclaimer: told.disclaimer,
                predictions: document.shown().into_iter().collect(),
                made_from,
            });
        }
    }
}

/// What must hold before anything can be told.
fn check(record: &Record, subject: &Subject) -> Result<(), Unmade> {
    if record.person.archived_at.is_some() {
        return Err(Unmade::Archived);
    }
    if !record.has_something() {
        return Err(Unmade::NothingToReport);
    }
    let missing = |named: Option<Key>, mut there: Box<dyn Iterator<Item = Key> + '_>| {
        named.is_some_and(|named| !there.any(|key| key == named))
    };
    if missing(subject.prediction, Box::new(record.predictions.iter().map(|row| row.id))) {
        return Err(Unmade::Missing("prediction"));
    }
    if missing(subject.scan, Box::new(record.scans.iter().map(|row| row.id))) {
        return Err(Unmade::Missing("scan"));
    }
    if missing(subject.session, Box::new(record.sessions.iter().map(|row| row.id))) {
        return Err(Unmade::Missing("analysis session"));
    }
    Ok(())
}
