//! What is there after an import.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Facts;
use crate::import::Target;
use crate::naive::tables::{Row, Tables};

/// The old tables whose rows other rows are told apart by.
const NAMED: [&str; 8] = [
    "users",
    "doctors",
    "patients",
    "sessions",
    "mri_scans",
    "predictions",
    "medical_reports",
    "doctor_patient_assignments",
];

/// All rows, and the old ids for their keys.
pub(super) struct Here {
    pub(super) tables: Tables,
    /// What the import noted.
    pub(super) noted: Tables,
    /// Old ids by keys.
    pub(super) names: BTreeMap<String, String>,
}

impl Here {
    pub(super) async fn read(target: &Target) -> Self {
        let connection = target.database.connect().await;
        let tables = Tables::load(&connection).await;
        let noted = Tables::of(&connection, &["imports", "import_rows", "import_kept", "import_quarantine"]).await;
        connection.close().await.expect("the connection closes");
        let mut names = BTreeMap::new();
        for row in noted.rows("import_rows") {
            let table = text(row, "source_table");
            if NAMED.contains(&table.as_str()) && !row["row_key"].is_null() {
                names.insert(text(row, "row_key"), text(row, "source_key"));
            }
        }
        Self { tables, noted, names }
    }

    /// What there is to know of each patient and doctor, as [`expected`](super::expected) says it.
    pub(super) fn facts(&self) -> Facts {
        let mut facts = Facts::new();
        for patient in self.tables.rows("patients") {
            let mut of_patient = self.of_patient(patient);
            of_patient.sort();
            facts.insert(text(patient, "mrn"), of_patient);
        }
        for doctor in self.tables.rows("doctors") {
            let user = self.tables.find("users", "id", &doctor["user_id"]).expect("every doctor has an account");
            let of = [text(doctor, "name"), text(user, "username"), format!("active {}", user["is_active"])];
            let id = self.name(&doctor["doctor_id"]);
            facts.insert(format!("doctor {id}"), vec![format!("doctor {}", of.join(" "))]);
        }
        facts
    }

    fn of_patient(&self, patient: &Row) -> Vec<String> {
        let key = &patient["patient_id"];
        let of =
            |table: &str| self.tables.rows(table).iter().filter(|row| row["patient_id"] == *key).collect::<Vec<_>>();
        let account = self.tables.find("users", "id", &patient["user_id"]);
        let notes = of("patient_timeline").into_iter().filter(|event| event["related_id"].is_null());
        let fees = of("consultations").into_iter().filter_map(|visit| visit["fee_charged_cents"].as_i64());
        let mut facts = vec![
            format!("name {}", text(patient, "name")),
            format!("account {}", account.is_some_and(|account| account["username"] == patient["mrn"])),
            format!("sessions {}", of("sessions").len()),
            format!("notes {}", notes.count()),
            format!("fees {}", fees.sum::<i64>()),
        ];
        let statistics = of("patient_statistics");
        assert_eq!(statistics.len(), 1, "{patient:?}");
        for column in [
            "total_consultations",
            "total_mri_scans",
            "total_predictions",
            "total_reports",
            "unique_doctors_count",
            "first_visit_date",
            "last_visit_date",
            "last_scan_date",
            "last_report_date",
            "disease_status",
            "disease_stage",
        ] {
            facts.push(format!("{column} {}", text(statistics[0], column)));
        }
        facts.extend(counted("visit", &of("consultations"), "status"));
        facts.extend(counted("prediction", &of("predictions"), "binary_result"));
        facts.extend(counted("request", &of("report_status"), "status"));
        for row in of("doctor_patient_assignments") {
            let doctor = self.name(&row["doctor_id"]);
            let registered = row["assignment_date"] == patient["created_at"];
            let since = if registered { "registered".to_owned() } else { text(row, "assignment_date") };
            let (kind, ended) = (text(row, "assignment_type"), text(row, "ended_at"));
            assert_eq!(row["is_active"] == true, row["ended_at"].is_null(), "{row:?}");
            facts.push(format!("assignment {doctor} {kind} {since} {ended}"));
        }
        facts
    }

    fn name(&self, key: &Value) -> &str {
        let key = key.as_str().expect("a key");
        self.names.get(key).unwrap_or_else(|| panic!("nobody knows the old id of {key}"))
    }
}

fn counted(what: &str, rows: &[&Row], column: &str) -> Vec<String> {
    let mut counts = BTreeMap::<String, u64>::new();
    rows.iter().for_each(|row| *counts.entry(text(row, column)).or_default() += 1);
    counts.into_iter().map(|(word, count)| format!("{what} {} {count}", word)).collect()
}

/// A value as text, `-` for none.
pub(super) fn text(row: &Row, column: &str) -> String {
    match &row[column] {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
