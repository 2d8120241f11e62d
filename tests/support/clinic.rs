//! A small clinic in which everything that makes reading hard occurs: equal sort keys, unknown ones, archived people,
//! chains of revisions, odd texts, visits on both sides of the present.

mod requests;

use serde_json::{Value, json};

use super::accounts;
use super::dice::Dice;
use super::factory::Factory;

/// The present, for tests that do not set another one: 23:30 of Saturday, 14 March in the clinic's zone (Berlin).
pub const NOW: &str = "2026-03-14T22:30:00.000000Z";

/// The clinic's zone.
pub const ZONE: chrono_tz::Tz = chrono_tz::Europe::Berlin;

const INSTANTS: &[&str] = &[
    "2021-06-30T08:00:00.000000Z",
    "2024-02-29T12:00:00.000000Z",
    "2026-02-12T23:15:00.000000Z",
    "2026-03-09T00:00:00.000000Z",
    "2026-03-13T22:59:59.999999Z",
    "2026-03-14T09:00:00.123456Z",
    "2026-03-14T22:29:59.999999Z",
];
const FUTURE: &[&str] = &["2026-03-14T22:45:00.000000Z", "2026-03-15T09:00:00.000000Z", "2026-07-01T07:30:00.000000Z"];
const NAMES: &[&str] = &[
    "Émile Zola",
    "émile zola",
    "Anna Müller",
    "ANNA MÜLLER",
    "İpek Yıldız",
    "Straße, Jörg",
    "Οδυσσεύς",
    "100% O'Brien_Smith",
    "ﬁne \"quoted\" \\ name",
    "王小明",
    "Zoë",
    "anna müller",
    "Ångström",
    "Bob",
];
const TEXTS: &[&str] =
    &["", "plain", "two\nlines\tand a \"quote\"", "back\\slash \u{1} \u{7f}", "naïve — 診断 🩺", "</script>"];

/// The keys of a clinic's people.
#[derive(Debug)]
pub struct People {
    pub users: Vec<String>,
    pub doctors: Vec<String>,
    pub patients: Vec<String>,
}

/// Fills a database; the same on both, and at every run.
pub async fn fill(factory: &Factory) {
    fill_by(factory, Dice::new(7)).await;
}

/// Fills a database by chance.
pub async fn fill_by(factory: &Factory, dice: Dice) -> People {
    let mut builder = Builder { factory, dice, users: vec![], doctors: vec![] };
    builder.people().await;
    let mut patients = vec![];
    for number in 0..NAMES.len() {
        let patient = builder.patient(number).await;
        // The last two have nothing at all.
        if number < NAMES.len() - 2 {
            builder.record(&patient).await;
        }
        patients.push(patient);
    }
    People { users: builder.users, doctors: builder.doctors, patients }
}

struct Builder<'a> {
    factory: &'a Factory,
    dice: Dice,
    users: Vec<String>,
    doctors: Vec<String>,
}

impl Builder<'_> {
    async fn people(&mut self) {
        for (number, role) in ["admin", "doctor", "doctor", "patient", "agent", "agent"].iter().enumerate() {
            let mut row = json!({"username": format!("user{number}"), "name": format!("User {number}"), "role": role});
            self.stamp(&mut row);
            row["email"] = if number % 2 == 0 { json!(format!("u{number}@clinic.example")) } else { Value::Null };
            row["is_active"] = json!(number != 5);
            row["last_login"] = self.maybe_instant();
            self.users.push(self.factory.insert("users", "id", row, json!({})).await);
        }
        accounts::some_keys(self.factory, &self.users[4..]).await;
        for (number, name) in ["Ärzt, Ute", "Bell", "bell", "Curie", "Dax", "Zhou"].iter().enumerate() {
            let mut row = json!({
                "license_number": format!("L{number}"),
                "specialization": ([Some("Neurology"), Some("Radiology"), None][number % 3]),
                "years_experience": ([Some(0), None, Some(31)][number % 3]),
                "consultation_fee_cents": ([Some(0), Some(12_345), None, Some(5)][number % 4]),
                "hospital_affiliation": self.text(),
                "email": (["u.aerzt@clinic.example", "BELL@clinic.example"].get(number)),
                "phone": self.text(),
                "user_id": if number == 0 { json!(self.users[1]) } else { Value::Null },
                "archived_at": if number == 4 { json!(INSTANTS[1]) } else { Value::Null },
            });
            self.stamp(&mut row);
            self.doctors.push(self.factory.doctor(name, row).await);
        }
    }

    async fn patient(&mut self, number: usize) -> String {
        let dice = &mut self.dice;
        let mut row = json!({
            "name": NAMES[number],
            "gender": dice.pick(&["male", "female", "other", "unknown"]),
            "date_of_birth": dice.pick(&[None, None, Some("1950-03-15"), Some("1950-03-14"), Some("2000-02-29")]),
            "dob_estimated": dice.chance(20),
            "archived_at": if number % 6 == 5 { json!(INSTANTS[2]) } else { Value::Null },
            "emergency_contact_name": dice.pick(&[None, Some("Kim")]),
            "emergency_contact_phone": dice.pick(&[None, Some("+49 30 1")]),
            "user_id": if number == 0 { json!(self.users[3]) } else { Value::Null },
        });
        if dice.chance(20) && !row["date_of_birth"].is_null() {
            row["date_of_death"] = json!("2020-03-14");
        }
        row["email"] = if dice.chance(50) { json!(format!("p{number}@Example.org")) } else { Value::Null };
        for column in ["phone", "address", "medical_history", "allergies", "current_medications", "insurance_info"] {
            row[column] = self.text();
        }
        self.stamp(&mut row);
        self.factory.patient(&format!("M-{:02}", (number * 5) % 14), row).await
    }

    async fn record(&mut self, patient: &str) {
        let sessions = self.sessions(patient).await;
        let scans = self.scans(patient, &sessions).await;
        let predictions = self.predictions(patient, &sessions, &scans).await;
        let reports = self.reports(patient, &sessions, &predictions).await;
        self.requests(patient, &sessions, &scans, &predictions, &reports).await;
        self.assignments(patient).await;
        self.consultations(patient, &sessions).await;
        self.notes(patient).await;
    }

    async fn sessions(&mut self, patient: &str) -> Vec<String> {
        let mut keys = vec![];
        for _ in 0..self.dice.below(3) {
            let mut row = json!({
                "doctor_id": self.maybe(|b| b.dice.pick(&b.doctors).clone()),
                "user_id": self.maybe(|b| b.users[0].clone()),
                "agent_id": self.maybe(|b| b.users[4].clone()),
                "status": self.dice.pick(&["active", "completed", "failed", "expired"]),
                "metadata": self.document(),
            });
            self.stamp(&mut row);
            keys.push(self.factory.of_patient("sessions", patient, row).await);
        }
        keys
    }

    async fn scans(&mut self, patient: &str, sessions: &[String]) -> Vec<String> {
        let mut keys = vec![];
        for _ in 0..self.dice.below(5) {
            let row = json!({
                "session_id": self.one_of(sessions),
                "original_filename": self.text(),
                "file_type": self.dice.pick(&["dicom", "nifti", "png", "jpeg", "unknown"]),
                "file_size": self.dice.pick(&[None, Some(0_i64), Some(2_147_483_647)]),
                "acquired_at": self.maybe_instant(),
                "upload_timestamp": self.instant(),
                "processing_timestamp": self.maybe_instant(),
                "sha256": self.maybe(|_| "0f".repeat(32)),
                "image_dimensions": self.maybe(|_| "256x256x180"),
                "processing_status": self.dice.pick(&["pending", "processing", "completed", "failed"]),
                "preprocessing_applied": self.document(),
                "metadata": self.document(),
            });
            keys.push(self.factory.of_patient("mri_scans", patient, row).await);
        }
        keys
    }

    async fn predictions(&mut self, patient: &str, sessions: &[String], scans: &[String]) -> Vec<String> {
        let mut keys = vec![];
        for _ in 0..self.dice.below(6) {
            let row = json!({
                "session_id": self.one_of(sessions),
                "mri_scan_id": self.one_of(scans),
                "binary_result": self.dice.pick(&[None, Some("detected"), Some("not_detected"), Some("uncertain")]),
                "stage_result": self.dice.pick(&[None, Some("1"), Some("Stage \"2\"")]),
                "confidence_score": self.dice.pick(&[None, Some(0.0), Some(0.1), Some(1.0)]),
                "binary_confidence": self.dice.pick(&[None, Some(0.312_5)]),
                "stage_confidence": self.dice.pick(&[None, Some(0.5)]),
                "model_version": self.text(),
                "uncertainty_metrics": self.document(),
                "metadata": self.document(),
                "processing_time": self.dice.pick(&[None, Some(12.5)]),
                "released_at": self.maybe_instant(),
                "created_at": self.instant(),
            });
            keys.push(self.factory.of_patient("predictions", patient, row).await);
        }
        keys
    }

    async fn reports(&mut self, patient: &str, sessions: &[String], predictions: &[String]) -> Vec<String> {
        let mut keys: Vec<String> = vec![];
        let mut newest: Option<(String, usize)> = None;
        for _ in 0..self.dice.below(5) {
            let earlier = newest.take().filter(|_| self.dice.chance(60));
            let status = if earlier.is_some() || self.dice.chance(70) { "released" } else { "draft" };
            let withdrawn = status == "released" && self.dice.chance(20);
            let mut row = json!({
                "session_id": self.one_of(sessions),
                "prediction_id": self.one_of(predictions),
                "report_type": self.dice.pick(&["comprehensive", "summary", "patient_friendly", "follow_up", "other"]),
                "title": format!("Report {}", keys.len()),
                "content": self.dice.pick(TEXTS),
                "recommendations": self.document(),
                "format_type": self.dice.pick(&["markdown", "text", "html", "pdf"]),
                "generated_by": self.text(),
                "disclaimer": self.text(),
                "revision_reason": self.text(),
                "metadata": self.document(),
                "made_from": self.document(),
                "confidence_level": self.dice.pick(&[None, Some(0.875)]),
                "status": if withdrawn { "withdrawn" } else { status },
                "released_at": if status == "draft" { Value::Null } else { self.instant() },
                "released_by": if status == "draft" { Value::Null } else { json!(self.users[2]) },
                "withdrawn_at": if withdrawn { self.instant() } else { Value::Null },
                "withdrawn_reason": if withdrawn { self.text() } else { Value::Null },
                "revision": earlier.as_ref().map_or(1, |(_, revision)| revision + 1),
                "supersedes_id": earlier.map(|(key, _)| key),
            });
            self.stamp(&mut row);
            let revision = row["revision"].as_u64().map_or(1, |revision| revision as usize);
            let key = self.factory.of_patient("medical_reports", patient, row).await;
            for prediction in predictions.iter().take(self.dice.below(3)) {
                let row = json!({"prediction_id": prediction, "patient_id": patient});
                self.factory.insert("report_predictions", "report_id", row, json!({"report_id": key})).await;
            }
            newest = (status == "released").then(|| (key.clone(), revision));
            keys.push(key);
        }
        keys
    }

    async fn assignments(&mut self, patient: &str) {
        let types = ["primary", "consultant", "specialist"];
        let mut open = vec![];
        for _ in 0..self.dice.below(6) {
            let doctor = self.dice.pick(&self.doctors).clone();
            let kind = *self.dice.pick(&types);
            let taken = open.iter().any(|(d, k)| *k == kind && (kind == "primary" || *d == doctor));
            let ended = taken || self.dice.chance(40);
            let mut row = json!({
                "assignment_type": kind,
                "assignment_date": self.dice.pick(&INSTANTS[..3]),
                "ended_at": if ended { json!(self.dice.pick(&INSTANTS[3..])) } else { Value::Null },
                "is_active": !ended,
                "notes": self.text(),
            });
            self.stamp(&mut row);
            self.factory.assignment(patient, &doctor, row).await;
            if !ended {
                open.push((doctor, kind));
            }
        }
    }

    async fn consultations(&mut self, patient: &str, sessions: &[String]) {
        for _ in 0..self.dice.below(9) {
            let doctor = self.dice.pick(&self.doctors).clone();
            let status = *self.dice.pick(&["scheduled", "completed", "completed", "completed", "cancelled", "no-show"]);
            let date = if status == "scheduled" && self.dice.chance(50) {
                self.dice.pick(FUTURE)
            } else {
                self.dice.pick(INSTANTS)
            };
            let types = [None, Some("in-person"), Some("telemedicine"), Some("follow-up"), Some("emergency")];
            let mut row = json!({
                "session_id": self.one_of(sessions),
                "status": status,
                "consultation_type": self.dice.pick(&types),
                "diagnosis": self.text(),
                "prescription": self.text(),
                "chief_complaint": self.text(),
                "notes": self.text(),
                "next_visit_date": self.maybe_instant(),
                "rescheduled_from": self.maybe_instant(),
                "rescheduled_at": self.maybe_instant(),
                "correction_reason": self.text(),
                "corrected_by": self.maybe(|b| b.users[0].clone()),
                "corrected_at": self.maybe_instant(),
                "duration_minutes": self.dice.pick(&[None, Some(20)]),
                "fee_charged_cents": self.dice.pick(&[None, Some(0), Some(7), Some(100_000_000_000_i64)]),
            });
            self.stamp(&mut row);
            let key = self.factory.consultation(patient, &doctor, date, row).await;
            for version in 0..self.dice.below(4) {
                let row = json!({
                    "consultation_id": key,
                    "patient_id": patient,
                    "doctor_id": doctor,
                    "consultation_date": self.instant(),
                    "status": "completed",
                    "diagnosis": self.text(),
                    "consultation_version": version + 1,
                    "reason": self.text(),
                    "changed_by": self.maybe(|b| b.users[0].clone()),
                    "changed_at": self.instant(),
                });
                self.factory.insert("consultation_revisions", "id", row, json!({})).await;
            }
        }
    }

    async fn notes(&mut self, patient: &str) {
        for _ in 0..self.dice.below(3) {
            let mut row = json!({
                "event_type": "note",
                "event_date": self.instant(),
                "event_title": self.dice.pick(&TEXTS[1..]),
                "event_description": self.text(),
                "severity": self.dice.pick(&["info", "low", "medium", "high", "critical"]),
                "author_id": self.maybe(|b| b.users[1].clone()),
                "doctor_id": self.maybe(|b| b.dice.pick(&b.doctors).clone()),
                "patient_visible": self.dice.chance(50),
                "metadata": self.document(),
            });
            self.stamp(&mut row);
            self.factory.of_patient("patient_timeline", patient, row).await;
        }
    }

    fn instant(&mut self) -> Value {
        json!(self.dice.pick(INSTANTS))
    }

    fn maybe_instant(&mut self) -> Value {
        self.maybe(|builder| *builder.dice.pick(INSTANTS))
    }

    fn text(&mut self) -> Value {
        self.maybe(|builder| *builder.dice.pick(TEXTS))
    }

    fn document(&mut self) -> Value {
        self.maybe(|builder| {
            builder.dice.pick(&[json!({"a": [1, "ü\"", null], "b": {}}), json!([]), json!([null, 1.5])]).clone()
        })
    }

    fn one_of(&mut self, keys: &[String]) -> Value {
        if keys.is_empty() { Value::Null } else { self.maybe(|builder| builder.dice.pick(keys).clone()) }
    }

    /// The value, or unknown.
    fn maybe<T: serde::Serialize>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Value {
        if self.dice.chance(30) { Value::Null } else { json!(value(self)) }
    }

    /// Creation and last change, which else would be the time of the test run.
    fn stamp(&mut self, row: &mut Value) {
        row["created_at"] = self.instant();
        row["updated_at"] = self.instant();
    }
}
