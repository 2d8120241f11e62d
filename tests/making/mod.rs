//! Reports are made of records: what is in them, what never is, and that the same record makes the same report.

mod escaping;
mod everybody;
mod facts;
mod origin;
mod people;
mod privacy;
mod questions;
mod read;
mod templates;

use chrono_tz::Tz;
use entity::Key;
use entity::vocabulary::ReportType;
use patientgraph::db::{Db, DbOptions};
use patientgraph::read::shape::Moment;
use patientgraph::report::making::{Made, Maker, Subject, Templates, Unmade};

use crate::support::clinic;
use crate::support::database::TestDatabase;
use crate::support::factory::Factory;

/// A database, rows to put into it, and what makes reports of them.
struct Desk {
    /// Gone with the desk.
    _database: TestDatabase,
    factory: Factory,
    db: Db,
    maker: Maker,
}

impl Desk {
    async fn new(database: TestDatabase) -> Self {
        Self::with(database, Templates::built_in().unwrap()).await
    }

    async fn with(database: TestDatabase, templates: Templates) -> Self {
        let factory = Factory::new(&database).await;
        let db = Db::open(&database.url().parse().unwrap(), &DbOptions::default()).await.unwrap();
        Self { _database: database, factory, db: db.clone(), maker: Maker::new(db, templates) }
    }

    async fn try_make(&self, subject: Subject) -> Result<Made, Unmade> {
        self.maker.make(&subject, &moment(clinic::NOW, clinic::ZONE)).await
    }

    async fn make(&self, patient: &str, kind: ReportType) -> Made {
        self.try_make(subject(patient, kind)).await.unwrap_or_else(|error| panic!("{error}"))
    }
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn subject(patient: &str, kind: ReportType) -> Subject {
    Subject { patient: key(patient), kind, prediction: None, scan: None, session: None }
}

fn moment(now: &str, zone: Tz) -> Moment {
    let now: chrono::DateTime<chrono::Utc> = now.parse().unwrap();
    Moment { now, today: now.with_timezone(&zone).date_naive(), zone }
}
