//! Sessions and what came of them: scans, predictions, reports, and requests for those.

use chrono::{DateTime, TimeDelta, Utc};

use super::life::Life;
use super::truth::Finding;
use super::{END, ENHANCED, KEPT, LegacyFile, NEW_WORDS, Shape, between, cells, local, utc, uuid};
use crate::support::dice::Dice;
use crate::support::legacy::Cell;

/// A result as it is stored: its word, the word for the stage, and what they mean.
type Result = (&'static str, &'static str, Option<(bool, Option<&'static str>)>);

const OLD_WORDS: &[Result] = &[
    ("parkinsons", "1", Some((true, Some("1")))),
    ("parkinsons", "stage 2", Some((true, Some("2")))),
    ("parkinsons", "uncertain", Some((true, None))),
    ("no_parkinsons", "uncertain", Some((false, None))),
    ("no_parkinsons", "uncertain", Some((false, None))),
    ("uncertain", "uncertain", None),
    ("error", "error", None),
];
const WORDS: &[Result] = &[
    ("Positive", "1", Some((true, Some("1")))),
    ("Positive", "3", Some((true, Some("3")))),
    ("Positive", "5", Some((true, Some("5")))),
    ("Negative", "N/A", Some((false, None))),
    ("Negative", "N/A", Some((false, None))),
    ("no_parkinsons", "uncertain", Some((false, None))),
    ("uncertain", "uncertain", None),
    ("error", "error", None),
];

/// One run of the analysis.
struct Run {
    session: String,
    scan: String,
    prediction: String,
    report: String,
    /// When the scan came; the others follow within seconds.
    at: DateTime<Utc>,
    result: Result,
    /// Whether writing the report failed.
    failed: bool,
}

impl Run {
    fn new(dice: &mut Dice, session: String, at: DateTime<Utc>) -> Self {
        let at = at + TimeDelta::microseconds(2_000_000 + dice.below(999_999) as i64);
        let words = if at < NEW_WORDS { OLD_WORDS } else { WORDS };
        let result = *dice.pick(words);
        Self {
            session,
            scan: uuid(dice),
            prediction: uuid(dice),
            report: uuid(dice),
            at,
            result,
            failed: dice.chance(6),
        }
    }

    fn predicted(&self) -> DateTime<Utc> {
        self.at + TimeDelta::milliseconds(4_321)
    }

    fn reported(&self) -> DateTime<Utc> {
        self.at + TimeDelta::milliseconds(12_345)
    }

    fn is_error(&self) -> bool {
        self.result.0 == "error"
    }

    fn scan_row(&self, bytes: Option<Vec<u8>>) -> [(&'static str, Cell); 10] {
        let file = format!("scan_{}.dcm", &self.scan[..8]);
        cells![
            id: &self.scan, session_id: &self.session, original_filename: &file,
            file_path: format!("/data/uploads/{file}"), file_type: "dicom", binary_data: bytes,
            preprocessing_applied: "[]", upload_timestamp: local(self.at), processing_status: "pending", metadata: "{}"
        ]
    }

    fn prediction_row(&self, confidence: f64) -> [(&'static str, Cell); 11] {
        let known = (!self.is_error()).then_some(confidence);
        cells![
            id: &self.prediction, session_id: &self.session, mri_scan_id: known.map(|_| &self.scan),
            prediction_type: "binary", binary_result: self.result.0, stage_result: self.result.1,
            confidence_score: known.unwrap_or_default(), binary_confidence: known,
            model_version: self.is_error().then_some("v3.0-ONNX"), created_at: local(self.predicted()), metadata: "{}"
        ]
    }

    fn report_row(&self, patient: Option<&str>) -> [(&'static str, Cell); 11] {
        let (kind, title, content) = if self.failed {
            (
                "error",
                "Report Generation Failed",
                "Report generation encountered an error: service unavailable".to_owned(),
            )
        } else {
            let (word, stage, _) = self.result;
            let text = format!("# Medical report\nClassification: {word}\nStage: {stage}\nNäher prüfen. 要経過観察。");
            ("comprehensive", "Parkinson's Disease Analysis Report", text)
        };
        let owner = patient.map(|id| serde_json::json!({"generation_time": 3.2, "patient_id": id}).to_string());
        cells![
            id: &self.report, session_id: &self.session,
            prediction_id: (!self.failed).then_some(&self.prediction), report_type: kind, title: title,
            content: content, recommendations: "[\"Consult a neurologist\"]", format_type: "text",
            confidence_level: if self.failed { 0.0 } else { 0.75 }, created_at: local(self.reported()),
            metadata: owner.unwrap_or_else(|| "{}".to_owned())
        ]
    }
}

impl Life<'_, '_> {
    pub(super) fn session(&mut self, number: usize) {
        let at = between(&mut self.dice, self.registered + TimeDelta::seconds(1), END);
        let session = format!("session_{}", self.digits(number));
        let completed = self.dice.chance(90);
        // Doctors are named by the one id or the other, or not at all.
        let named = *self.dice.pick(&["none", "none", "doctor", "doctor", "user"]);
        let doctor = self.doctor.filter(|_| named != "none");
        if !(self.shape.aged && completed && at < END - KEPT) {
            self.truth.sessions += 1;
            if let Some(doctor) = doctor {
                self.truth.seen_by(at, &doctor.id);
            }
        }
        if self.writes(at) {
            let by = doctor.map(|doctor| if named == "user" { &doctor.user } else { &doctor.id });
            let row = cells![
                id: &session, user_id: doctor.map_or_else(|| self.user(), |doctor| doctor.user.clone()),
                patient_id: &self.truth.id, patient_name: &self.truth.name, doctor_id: by,
                doctor_name: doctor.map(|doctor| &doctor.name), input_type: "text", output_format: "text",
                status: if completed { "completed" } else { "active" }, created_at: local(at),
                updated_at: if completed { utc(at + TimeDelta::seconds(40)) } else { local(at) }, metadata: "{}"
            ];
            self.rows.insert("sessions", &row);
        }
        if self.dice.chance(80) {
            let run = Run::new(&mut self.dice, session, at);
            self.scan(&run);
            self.prediction(&run);
            if self.dice.chance(85) {
                self.report(&run, number);
            }
        }
    }

    fn scan(&mut self, run: &Run) {
        let bytes = (self.shape.bytes && self.dice.chance(80)).then(|| bytes(&mut self.dice));
        if self.writes(run.at) {
            self.rows.insert("mri_scans", &run.scan_row(bytes));
            self.history(run, "mri_scans", &run.scan, "scan", run.at);
            let flag = cells![
                id: format!("flag-{}", run.scan), session_id: &run.session, flag_type: "PREDICT_PARKINSONS",
                status: "completed", data: "{}", created_at: local(run.at),
                updated_at: utc(run.at + TimeDelta::seconds(5)), agent_assigned: "aiml_agent"
            ];
            self.rows.insert("action_flags", &flag);
        }
        self.truth.scans += 1;
        self.truth.last_scan = self.truth.last_scan.max(Some(run.at));
    }

    fn prediction(&mut self, run: &Run) {
        let at = run.predicted();
        let confidence = 0.35 + self.dice.below(6_000) as f64 / 10_000.0;
        if self.writes(at) {
            self.rows.insert("predictions", &run.prediction_row(confidence));
            self.history(run, "predictions", &run.prediction, "prediction", at);
        }
        let says = match run.result.2 {
            Some((detected, stage)) => {
                self.truth.found(Finding { at, detected, stage });
                if detected { "detected" } else { "not_detected" }
            }
            None => run.result.0,
        };
        *self.truth.predictions.entry(says).or_default() += 1;
    }

    fn report(&mut self, run: &Run, number: usize) {
        let at = run.reported();
        if self.writes(at) {
            self.rows.insert("medical_reports", &run.report_row(Some(&self.truth.id)));
            self.history(run, "medical_reports", &run.report, "report", at);
        }
        if run.failed {
            self.truth.failed_reports += 1;
        } else {
            self.truth.reports += 1;
            self.truth.last_report = self.truth.last_report.max(Some(at));
        }
        self.request(run, number);
    }

    /// Reports that were there when the five tables came have a request each, and so have most of the later ones. A
    /// failed one of the early ones is `generated` all the same.
    fn request(&mut self, run: &Run, number: usize) {
        let early = run.at < ENHANCED;
        let asked = self.dice.chance(70);
        let later = *self.dice.pick(&["generated", "generated", "generated", "archived"]);
        if !early && !asked {
            return;
        }
        let status = if early {
            "generated"
        } else if run.failed {
            "failed"
        } else {
            later
        };
        *self.truth.requests.entry(status).or_default() += 1;
        if self.writes(run.at) {
            let failed = status == "failed";
            let made = run.reported();
            let row = cells![
                id: format!("status_{}", self.digits(number)), patient_id: &self.truth.id, session_id: &run.session,
                report_id: &run.report, prediction_id: &run.prediction, mri_scan_id: &run.scan, status: status,
                requested_by: if early { "system".to_owned() } else { self.user() },
                requested_at: if early { utc(ENHANCED) } else { local(run.predicted()) },
                generated_at: (!failed).then(|| local(made)),
                error_message: failed.then_some("service unavailable"), retry_count: if failed { 3_i64 } else { 0 },
                report_type: "comprehensive"
            ];
            self.rows.insert("report_status", &row);
        }
    }

    /// The event that was made of a row when the five tables came.
    fn history(&mut self, run: &Run, table: &str, source: &str, kind: &str, at: DateTime<Utc>) {
        if self.writes_history(at) {
            let row = cells![
                id: format!("timeline_{kind}_{source}"), patient_id: &self.truth.id, event_type: kind,
                event_date: local(at), event_title: "From before", event_description: "Result: see there",
                related_id: source, related_table: table, session_id: &run.session,
                created_at: utc(ENHANCED)
            ];
            self.rows.insert("patient_timeline", &row);
        }
    }
}

/// Runs of doctors who had named no patient: nobody's, in either spelling. Answers how many.
pub(super) fn of_nobody(file: &LegacyFile, shape: &Shape) -> u64 {
    let mut dice = Dice::new(shape.seed ^ 0xA5A5);
    let runs = shape.patients / 100 + 1;
    for number in 0..runs {
        let at = between(&mut dice, ENHANCED, END - TimeDelta::minutes(1));
        let session = format!("session_n{number:07x}");
        let row = cells![
            id: &session, user_id: "cli_user", patient_id: (number % 2 == 1).then_some(""),
            patient_name: "Unknown Patient", input_type: "text", output_format: "text", status: "active",
            created_at: local(at), updated_at: local(at)
        ];
        file.insert("sessions", &row);
        let run = Run::new(&mut dice, session, at);
        file.insert("mri_scans", &run.scan_row(None));
        file.insert("predictions", &run.prediction_row(0.5));
        file.insert("medical_reports", &run.report_row(None));
    }
    runs as u64
}

/// A small file; one in eight is one that others have too.
fn bytes(dice: &mut Dice) -> Vec<u8> {
    let (kinds, kind) = if dice.chance(12) { (5, 1) } else { (1 << 48, 2) };
    let mut word = (dice.below(kinds) as u64).wrapping_mul(kind);
    let length = 4 + word % 50;
    let words = (0..length).flat_map(|_| {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        word.to_be_bytes()
    });
    b"DICM".iter().copied().chain(words).collect()
}
