//! The log of changes: what is read of it, and what its keeping takes.

use entity::{Instant, Key};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::Topic;
use super::position::Place;
use crate::auth::{Role, Viewer};
use crate::db::{Db, Tx};

/// So many changes are read at once.
pub(super) const PAGE: u64 = 100;
/// So many changes are forgotten at once.
const FORGOTTEN_AT_ONCE: u64 = 5_000;

/// Up to where nobody can still write anything earlier. On PostgreSQL: what the transactions before the oldest that runs
/// have written. On SQLite there is one writer, and what is there is settled. The second column: whether there is more.
const SETTLED_POSTGRES: &str = "\
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1, \
    EXISTS (SELECT 1 FROM changes WHERE tx >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint)";
const SETTLED_SQLITE: &str = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0), FALSE";

/// Where a log is written: server, its branch of history, database, table; of SQLite, which file. Whatever is restored,
/// copied or rewound is another place, and counts anew. The second column: whether the log is ahead of its database.
const PLACE_POSTGRES: &str = "\
    SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()), \
    (SELECT timeline_id FROM pg_control_checkpoint()), (SELECT oid FROM pg_database WHERE datname = current_database()), \
    'changes'::regclass::oid), \
    COALESCE((SELECT max(tx) FROM changes) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint, FALSE)";
const PLACE_SQLITE: &str = "SELECT file, FALSE FROM pragma_database_list WHERE name = 'main'";

/// The statement that answers up to where the log is settled.
pub(super) fn settled_statement(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres { SETTLED_POSTGRES } else { SETTLED_SQLITE }
}

/// The place that the first column of [`settled_statement`] means.
pub(super) fn settled_place(backend: DbBackend, column: i64) -> Place {
    match backend {
        DbBackend::Postgres => Place { tx: column, number: i64::MAX },
        _ => Place { tx: 0, number: column },
    }
}

/// Up to where the log is settled, and whether there is more that is not.
pub(super) async fn settled(db: &Db) -> Result<(Place, bool), DbErr> {
    let row = one(db.log(), settled_statement(db.backend())).await?;
    Ok((settled_place(db.backend(), row.try_get_by_index(0)?), row.try_get_by_index(1)?))
}

/// What changes between two places are about, and whose: at most so many of both.
pub(super) async fn concerned(db: &Db, after: Place, until: Place, most: u64) -> Result<Vec<(String, Key)>, DbErr> {
    let mut select = Query::select();
    select.distinct().columns([("c", "about"), ("c", "patient_id")]).from_as("changes", "c");
    select.cond_where(between(after, until)).limit(most);
    let rows = db.log().query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// A change as the log has it.
pub(super) struct Row {
    pub(super) place: Place,
    pub(super) key: Key,
    pub(super) what: String,
    pub(super) shown_before: bool,
    pub(super) shown_after: bool,
}

/// A page of the log.
pub(super) struct Page {
    /// Which log it was.
    pub(super) log: Option<Key>,
    /// Up to where it was forgotten.
    pub(super) forgotten: Place,
    pub(super) rows: Vec<Row>,
}

/// The first changes between two places that a viewer may be told of, of one patient's rows or of all; in one statement
/// with what the log is, so that what is forgotten meanwhile does not go unnoticed.
pub(super) async fn page(
    db: &Db,
    viewer: &Viewer,
    topic: &Topic,
    patient: Option<Key>,
    (after, until): (Place, Place),
) -> Result<Page, DbErr> {
    let mut changes = Query::select();
    changes.columns(["tx", "number", "row_key", "what", "shown_before", "shown_after"].map(|column| ("c", column)));
    changes.from_as("changes", "c").and_where(column("about").eq(topic.about)).cond_where(between(after, until));
    if let Some(patient) = patient {
        changes.and_where(column("patient_id").eq(patient));
    }
    changes.cond_where((topic.record)(viewer, "c"));
    if matches!(viewer.role, Role::Patient(_)) {
        changes.and_where(column("shown_before").or(column("shown_after")));
    }
    changes.order_by(("c", "tx"), Order::Asc).order_by(("c", "number"), Order::Asc).limit(PAGE);
    let mut select = Query::select();
    select.columns(["id", "forgotten_tx", "forgotten_number"].map(|column| ("l", column)));
    select.columns(["tx", "number", "row_key", "what", "shown_before", "shown_after"].map(|column| ("p", column)));
    select.from_as("change_log", "l").join_subquery(JoinType::LeftJoin, changes.take(), "p", Expr::cust("1 = 1"));
    select.order_by(("p", "tx"), Order::Asc).order_by(("p", "number"), Order::Asc);
    let rows = db.log().query_all(&select).await?;
    let Some(first) = rows.first() else {
        return Ok(Page { log: None, forgotten: Place { tx: 0, number: 0 }, rows: vec![] });
    };
    Ok(Page { log: Some(first.try_get_by_index(0)?), forgotten: place(first, 1)?, rows: changes_of(&rows)? })
}

fn changes_of(rows: &[QueryResult]) -> Result<Vec<Row>, DbErr> {
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        // Without a change the log stands alone in its row.
        if row.try_get_by_index::<Option<i64>>(3)?.is_none() {
            continue;
        }
        changes.push(Row {
            place: place(row, 3)?,
            key: row.try_get_by_index(5)?,
            what: row.try_get_by_index(6)?,
            shown_before: row.try_get_by_index(7)?,
            shown_after: row.try_get_by_index(8)?,
        });
    }
    Ok(changes)
}

/// Whether there is this patient, in a record that the viewer may see.
pub(super) async fn sees_patient(db: &Db, viewer: &Viewer, topic: &Topic, patient: Key) -> Result<bool, DbErr> {
    let mut select = Query::select();
    select.expr(Expr::cust("1")).from_as("patients", "c").and_where(column("patient_id").eq(patient));
    select.cond_where((topic.record)(viewer, "c"));
    Ok(db.log().query_one(&select).await?.is_some())
}

/// Which log this is, if it was begun here.
pub(super) async fn log_here(db: &Db) -> Result<Option<Key>, DbErr> {
    log_in(db.log()).await.map(|(log, _)| log)
}

/// The log, if it is of this place; and the place.
async fn log_in(db: &impl ConnectionTrait) -> Result<(Option<Key>, String), DbErr> {
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let here = one(db, if postgres { PLACE_POSTGRES } else { PLACE_SQLITE }).await?;
    let (here, is_ahead): (String, bool) = (here.try_get_by_index(0)?, here.try_get_by_index(1)?);
    let here = if postgres { here } else { file(&here) };
    let log: SelectStatement = Query::select().columns(["id", "place"]).from("change_log").take();
    let begun = match db.query_one(&log).await? {
        Some(row) if !is_ahead && row.try_get_by_index::<String>(1)? == here => Some(row.try_get_by_index(0)?),
        _ => None,
    };
    Ok((begun, here))
}

/// A file, wherever it is moved to: a copy is another. One that is written over the old one is not told from it.
fn file(path: &str) -> String {
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path) {
        use std::os::unix::fs::MetadataExt;
        return format!("{}:{}", metadata.dev(), metadata.ino());
    }
    path.to_owned()
}

/// Begins a log under this key, unless there is one of this place; answers which it is. What stands in another place's
/// log is in an order that means nothing here, and goes.
pub(super) async fn begin(tx: &Tx, id: Key, now: Instant) -> Result<Key, DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        // Servers that start together begin one log.
        tx.execute_unprepared("LOCK TABLE change_log IN EXCLUSIVE MODE").await?;
    }
    let (log, here) = log_in(&**tx).await?;
    if let Some(log) = log {
        return Ok(log);
    }
    tx.execute_unprepared("DELETE FROM changes").await?;
    tx.execute_unprepared("DELETE FROM change_log").await?;
    let columns = ["id", "place", "begun_at"];
    let row = Query::insert()
        .into_table("change_log")
        .columns(columns)
        .values_panic([id.into(), here.into(), now.into()])
        .take();
    tx.execute(&row).await?;
    Ok(id)
}

/// Forgets the first changes of the log as far as they are older than this; whether there may be more.
pub(super) async fn forget(tx: &Tx, before: Instant) -> Result<bool, DbErr> {
    let mut select = Query::select();
    select.columns(["tx", "number", "changed_at"]).from("changes");
    select.order_by("tx", Order::Asc).order_by("number", Order::Asc).limit(FORGOTTEN_AT_ONCE);
    let rows = tx.query_all(&select).await?;
    let mut last = None;
    for row in &rows {
        if row.try_get_by_index::<Instant>(2)? >= before {
            break;
        }
        last = Some(place(row, 0)?);
    }
    let Some(Place { tx: last_tx, number }) = last else { return Ok(false) };
    let until = Expr::tuple([Expr::col("tx"), Expr::col("number")]).lte(Expr::tuple([last_tx.into(), number.into()]));
    tx.execute(&Query::delete().from_table("changes").and_where(until).take()).await?;
    let mut note = Query::update();
    note.table("change_log").value("forgotten_tx", last_tx).value("forgotten_number", number);
    tx.execute(&note).await?;
    Ok(true)
}

fn column(name: &'static str) -> Expr {
    Expr::col(("c", name))
}

/// After one place, and not after another.
fn between(after: Place, until: Place) -> Condition {
    let at = || Expr::tuple([column("tx"), column("number")]);
    let place = |place: Place| Expr::tuple([place.tx.into(), place.number.into()]);
    Condition::all().add(at().gt(place(after))).add(at().lte(place(until)))
}

fn place(row: &QueryResult, at: usize) -> Result<Place, DbErr> {
    Ok(Place { tx: row.try_get_by_index(at)?, number: row.try_get_by_index(at + 1)? })
}

async fn one(db: &impl ConnectionTrait, sql: &str) -> Result<QueryResult, DbErr> {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("a statement without a row".to_owned()))
}
