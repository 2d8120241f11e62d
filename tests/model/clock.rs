//! The one thing about time that the other tests cannot ask, because their clock never goes back.

use chrono::Duration;
use serde_json::json;

use super::call::{Call, text};
use crate::naive::Tables;
use crate::on_both;
use crate::support::accounts::ADMIN;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

on_both!(a_handover_that_waited_for_another_one_ends_nothing_before_it_began);

/// A request takes its time before it waits: it may find what began later.
async fn a_handover_that_waited_for_another_one_ends_nothing_before_it_began(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let patient = factory.patient("A-1", json!({})).await;
    let (one, other) = (factory.doctor("Bell", json!({})).await, factory.doctor("Cole", json!({})).await);
    let server = TestServer::start(database).await;
    let began = text(server.clock.now() + Duration::milliseconds(1));
    factory.assignment(&patient, &one, json!({"assignment_date": began})).await;
    let input = json!({
        "patientId": id("Patient", &patient), "fromDoctorId": id("Doctor", &one), "toDoctorId": id("Doctor", &other),
    });
    let call = Call { mutation: "transferPrimaryDoctor", input, by: json!(ADMIN) };
    let answer = call.send(&server.admin()).await;
    assert!(answer.codes().is_empty() && answer.problems().is_empty(), "{answer:?}");
    let tables = Tables::load(&factory.connection).await;
    let primary = |doctor: &str| tables.find("doctor_patient_assignments", "doctor_id", &json!(doctor)).expect("a row");
    assert_eq!((&primary(&one)["ended_at"], &primary(&other)["assignment_date"]), (&json!(began), &json!(began)));
}
