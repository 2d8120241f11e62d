//! The statements of an import.

use std::collections::{BTreeMap, BTreeSet};

use entity::vocabulary::{AssignmentType, RequestStatus};
use entity::{
    Instant, Key, consultations, doctor_patient_assignments, doctors, import_kept, import_quarantine, import_rows,
    imports, medical_reports, mri_scans, patient_timeline, patients, predictions, report_predictions, report_status,
    sessions, users,
};
use importer::{Known, Outcome, Rows, Taken, live_request};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
};
use tokio::sync::mpsc::Sender;

use super::judge::Existing;
use crate::db::bulk;

/// So many rows of what is there are read at a time.
const PAGE: u64 = 4_096;

/// What earlier imports left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// The very same file, with this import.
    Same(Box<imports::Model>),
    /// Another copy, or another file.
    Other,
    /// None, and nobody is in the record.
    Nothing,
    /// None; the record has patients or doctors of its own.
    OwnRecords,
}

/// What earlier imports left in the database.
///
/// # Errors
/// When the database cannot be read.
pub async fn earlier(conn: &impl ConnectionTrait, sha256: &str) -> Result<Earlier, DbErr> {
    let same = imports::Entity::find().filter(imports::Column::FileSha256.eq(sha256)).one(conn).await?;
    if let Some(import) = same {
        return Ok(Earlier::Same(Box::new(import)));
    }
    if imports::Entity::find().one(conn).await?.is_some() {
        return Ok(Earlier::Other);
    }
    let patient = patients::Entity::find().select_only().column(patients::Column::PatientId);
    let doctor = doctors::Entity::find().select_only().column(doctors::Column::DoctorId);
    let people = patient.into_tuple::<Key>().one(conn).await?.or(doctor.into_tuple::<Key>().one(conn).await?);
    Ok(if people.is_some() { Earlier::OwnRecords } else { Earlier::Nothing })
}

/// Room for one long transaction that nobody reads beside: pages that triggers come back to stay in memory (256 MiB), and so
/// does what undoes a single statement. Until the connection ends; PostgreSQL has settings of its own.
///
/// # Errors
/// When the database does not answer.
pub async fn make_room(conn: &impl ConnectionTrait) -> Result<(), DbErr> {
    if conn.get_database_backend() == DbBackend::Sqlite {
        conn.execute_unprepared("PRAGMA cache_size = -262144; PRAGMA temp_store = MEMORY").await?;
    }
    Ok(())
}

pub(super) async fn begin(conn: &impl ConnectionTrait, import: &imports::Model) -> Result<(), DbErr> {
    bulk::insert::<imports::Entity>(conn, std::slice::from_ref(import)).await
}

pub(super) async fn finish(
    conn: &impl ConnectionTrait,
    import: Key,
    outcome: &Outcome,
    now: Instant,
) -> Result<(), DbErr> {
    let outcome = serde_json::to_value(outcome).map_err(|error| DbErr::Custom(error.to_string()))?;
    let update = imports::Entity::update_many().filter(imports::Column::Id.eq(import));
    let update = update.col_expr(imports::Column::FinishedAt, Value::from(now).into());
    update.col_expr(imports::Column::Outcome, Value::from(outcome).into()).exec(conn).await.map(drop)
}

/// Which predictions released reports show: the patient may see them from now on.
pub(super) async fn release(conn: &impl ConnectionTrait, now: Instant) -> Result<(), DbErr> {
    let backend = conn.get_database_backend();
    let sql = "UPDATE predictions SET released_at = $1 WHERE released_at IS NULL AND id IN (\
               SELECT s.prediction_id FROM report_predictions s JOIN medical_reports r ON r.id = s.report_id \
               WHERE r.status = 'released')";
    conn.execute_raw(Statement::from_sql_and_values(backend, sql, [Value::from(now)])).await.map(drop)
}

/// How many rows of each table were written.
#[derive(Debug, Default)]
pub(super) struct Written {
    counts: BTreeMap<&'static str, u64>,
}

/// After so many rows of a table PostgreSQL gathers figures of it anew: plans that it keeps are made for tables as large as
/// these say, and one that was made for an empty table reads the whole of a large one for each row.
const FIGURES: [u64; 7] = [250, 1_000, 4_000, 16_000, 64_000, 256_000, 1_000_000];

impl Written {
    pub(super) fn of(&self, table: &str) -> u64 {
        self.counts.get(table).copied().unwrap_or_default()
    }

    pub(super) async fn write(&mut self, conn: &impl ConnectionTrait, rows: Rows) -> Result<(), DbErr> {
        match rows {
            Rows::Users(rows) => self.insert::<users::Entity>(conn, "users", rows).await?,
            Rows::Doctors(rows) => self.insert::<doctors::Entity>(conn, "doctors", rows).await?,
            Rows::Patients(rows) => self.insert::<patients::Entity>(conn, "patients", rows).await?,
            Rows::Sessions(rows) => self.insert::<sessions::Entity>(conn, "sessions", rows).await?,
            Rows::Scans(rows) => self.insert::<mri_scans::Entity>(conn, "mri_scans", rows).await?,
            Rows::Predictions(rows) => self.insert::<predictions::Entity>(conn, "predictions", rows).await?,
            Rows::Reports(rows) => self.insert::<medical_reports::Entity>(conn, "medical_reports", rows).await?,
            Rows::ReportPredictions(rows) => {
                self.insert::<report_predictions::Entity>(conn, "report_predictions", rows).await?;
            }
            Rows::Assignments(rows) => {
                let table = "doctor_patient_assignments";
                self.insert::<doctor_patient_assignments::Entity>(conn, table, rows).await?;
            }
            Rows::Consultations(rows) => self.insert::<consultations::Entity>(conn, "consultations", rows).await?,
            Rows::Requests(rows) => self.insert::<report_status::Entity>(conn, "report_status", rows).await?,
            Rows::Notes(rows) => self.insert::<patient_timeline::Entity>(conn, "patient_timeline", rows).await?,
            Rows::Renewed(rows) => renew(conn, rows).await?,
            Rows::Known(rows) => self.insert::<import_rows::Entity>(conn, "import_rows", rows).await?,
            Rows::Kept(rows) => self.insert::<import_kept::Entity>(conn, "import_kept", rows).await?,
            Rows::Quarantine(rows) => self.insert::<import_quarantine::Entity>(conn, "import_quarantine", rows).await?,
        }
        Ok(())
    }

    async fn insert<E>(
        &mut self,
        conn: &impl ConnectionTrait,
        table: &'static str,
        rows: Vec<E::Model>,
    ) -> Result<(), DbErr>
    where
        E: EntityTrait,
        E::Model: sea_orm::ModelTrait<Entity = E>,
    {
        bulk::insert::<E>(conn, &rows).await?;
        let count = self.counts.entry(table).or_default();
        let before = *count;
        *count += rows.len() as u64;
        let passed = |figures: &u64| before < *figures && *figures <= *count;
        if FIGURES.iter().any(passed) {
            gather_figures(conn, &[table]).await?;
        }
        Ok(())
    }
}

/// Rows of `import_rows` that were kept aside then; few.
async fn renew(conn: &impl ConnectionTrait, rows: Vec<import_rows::Model>) -> Result<(), DbErr> {
    use import_rows::{Column, Entity};
    for row in rows {
        let update = Entity::update_many().filter(Column::SourceTable.eq(row.source_table));
        let update = update.filter(Column::SourceKey.eq(row.source_key));
        let update = update.col_expr(Column::RowKey, Value::from(row.row_key).into());
        update.col_expr(Column::Print, Value::from(row.print).into()).exec(conn).await?;
    }
    Ok(())
}

/// Gathers figures of these tables, and of those that triggers write. Of no others: those that all databases of a server
/// share would be locked until the import ends.
pub(super) async fn gather_figures(conn: &impl ConnectionTrait, tables: &[&str]) -> Result<(), DbErr> {
    if conn.get_database_backend() == DbBackend::Postgres {
        let tables: BTreeSet<&str> = tables.iter().copied().chain(["patient_timeline", "patient_statistics"]).collect();
        let tables = tables.into_iter().collect::<Vec<_>>().join(", ");
        conn.execute_unprepared(&format!("ANALYZE {tables}")).await?;
    }
    Ok(())
}

/// How many rows a table has; of the timeline, those that people wrote.
pub(super) async fn count(conn: &impl ConnectionTrait, table: &str) -> Result<u64, DbErr> {
    let written = if table == "patient_timeline" { " WHERE related_id IS NULL" } else { "" };
    let sql = format!("SELECT count(*) AS n FROM {table}{written}");
    let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    let count: i64 = row.ok_or_else(|| DbErr::RecordNotFound(table.to_owned()))?.try_get("", "n")?;
    Ok(count.unsigned_abs())
}

/// Whoever judges has given up: why, it says itself.
fn deaf<T>(_: T) -> DbErr {
    DbErr::Custom("the import broke off".to_owned())
}

/// Feeds what the database has already.
pub(super) async fn existing(conn: &impl ConnectionTrait, to: &Sender<Vec<Existing>>) -> Result<(), DbErr> {
    known(conn, to).await?;
    for (what, table, column) in [
        (Taken::Username, "users", "username"),
        (Taken::Email, "users", "email"),
        (Taken::License, "doctors", "license_number"),
        (Taken::Mrn, "patients", "mrn"),
    ] {
        taken(conn, to, what, table, column).await?;
    }
    for (what, table) in [(Taken::DoctorsAccount, "doctors"), (Taken::PatientsAccount, "patients")] {
        taken(conn, to, what, table, "user_id").await?;
    }
    let accounts = doctors::Entity::find().select_only().columns([doctors::Column::UserId, doctors::Column::DoctorId]);
    let accounts = accounts.filter(doctors::Column::UserId.is_not_null()).into_tuple::<(Key, Key)>().all(conn).await?;
    let accounts = accounts.into_iter().map(|(account, doctor)| Existing::Doctor { account, doctor });
    to.send(accounts.collect()).await.map_err(deaf)?;
    assignments(conn, to).await?;
    live(conn, to).await
}

#[derive(Debug, FromQueryResult)]
struct KnownRow {
    source_table: String,
    source_key: String,
    row_key: Option<Key>,
    print: Option<i64>,
    alive: bool,
    patient: Option<Key>,
}

impl From<KnownRow> for Existing {
    fn from(KnownRow { source_table, source_key, row_key, print, alive, patient }: KnownRow) -> Self {
        Self::Known(Known { table: source_table, source: source_key, row: row_key, print, alive, patient })
    }
}

async fn known(conn: &impl ConnectionTrait, to: &Sender<Vec<Existing>>) -> Result<(), DbErr> {
    let there = [
        ("users", "users", "id"),
        ("doctors", "doctors", "doctor_id"),
        ("users.doctors", "doctors", "doctor_id"),
        ("patients", "patients", "patient_id"),
        ("sessions.patients", "patients", "patient_id"),
        ("sessions", "sessions", "id"),
        ("mri_scans", "mri_scans", "id"),
        ("predictions", "predictions", "id"),
        ("medical_reports", "medical_reports", "id"),
        ("consultations", "consultations", "id"),
    ];
    let cases: String = there
        .iter()
        .map(|(source, table, key)| {
            format!("WHEN '{source}' THEN EXISTS (SELECT 1 FROM {table} WHERE {key} = k.row_key) ")
        })
        .collect();
    // Whose those are today that others hang on: people may have moved them.
    let owners: String = ["sessions", "mri_scans", "predictions", "medical_reports", "consultations"]
        .iter()
        .map(|table| format!("WHEN '{table}' THEN (SELECT patient_id FROM {table} WHERE id = k.row_key) "))
        .collect();
    let sql = format!(
        "SELECT k.source_table, k.source_key, k.row_key, k.print, CASE k.source_table {owners}END AS patient, \
         CASE k.source_table {cases}ELSE k.row_key IS NOT NULL END AS alive FROM import_rows k WHERE (k.source_table, k.source_key) > ($1, $2) ORDER BY 1, 2 LIMIT {PAGE}"
    );
    let mut after = (String::new(), String::new());
    loop {
        let values = [after.0.into(), after.1.into()];
        let page =
            KnownRow::find_by_statement(Statement::from_sql_and_values(conn.get_database_backend(), &sql, values));
        let page = page.all(conn).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.source_table.clone(), last.source_key.clone());
        to.send(page.into_iter().map(Existing::from).collect()).await.map_err(deaf)?;
    }
}

async fn taken(
    conn: &impl ConnectionTrait,
    to: &Sender<Vec<Existing>>,
    what: Taken,
    table: &str,
    column: &str,
) -> Result<(), DbErr> {
    let text = format!("CAST({column} AS TEXT)");
    let sql = format!("SELECT {text} AS value FROM {table} WHERE {text} > $1 ORDER BY 1 LIMIT {PAGE}");
    let mut after = String::new();
    loop {
        let statement = Statement::from_sql_and_values(conn.get_database_backend(), &sql, [after.into()]);
        let rows = conn.query_all_raw(statement).await?;
        let page = rows.iter().map(|row| row.try_get::<String>("", "value")).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.clone();
        to.send(page.into_iter().map(|value| Existing::Taken(what, value)).collect()).await.map_err(deaf)?;
    }
}

async fn assignments(conn: &impl ConnectionTrait, to: &Sender<Vec<Existing>>) -> Result<(), DbErr> {
    use doctor_patient_assignments::{Column, Entity};
    let columns = [Column::Id, Column::PatientId, Column::DoctorId, Column::AssignmentType, Column::EndedAt];
    let mut after = None;
    loop {
        let page = Entity::find().select_only().columns(columns).order_by_asc(Column::Id).limit(PAGE);
        let page = match after {
            Some(key) => page.filter(Column::Id.gt::<Key>(key)),
            None => page,
        };
        let page = page.into_tuple::<(Key, Key, Key, AssignmentType, Option<Instant>)>().all(conn).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.0);
        let existing = page.into_iter().map(|(_, patient, doctor, kind, ended)| Existing::Assignment {
            patient,
            doctor,
            open: ended.is_none().then_some(kind),
        });
        to.send(existing.collect()).await.map_err(deaf)?;
    }
}

/// Live requests are few: the pipeline works them off.
async fn live(conn: &impl ConnectionTrait, to: &Sender<Vec<Existing>>) -> Result<(), DbErr> {
    let live = [RequestStatus::Pending, RequestStatus::Generating];
    let requests = report_status::Entity::find().filter(report_status::Column::Status.is_in(live)).all(conn).await?;
    let requests = requests.iter().map(|request| Existing::Live(live_request(request)));
    to.send(requests.collect()).await.map_err(deaf)
}
