//! What writers were told, held against what is in the database.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use patientgraph::verify::verify;
use sea_orm::{DatabaseConnection, FromQueryResult, Statement};

/// A write that leaves its marker somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Patient,
    Visit,
    Completion,
    Scan,
    Prediction,
    Note,
    Report,
    Release,
    Amendment,
}

/// Where the markers of each kind are.
const MARKERS: [(Kind, &str, &str); 9] = [
    (Kind::Patient, "mrn", "patients"),
    (Kind::Visit, "chief_complaint", "consultations"),
    (Kind::Completion, "notes", "consultations WHERE status = 'completed'"),
    (Kind::Scan, "original_filename", "mri_scans"),
    (Kind::Prediction, "model_version", "predictions"),
    (Kind::Note, "event_title", "patient_timeline WHERE related_id IS NULL"),
    (Kind::Report, "title", "medical_reports WHERE supersedes_id IS NULL"),
    (Kind::Release, "title", "medical_reports WHERE supersedes_id IS NULL AND status = 'released'"),
    (Kind::Amendment, "title", "medical_reports WHERE supersedes_id IS NOT NULL"),
];

/// What a mutation writes as a whole: each finds what is there without the rest.
const HALVES: [(&str, &str); 3] = [
    (
        "a visit without an assignment",
        "SELECT chief_complaint AS marker FROM consultations c WHERE NOT EXISTS (SELECT 1 \
         FROM doctor_patient_assignments a WHERE a.patient_id = c.patient_id AND a.doctor_id = c.doctor_id)",
    ),
    (
        "a report without its prediction",
        "SELECT title AS marker FROM medical_reports r \
         WHERE NOT EXISTS (SELECT 1 FROM report_predictions l WHERE l.report_id = r.id)",
    ),
    (
        "a released report that shows what is not released",
        "SELECT r.title AS marker FROM medical_reports r JOIN report_predictions l ON l.report_id = r.id \
         JOIN predictions p ON p.id = l.prediction_id WHERE r.status = 'released' AND p.released_at IS NULL",
    ),
];

/// What a writer was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It is done.
    Acknowledged(T),
    /// It is not.
    Refused,
    /// Nothing: the server was gone.
    Unknown,
}

/// A new address of a patient whom many write.
#[derive(Debug)]
pub struct Update {
    pub patient: String,
    pub marker: String,
    /// The version that it made.
    pub version: Outcome<i64>,
}

/// What writers noted.
#[derive(Debug, Default)]
pub struct Journal {
    writes: Vec<(Kind, String, u64, Outcome<u64>)>,
    pub updates: Vec<Update>,
    /// How long each answer to a mutation took.
    pub took: Vec<Duration>,
    /// How many were refused, by the first user error's code.
    pub refused: BTreeMap<String, u64>,
    /// Answers with errors.
    pub errors: Vec<String>,
}

#[derive(FromQueryResult)]
struct Marker {
    marker: Option<String>,
}

#[derive(FromQueryResult)]
struct Address {
    patient: String,
    version: i64,
    address: Option<String>,
}

async fn rows<T: FromQueryResult>(conn: &DatabaseConnection, sql: &str) -> Vec<T> {
    let statement = Statement::from_string(conn.get_database_backend(), sql);
    T::find_by_statement(statement).all(conn).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

impl Journal {
    /// Notes a write.
    pub fn note(&mut self, kind: Kind, marker: String, rows: u64, outcome: Outcome<u64>) {
        self.writes.push((kind, marker, rows, outcome));
    }

    /// Adds what another writer noted.
    pub fn append(&mut self, other: Self) {
        self.writes.extend(other.writes);
        self.updates.extend(other.updates);
        self.took.extend(other.took);
        self.errors.extend(other.errors);
        for (code, count) in other.refused {
            *self.refused.entry(code).or_default() += count;
        }
    }

    /// How many writes were acknowledged.
    pub fn acknowledged(&self) -> usize {
        let updates = self.updates.iter().filter(|update| matches!(update.version, Outcome::Acknowledged(_)));
        self.writes.iter().filter(|(.., outcome)| matches!(outcome, Outcome::Acknowledged(_))).count() + updates.count()
    }

    /// How many nobody can tell of.
    pub fn unknown(&self) -> usize {
        let updates = self.updates.iter().filter(|update| update.version == Outcome::Unknown);
        self.writes.iter().filter(|(.., outcome)| *outcome == Outcome::Unknown).count() + updates.count()
    }

    /// Holds everything against the database: what was acknowledged is there once, what was refused is not, what is
    /// unknown is there whole or not at all, nobody else's is, and timeline and statistics are true.
    pub async fn check(&self, conn: &DatabaseConnection) {
        let mut wrong = Vec::new();
        for (kind, column, table) in MARKERS {
            let found = rows(conn, &format!("SELECT {column} AS marker FROM {table}")).await;
            self.check_markers(kind, found, &mut wrong);
        }
        self.check_updates(conn, &mut wrong).await;
        for (what, sql) in HALVES {
            wrong.extend(rows::<Marker>(conn, sql).await.into_iter().map(|row| format!("{what}: {:?}", row.marker)));
        }
        assert!(wrong.is_empty(), "{} writes are not as they were told:\n{wrong:#?}", wrong.len());
        let findings = verify(conn).await.expect("the database can be verified");
        assert!(findings.is_empty(), "{findings:#?}");
    }

    fn check_markers(&self, kind: Kind, found: Vec<Marker>, wrong: &mut Vec<String>) {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for marker in found.into_iter().filter_map(|row| row.marker).filter(|marker| marker.starts_with('W')) {
            *counts.entry(marker).or_default() += 1;
        }
        for (_, marker, rows, outcome) in self.writes.iter().filter(|(of, ..)| *of == kind) {
            let count = counts.remove(marker).unwrap_or_default();
            let right = match outcome {
                Outcome::Acknowledged(rows) => count == *rows,
                Outcome::Refused => count == 0,
                Outcome::Unknown => count == 0 || count == *rows,
            };
            if !right {
                wrong.push(format!("{kind:?} {marker}: {count} of {rows} rows, {outcome:?}"));
            }
        }
        wrong.extend(counts.into_iter().map(|(marker, count)| format!("{kind:?} {marker}: {count} rows of nobody")));
    }

    /// Each acknowledged change of a patient made a version of its own, and the last one stands.
    async fn check_updates(&self, conn: &DatabaseConnection, wrong: &mut Vec<String>) {
        let sql = "SELECT CAST(patient_id AS TEXT) AS patient, version, address FROM patients WHERE mrn LIKE 'A-%'";
        for Address { patient, version: stands, address } in rows(conn, sql).await {
            let (mut made, mut unknown) = (BTreeMap::new(), Vec::new());
            for update in self.updates.iter().filter(|update| update.patient == patient) {
                match update.version {
                    Outcome::Acknowledged(version) if made.insert(version, &update.marker).is_some() => {
                        wrong.push(format!("{patient}: two were told that they made version {version}"));
                    }
                    Outcome::Acknowledged(_) | Outcome::Refused => {}
                    Outcome::Unknown => unknown.push(&update.marker),
                }
            }
            let written = made.get(&stands).copied();
            let right = match (stands, written) {
                (1, _) => address.is_none(),
                (_, Some(marker)) => address.as_ref() == Some(marker),
                (_, None) => address.as_ref().is_some_and(|address| unknown.contains(&address)),
            };
            let changes = usize::try_from(stands - 1).expect("a version");
            if !right || !(made.len()..=made.len() + unknown.len()).contains(&changes) {
                wrong.push(format!(
                    "{patient} has version {stands} and address {address:?}: {made:?} were acknowledged, {unknown:?} not"
                ));
            }
        }
    }
}
