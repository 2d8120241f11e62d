//! The database can be built, taken back and built again.

use std::collections::BTreeSet;

use migration::Migrator;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;

use crate::support::database::{Backend, TestDatabase};

/// Everything a migration may leave behind, but for its own log.
async fn objects(conn: &DatabaseConnection) -> BTreeSet<String> {
    let sql = match conn.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace \
             UNION SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
             UNION SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal \
             UNION SELECT 'constraint ' || conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        }
        _ => "SELECT type || ' ' || name AS name FROM sqlite_master",
    };
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
    rows.iter()
        .map(|row| row.try_get::<String>("", "name").unwrap())
        .filter(|name| !name.contains("seaql_migrations"))
        .collect()
}

#[tokio::test]
async fn forward_back_and_forward_again() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = TestDatabase::fresh(backend).await;
        let conn = database.connect().await;
        Migrator::up(&conn, None).await.unwrap();
        let built = objects(&conn).await;
        assert!(built.len() > 100, "{built:?}");
        Migrator::down(&conn, None).await.unwrap();
        assert_eq!(objects(&conn).await, BTreeSet::new());
        Migrator::up(&conn, None).await.unwrap();
        assert_eq!(objects(&conn).await, built);
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = TestDatabase::fresh(backend).await;
        let conn = database.connect().await;
        // The eighth table is in the way of the first migration.
        conn.execute_unprepared("CREATE TABLE report_predictions (id int)").await.unwrap();
        let before = objects(&conn).await;
        assert!(Migrator::up(&conn, None).await.is_err());
        assert_eq!(objects(&conn).await, before);
    }
}

#[test]
fn every_migration_has_its_name_and_runs_in_a_transaction() {
    let migrations = Migrator::migrations();
    let names: BTreeSet<&str> = migrations.iter().map(|migration| migration.name()).collect();
    assert_eq!(names.len(), migrations.len());
    for migration in &migrations {
        assert!(migration.name().starts_with("m20"), "{}", migration.name());
        assert_eq!(migration.use_transaction(), Some(true), "{}", migration.name());
    }
}
