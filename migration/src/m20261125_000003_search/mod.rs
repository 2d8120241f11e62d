//! `search_text`: what patients and doctors are searched by, without accents and case, a line for each text.
//!
//! The server writes it with every change of one of the texts. Triggers do it for programs that do not know of it, as
//! well as SQL can.

mod fill;
mod fold;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::form::ordered_text;

/// A search looks at every patient: not at the wide rows, but at this index alone, which is in the order of names.
const INDEX: &str = "CREATE INDEX patients_search_idx ON patients (name_folded, patient_id, search_text, archived_at)";

/// On PostgreSQL a trigger goes with its function.
const POSTGRES_DOWN: &str = "\
    DROP FUNCTION fill_search_text_of_patient() CASCADE; DROP FUNCTION fill_search_text_of_doctor() CASCADE; \
    DROP FUNCTION search_fold(text); DROP INDEX patients_search_idx";

const SQLITE_DOWN: &str = "\
    DROP TRIGGER patients_fill_search_text; DROP TRIGGER doctors_fill_search_text; \
    DROP TRIGGER patients_renew_search_text; DROP TRIGGER doctors_renew_search_text; DROP INDEX patients_search_idx";

/// A table of people: its name, its key, and what its rows are searched by.
struct People {
    table: &'static str,
    key: &'static str,
    texts: [&'static str; 3],
}

const PEOPLE: [People; 2] = [
    People { table: "patients", key: "patient_id", texts: ["name", "mrn", "email"] },
    People { table: "doctors", key: "doctor_id", texts: ["name", "license_number", "email"] },
];

/// The column, what it holds, and what keeps and reads it.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000003_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (conn, backend) = (manager.get_connection(), manager.get_database_backend());
        for people in &PEOPLE {
            let mut column = ordered_text("search_text").or_word("").definition(backend);
            manager.alter_table(Table::alter().table(people.table).add_column(&mut column).take()).await?;
            fill::fill(conn, people).await?;
        }
        conn.execute_unprepared(INDEX).await?;
        let triggers = match backend {
            DbBackend::Postgres => include_str!("postgres.sql"),
            _ => include_str!("sqlite.sql"),
        };
        conn.execute_unprepared(triggers).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let down = if manager.get_database_backend() == DbBackend::Postgres { POSTGRES_DOWN } else { SQLITE_DOWN };
        manager.get_connection().execute_unprepared(down).await?;
        for people in &PEOPLE {
            manager.alter_table(Table::alter().table(people.table).drop_column("search_text").take()).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
