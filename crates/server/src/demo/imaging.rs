//! Runs of the analysis: a scan comes in, a model looks at it.

use entity::vocabulary::{BinaryResult, FileType, ProcessingStatus, SessionStatus};
use entity::{Instant, Key, mri_scans, predictions, sessions};
use serde_json::json;

use super::calendar::{days_after, later};
use super::{Record, Writing};

const MODELS: [&str; 3] = ["pd-binary 1.4.0", "pd-binary 2.0.1", "pd-stage 2.1.0"];

impl Writing<'_> {
    pub(super) fn imaging(&mut self, record: &mut Record) {
        let last = self.life.ended.max(1);
        let mut ago = self.life.registered - self.dice.between(1, 40);
        if self.dice.chance(24) {
            ago -= self.dice.between(200, 900);
        }
        while ago > last {
            self.run(record, ago);
            ago -= self.dice.between(480, 1250);
        }
    }

    fn run(&mut self, record: &mut Record, ago: i64) {
        let ago = self.calendar.working_day(ago).min(self.life.registered - 1).max(1);
        let at = self.calendar.moment(ago, &mut self.dice);
        let fresh = ago <= 12;
        let status = if fresh {
            self.dice.weighted(&[(50, SessionStatus::Active), (50, SessionStatus::Completed)])
        } else {
            self.dice.weighted(&[
                (92, SessionStatus::Completed),
                (5, SessionStatus::Failed),
                (3, SessionStatus::Expired),
            ])
        };
        let session = self.session(record, at, status);
        if status != SessionStatus::Expired {
            let scan = self.scan(record, &session, status, at, ago);
            if status == SessionStatus::Completed {
                let made = later(at, self.dice.between(180, 1500), &mut self.dice);
                let prediction = self.prediction(&session, scan.id, made, ago);
                record.predictions.push(prediction);
                if self.dice.chance(12) {
                    // A second model looks at the same scan.
                    let made = later(made, self.dice.between(60, 600), &mut self.dice);
                    let second = self.prediction(&session, scan.id, made, ago);
                    record.predictions.push(second);
                }
            }
            record.mri_scans.push(scan);
        }
        record.sessions.push(session);
    }

    fn session(&mut self, record: &Record, at: Instant, status: SessionStatus) -> sessions::Model {
        let doctor = self.doctor_at(record, at).map(|doctor| &self.staff.doctors[doctor]);
        let minutes = if status == SessionStatus::Expired { 24 * 60 } else { 45 };
        let ended = later(at, minutes * 60, &mut self.dice).min(self.calendar.now());
        sessions::Model {
            id: self.dice.key(at),
            patient_id: record.patient.patient_id,
            user_id: doctor.and_then(|doctor| doctor.user_id),
            doctor_id: doctor.map(|doctor| doctor.doctor_id),
            agent_id: (status != SessionStatus::Expired).then_some(self.staff.agent),
            input_type: "mri".to_owned(),
            output_format: "text".to_owned(),
            status,
            metadata: (status == SessionStatus::Failed).then(|| json!({"reason": "the scan could not be processed"})),
            created_at: at,
            updated_at: if status == SessionStatus::Active { at } else { ended.max(at) },
            version: if status == SessionStatus::Active { 1 } else { 2 },
        }
    }

    fn scan(
        &mut self,
        record: &Record,
        session: &sessions::Model,
        status: SessionStatus,
        at: Instant,
        ago: i64,
    ) -> mri_scans::Model {
        let uploaded = later(at, 60, &mut self.dice);
        let (file_type, extension) = self.dice.weighted(&[
            (62, (FileType::Dicom, "dcm")),
            (22, (FileType::Nifti, "nii.gz")),
            (9, (FileType::Jpeg, "jpg")),
            (7, (FileType::Png, "png")),
        ]);
        let processing_status = match status {
            SessionStatus::Active => {
                self.dice.weighted(&[(1, ProcessingStatus::Pending), (1, ProcessingStatus::Processing)])
            }
            SessionStatus::Failed => ProcessingStatus::Failed,
            _ => ProcessingStatus::Completed,
        };
        let ended = matches!(processing_status, ProcessingStatus::Completed | ProcessingStatus::Failed);
        let flat = matches!(file_type, FileType::Jpeg | FileType::Png);
        mri_scans::Model {
            id: self.dice.key(uploaded),
            patient_id: record.patient.patient_id,
            session_id: Some(session.id),
            original_filename: Some(format!("brain_{}.{extension}", self.calendar.day(ago).format("%Y%m%d"))),
            // The demo keeps no files.
            file_path: None,
            file_type,
            file_size: Some(if flat {
                self.dice.between(90_000, 900_000)
            } else {
                self.dice.between(8_000_000, 48_000_000)
            }),
            sha256: Some(self.dice.hex(64)),
            image_dimensions: Some(
                self.dice.pick(if flat { &["512x512", "640x640"] } else { &["256x256x176", "240x256x160"] }).to_owned(),
            ),
            preprocessing_applied: ended.then(|| json!(["reorient", "skull_strip", "normalize"])),
            // The study is from the day before, or nobody knows.
            acquired_at: self
                .dice
                .chance(88)
                .then(|| days_after(at, -self.dice.between(0, 2)).max(record.patient.created_at)),
            upload_timestamp: uploaded,
            processing_timestamp: ended.then(|| later(uploaded, 90, &mut self.dice)),
            processing_status,
            metadata: Some(
                json!({"field_strength_tesla": if self.dice.chance(70) { 3.0 } else { 1.5 }, "sequence": "T1w"}),
            ),
            version: 1 + i64::from(ended),
        }
    }

    fn prediction(&mut self, session: &sessions::Model, scan: Key, at: Instant, ago: i64) -> predictions::Model {
        let stage = self.life.stage(ago);
        let result = self.dice.weighted(match stage {
            Some(1) => &[(74, BinaryResult::Detected), (14, BinaryResult::NotDetected), (12, BinaryResult::Uncertain)],
            Some(_) => &[(92, BinaryResult::Detected), (2, BinaryResult::NotDetected), (6, BinaryResult::Uncertain)],
            None => &[(4, BinaryResult::Detected), (88, BinaryResult::NotDetected), (8, BinaryResult::Uncertain)],
        });
        let (low, high) = if result == BinaryResult::Uncertain { (420, 610) } else { (690, 995) };
        let binary = self.dice.share(low, high);
        let shown = (result == BinaryResult::Detected).then(|| stage.unwrap_or(1).to_string());
        let stage_confidence = shown.is_some().then(|| self.dice.share(550, 960));
        predictions::Model {
            id: self.dice.key(at),
            patient_id: session.patient_id,
            session_id: Some(session.id),
            mri_scan_id: Some(scan),
            prediction_type: if shown.is_some() { "stage" } else { "binary" }.to_owned(),
            binary_result: Some(result),
            stage_result: shown,
            confidence_score: Some(binary),
            binary_confidence: Some(binary),
            stage_confidence,
            uncertainty_metrics: Some(
                json!({"entropy": self.dice.share(20, 680), "ensemble_spread": self.dice.share(5, 140)}),
            ),
            model_version: Some(self.dice.pick(&MODELS).to_owned()),
            processing_time: Some(self.dice.share(1_800, 42_000)),
            created_at: at,
            released_at: None,
            metadata: None,
            version: 1,
        }
    }
}
