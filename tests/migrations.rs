//! The database can be built, taken back and built again.

use std::collections::BTreeSet;

use migration::Migrator;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;

use crate::support::database::{Backend, TestDatabase};

/// Everything a migration may leave behind, but for its own log and SQLite's own table, which cannot be dropped.
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
        .filter(|name| !name.contains("seaql_migrations") && !name.contains("sqlite_sequence"))
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
async fn people_who_were_there_before_can_be_searched() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = TestDatabase::fresh(backend).await;
        let conn = database.connect().await;
        Migrator::up(&conn, Some(2)).await.unwrap();
        let key = |table: usize, row: usize| format!("0190000{table}-0000-7000-8000-{row:012}");
        // More than one batch of patients.
        let patient = |row: usize| match row {
            0 => format!("('{}', 'É-0', 'Łukasz ''Ø'' Müller', 'L.M@Example.org')", key(0, row)),
            row => format!("('{}', 'M-{row}', 'Ünal {row}', NULL)", key(0, row)),
        };
        let patients: Vec<String> = (0..4100).map(patient).collect();
        let insert = "INSERT INTO patients (patient_id, mrn, name, email) VALUES ";
        conn.execute_unprepared(&format!("{insert}{}", patients.join(", "))).await.unwrap();
        let doctors = format!("('{}', 'Œuvre', 'LIC-É', NULL), ('{}', 'Bob', NULL, NULL)", key(1, 0), key(1, 1));
        let insert = "INSERT INTO doctors (doctor_id, name, license_number, email) VALUES ";
        conn.execute_unprepared(&format!("{insert}{doctors}")).await.unwrap();

        for _ in 0..2 {
            Migrator::up(&conn, None).await.unwrap();
            for (sql, found) in [
                ("search_text AS name FROM patients WHERE mrn = 'É-0'", "lukasz 'o' muller\ne-0\nl.m@example.org"),
                ("search_text AS name FROM patients WHERE mrn = 'M-4099'", "unal 4099\nm-4099"),
                ("CAST(count(*) AS TEXT) AS name FROM patients WHERE search_text = ''", "0"),
                ("search_text AS name FROM doctors WHERE name = 'Œuvre'", "oeuvre\nlic-e"),
                ("search_text AS name FROM doctors WHERE name = 'Bob'", "bob"),
            ] {
                let statement = Statement::from_string(conn.get_database_backend(), format!("SELECT {sql}"));
                let row = conn.query_one_raw(statement).await.unwrap().unwrap();
                assert_eq!(row.try_get::<String>("", "name").unwrap(), found, "{sql}");
            }
            // `verify` folds as the server does today.
            assert!(
                patientgraph::verify::verify(&conn)
                    .await
                    .unwrap()
                    .differences
                    .iter()
                    .all(|found| { !found.place.ends_with("search_text") })
            );
            Migrator::down(&conn, Some(1)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn requests_that_were_live_twice_before_are_one() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = TestDatabase::fresh(backend).await;
        let conn = database.connect().await;
        Migrator::up(&conn, Some(6)).await.unwrap();
        let key = |row: usize| format!("01900000-0000-7000-8000-{row:012}");
        let patient = key(0);
        let insert = format!("INSERT INTO patients (patient_id, mrn, name) VALUES ('{patient}', 'A-1', 'Ada')");
        conn.execute_unprepared(&insert).await.unwrap();
        // The second is more urgent; the third is another report; the last has ended.
        let rows = [(1, "pending", "summary", 0), (2, "generating", "summary", 9), (3, "pending", "other", 1)];
        for (row, status, kind, priority) in rows.into_iter().chain([(4, "failed", "summary", 50)]) {
            let insert = format!(
                "INSERT INTO report_status (id, patient_id, status, report_type, priority) \
                 VALUES ('{}', '{patient}', '{status}', '{kind}', {priority})",
                key(row)
            );
            conn.execute_unprepared(&insert).await.unwrap();
        }
        Migrator::up(&conn, None).await.unwrap();
        let sql = "SELECT status, CAST(priority AS TEXT), turn_at IS NOT NULL FROM report_status ORDER BY id";
        let found = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
        let found: Vec<(String, String, bool)> = found
            .iter()
            .map(|row| {
                let text = |column: usize| row.try_get_by_index::<String>(column).unwrap();
                (text(0), text(1), row.try_get_by_index(2).unwrap())
            })
            .collect();
        let expected =
            [("pending", "9", true), ("archived", "9", false), ("pending", "1", true), ("failed", "50", false)];
        assert_eq!(found, expected.map(|(status, priority, turn)| (status.to_owned(), priority.to_owned(), turn)));
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
