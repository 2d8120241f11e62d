//! What can be read: every field of every type, by every way there is to it.

use std::collections::BTreeSet;

use patientgraph::config::Limits;
use patientgraph::graphql::Api;
use serde_json::{Value, json};

use crate::naive::Schema;
use crate::on_both;
use crate::support::accounts::ADMIN;
use crate::support::clinic;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, PREFIXES, id};
use crate::support::server::TestServer;

on_both!(
    every_field_has_a_source,
    records_by_their_ids,
    a_patient_by_id_or_number,
    doctors_of_a_patient_are_as_many_as_the_statistics_say,
    events_lead_to_what_they_are_about,
    what_depends_on_the_clock,
    archived_people_are_left_out_unless_asked_for,
    the_viewer_is_whoever_is_signed_in,
);

/// Selects everything, also below, and answers where each field is: `Patient.name`.
struct Everything<'s> {
    schema: &'s Schema,
}

impl Everything<'_> {
    fn selection(&self, type_name: &str, depth: usize) -> String {
        if let Some(members) = self.schema.possible.get(type_name) {
            let members: Vec<String> = members.iter().map(|member| format!("... on {member} {{ id }}")).collect();
            return format!("{{ __typename {} }}", members.join(" "));
        }
        let fields = self.schema.fields[type_name].iter().filter_map(|field| {
            if !self.schema.is_composite(&field.type_name) {
                return Some(field.name.clone());
            }
            // Pages and edges are no depth of their own.
            let inner = ["Connection", "Edge", "PageInfo"].iter().any(|end| field.type_name.ends_with(end));
            let depth = if inner { depth } else { depth.checked_sub(1)? };
            Some(format!("{} {}", field.name, self.selection(&field.type_name, depth)))
        });
        let fields: Vec<String> = fields.collect();
        format!("{{ __typename {} }}", fields.join(" "))
    }

    fn note(&self, value: &Value, seen: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.note(item, seen)),
            Value::Object(fields) => {
                for (field, value) in fields {
                    if let (Some(type_name), false) =
                        (fields.get("__typename").and_then(Value::as_str), value.is_null())
                    {
                        seen.insert(format!("{type_name}.{field}"));
                    }
                    self.note(value, seen);
                }
            }
            _ => {}
        }
    }
}

async fn every_field_has_a_source(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    clinic::fill(&factory).await;
    let limits = Limits { max_fields: u32::MAX, max_objects: u32::MAX, ..Limits::default() };
    let server = TestServer::start_within(database, limits).await;
    let actor = server.admin();
    let schema = Schema::parse(&Api::sdl());
    let everything = Everything { schema: &schema };
    let mut seen = BTreeSet::new();
    for root in &schema.fields["Query"] {
        if root.type_name.ends_with("Connection") {
            let selection = everything.selection(&root.type_name, 2);
            let archived = ["patients", "doctors"].contains(&root.name.as_str());
            let filter = if archived { "{archived: {in: [true, false]}}" } else { "{}" };
            let query = format!("{{ {}(first: 100, filter: {filter}) {selection} }}", root.name);
            let answer = actor.data(&query, json!({})).await;
            everything.note(&answer, &mut seen);
        }
    }
    let missing: Vec<String> = PREFIXES
        .iter()
        .flat_map(|(type_name, _)| {
            schema.fields[*type_name].iter().map(move |field| format!("{type_name}.{}", field.name))
        })
        .filter(|field| {
            !seen.contains(field) && !field.starts_with("TimelineEvent") && !field.starts_with("ConsultationRevision")
        })
        .collect();
    assert!(missing.is_empty(), "in the whole clinic nobody has {missing:?}");
}

async fn records_by_their_ids(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    clinic::fill(&factory).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let mut ids = vec![];
    for (type_name, prefix) in PREFIXES {
        let list = match *type_name {
            "TimelineEvent" => "patients(first: 100) { nodes { list: timeline(first: 1) { nodes { id } } } }",
            "ConsultationRevision" => {
                "consultations(first: 100) { nodes { list: revisions(first: 1) { nodes { id } } } }"
            }
            "ApiKey" => "users(first: 100) { nodes { list: apiKeys(first: 1) { nodes { id } } } }",
            "AnalysisSession" => "list: sessions(first: 1) { nodes { id } }",
            "ReportRequest" => "list: reportRequests(first: 1) { nodes { id } }",
            other => &format!("list: {}s(first: 1) {{ nodes {{ id }} }}", other.to_lowercase()),
        };
        let answer = actor.data(&format!("{{ {list} }}"), json!({})).await.to_string();
        let start = answer.find(&format!("{prefix}_")).unwrap_or_else(|| panic!("an id of a {type_name}: {answer}"));
        ids.push(answer[start..].split('"').next().expect("an id").to_owned());
    }
    for (id, (type_name, _)) in ids.iter().zip(PREFIXES) {
        let node = format!("query($id: ID!) {{ node(id: $id) {{ __typename id ... on {type_name} {{ same: id }} }} }}");
        let expected = json!({"node": {"__typename": type_name, "id": id, "same": id}});
        assert_eq!(actor.data(&node, json!({"id": id})).await, expected);
    }
    let strange =
        ["", "pat_", "nonsense", "pat_AAAAAAAAAAAAAAAAAAAAAA", "xyz_AAAAAAAAAAAAAAAAAAAAAA", "Patient:1", "pat_ä"];
    for id in strange {
        let query = "query($id: ID!) { node(id: $id) { id } patient(id: $id) { id } doctor(id: $id) { id } }";
        assert_eq!(actor.data(query, json!({"id": id})).await, json!({"node": null, "patient": null, "doctor": null}));
    }
    let doctor = ids.iter().find(|id| id.starts_with("doc_")).expect("a doctor");
    assert_eq!(
        actor.data("query($id: ID!) { patient(id: $id) { id } }", json!({"id": doctor})).await,
        json!({"patient": null})
    );

    let mut asked: Vec<&str> = ids.iter().map(String::as_str).chain(strange).collect();
    asked.push(&ids[0]);
    let answer = actor.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": asked})).await;
    let expected: Vec<Value> =
        asked.iter().map(|id| if strange.contains(id) { Value::Null } else { json!({"id": id}) }).collect();
    assert_eq!(answer["nodes"], json!(expected), "in the order asked for, null where there is nothing");
    let many = json!({"ids": vec![&ids[0]; 101]});
    assert_eq!(actor.error_codes("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", many).await, ["BAD_USER_INPUT"]);
}

async fn a_patient_by_id_or_number(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let key = factory.patient("A-1", json!({})).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let query = "query($id: ID, $mrn: String) { patient(id: $id, mrn: $mrn) { mrn } }";
    let found = json!({"patient": {"mrn": "A-1"}});
    assert_eq!(actor.data(query, json!({"id": id("Patient", &key)})).await, found);
    assert_eq!(actor.data(query, json!({"mrn": "A-1"})).await, found);
    assert_eq!(actor.data(query, json!({"mrn": "A-1", "id": null})).await, found);
    assert_eq!(actor.data(query, json!({"mrn": "a-1 "})).await, json!({"patient": null}));
    for variables in [json!({}), json!({"id": null}), json!({"id": id("Patient", &key), "mrn": "A-1"})] {
        assert_eq!(actor.error_codes(query, variables).await, ["BAD_USER_INPUT"]);
    }
}

async fn doctors_of_a_patient_are_as_many_as_the_statistics_say(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    clinic::fill(&factory).await;
    let server = TestServer::start(database).await;
    let query = "{ patients(first: 100, filter: {archived: {in: [true, false]}}) { nodes {
        statistics { uniqueDoctorsCount }
        current: doctors { totalCount edges { node { id } assignments { isActive doctor { id } } } }
        ever: doctors(scope: EVER) { totalCount edges { node { id } assignments { doctor { id } } } } } } }";
    let answer = server.admin().data(query, json!({})).await;
    let patients = answer["patients"]["nodes"].as_array().expect("patients");
    assert_eq!(patients.len(), 14);
    for patient in patients {
        assert_eq!(patient["ever"]["totalCount"], patient["statistics"]["uniqueDoctorsCount"]);
        for scope in ["current", "ever"] {
            let edges = patient[scope]["edges"].as_array().expect("edges");
            let doctors: BTreeSet<&str> = edges.iter().filter_map(|edge| edge["node"]["id"].as_str()).collect();
            assert_eq!(doctors.len(), edges.len(), "each doctor once");
            for edge in edges {
                let assignments = edge["assignments"].as_array().expect("assignments");
                assert!(assignments.iter().all(|assignment| assignment["doctor"]["id"] == edge["node"]["id"]));
                assert!(
                    scope == "ever" || (!assignments.is_empty() && assignments.iter().all(|a| a["isActive"] == true))
                );
            }
        }
    }
}

async fn events_lead_to_what_they_are_about(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let patient = factory.patient("A-1", json!({})).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    let at = "2025-01-01T00:00:00.000000Z";
    let visit = factory.consultation(&patient, &doctor, at, json!({"diagnosis": "Tremor"})).await;
    let scan = factory.of_patient("mri_scans", &patient, json!({"acquired_at": at})).await;
    let prediction = factory.of_patient("predictions", &patient, json!({"created_at": at})).await;
    let report = json!({"created_at": at, "title": "One", "content": "Text"});
    let report = factory.of_patient("medical_reports", &patient, report).await;
    factory
        .of_patient("patient_timeline", &patient, json!({"event_type": "note", "event_title": "N", "event_date": at}))
        .await;
    let server = TestServer::start(database).await;
    let query = "query($id: ID!) { patient(id: $id) { timeline { nodes { eventType patient { mrn } source { __typename ...what } } } } }
        fragment what on TimelineSource {
          ... on Node { id }
          ... on Consultation { diagnosis patient { mrn } } ... on Scan { acquiredAt } ... on Report { title } ... on Prediction { result } }";
    let answer = server.admin().data(query, json!({"id": id("Patient", &patient)})).await;
    let mut events: Vec<Value> = answer["patient"]["timeline"]["nodes"].as_array().expect("events").clone();
    events.sort_by_key(|event| event["eventType"].to_string());
    let mine = json!({"mrn": "A-1"});
    let visited =
        json!({"__typename": "Consultation", "id": id("Consultation", &visit), "diagnosis": "Tremor", "patient": mine});
    assert_eq!(
        json!(events),
        json!([
            {"eventType": "CONSULTATION", "patient": mine, "source": visited},
            {"eventType": "DIAGNOSIS", "patient": mine, "source": visited},
            {"eventType": "NOTE", "patient": mine, "source": null},
            {"eventType": "PREDICTION", "patient": mine,
                "source": {"__typename": "Prediction", "id": id("Prediction", &prediction), "result": null}},
            {"eventType": "REPORT", "patient": mine,
                "source": {"__typename": "Report", "id": id("Report", &report), "title": "One"}},
            {"eventType": "SCAN", "patient": mine, "source": {"__typename": "Scan", "id": id("Scan", &scan), "acquiredAt": at}},
        ])
    );
}

async fn what_depends_on_the_clock(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let born = json!({"date_of_birth": "2000-03-15"});
    let patient = factory.patient("A-1", born).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    let (first, second) = ("2026-03-14T22:30:00.000000Z", "2026-03-14T23:30:00.000000Z");
    for date in [first, second] {
        factory.consultation(&patient, &doctor, date, json!({"status": "scheduled"})).await;
    }
    let dead = json!({"date_of_birth": "1950-05-05", "date_of_death": "2000-05-04"});
    factory.patient("A-2", dead).await;
    factory.patient("A-3", json!({})).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let query = "{ patients(orderBy: {field: MRN}) { nodes { age statistics { nextVisitDate overdueVisits }
        consultations(orderBy: {field: DATE}) { nodes { isOverdue } }
        late: consultations(filter: {isOverdue: {eq: true}}) { totalCount } } } }";
    // Half past eleven and half past twelve at night in Berlin.
    for (now, age, next, overdue) in [
        (first, 25, Some(first), [false, false]),
        (second, 26, Some(second), [true, false]),
        ("2026-03-14T23:30:00.000001Z", 26, None, [true, true]),
    ] {
        server.clock.set(now);
        let answer = actor.data(query, json!({})).await;
        let nodes = &answer["patients"]["nodes"];
        let late = overdue.iter().filter(|late| **late).count();
        let expected = json!({
            "age": age,
            "statistics": {"nextVisitDate": next, "overdueVisits": late},
            "consultations": {"nodes": [{"isOverdue": overdue[0]}, {"isOverdue": overdue[1]}]},
            "late": {"totalCount": late},
        });
        assert_eq!(nodes[0], expected, "at {now}");
        assert_eq!((&nodes[1]["age"], &nodes[2]["age"]), (&json!(49), &Value::Null));
    }
}

async fn archived_people_are_left_out_unless_asked_for(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let archived = json!({"archived_at": "2026-01-01T00:00:00.000000Z"});
    let gone = factory.patient("B", archived.clone()).await;
    let doctor = factory.doctor("Gone", archived).await;
    factory.patient("A", json!({})).await;
    factory.assignment(&gone, &doctor, json!({})).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    for (filter, expected) in [
        ("{}", vec!["A"]),
        ("{name: {contains: \"patient\"}}", vec!["A"]),
        ("{archived: {eq: false}}", vec!["A"]),
        ("{archived: {eq: true}}", vec!["B"]),
        ("{archived: {in: [true, false]}}", vec!["A", "B"]),
        ("{or: [{archived: {eq: true}}, {mrn: {eq: \"A\"}}]}", vec!["A", "B"]),
        ("{not: {archived: {eq: false}}}", vec!["B"]),
    ] {
        let query =
            format!("{{ patients(filter: {filter}, orderBy: {{field: MRN}}) {{ totalCount nodes {{ mrn }} }} }}");
        let answer = actor.data(&query, json!({})).await;
        let nodes: Vec<Value> = expected.iter().map(|mrn| json!({"mrn": mrn})).collect();
        assert_eq!(answer["patients"], json!({"totalCount": expected.len(), "nodes": nodes}), "{filter}");
    }
    // By id, and from what names them, they can be read.
    let query =
        "query($id: ID!) { patient(id: $id) { mrn archivedAt doctors { nodes { name } } } doctors { totalCount } }";
    let answer = actor.data(query, json!({"id": id("Patient", &gone)})).await;
    assert_eq!(answer["patient"]["doctors"]["nodes"][0]["name"], "Gone");
    assert_eq!(answer["doctors"]["totalCount"], 0);
}

async fn the_viewer_is_whoever_is_signed_in(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let server = TestServer::start(database).await;
    let (bell, zola) = (factory.user("bell", "doctor").await, factory.user("zola", "patient").await);
    let (nobody, model) = (factory.user("nobody", "doctor").await, factory.user("model", "agent").await);
    let doctor = factory.doctor("Bell", json!({"user_id": bell})).await;
    let patient = factory.patient("A-1", json!({"user_id": zola})).await;
    let viewer = |name: &str, role: &str, key: &str| json!({"name": name, "role": role, "user": {"id": id("User", key)}, "patient": null, "doctor": null});
    let with = |mut viewer: Value, field: &str, id: String| {
        viewer[field] = json!({"id": id});
        viewer
    };
    let query = "{ viewer { name role user { id } patient { id } doctor { id } } }";
    for (actor, expected) in [
        (server.admin(), viewer("Tests", "ADMIN", ADMIN)),
        (server.sign_in(&bell).await, with(viewer("User bell", "DOCTOR", &bell), "doctor", id("Doctor", &doctor))),
        (server.sign_in(&zola).await, with(viewer("User zola", "PATIENT", &zola), "patient", id("Patient", &patient))),
        (server.sign_in(&nobody).await, viewer("User nobody", "DOCTOR", &nobody)),
        (server.agent(&model, &["predict"]).await, viewer("User model", "AGENT", &model)),
        (server.stranger(), Value::Null),
    ] {
        assert_eq!(actor.data(query, json!({})).await, json!({"viewer": expected}));
    }
}
