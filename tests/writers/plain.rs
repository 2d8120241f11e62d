//! The same writes by plain SQL: the same rows in the same transactions, without checks, locks and answers.
//!
//! On PostgreSQL through as many connections as the server has for writes. On SQLite through one: with more, each with
//! a busy timeout, writers sleep while the lock is free, which is slower.

use std::sync::Arc;
use std::time::{Duration, Instant};

use patientgraph::clock::{Clock, SystemClock};
use patientgraph::db::Adapted;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, Statement, TransactionTrait,
    Value,
};
use uuid::Uuid;

use super::people::{BULK, People, Step, minute};
use crate::support::database::{Backend, TestDatabase};
use crate::support::dice::Dice;

struct Writer {
    conn: DatabaseConnection,
    people: Arc<People>,
    dice: Dice,
    booked: Vec<Uuid>,
}

/// A transaction, and the time that its rows are stamped with.
struct Writing {
    tx: Adapted<DatabaseTransaction>,
    now: chrono::DateTime<chrono::Utc>,
}

/// Writes with tasks at the same time for so long; answers how many were done per second.
pub async fn writes_per_second(database: &TestDatabase, people: &Arc<People>, writers: usize, time: Duration) -> f64 {
    let mut options = ConnectOptions::new(database.url());
    let connections = if database.backend == Backend::Sqlite { 1 } else { 8 };
    options.max_connections(connections).min_connections(connections).sqlx_logging(false);
    options.acquire_timeout(Duration::from_secs(30)).test_before_acquire(false);
    let conn = Database::connect(options).await.expect("the database opens");
    let began = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|number| Writer {
            conn: conn.clone(),
            people: people.clone(),
            dice: Dice::new(number as u64),
            booked: vec![],
        })
        .map(|mut writer| {
            tokio::spawn(async move {
                let mut done = 0;
                while began.elapsed() < time {
                    done += writer.step().await;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += task.await.expect("a writer ends");
    }
    let rate = f64::from(done) / began.elapsed().as_secs_f64();
    conn.close().await.expect("the connections close");
    rate
}

fn key(text: &str) -> Value {
    Uuid::parse_str(text).expect("a key").into()
}

fn time(text: &str) -> Value {
    text.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant").into()
}

impl Writer {
    /// Does one step; answers how many mutations it stands for.
    async fn step(&mut self) -> u32 {
        let at = self.dice.below(self.people.patients.len());
        let people = self.people.clone();
        let doctor: &String = self.dice.pick(&people.doctors);
        let patient = &people.patients[at];
        let new = Uuid::now_v7();
        match Step::next(&mut self.dice) {
            Step::Register => {
                let sql = "INSERT INTO patients (patient_id, mrn, name, name_folded, date_of_birth, created_at, updated_at) \
                           VALUES ($1, $2, $3, $4, $5, $6, $6)";
                let writing = self.begin().await;
                let (mrn, name) = (format!("P{new}"), format!("Patient P{new}"));
                let born = chrono::NaiveDate::from_ymd_opt(1950, 1, 1);
                let folded = name.to_lowercase();
                writing.run(sql, vec![new.into(), mrn.into(), name.into(), folded.into(), born.into()]).await;
                writing.commit().await;
            }
            Step::Record => {
                let date = minute(&mut self.dice, 2010);
                self.visit(new, patient, doctor, &date, "completed").await;
            }
            Step::Complete if !self.booked.is_empty() => {
                let visit = self.booked.pop();
                let date = minute(&mut self.dice, 2010);
                let sql = "UPDATE consultations SET status = 'completed', consultation_date = $2, notes = $3, version = 2, \
                           updated_at = $4 WHERE id = $1 AND version = 1";
                let writing = self.begin().await;
                writing.run(sql, vec![visit.into(), time(&date), "Seen".into()]).await;
                writing.commit().await;
            }
            Step::Book | Step::Complete => {
                let date = minute(&mut self.dice, 2040);
                self.visit(new, patient, doctor, &date, "scheduled").await;
                self.booked.push(new);
            }
            Step::Scan => self.scans(patient, 1).await,
            Step::Scans => self.scans(patient, BULK).await,
            Step::Predict => {
                let sql = "INSERT INTO predictions (id, patient_id, binary_result, stage_result, model_version, created_at) \
                           VALUES ($1, $2, 'detected', '2', 'plain', $3)";
                let writing = self.begin().await;
                writing.run(sql, vec![new.into(), key(patient)]).await;
                writing.commit().await;
            }
            Step::Note => {
                let sql = "INSERT INTO patient_timeline (id, patient_id, event_type, event_title, event_description, severity, \
                           event_date, created_at, updated_at) VALUES ($1, $2, 'note', 'plain', 'Called', 'low', $3, $3, $3)";
                let writing = self.begin().await;
                writing.run(sql, vec![new.into(), key(patient)]).await;
                writing.commit().await;
            }
            Step::Update => {
                // A column that the journals do not look at.
                let sql = "UPDATE patients SET phone = $2, updated_at = $3 WHERE patient_id = $1";
                let writing = self.begin().await;
                writing.run(sql, vec![key(patient), "1".into()]).await;
                writing.commit().await;
            }
            Step::Report => {
                self.report(new, patient, &people.predictions[at]).await;
                return 3;
            }
        }
        1
    }

    async fn visit(&self, new: Uuid, patient: &str, doctor: &str, date: &str, status: &str) {
        let assign = "INSERT INTO doctor_patient_assignments (id, patient_id, doctor_id, assignment_type, assignment_date, \
                      created_at, updated_at) VALUES ($1, $2, $3, 'consultant', $4, $4, $4) ON CONFLICT DO NOTHING";
        let visit = "INSERT INTO consultations (id, patient_id, doctor_id, consultation_date, consultation_type, status, \
                     chief_complaint, diagnosis, prescription, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, 'in-person', $5, 'plain', $6, $7, $8, $8)";
        let done = (status == "completed").then_some(());
        let writing = self.begin().await;
        writing.run(assign, vec![Uuid::now_v7().into(), key(patient), key(doctor)]).await;
        let mut values = vec![new.into(), key(patient), key(doctor), time(date), status.into()];
        values.extend([done.map(|()| "Tremor").into(), done.map(|()| "Rest").into()]);
        writing.run(visit, values).await;
        writing.commit().await;
    }

    async fn scans(&self, patient: &str, count: u64) {
        let rows: Vec<_> = (0..count).map(|row| format!("(${}, $2, 'plain', 'nifti', $1)", row + 3)).collect();
        let sql = format!(
            "INSERT INTO mri_scans (id, patient_id, original_filename, file_type, upload_timestamp) \
             VALUES {}",
            rows.join(", ")
        );
        let writing = self.begin().await;
        let mut values = vec![writing.now.into(), key(patient)];
        values.extend((0..count).map(|_| Value::from(Uuid::now_v7())));
        writing.run_as_it_is(&sql, values).await;
        writing.commit().await;
    }

    /// Written, released and amended: three transactions.
    async fn report(&self, draft: Uuid, patient: &str, prediction: &str) {
        let link = "INSERT INTO report_predictions (report_id, prediction_id, patient_id) VALUES ($1, $2, $3)";
        let links = |report: Uuid| vec![report.into(), key(prediction), key(patient)];
        let give_out = "UPDATE predictions SET released_at = $2 WHERE id = $1 AND released_at IS NULL";

        let sql = "INSERT INTO medical_reports (id, patient_id, title, content, status, created_at, updated_at) \
                   VALUES ($1, $2, 'plain', 'Findings', 'draft', $3, $3)";
        let writing = self.begin().await;
        writing.run(sql, vec![draft.into(), key(patient)]).await;
        writing.run_as_it_is(link, links(draft)).await;
        writing.commit().await;

        let sql = "UPDATE medical_reports SET status = 'released', released_at = $2, updated_at = $2 WHERE id = $1";
        let writing = self.begin().await;
        writing.run(sql, vec![draft.into()]).await;
        writing.run(give_out, vec![key(prediction)]).await;
        writing.commit().await;

        let sql = "INSERT INTO medical_reports (id, patient_id, title, content, status, revision, supersedes_id, \
                   revision_reason, released_at, created_at, updated_at) \
                   VALUES ($1, $2, 'plain', 'Findings', 'released', 2, $3, 'A word', $4, $4, $4)";
        let writing = self.begin().await;
        let revision = Uuid::now_v7();
        writing.run(sql, vec![revision.into(), key(patient), draft.into()]).await;
        writing.run_as_it_is(link, links(revision)).await;
        writing.run(give_out, vec![key(prediction)]).await;
        writing.commit().await;
    }

    async fn begin(&self) -> Writing {
        let tx = self.conn.begin().await.expect("a transaction begins");
        Writing { tx: Adapted::new(tx), now: SystemClock.now() }
    }
}

impl Writing {
    /// Runs a statement whose last value is the present.
    async fn run(&self, sql: &str, mut values: Vec<Value>) {
        values.push(self.now.into());
        self.run_as_it_is(sql, values).await;
    }

    async fn run_as_it_is(&self, sql: &str, values: Vec<Value>) {
        let statement = Statement::from_sql_and_values(self.tx.get_database_backend(), sql, values);
        self.tx.execute_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    async fn commit(self) {
        self.tx.into_inner().commit().await.expect("it is committed");
    }
}
