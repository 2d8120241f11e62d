//! Rows by plain SQL, with what a test does not care about filled in: as any other program would write them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use super::database::TestDatabase;

/// The prefixes of the ids that clients hold. They are in bookmarks and logs: they never change.
pub const PREFIXES: &[(&str, &str)] = &[
    ("Patient", "pat"),
    ("Doctor", "doc"),
    ("Assignment", "asg"),
    ("Consultation", "con"),
    ("ConsultationRevision", "rev"),
    ("AnalysisSession", "ses"),
    ("Scan", "scn"),
    ("Prediction", "prd"),
    ("Report", "rep"),
    ("ReportRequest", "req"),
    ("TimelineEvent", "evt"),
    ("User", "usr"),
    ("ApiKey", "key"),
];

/// The id by which the API knows a row.
pub fn id(type_name: &str, key: &str) -> String {
    let prefix = PREFIXES.iter().find(|(name, _)| *name == type_name).expect("a type with ids").1;
    let key = uuid::Uuid::parse_str(key).expect("a key");
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(key.as_bytes()))
}

/// Inserts rows into one database, each under a key that depends on its number alone: the same calls make the same
/// rows on both databases. Later keys are not greater ones, so that no order holds by chance.
#[derive(Debug)]
pub struct Factory {
    /// Where the rows go.
    pub connection: DatabaseConnection,
    count: AtomicU64,
    /// What waits to be written at once.
    script: Option<Mutex<String>>,
}

impl Factory {
    /// Connects to `database`.
    pub async fn new(database: &TestDatabase) -> Self {
        Self { connection: database.connect().await, count: AtomicU64::new(0), script: None }
    }

    /// Connects to `database`; what is inserted is there from the next [`commit`](Self::commit) on. For many rows.
    pub async fn at_once(database: &TestDatabase) -> Self {
        Self { script: Some(Mutex::default()), ..Self::new(database).await }
    }

    /// Writes what waits.
    pub async fn commit(&self) {
        let script =
            self.script.as_ref().map(|script| std::mem::take(&mut *script.lock().expect("nobody panics with it")));
        let script = format!("BEGIN; {} COMMIT;", script.unwrap_or_default());
        self.connection.execute_unprepared(&script).await.unwrap_or_else(|error| panic!("{error}"));
    }

    /// A patient of this record number and name.
    pub async fn patient(&self, mrn: &str, more: Value) -> String {
        self.insert("patients", "patient_id", json!({"mrn": mrn, "name": format!("Patient {mrn}")}), more).await
    }

    /// A doctor of this name.
    pub async fn doctor(&self, name: &str, more: Value) -> String {
        self.insert("doctors", "doctor_id", json!({"name": name}), more).await
    }

    /// A user of this sign-in name.
    pub async fn user(&self, username: &str, role: &str) -> String {
        let row = json!({"username": username, "name": format!("User {username}"), "role": role});
        self.insert("users", "id", row, json!({})).await
    }

    /// A completed visit at an instant.
    pub async fn consultation(&self, patient: &str, doctor: &str, date: &str, more: Value) -> String {
        let row = json!({"patient_id": patient, "doctor_id": doctor, "consultation_date": date});
        self.insert("consultations", "id", row, more).await
    }

    /// An open assignment of type `primary`.
    pub async fn assignment(&self, patient: &str, doctor: &str, more: Value) -> String {
        let date = json!("2024-01-01T00:00:00.000000Z");
        let row = json!({"patient_id": patient, "doctor_id": doctor, "assignment_date": date});
        self.insert("doctor_patient_assignments", "id", row, more).await
    }

    /// A row of any table whose key is `id` and that belongs to a patient.
    pub async fn of_patient(&self, table: &str, patient: &str, more: Value) -> String {
        self.insert(table, "id", json!({"patient_id": patient}), more).await
    }

    /// A row: `more` beside and over `row`.
    pub async fn insert(&self, table: &str, key_column: &str, row: Value, more: Value) -> String {
        let key = self.next_key();
        let mut columns = serde_json::Map::from_iter([(key_column.to_owned(), json!(key))]);
        for part in [row, more] {
            let Value::Object(part) = part else { panic!("{table}: a row is an object, not {part}") };
            columns.extend(part);
        }
        if let ("patients" | "doctors", Some(Value::String(name))) = (table, columns.get("name")) {
            let folded = fold(name);
            columns.entry("name_folded").or_insert(json!(folded));
            let searched = search_text(table, |column| columns.get(column).and_then(Value::as_str));
            columns.entry("search_text").or_insert(json!(searched));
        }
        let names: Vec<&str> = columns.keys().map(String::as_str).collect();
        let values: Vec<String> = columns.values().map(literal).collect();
        self.run(&format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "))).await;
        key
    }

    /// Any statement; both databases must understand it.
    pub async fn run(&self, statement: &str) {
        if let Some(script) = &self.script {
            *script.lock().expect("nobody panics with it") += &format!("{statement};\n");
            return;
        }
        let result = self.connection.execute_unprepared(statement).await;
        result.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// A key that no row has yet.
    pub fn next_key(&self) -> String {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let scattered = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
        format!("01900000-0000-7000-8000-{scattered:012x}")
    }
}

/// How names are compared and ordered.
pub fn fold(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

/// What a person is searched by: the first hundred characters of each text.
pub fn search_text<'a>(table: &str, text: impl Fn(&str) -> Option<&'a str>) -> String {
    let lines = searched_in(table).into_iter().filter_map(text);
    lines.map(|line| search_fold(line).chars().take(100).collect()).collect::<Vec<String>>().join("\n")
}

/// What words are searched in: the columns of a table of people.
pub fn searched_in(table: &str) -> [&'static str; 3] {
    ["name", if table == "patients" { "mrn" } else { "license_number" }, "email"]
}

/// How people are searched: without accents, case, and letters that few keyboards have.
pub fn search_fold(text: &str) -> String {
    let plain: String = text.nfkd().filter(|letter| !('\u{300}'..='\u{36f}').contains(letter)).collect();
    let letters = [
        ("ß", "ss"),
        ("æ", "ae"),
        ("œ", "oe"),
        ("ø", "o"),
        ("đ", "d"),
        ("ð", "d"),
        ("þ", "th"),
        ("ł", "l"),
        ("ı", "i"),
        ("ς", "σ"),
        ("’", "'"),
        ("ʼ", "'"),
    ];
    letters.iter().fold(plain.to_lowercase(), |text, (letter, plain)| text.replace(letter, plain)).nfc().collect()
}

/// A value as both databases read it from a statement's text.
pub fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => value.to_string().to_uppercase(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) => quoted(&value.to_string()),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
