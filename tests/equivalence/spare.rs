//! Databases that were used and can be again: making one takes PostgreSQL longer than all that is done with it.

use sea_orm::ConnectionTrait;

use crate::support::database::{Backend, TestDatabase};

/// Empties every table. The triggers that keep statistics and timeline have nothing left to keep.
const EMPTY: &str = "DO $$
DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', name);
    END LOOP;
    EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') FROM pg_tables
             WHERE schemaname = 'public' AND tablename <> 'seaql_migrations');
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', name);
    END LOOP;
END $$";

/// Those of PostgreSQL to which nobody is connected any more.
#[derive(Debug, Default)]
pub struct Spare(Vec<TestDatabase>);

impl Spare {
    /// A migrated database without a row.
    pub async fn take(&mut self, backend: Backend) -> TestDatabase {
        let Some(database) = self.0.pop() else { return TestDatabase::migrated(backend).await };
        let connection = database.connect().await;
        connection.execute_unprepared(EMPTY).await.expect("every table can be emptied");
        connection.close().await.expect("the connection closes");
        database
    }

    /// Keeps a database for others.
    pub fn keep(&mut self, database: TestDatabase) {
        if database.backend == Backend::Postgres {
            self.0.push(database);
        }
    }
}
