//! Timeline and statistics recomputed in Rust from the base rows, after domain.md and without looking at the views.

use std::collections::{BTreeMap, BTreeSet};

use entity::{Instant, Key};
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use serde_json::{Value, json};

/// What both tables must hold, or what they hold.
#[derive(Debug, Default, PartialEq)]
pub struct Derived {
    /// By patient.
    pub statistics: BTreeMap<Key, Figures>,
    /// By id.
    pub events: BTreeMap<Key, Event>,
}

/// A row of `patient_statistics`: for staff, then for the patient.
#[derive(Debug, Default, PartialEq)]
pub struct Figures {
    visits: i64,
    scans: i64,
    doctors: i64,
    first_visit: Option<Instant>,
    last_visit: Option<Instant>,
    last_scan: Option<Instant>,
    all: Released,
    released: Released,
}

/// The figures that depend on what was released.
#[derive(Debug, Default, PartialEq)]
pub struct Released {
    predictions: i64,
    reports: i64,
    last_report: Option<Instant>,
    status: String,
    stage: Option<String>,
}

/// A made event.
#[derive(Debug, PartialEq)]
pub struct Event {
    patient: Key,
    kind: String,
    date: Instant,
    title: String,
    description: Option<String>,
    source: (String, Key),
    doctor: Option<Key>,
    session: Option<Key>,
    severity: String,
    metadata: Option<Value>,
    visible: bool,
}

async fn rows(conn: &impl ConnectionTrait, sql: &str) -> Vec<QueryResult> {
    conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.expect(sql)
}

fn text(row: &QueryResult, column: &str) -> String {
    row.try_get("", column).unwrap()
}

fn some_text(row: &QueryResult, column: &str) -> Option<String> {
    row.try_get("", column).unwrap()
}

fn key(row: &QueryResult, column: &str) -> Key {
    row.try_get("", column).unwrap()
}

fn some_key(row: &QueryResult, column: &str) -> Option<Key> {
    row.try_get("", column).unwrap()
}

fn time(row: &QueryResult, column: &str) -> Option<Instant> {
    row.try_get("", column).unwrap()
}

fn number(row: &QueryResult, column: &str) -> i64 {
    row.try_get("", column).unwrap()
}

/// What is stored.
pub async fn stored(conn: &impl ConnectionTrait) -> Derived {
    let mut derived = Derived::default();
    for row in rows(conn, "SELECT * FROM patient_statistics").await {
        let released = |predictions, reports, last_report, status, stage| Released {
            predictions: number(&row, predictions),
            reports: number(&row, reports),
            last_report: time(&row, last_report),
            status: text(&row, status),
            stage: some_text(&row, stage),
        };
        let figures = Figures {
            visits: number(&row, "total_consultations"),
            scans: number(&row, "total_mri_scans"),
            doctors: number(&row, "unique_doctors_count"),
            first_visit: time(&row, "first_visit_date"),
            last_visit: time(&row, "last_visit_date"),
            last_scan: time(&row, "last_scan_date"),
            all: released("total_predictions", "total_reports", "last_report_date", "disease_status", "disease_stage"),
            released: released(
                "released_predictions",
                "released_reports",
                "last_released_report_date",
                "released_disease_status",
                "released_disease_stage",
            ),
        };
        derived.statistics.insert(key(&row, "patient_id"), figures);
    }
    for row in rows(conn, "SELECT * FROM patient_timeline WHERE event_type <> 'note'").await {
        let event = Event {
            patient: key(&row, "patient_id"),
            kind: text(&row, "event_type"),
            date: time(&row, "event_date").unwrap(),
            title: text(&row, "event_title"),
            description: some_text(&row, "event_description"),
            source: (text(&row, "related_table"), key(&row, "related_id")),
            doctor: some_key(&row, "doctor_id"),
            session: some_key(&row, "session_id"),
            severity: text(&row, "severity"),
            metadata: row.try_get("", "metadata").unwrap(),
            visible: row.try_get("", "patient_visible").unwrap(),
        };
        derived.events.insert(key(&row, "id"), event);
    }
    derived
}

/// What the base tables ask for.
pub async fn expected(conn: &impl ConnectionTrait) -> Derived {
    let mut derived = Derived::default();
    for row in rows(conn, "SELECT patient_id FROM patients").await {
        let figures = derived.statistics.entry(key(&row, "patient_id")).or_default();
        figures.all.status = "unknown".to_owned();
        figures.released.status = "unknown".to_owned();
    }
    let mut doctors: BTreeSet<(Key, Key)> = BTreeSet::new();
    for row in rows(conn, "SELECT * FROM doctor_patient_assignments").await {
        doctors.insert((key(&row, "patient_id"), key(&row, "doctor_id")));
    }
    for row in rows(conn, "SELECT * FROM consultations").await {
        derived.visit(&row, &mut doctors);
    }
    for (patient, _) in doctors {
        derived.of(patient).doctors += 1;
    }
    for row in rows(conn, "SELECT * FROM mri_scans").await {
        derived.scan(&row);
    }
    derived.predictions(&rows(conn, "SELECT * FROM predictions").await);
    derived.reports(&rows(conn, "SELECT * FROM medical_reports").await);
    derived
}

/// The id of a source's event of one kind.
fn event_id(source: Key, kind: char) -> Key {
    let mut id = source.to_string();
    id.replace_range(14..15, &kind.to_string());
    id.parse().unwrap()
}

fn beginning(text: Option<String>) -> Option<String> {
    text.map(|text| text.chars().take(200).collect())
}

fn latest(figure: &mut Option<Instant>, time: Option<Instant>) {
    *figure = (*figure).max(time);
}

impl Derived {
    fn of(&mut self, patient: Key) -> &mut Figures {
        self.statistics.get_mut(&patient).expect("rows belong to patients")
    }

    fn event(&mut self, table: &str, row: &QueryResult, digit: char, kind: &str, date: Option<Instant>) -> &mut Event {
        let id = key(row, "id");
        let event = Event {
            patient: key(row, "patient_id"),
            kind: kind.to_owned(),
            date: date.unwrap(),
            title: String::new(),
            description: None,
            source: (table.to_owned(), id),
            doctor: None,
            session: some_key(row, "session_id"),
            severity: "info".to_owned(),
            metadata: None,
            visible: true,
        };
        self.events.entry(event_id(id, digit)).or_insert(event)
    }

    fn visit(&mut self, row: &QueryResult, doctors: &mut BTreeSet<(Key, Key)>) {
        let (patient, doctor, status) = (key(row, "patient_id"), key(row, "doctor_id"), text(row, "status"));
        let date = time(row, "consultation_date");
        if status == "completed" {
            doctors.insert((patient, doctor));
            let figures = self.of(patient);
            figures.visits += 1;
            figures.first_visit = [figures.first_visit, date].into_iter().flatten().min();
            latest(&mut figures.last_visit, date);
        }
        if status != "scheduled" {
            let kind = some_text(row, "consultation_type");
            let event = self.event("consultations", row, 'c', "consultation", date);
            event.title = format!("Visit: {}", kind.as_deref().unwrap_or("unknown"));
            event.severity = if kind.as_deref() == Some("emergency") { "high" } else { "info" }.to_owned();
            event.description = beginning(some_text(row, "chief_complaint"));
            event.metadata = Some(json!({"status": status}));
            event.doctor = Some(doctor);
        }
        for (digit, kind, column, title, severity) in [
            ('d', "diagnosis", "diagnosis", "Diagnosis", "medium"),
            ('e', "treatment", "prescription", "Treatment", "info"),
        ] {
            let words = some_text(row, column);
            if status == "completed" && words.as_ref().is_some_and(|words| !words.trim().is_empty()) {
                let event = self.event("consultations", row, digit, kind, date);
                event.title = title.to_owned();
                event.severity = severity.to_owned();
                event.description = beginning(words);
                event.doctor = Some(doctor);
            }
        }
    }

    fn scan(&mut self, row: &QueryResult) {
        let taken = time(row, "acquired_at").or(time(row, "upload_timestamp"));
        let figures = self.of(key(row, "patient_id"));
        figures.scans += 1;
        latest(&mut figures.last_scan, taken);
        let event = self.event("mri_scans", row, '9', "scan", taken);
        event.title = "MRI scan".to_owned();
        event.description = beginning(some_text(row, "original_filename"));
    }

    fn predictions(&mut self, rows: &[QueryResult]) {
        let mut rows: Vec<&QueryResult> = rows.iter().collect();
        rows.sort_by_key(|row| (time(row, "created_at"), key(row, "id")));
        for row in rows {
            let released = time(row, "released_at").is_some();
            let (result, stage) = (some_text(row, "binary_result"), some_text(row, "stage_result"));
            let figures = self.of(key(row, "patient_id"));
            for side in [Some(&mut figures.all), released.then_some(&mut figures.released)].into_iter().flatten() {
                side.predictions += 1;
                if let Some(result @ ("detected" | "not_detected")) = result.as_deref() {
                    side.status = result.to_owned();
                    side.stage = if result == "detected" { stage.clone() } else { None };
                }
            }
            let event = self.event("predictions", row, 'a', "prediction", time(row, "created_at"));
            event.title = format!("Analysis: {}", result.as_deref().unwrap_or("unknown").replace('_', " "));
            event.severity = if result.as_deref() == Some("detected") { "high" } else { "info" }.to_owned();
            event.description = stage
                .map(|stage| if stage.to_lowercase().starts_with("stage") { stage } else { format!("Stage {stage}") });
            event.metadata = Some(json!({"released": released}));
            event.visible = released;
        }
    }

    fn reports(&mut self, rows: &[QueryResult]) {
        let superseding: BTreeMap<Key, String> =
            rows.iter().filter_map(|row| Some((some_key(row, "supersedes_id")?, text(row, "status")))).collect();
        for row in rows {
            let (status, by) = (text(row, "status"), superseding.get(&key(row, "id")));
            let created = time(row, "created_at");
            let figures = self.of(key(row, "patient_id"));
            if status != "withdrawn" && by.is_none() {
                figures.all.reports += 1;
                latest(&mut figures.all.last_report, created);
            }
            if status == "released" && by.is_none_or(|newer| newer != "released") {
                figures.released.reports += 1;
                latest(&mut figures.released.last_report, created);
            }
            let event = self.event("medical_reports", row, 'b', "report", created);
            event.title = text(row, "title");
            event.description = beginning(some_text(row, "content"));
            event.visible = status == "released";
            let revision = number(row, "revision");
            event.metadata = Some(json!({"status": status, "revision": revision, "superseded": by.is_some()}));
        }
    }
}

/// Fails with the first difference if what is stored is not what the base tables ask for.
pub async fn compare(conn: &impl ConnectionTrait) -> Result<(), String> {
    let (stored, expected) = (stored(conn).await, expected(conn).await);
    for (patient, figures) in &expected.statistics {
        let found = stored.statistics.get(patient);
        if found != Some(figures) {
            return Err(format!("statistics of {patient}:\nstored   {found:?}\nexpected {figures:?}"));
        }
    }
    for (id, event) in &expected.events {
        let found = stored.events.get(id);
        if found != Some(event) {
            return Err(format!("event {id}:\nstored   {found:?}\nexpected {event:?}"));
        }
    }
    if stored != expected {
        return Err(format!("more than expected is stored: {stored:?}"));
    }
    Ok(())
}
