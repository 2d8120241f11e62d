//! Who sees which rows, as the table of roles in the design says it, and what is left of a clinic for one viewer. Written
//! apart from the server's own rules on purpose: only what both say is so.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::columns;
use crate::naive::Tables;
use crate::naive::tables::Row;

/// What somebody is to the clinic.
#[derive(Debug)]
pub enum Role {
    Admin,
    /// A doctor who is not archived.
    Doctor(Value),
    Patient(Value),
    Agent(Value),
    /// Signed in, but nobody's account.
    Unknown,
    /// Not signed in.
    Nobody,
}

/// Somebody, and whose records they see.
#[derive(Debug)]
pub struct Viewer<'t> {
    pub role: Role,
    /// The key of the account.
    pub account: Value,
    patients: BTreeSet<&'t str>,
}

/// Columns that name a row of another table, which may be invisible: the table, the column, the other table, its key.
const REFERENCES: &[(&str, &str, &str, &str)] = &[
    ("mri_scans", "session_id", "sessions", "id"),
    ("predictions", "session_id", "sessions", "id"),
    ("predictions", "mri_scan_id", "mri_scans", "id"),
    ("medical_reports", "session_id", "sessions", "id"),
    ("medical_reports", "prediction_id", "predictions", "id"),
    ("medical_reports", "supersedes_id", "medical_reports", "id"),
    ("consultations", "session_id", "sessions", "id"),
    ("report_status", "session_id", "sessions", "id"),
    ("report_status", "prediction_id", "predictions", "id"),
    ("report_status", "mri_scan_id", "mri_scans", "id"),
    ("report_status", "report_id", "medical_reports", "id"),
    ("patient_timeline", "session_id", "sessions", "id"),
];

/// Columns in which records name accounts.
const NAMED: &[(&str, &str)] = &[
    ("sessions", "user_id"),
    ("sessions", "agent_id"),
    ("consultations", "corrected_by"),
    ("consultation_revisions", "changed_by"),
    ("medical_reports", "released_by"),
    ("report_status", "requested_by"),
    ("report_status", "claimed_by"),
    ("patient_timeline", "author_id"),
];

/// What there is for whoever has this account: the rows they see, and of these the columns; what would name another row
/// names nothing.
pub fn seen_by(account: Option<&str>, all: &Tables) -> Tables {
    let viewer = Viewer::of(account, all);
    if matches!(viewer.role, Role::Admin) {
        return all.part(|_, row| Some(row.clone()));
    }
    let rows = all.part(|table, row| viewer.sees(table, row).then(|| row.clone()));
    let names = |(table, column): &(&str, &'static str)| rows.rows(table).iter().map(|row| &row[*column]);
    let named: HashSet<&Value> = NAMED.iter().flat_map(names).collect();
    let is_there = |table: &str, row: &Row| match table {
        "users" => row["id"] == viewer.account || named.contains(&row["id"]),
        "report_predictions" => {
            viewer.sees(table, row)
                && rows.find("medical_reports", "id", &row["report_id"]).is_some()
                && rows.find("predictions", "id", &row["prediction_id"]).is_some()
        }
        _ => viewer.sees(table, row),
    };
    all.part(|table, row| {
        let mut left = is_there(table, row).then(|| row.clone())?;
        for (_, column, other, key) in REFERENCES.iter().filter(|(of, ..)| *of == table) {
            if rows.find(other, key, &row[*column]).is_none() {
                left.insert((*column).to_owned(), Value::Null);
            }
        }
        columns::blank(&viewer, table, &mut left);
        Some(left)
    })
}

impl<'t> Viewer<'t> {
    /// Who has an account.
    pub fn of(account: Option<&str>, all: &'t Tables) -> Self {
        let account = account.map_or(Value::Null, Value::from);
        let role = Role::of(&account, all);
        let patients = role.patients(all);
        Self { role, account, patients }
    }

    /// Whether this row is there for the viewer. Accounts that are named in records are not, but their names are.
    fn sees(&self, table: &str, row: &Row) -> bool {
        let of_record = || row["patient_id"].as_str().is_some_and(|patient| self.patients.contains(patient));
        match (&self.role, table) {
            (Role::Admin, _) => true,
            (Role::Nobody, _) => false,
            (_, "doctors") => true,
            (_, "users") => row["id"] == self.account,
            (_, "api_keys") => row["user_id"] == self.account,
            (_, "patient_erasures" | "sign_ins" | "refresh_tokens" | "account_links") => false,
            (Role::Agent(_), "doctor_patient_assignments") => false,
            (Role::Patient(_), "sessions") => false,
            (Role::Patient(_), "predictions") => of_record() && !row["released_at"].is_null(),
            (Role::Patient(_), "medical_reports") => of_record() && row["status"] == "released",
            (Role::Patient(_), "patient_timeline") => of_record() && row["patient_visible"] == true,
            _ => of_record(),
        }
    }
}

impl Role {
    fn of(account: &Value, all: &Tables) -> Self {
        let Some(user) = all.find("users", "id", account) else { return Self::Nobody };
        let owner = |table: &str| all.find(table, "user_id", account);
        let found = match user["role"].as_str() {
            Some("admin") => Some(Self::Admin),
            Some("doctor") => {
                let doctor = owner("doctors").filter(|doctor| doctor["archived_at"].is_null());
                doctor.map(|doctor| Self::Doctor(doctor["doctor_id"].clone()))
            }
            Some("patient") => owner("patients").map(|patient| Self::Patient(patient["patient_id"].clone())),
            Some("agent") => Some(Self::Agent(account.clone())),
            _ => None,
        };
        found.unwrap_or(Self::Unknown)
    }

    /// Whose records are there: those of a doctor's open assignments, the own, and those of an agent's active sessions and
    /// of the reports it is making.
    fn patients<'t>(&self, all: &'t Tables) -> BTreeSet<&'t str> {
        let of = |rows: Vec<&'t Row>| rows.into_iter().filter_map(|row| row["patient_id"].as_str()).collect();
        let rows = |table: &str, is: &dyn Fn(&Row) -> bool| of(all.rows(table).iter().filter(|row| is(row)).collect());
        match self {
            Self::Admin => of(all.rows("patients").iter().collect()),
            Self::Doctor(own) => {
                rows("doctor_patient_assignments", &|row| row["doctor_id"] == *own && row["ended_at"].is_null())
            }
            Self::Patient(own) => rows("patients", &|row| row["patient_id"] == *own),
            Self::Agent(own) => {
                let mut open = rows("sessions", &|row| row["agent_id"] == *own && row["status"] == "active");
                open.extend(rows("report_status", &|row| row["claimed_by"] == *own && row["status"] == "generating"));
                open
            }
            Self::Unknown | Self::Nobody => BTreeSet::new(),
        }
    }
}
