//! The rules that hold for every mutation of a record that is there.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::creations::CREATIONS;
use super::targets::{TARGETS, VERSION};
use super::{Clinic, SCHEMA, WHOLE, with};
use crate::naive::Tables;
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::{Backend, TestDatabase};
use crate::support::factory::id;
use crate::support::server::TestServer;

on_both!(
    an_id_that_names_nothing_is_not_found_whatever_else_is_wrong,
    another_version_is_a_conflict,
    a_conflict_is_answered_with_the_problems_of_the_values,
    a_record_of_an_archived_patient_refuses_changes,
    a_change_takes_the_next_version_at_its_time,
    what_is_deleted_is_gone,
    of_two_at_once_one_wins,
    several_mutations_run_in_their_order,
    a_field_that_fails_fails_alone,
    every_table_is_compared,
);

/// The mutation that has a target, and neither an `id` of its own type nor a version.
const RECALCULATION: &str = "recalculateStatistics";

/// The mutations of signing in and of making reports, which have neither: `tests/identity` and `tests/pipeline` hold them
/// to rules of their own.
const ELSEWHERE: [&str; 9] = [
    "signIn",
    "refreshToken",
    "signOut",
    "changePassword",
    "choosePassword",
    "claimReport",
    "extendLease",
    "completeReport",
    "failReport",
];

/// Code and path of errors.
type Problems = &'static [(&'static str, &'static str)];

/// Values that are no good, for each mutation that takes values, and what is said of them beside the version.
const WRONG: &[(&str, &str, Problems)] = &[
    ("updatePatient", r#"{"name": " ", "email": "x"}"#, &[("REQUIRED", "name"), ("INVALID", "email")]),
    ("deletePatient", r#"{"reason": ""}"#, &[("REQUIRED", "reason")]),
    (
        "updateDoctor",
        r#"{"name": null, "yearsExperience": -1}"#,
        &[("REQUIRED", "name"), ("INVALID", "yearsExperience")],
    ),
    ("updateUser", r#"{"username": "a b"}"#, &[("INVALID", "username")]),
    ("updateAssignment", r#"{"assignedAt": "2030-01-01T00:00:00Z"}"#, &[("IN_FUTURE", "assignedAt")]),
    ("endAssignment", r#"{"endedAt": "2030-01-01T00:00:00Z"}"#, &[("IN_FUTURE", "endedAt")]),
    ("updateConsultation", r#"{"fee": "-1"}"#, &[("INVALID", "fee")]),
    ("rescheduleConsultation", r#"{"durationMinutes": 1441}"#, &[("INVALID", "durationMinutes")]),
    ("completeConsultation", r#"{"date": "2030-01-01T00:00:00Z"}"#, &[("IN_FUTURE", "date")]),
    ("updateSession", r#"{"status": null}"#, &[("REQUIRED", "status")]),
    ("updateScan", r#"{"sha256": "0f"}"#, &[("INVALID", "sha256")]),
    ("updatePrediction", r#"{"confidence": 1.01}"#, &[("INVALID", "confidence")]),
    ("updateReport", r#"{"title": ""}"#, &[("REQUIRED", "title")]),
    ("amendReport", r#"{"reason": " "}"#, &[("REQUIRED", "reason")]),
    ("withdrawReport", r#"{"reason": " "}"#, &[("REQUIRED", "reason")]),
    ("updateReportRequest", r#"{"priority": 101}"#, &[("INVALID", "priority")]),
    ("updateTimelineNote", r#"{"title": null}"#, &[("REQUIRED", "title")]),
];

#[test]
fn every_mutation_is_held_to_these_rules() {
    let takes_an_id = |input: &str| SCHEMA.fields[input].iter().any(|field| field.name == "id");
    let fields = SCHEMA.fields["Mutation"].iter();
    let (with_id, without_id): (Vec<_>, Vec<_>) = fields.partition(|field| takes_an_id(&field.arguments[0].type_name));
    let names =
        |fields: Vec<&crate::naive::schema::Field>| fields.iter().map(|f| f.name.clone()).collect::<BTreeSet<_>>();
    let listed: BTreeSet<_> = TARGETS.iter().map(|target| target.mutation.to_owned()).collect();
    assert_eq!(names(with_id), listed, "add it to TARGETS");
    let listed: BTreeSet<_> =
        CREATIONS.iter().map(|creation| creation.mutation).chain([RECALCULATION]).chain(ELSEWHERE).collect();
    assert_eq!(names(without_id), listed.into_iter().map(str::to_owned).collect(), "add it to CREATIONS");
}

#[test]
fn every_mutation_has_the_same_form() {
    for field in &SCHEMA.fields["Mutation"] {
        let capital = format!("{}{}", field.name[..1].to_uppercase(), &field.name[1..]);
        let arguments: Vec<_> = field.arguments.iter().map(|a| (a.name.clone(), a.written.clone())).collect();
        assert_eq!(arguments, [("input".to_owned(), format!("{capital}Input!"))], "{}", field.name);
        assert_eq!(field.written, format!("{capital}Payload"));
        let payload = &SCHEMA.fields[&field.type_name];
        let errors: Vec<_> = payload.iter().filter(|f| f.name == "userErrors").map(|f| f.written.as_str()).collect();
        assert_eq!(errors, ["[UserError!]!"], "{}", field.type_name);
        let nothing = |f: &&crate::naive::schema::Field| f.written.ends_with('!') && !f.written.starts_with('[');
        assert_eq!(payload.iter().filter(nothing).count(), 0, "{} is null where it was refused", field.type_name);
    }
}

async fn an_id_that_names_nothing_is_not_found_whatever_else_is_wrong(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    for (number, target) in TARGETS.iter().enumerate() {
        let row = target.row(&clinic, number).await;
        let same_key = id(if target.of == "Patient" { "Doctor" } else { "Patient" }, &row.key);
        let unknown = id(target.of, "01900000-0000-7000-8000-ffffffffffff");
        let cut = &row.id[..row.id.len() - 1];
        for wrong in [unknown.as_str(), "nonsense", "", &row.key, cut, &same_key] {
            clinic.fail(target.mutation, target.input(wrong, VERSION), "NOT_FOUND").await;
        }
        let mut input = target.input(&unknown, 0);
        if let Some((_, values, _)) = WRONG.iter().find(|(mutation, ..)| *mutation == target.mutation) {
            input = with(input, serde_json::from_str(values).expect("an object"));
        }
        clinic.fail(target.mutation, input, "NOT_FOUND").await;
    }
    for wrong in ["pat_AAAAAAAAAAAAAAAAAAAAAA", "nonsense", ""] {
        clinic.fail(RECALCULATION, json!({"patientId": wrong}), "NOT_FOUND").await;
    }
}

async fn another_version_is_a_conflict(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    for (number, target) in TARGETS.iter().enumerate() {
        let row = target.row(&clinic, number).await;
        for version in [VERSION - 1, VERSION + 1, 0, -1, i64::from(i32::MAX), i64::from(i32::MIN)] {
            clinic.refuse(target.mutation, target.input(&row.id, version), &[("CONFLICT", "version")]).await;
        }
    }
}

async fn a_conflict_is_answered_with_the_problems_of_the_values(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    for (number, (mutation, values, problems)) in WRONG.iter().enumerate() {
        let target = TARGETS.iter().find(|target| target.mutation == *mutation).expect("a target");
        let row = target.row(&clinic, number).await;
        let values: Value = serde_json::from_str(values).expect("an object");
        let input = with(target.input(&row.id, VERSION - 1), values.clone());
        let expected = [*problems, &[("CONFLICT", "version")]].concat();
        clinic.refuse(mutation, input, &expected).await;
        // In the right version they are what is left.
        clinic.refuse(mutation, with(target.input(&row.id, VERSION), values), problems).await;
    }
    let taking_values = |fields: &[crate::naive::schema::Field]| fields.len() > 2;
    let missing: Vec<_> = TARGETS
        .iter()
        .filter(|target| {
            taking_values(&SCHEMA.fields[&SCHEMA.field("Mutation", target.mutation).arguments[0].type_name])
        })
        .filter(|target| WRONG.iter().all(|(mutation, ..)| *mutation != target.mutation))
        .map(|target| target.mutation)
        .collect();
    assert!(missing.is_empty(), "add {missing:?} to WRONG");
}

async fn a_record_of_an_archived_patient_refuses_changes(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let mut seen = 0;
    for (number, target) in TARGETS.iter().enumerate() {
        let row = target.row(&clinic, number).await;
        let Some(patient) = &row.patient else { continue };
        clinic.rows.run(&format!("UPDATE patients SET archived_at = '{NOW}' WHERE patient_id = '{patient}'")).await;
        clinic.refuse(target.mutation, target.input(&row.id, VERSION), &[("ARCHIVED", "id")]).await;
        // Who read something old is told that first.
        clinic.refuse(target.mutation, target.input(&row.id, VERSION - 1), &[("CONFLICT", "version")]).await;
        seen += 1;
    }
    assert_eq!(
        seen,
        TARGETS.iter().filter(|target| !["Patient", "Doctor", "User", "ApiKey"].contains(&target.of)).count()
    );
}

async fn a_change_takes_the_next_version_at_its_time(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    clinic.server.clock.set("2026-03-15T10:00:00.000001Z");
    for (number, target) in TARGETS.iter().enumerate().filter(|(_, target)| !target.deletes()) {
        let row = target.row(&clinic, number).await;
        let object = &SCHEMA.fields[&SCHEMA.field("Mutation", target.mutation).type_name][0];
        let stamped = SCHEMA.fields[target.of].iter().any(|field| field.name == "updatedAt");
        let selection = format!("{} {{ id version {} }}", object.name, if stamped { "updatedAt" } else { "" });
        let payload = clinic.done(target.mutation, &selection, target.input(&row.id, VERSION)).await;
        let answer = &payload[&object.name];
        // An amendment is a record of its own.
        let amends = target.mutation == "amendReport";
        assert_eq!(answer["version"], if amends { 1 } else { VERSION + 1 }, "{}", target.mutation);
        assert_eq!(answer["id"] == json!(row.id), !amends, "{}", target.mutation);
        if stamped {
            assert_eq!(answer["updatedAt"], "2026-03-15T10:00:00.000001Z", "{}", target.mutation);
        }
        if !amends {
            // What was done in one version cannot be done in it again.
            clinic.refuse(target.mutation, target.input(&row.id, VERSION), &[("CONFLICT", "version")]).await;
        }
    }
}

async fn what_is_deleted_is_gone(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    for (number, target) in TARGETS.iter().enumerate().filter(|(_, target)| target.deletes()) {
        let row = target.row(&clinic, number).await;
        let input = target.input(&row.id, VERSION);
        let payload = clinic.done(target.mutation, "deletedId", input.clone()).await;
        assert_eq!(payload["deletedId"], row.id, "{}", target.mutation);
        let found = clinic.read("query($id: ID!) { node(id: $id) { id } }", json!({"id": row.id})).await;
        assert_eq!(found["node"], Value::Null, "{}", target.mutation);
        clinic.fail(target.mutation, input, "NOT_FOUND").await;
    }
}

async fn of_two_at_once_one_wins(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    for (number, target) in TARGETS.iter().enumerate() {
        let row = target.row(&clinic, number).await;
        let input = target.input(&row.id, VERSION);
        let losing = match target.mutation {
            // The report itself does not change: it is superseded.
            "amendReport" => ("INVALID_TRANSITION", "id"),
            _ if target.deletes() => ("NOT_FOUND", WHOLE),
            _ => ("CONFLICT", "version"),
        };
        clinic.one_wins(vec![(target.mutation, input.clone()), (target.mutation, input)], &[losing]).await;
    }
}

async fn several_mutations_run_in_their_order(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let both = "mutation { a: createPatient(input: {mrn: \"A\", name: \"A\"}) { patient { mrn } userErrors { code } }
        b: createPatient(input: {mrn: \"A\", name: \"B\"}) { patient { mrn } userErrors { code } }
        c: createPatient(input: {mrn: \"C\", name: \"C\"}) { patient { mrn } userErrors { code } } }";
    let expected = json!({
        "a": {"patient": {"mrn": "A"}, "userErrors": []},
        "b": {"patient": null, "userErrors": [{"code": "TAKEN"}]},
        "c": {"patient": {"mrn": "C"}, "userErrors": []},
    });
    assert_eq!(actor.data(both, json!({})).await, expected, "one that fails is taken back alone");
    // A variable that is missing is found before anything runs.
    let half =
        "mutation($input: CreatePatientInput!) { a: createPatient(input: {mrn: \"D\", name: \"D\"}) { patient { id } }
        b: createPatient(input: $input) { patient { id } } }";
    assert_eq!(actor.error_codes(half, json!({})).await, ["BAD_USER_INPUT"]);
    let tables = Tables::load(&server.database.connect().await).await;
    assert_eq!(tables.rows("patients").len(), 2);
}

async fn a_field_that_fails_fails_alone(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let three = "mutation { a: createPatient(input: {mrn: \"A\", name: \"A\"}) { patient { mrn } }
        b: archivePatient(input: {id: \"nobody\", version: 1}) { patient { mrn } }
        c: createPatient(input: {mrn: \"C\", name: \"C\"}) { patient { mrn } } }";
    let answer = clinic.actor.query(three, json!({})).await;
    assert_eq!(answer["errors"][0]["path"], json!(["b"]), "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let told = json!({"a": {"patient": {"mrn": "A"}}, "b": null, "c": {"patient": {"mrn": "C"}}});
    assert_eq!(answer["data"], told, "what is written is told");
    let tables = clinic.tables().await;
    let written: Vec<_> = tables.rows("patients").iter().map(|row| row["mrn"].clone()).collect();
    assert_eq!(written, ["A", "C"], "{answer}");
}

/// That nothing changed is said of all tables that there are, but for the log of changes, which tells of the others.
async fn every_table_is_compared(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let connection = &clinic.rows.connection;
    let backend = connection.get_database_backend();
    let names = match clinic.server.database.backend {
        Backend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Backend::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    };
    let rows = connection.query_all_raw(Statement::from_string(backend, names)).await.expect("tables");
    let names = rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("a name"));
    // What imports note is written by no mutation; what is a patient's of it goes with the patient (`tests/import`).
    let elsewhere =
        |name: &str| ["seaql_migrations", "changes", "change_log"].contains(&name) || name.starts_with("import");
    let names: BTreeSet<String> = names.filter(|name| !elsewhere(name)).collect();
    assert_eq!(clinic.tables().await.names(), names);
}
