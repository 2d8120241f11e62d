//! What a database holds.

use std::collections::BTreeSet;

use migration::Migrator;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sea_orm_migration::MigratorTrait;

/// The table in which migrations that were applied are noted.
pub(super) const APPLIED: &str = "seaql_migrations";

/// What a database holds, as far as this program's schema goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// No table at all.
    Empty,
    /// The schema that this program works with.
    Current,
    /// Ours, from an earlier version: these migrations are to be applied, in order.
    Behind(Vec<String>),
    /// Ours, from a later version: these migrations are unknown here.
    Newer(Vec<String>),
    /// Tables that are not ours.
    Foreign(Vec<String>),
}

/// What the database behind `connection` holds. Only reads.
pub async fn state(connection: &impl ConnectionTrait) -> Result<SchemaState, DbErr> {
    let (tables, applied) = (tables(connection).await?, applied(connection).await?);
    let known = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    Ok(classify(tables, applied, known))
}

/// The migrations that the database has, in order.
pub(in crate::db) async fn applied(connection: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    if !tables(connection).await?.iter().any(|table| table == APPLIED) {
        return Ok(Vec::new());
    }
    texts(connection, "SELECT version AS name FROM seaql_migrations ORDER BY version").await
}

/// Whether any table but the list of migrations has a row.
pub(in crate::db) async fn has_data(connection: &impl ConnectionTrait) -> Result<bool, DbErr> {
    for table in tables(connection).await?.into_iter().filter(|table| table != APPLIED) {
        let any = format!("SELECT 1 FROM \"{}\" LIMIT 1", table.replace('"', "\"\""));
        let any = Statement::from_string(connection.get_database_backend(), any);
        if connection.query_one_raw(any).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The state of a database with `tables`, in which the migrations `applied` are, to a program that has those in `known`.
pub(super) fn classify(mut tables: Vec<String>, applied: Vec<String>, known: Vec<String>) -> SchemaState {
    tables.retain(|table| table != APPLIED);
    let names = known.iter().collect::<BTreeSet<_>>();
    let (ours, unknown): (Vec<_>, Vec<_>) = applied.into_iter().partition(|name| names.contains(name));
    match (ours.is_empty(), unknown.is_empty()) {
        (true, true) if tables.is_empty() => SchemaState::Empty,
        (true, _) => SchemaState::Foreign(tables),
        (false, false) => SchemaState::Newer(unknown),
        (false, true) => {
            let pending = known.into_iter().filter(|name| !ours.contains(name)).collect::<Vec<_>>();
            if pending.is_empty() { SchemaState::Current } else { SchemaState::Behind(pending) }
        }
    }
}

async fn tables(connection: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let list = match connection.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        }
        _ => "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename",
    };
    texts(connection, list).await
}

async fn texts(connection: &impl ConnectionTrait, statement: &str) -> Result<Vec<String>, DbErr> {
    let statement = Statement::from_string(connection.get_database_backend(), statement);
    connection.query_all_raw(statement).await?.iter().map(|row| row.try_get("", "name")).collect()
}
