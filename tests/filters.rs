//! Filters: what each operator keeps, the same on both databases.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::actor::Actor;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

on_both!(
    operators_on_days_and_instants,
    words_and_unknown_ones,
    parts_of_names_in_any_script,
    and_or_and_not,
    by_related_people,
    by_statistics,
    a_nul_is_in_no_row,
    what_no_filter_can_be_is_refused,
);

/// The record numbers of the patients that a filter keeps.
async fn kept(actor: &Actor, filter: &str) -> Vec<String> {
    let query = format!("{{ patients(filter: {filter}, orderBy: {{field: MRN}}) {{ totalCount nodes {{ mrn }} }} }}");
    let answer = actor.data(&query, json!({})).await;
    let nodes = answer["patients"]["nodes"].as_array().expect("patients");
    assert_eq!(answer["patients"]["totalCount"], nodes.len(), "{filter}");
    nodes.iter().map(|node| node["mrn"].as_str().expect("a number").to_owned()).collect()
}

async fn check(actor: &Actor, cases: &[(&str, &[&str])]) {
    for (filter, expected) in cases {
        assert_eq!(kept(actor, filter).await, *expected, "{filter}");
    }
}

async fn operators_on_days_and_instants(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let created = ["2025-01-01T00:00:00.000000Z", "2025-01-01T00:00:00.000001Z", "2025-01-02T00:00:00.000000Z"];
    for (mrn, born, created) in
        [("A", Some("1950-01-01"), created[0]), ("B", Some("1950-01-02"), created[1]), ("C", None, created[2])]
    {
        factory.patient(mrn, json!({"date_of_birth": born, "created_at": created})).await;
    }
    let server = TestServer::start(database).await;
    let cases: &[(&str, &[&str])] = &[
        ("{dateOfBirth: {eq: \"1950-01-01\"}}", &["A"]),
        ("{dateOfBirth: {in: [\"1950-01-01\", \"1950-01-02\"]}}", &["A", "B"]),
        ("{dateOfBirth: {in: []}}", &[]),
        ("{dateOfBirth: {gt: \"1950-01-01\"}}", &["B"]),
        ("{dateOfBirth: {gte: \"1950-01-01\", lt: \"1950-01-02\"}}", &["A"]),
        ("{dateOfBirth: {lte: \"1950-01-01\"}}", &["A"]),
        ("{dateOfBirth: {isNull: true}}", &["C"]),
        ("{dateOfBirth: {isNull: false}}", &["A", "B"]),
        ("{dateOfBirth: {}}", &["A", "B", "C"]),
        ("{dateOfBirth: null}", &["A", "B", "C"]),
        ("{createdAt: {eq: \"2025-01-01T00:00:00Z\"}}", &["A"]),
        ("{createdAt: {gt: \"2025-01-01T00:00:00Z\"}}", &["B", "C"]),
        ("{createdAt: {gte: \"2025-01-01T01:00:00.000001+01:00\"}}", &["B", "C"]),
        ("{createdAt: {lt: \"2025-01-02T00:00:00Z\"}}", &["A", "B"]),
    ];
    check(&server.admin(), cases).await;
}

async fn words_and_unknown_ones(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let patient = factory.patient("A", json!({"gender": "female"})).await;
    factory.patient("B", json!({})).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    for kind in [None, Some("in-person"), Some("follow-up")] {
        let date = "2025-01-01T00:00:00.000000Z";
        factory.consultation(&patient, &doctor, date, json!({"consultation_type": kind, "status": "no-show"})).await;
    }
    let server = TestServer::start(database).await;
    let actor = server.admin();
    check(&actor, &[("{gender: {eq: FEMALE}}", &["A"]), ("{gender: {in: [FEMALE, UNKNOWN]}}", &["A", "B"])]).await;
    for (filter, count) in [
        ("{type: {eq: IN_PERSON}}", 1),
        ("{type: {in: [IN_PERSON, FOLLOW_UP]}}", 2),
        ("{type: {isNull: true}}", 1),
        ("{not: {type: {eq: IN_PERSON}}}", 2),
        ("{status: {eq: NO_SHOW}}", 3),
        ("{status: {eq: SCHEDULED}}", 0),
    ] {
        let answer = actor.data(&format!("{{ consultations(filter: {filter}) {{ totalCount }} }}"), json!({})).await;
        assert_eq!(answer["consultations"]["totalCount"], count, "{filter}");
    }
}

async fn parts_of_names_in_any_script(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    for (mrn, name) in [
        ("1", "Émile Zola"),
        ("2", "E\u{301}mile combining"),
        ("3", "Straße Jörg"),
        ("4", "İpek Yıldız"),
        ("5", "ΟΔΥΣΣΕΥΣ"),
        ("6", "100% sure_thing"),
        ("7", "ﬁne ligature"),
        ("8", "back\\slash 'quote'"),
    ] {
        factory.patient(mrn, json!({"name": name})).await;
    }
    let server = TestServer::start(database).await;
    let actor = server.admin();
    // NFKC and lower case, no more: an accent counts, and so does the dot of the Turkish i.
    let cases: &[(&str, &[&str])] = &[
        ("émile", &["1", "2"]),
        ("ÉMILE", &["1", "2"]),
        ("emile", &[]),
        ("STRAßE", &["3"]),
        ("strasse", &[]),
        ("jÖrg", &["3"]),
        ("İPEK", &["4"]),
        ("i\u{307}pek", &["4"]),
        ("ipek", &[]),
        ("YILDIZ", &[]),
        ("yıldız", &["4"]),
        ("οδυσσευς", &["5"]),
        ("%", &["6"]),
        ("_", &["6"]),
        ("100% SURE", &["6"]),
        ("fine", &["7"]),
        ("\\", &["8"]),
        ("'", &["8"]),
        ("", &["1", "2", "3", "4", "5", "6", "7", "8"]),
    ];
    for (part, expected) in cases {
        let query = "query($part: String!) { patients(filter: {name: {contains: $part}}, orderBy: {field: MRN}) { nodes { mrn } } }";
        let answer = actor.data(query, json!({"part": part})).await;
        let nodes: Vec<Value> = expected.iter().map(|mrn| json!({"mrn": mrn})).collect();
        assert_eq!(answer["patients"]["nodes"], json!(nodes), "{part}");
    }
    check(&actor, &[("{name: {eq: \"émile zola\"}}", &["1"]), ("{name: {in: [\"STRAßE JÖRG\", \"x\"]}}", &["3"])])
        .await;
}

async fn and_or_and_not(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    for (mrn, gender, born) in
        [("A", "female", Some("1950-01-01")), ("B", "male", Some("1960-01-01")), ("C", "male", None)]
    {
        factory.patient(mrn, json!({"gender": gender, "date_of_birth": born})).await;
    }
    let server = TestServer::start(database).await;
    let cases: &[(&str, &[&str])] = &[
        ("{gender: {eq: MALE}, dateOfBirth: {isNull: true}}", &["C"]),
        ("{and: [{gender: {eq: MALE}}, {dateOfBirth: {isNull: false}}]}", &["B"]),
        ("{or: [{gender: {eq: FEMALE}}, {dateOfBirth: {isNull: true}}]}", &["A", "C"]),
        ("{gender: {eq: MALE}, or: [{mrn: {eq: \"A\"}}, {mrn: {eq: \"B\"}}]}", &["B"]),
        ("{not: {gender: {eq: MALE}}}", &["A"]),
        // What is unknown does not come after 1955, so it is among those that do not.
        ("{dateOfBirth: {gt: \"1955-01-01\"}}", &["B"]),
        ("{not: {dateOfBirth: {gt: \"1955-01-01\"}}}", &["A", "C"]),
        ("{not: {not: {dateOfBirth: {gt: \"1955-01-01\"}}}}", &["B"]),
        ("{not: {or: [{mrn: {eq: \"A\"}}, {and: [{mrn: {eq: \"B\"}}, {gender: {eq: MALE}}]}]}}", &["C"]),
        ("{and: []}", &["A", "B", "C"]),
        ("{or: []}", &[]),
    ];
    check(&server.admin(), cases).await;
}

async fn by_related_people(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let (one, other) = (factory.patient("A", json!({})).await, factory.patient("B", json!({})).await);
    let doctor = factory.doctor("Bell", json!({})).await;
    factory.assignment(&one, &doctor, json!({})).await;
    let ended = json!({"is_active": false, "ended_at": "2025-01-01T00:00:00.000000Z"});
    factory.assignment(&other, &doctor, ended).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let (doctor, patient, other) = (id("Doctor", &doctor), id("Patient", &one), id("Patient", &other));
    check(
        &actor,
        &[
            (&format!("{{doctorId: {{eq: \"{doctor}\"}}}}"), &["A"]),
            (&format!("{{doctorId: {{in: [\"{doctor}\", \"nobody\"]}}}}"), &["A"]),
            (&format!("{{not: {{doctorId: {{eq: \"{doctor}\"}}}}}}"), &["B"]),
            ("{doctorId: {eq: \"nobody\"}}", &[]),
            (&format!("{{doctorId: {{eq: \"{patient}\"}}}}"), &[]),
            (&format!("{{id: {{in: [\"{patient}\", \"{other}\"]}}}}"), &["A", "B"]),
        ],
    )
    .await;
    for (patient, count) in [(&patient, 1), (&other, 0)] {
        let query = "query($id: ID!) { doctors(filter: {patientId: {eq: $id}}) { totalCount }
            assignments(filter: {patientId: {eq: $id}}) { totalCount } }";
        let answer = actor.data(query, json!({"id": patient})).await;
        assert_eq!(answer, json!({"doctors": {"totalCount": count}, "assignments": {"totalCount": 1}}));
    }
}

async fn by_statistics(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    for (mrn, visits, result) in [("A", 0, None), ("B", 1, Some("not_detected")), ("C", 2, Some("detected"))] {
        let patient = factory.patient(mrn, json!({})).await;
        for visit in 0..visits {
            factory
                .consultation(&patient, &doctor, &format!("2025-0{}-01T00:00:00.000000Z", visit + 1), json!({}))
                .await;
        }
        factory.of_patient("predictions", &patient, json!({"binary_result": result, "stage_result": "2"})).await;
    }
    let server = TestServer::start(database).await;
    let cases: &[(&str, &[&str])] = &[
        ("{lastVisit: {lt: \"2025-02-01T00:00:00Z\"}}", &["B"]),
        ("{lastVisit: {lte: \"2025-02-01T00:00:00Z\"}}", &["B", "C"]),
        ("{lastVisit: {isNull: true}}", &["A"]),
        ("{totalConsultations: {gte: 1}}", &["B", "C"]),
        ("{totalConsultations: {in: [0, 2]}}", &["A", "C"]),
        ("{diseaseStatus: {eq: DETECTED}}", &["C"]),
        ("{diseaseStatus: {in: [UNKNOWN, NOT_DETECTED]}}", &["A", "B"]),
        ("{diseaseStage: {eq: \"2\"}}", &["C"]),
        ("{diseaseStage: {isNull: true}}", &["A", "B"]),
    ];
    check(&server.admin(), cases).await;
}

async fn what_no_filter_can_be_is_refused(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    for filter in [
        "{createdAt: {gt: \"yesterday\"}}",
        "{dateOfBirth: {eq: \"1950-02-30\"}}",
        "{nothing: {eq: 1}}",
        "{gender: {eq: PURPLE}}",
        "{totalConsultations: {eq: \"many\"}}",
        "{name: {eq: 7}}",
    ] {
        let query = format!("{{ patients(filter: {filter}) {{ totalCount }} }}");
        let codes = actor.error_codes(&query, json!({})).await;
        assert!(codes.iter().all(|code| code == "BAD_USER_INPUT"), "{filter}: {codes:?}");
    }
    let variables = json!({"filter": {"createdAt": {"gt": "yesterday"}}});
    let query = "query($filter: PatientFilter) { patients(filter: $filter) { totalCount } }";
    assert_eq!(actor.error_codes(query, variables).await, ["BAD_USER_INPUT"]);
}

/// PostgreSQL refuses the character outright: no value of a client's may reach it with one.
async fn a_nul_is_in_no_row(database: TestDatabase) {
    Factory::new(&database).await.patient("A", json!({})).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let count = "query($f: PatientFilter) { patients(filter: $f) { totalCount } }";
    for filter in [
        json!({"name": {"contains": "\0"}}),
        json!({"mrn": {"eq": "A\0"}}),
        json!({"mrn": {"in": ["A\0"]}}),
        json!({"diseaseStage": {"eq": "\0"}}),
        json!({"email": {"contains": "\0"}}),
    ] {
        assert_eq!(actor.data(count, json!({"f": filter})).await["patients"]["totalCount"], 0, "{filter}");
    }
    let by_number = "query($mrn: String) { patient(mrn: $mrn) { id } }";
    assert_eq!(actor.data(by_number, json!({"mrn": "A\0"})).await["patient"], Value::Null);
    let cursor = URL_SAFE_NO_PAD.encode("[\"Patient.NAME+\",\"\\u0000\",\"00000000000000000000000000000000\"]");
    let page = "query($after: String) { patients(after: $after) { nodes { id } } }";
    assert_eq!(actor.error_codes(page, json!({"after": cursor})).await, ["BAD_USER_INPUT"]);
}
