//! How many statements a query takes depends on what it selects, never on how many rows there are.

use serde_json::json;

use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

on_both!(a_longer_page_takes_no_more_statements, one_record_takes_few_statements);

const NESTED: &str = "statistics { totalConsultations uniqueDoctorsCount lastVisitDate diseaseStatus }
    doctors { edges { assignments { type } node { name specialization } } }
    timeline(first: 10) { nodes { id eventType eventDate title severity doctor { name } source { __typename ... on Report { title } } } }
    consultations(first: 5) { totalCount nodes { id date type status fee doctor { name } } }
    reports(first: 5) { nodes { id title type status createdAt } }";

async fn fill(factory: &Factory, patients: usize) -> Vec<String> {
    let mut doctors = vec![];
    for number in 0..5 {
        doctors.push(factory.doctor(&format!("Doctor {number}"), json!({})).await);
    }
    let mut keys = vec![];
    for number in 0..patients {
        let patient = factory.patient(&format!("M{number:03}"), json!({})).await;
        let at = |day: usize| format!("2025-01-{:02}T00:00:00.000000Z", day + 1);
        for visit in 0..3 {
            let doctor = &doctors[(number + visit) % 5];
            factory.consultation(&patient, doctor, &at(visit + number % 20), json!({"diagnosis": "Tremor"})).await;
        }
        factory.assignment(&patient, &doctors[number % 5], json!({})).await;
        factory.of_patient("medical_reports", &patient, json!({"title": "Report", "content": "Text"})).await;
        keys.push(patient);
    }
    keys
}

async fn a_longer_page_takes_no_more_statements(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    fill(&factory, 55).await;
    let server = TestServer::start(database).await;
    let query = format!(
        "query($first: Int) {{ patients(first: $first, orderBy: {{field: LAST_VISIT, direction: DESC}}) {{
            pageInfo {{ hasNextPage endCursor }} nodes {{ id name dateOfBirth gender {NESTED} }} }} }}"
    );
    let few = server.statements(&query, json!({"first": 5})).await;
    assert_eq!(server.statements(&query, json!({"first": 50})).await, few);
    assert!((1..=12).contains(&few), "{few} statements");
}

async fn one_record_takes_few_statements(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let patients = fill(&factory, 2).await;
    let server = TestServer::start(database).await;
    let variables = json!({"id": id("Patient", &patients[0])});
    let nested = format!("query($id: ID!) {{ patient(id: $id) {{ name {NESTED} }} }}");
    let before = server.statements(&nested, variables.clone()).await;
    for number in 0..40 {
        let doctor = factory.doctor(&format!("New {number}"), json!({})).await;
        factory.consultation(&patients[0], &doctor, "2025-03-01T00:00:00.000000Z", json!({})).await;
    }
    assert_eq!(server.statements(&nested, variables.clone()).await, before);
    let plain = "query($id: ID!) { patient(id: $id) { name dateOfBirth statistics { totalConsultations } } }";
    assert_eq!(server.statements(plain, variables).await, 1);
}
