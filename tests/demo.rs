//! The demo clinic in a database: all constraints let it in, the triggers see it, and a broken-off one is recognised.

use chrono::NaiveDate;
use entity::{patient_statistics, patient_timeline, patients, users};
use patientgraph::db::adaptor::Adapted;
use patientgraph::demo::{Clinic, DemoState, load, state};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use crate::on_both;
use crate::support::database::{Backend, TestDatabase};

fn clinic(patients: u64) -> Clinic {
    let today = NaiveDate::from_ymd_opt(2026, 3, 30).expect("a day that exists");
    Clinic::new(patients, 42, today, chrono_tz::Europe::Berlin)
}

async fn connect(database: &TestDatabase) -> Adapted<DatabaseConnection> {
    Adapted::new(database.connect().await)
}

/// A patient without an account.
fn somebody() -> patients::ActiveModel {
    patients::ActiveModel { user_id: Set(None), ..clinic(1).record(1).patient.into() }
}

fn writers(database: &TestDatabase) -> usize {
    match database.backend {
        Backend::Sqlite => 1,
        Backend::Postgres => 4,
    }
}

on_both!(
    a_clinic_loads_and_reads_back_as_it_was_made,
    a_clinic_broken_off_is_recognised,
    records_that_are_no_demo_are_recognised,
);

async fn a_clinic_loads_and_reads_back_as_it_was_made(database: TestDatabase) {
    let db = connect(&database).await;
    assert_eq!(state(&db).await.unwrap(), DemoState::Empty);
    let clinic = clinic(600);
    let told = std::sync::Mutex::new(Vec::new());
    load(&db, &clinic, writers(&database), |patients| told.lock().unwrap().push(patients)).await.unwrap();
    assert_eq!(told.into_inner().unwrap().last(), Some(&600));
    assert_eq!(state(&db).await.unwrap(), DemoState::Demo { patients: 600 });

    let made: Vec<_> = clinic.records().collect();
    let read = patients::Entity::find().order_by_asc(patients::Column::Mrn).all(&db).await.unwrap();
    assert_eq!(read, made.iter().map(|record| record.patient.clone()).collect::<Vec<_>>());
    assert_eq!(patient_statistics::Entity::find().count(&db).await.unwrap(), 600);
    let events = patient_timeline::Entity::find().count(&db).await.unwrap();
    let notes = made.iter().map(|record| record.patient_timeline.len() as u64).sum::<u64>();
    assert!(events > notes + 600, "{events} events, {notes} notes");
    macro_rules! reads_back {
        ($($table:ident),+) => { $(
            let mut rows: Vec<_> = made.iter().flat_map(|record| record.$table.clone()).collect();
            rows.sort_by_key(|row| row.id);
            let read = entity::$table::Entity::find().order_by_asc(entity::$table::Column::Id).all(&db).await.unwrap();
            assert_eq!(read, rows, stringify!($table));
        )+ };
    }
    reads_back!(doctor_patient_assignments, sessions, mri_scans, predictions, medical_reports);
    reads_back!(consultations, consultation_revisions, report_status);
}

async fn a_clinic_broken_off_is_recognised(database: TestDatabase) {
    let db = connect(&database).await;
    // A row in the way of the second batch.
    let taken = patients::ActiveModel { mrn: Set("PG-000300".to_owned()), ..somebody() };
    patients::Entity::insert(taken).exec_without_returning(&db).await.unwrap();
    assert!(load(&db, &clinic(600), 1, |_| ()).await.is_err());
    assert_eq!(state(&db).await.unwrap(), DemoState::Interrupted);
    assert!(DemoState::Interrupted.to_string().contains("interrupted"));
}

async fn records_that_are_no_demo_are_recognised(database: TestDatabase) {
    let db = connect(&database).await;
    patients::Entity::insert(somebody()).exec_without_returning(&db).await.unwrap();
    assert_eq!(state(&db).await.unwrap(), DemoState::Foreign);
    db.execute_unprepared("DELETE FROM patients").await.unwrap();
    assert_eq!(state(&db).await.unwrap(), DemoState::Empty);
    assert_eq!(users::Entity::find().filter(users::Column::Username.eq("demo-admin")).count(&db).await.unwrap(), 0);
}
