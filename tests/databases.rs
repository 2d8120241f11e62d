//! The databases that every other test stands on.

use sea_orm::ConnectionTrait;

use crate::on_both;
use crate::support::clinic;
use crate::support::database::{Backend, TestDatabase};
use crate::support::factory::Factory;

on_both!(a_migrated_database_is_private_to_its_test, the_small_clinic_can_be_written);

async fn the_small_clinic_can_be_written(database: TestDatabase) {
    clinic::fill(&Factory::new(&database).await).await;
}

async fn a_migrated_database_is_private_to_its_test(database: TestDatabase) {
    let other = TestDatabase::migrated(database.backend).await;
    let connection = database.connect().await;
    connection.execute_unprepared("CREATE TABLE mine (id bigint)").await.unwrap();
    let elsewhere = other.connect().await;
    assert!(elsewhere.execute_unprepared("SELECT * FROM mine").await.is_err());
}

#[tokio::test]
async fn a_fresh_database_is_empty() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = TestDatabase::fresh(backend).await;
        let connection = database.connect().await;
        assert!(connection.execute_unprepared("SELECT * FROM patients").await.is_err());
    }
}
