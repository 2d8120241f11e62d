//! `predictions`: what the models found. A failed run is none.

use entity::predictions;
use entity::vocabulary::BinaryResult;
use rusqlite::types::ValueRef;

use super::owner::{Owner, OwnerCodes, has_id, here};
use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::Thing;
use crate::ledger::{Entry, Fate};
use crate::source::Row;
use crate::value::number::{number, share};
use crate::value::text::{JsonKind, exact, is_blank, text};
use crate::value::word::{self, Class};

const PLACED: [&str; 14] = [
    "id",
    "session_id",
    "mri_scan_id",
    "prediction_type",
    "binary_result",
    "stage_result",
    "confidence_score",
    "binary_confidence",
    "stage_confidence",
    "uncertainty_metrics",
    "model_version",
    "processing_time",
    "created_at",
    "metadata",
];

const OWNER: OwnerCodes = OwnerCodes {
    recoverable: Code::PredictionOwnerRecoverable,
    ambiguous: Code::PredictionOwnerAmbiguous,
    missing: Code::PredictionSessionMissing,
    nobodys: Code::PredictionSessionWithoutPatient,
    dangling: Code::PredictionPatientDangling,
};

impl Judging<'_> {
    pub(super) fn predictions(&mut self) -> Result<(), Failure> {
        self.each("predictions", |judging, row| judging.prediction(row))
    }

    fn prediction(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let Some((mut entry, earlier)) = self.enter("predictions", row, row.get("id"))? else { return Ok(()) };
        if !has_id(row) {
            entry.find(Code::PredictionIdMissing);
            self.close(entry, Fate::Quarantined(Code::PredictionIdMissing), None);
            return Ok(());
        }
        let owner = match self.owner(&mut entry, Thing::Prediction, OWNER)? {
            Ok(owner) => owner,
            Err(code) => return self.refuse_thing(entry, Thing::Prediction, code),
        };
        let class = class(&mut entry);
        let prediction = self.found_by_model(&mut entry, owner, class)?;
        let failed = class == Class::Failed;
        let (key, patient) = here(earlier, (!failed).then_some(prediction.id), owner.patient);
        let (id, session) = (row.get("id"), row.get("session_id"));
        self.index.add_thing(Thing::Prediction, id, session, key, Some(patient))?;
        if failed {
            self.close(entry, Fate::Kept(Code::PredictionErrorPlaceholder), Some(owner.patient));
            return Ok(());
        }
        let word = prediction.binary_result.map(|found| match found {
            BinaryResult::Detected => "detected",
            BinaryResult::NotDetected => "not_detected",
            BinaryResult::Uncertain => "uncertain",
        });
        let stage = prediction.stage_result.as_deref();
        self.index.happens(owner.patient, "prediction", prediction.created_at, row.rowid(), (word, stage))?;
        let id = prediction.id;
        if !entry.earlier {
            self.out.prediction(prediction);
        }
        self.close(entry, Fate::Migrated(id), Some(owner.patient));
        Ok(())
    }

    fn found_by_model(
        &mut self,
        entry: &mut Entry<'_>,
        owner: Owner,
        class: Class,
    ) -> Result<predictions::Model, Failure> {
        let row = entry.row;
        let created_at = self.happened(entry, "created_at", Code::PredictionDateUnparseable, owner);
        let stage_result = stage(entry);
        let confidence_score = confidence(entry, "confidence_score");
        let binary_confidence = confidence(entry, "binary_confidence");
        let stage_confidence = confidence(entry, "stage_confidence");
        let mri_scan_id = self.scan_of(entry, owner)?;
        let wrong = Code::PredictionMetadataNotJson;
        let metadata = self.json(entry, "metadata", JsonKind::Object, wrong);
        let uncertainty_metrics = self.json(entry, "uncertainty_metrics", JsonKind::Object, wrong);
        let taken = row.get("processing_time");
        let processing_time = number(taken).filter(|seconds| *seconds >= 0.0);
        if !is_blank(taken) && processing_time.is_none() {
            entry.repair(Code::PredictionTimeInvalid, "processing_time");
        }
        entry.keep_others(&PLACED);
        Ok(predictions::Model {
            id: self.key(8, row.rowid(), created_at),
            patient_id: owner.patient,
            session_id: owner.session,
            mri_scan_id,
            prediction_type: entry.words("prediction_type").unwrap_or_else(|| "binary".to_owned()),
            binary_result: match class {
                Class::Found(found) => Some(found),
                Class::Failed | Class::Unknown => None,
            },
            stage_result,
            confidence_score,
            binary_confidence,
            stage_confidence,
            uncertainty_metrics,
            model_version: entry.words("model_version"),
            processing_time,
            created_at,
            released_at: None,
            metadata,
            version: 1,
        })
    }

    /// The scan here that the prediction was made from.
    fn scan_of(&self, entry: &mut Entry<'_>, owner: Owner) -> Result<Option<entity::Key>, Failure> {
        let scan = entry.row.get("mri_scan_id");
        if scan == ValueRef::Null {
            return Ok(None);
        }
        let Some(found) = self.index.thing(Thing::Scan, scan, entry.row.get("session_id"))? else {
            entry.repair(Code::PredictionScanDangling, "mri_scan_id");
            return Ok(None);
        };
        if !found.same_session {
            entry.find(Code::PredictionScanOtherSession);
        }
        if found.key.is_some() && found.patient != Some(owner.patient) {
            entry.repair(Code::PredictionScanOtherPatient, "mri_scan_id");
            return Ok(None);
        }
        Ok(found.key)
    }
}

/// A result that nobody knows is unknown, and never "not detected".
fn class(entry: &mut Entry<'_>) -> Class {
    let cell = entry.row.get("binary_result");
    if cell == ValueRef::Null {
        return Class::Unknown;
    }
    let text = match cell {
        ValueRef::Blob(_) => None,
        _ => text(cell).0,
    };
    let class = text.as_deref().and_then(word::result);
    match class {
        None => entry.repair(Code::PredictionResultUnknown, "binary_result"),
        Some(Class::Failed) => entry.find(Code::PredictionErrorPlaceholder),
        Some(_) => {}
    }
    class.unwrap_or(Class::Unknown)
}

fn stage(entry: &mut Entry<'_>) -> Option<String> {
    let cell = entry.row.get("stage_result");
    if cell == ValueRef::Null {
        return None;
    }
    let stage = exact(cell).and_then(word::stage);
    if stage.is_none() {
        entry.repair(Code::PredictionStageUnknown, "stage_result");
    }
    stage.flatten()
}

fn confidence(entry: &mut Entry<'_>, column: &'static str) -> Option<f64> {
    let cell = entry.row.get(column);
    let confidence = share(cell);
    if cell != ValueRef::Null && confidence.is_none() {
        entry.repair(Code::PredictionConfidenceOutOfRange, column);
    }
    confidence
}
