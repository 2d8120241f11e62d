//! Doctors.

use serde_json::{Value, json};

use super::Clinic;
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_doctor_sees_the_whole_record_of_own_patients,
    of_other_patients_a_doctor_sees_nothing,
    a_cursor_of_an_administrator_leads_only_to_own_patients,
    what_is_counted_is_of_own_patients,
    an_assignment_opens_a_record_and_its_end_closes_it,
    of_another_doctor_a_doctor_reads_the_directory,
    an_archived_doctor_sees_no_patients,
);

async fn a_doctor_sees_the_whole_record_of_own_patients(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let ute = clinic.actor("ute").await;
    for (what, id) in &clinic.anna.ids {
        let found = ute.data("query($id: ID!) { node(id: $id) { id } }", json!({"id": id})).await;
        assert_eq!(found["node"]["id"], json!(id), "{what}");
    }
    let query = "query($id: ID!) { patient(id: $id) { name
        assignments { totalCount } sessions { totalCount } scans { totalCount } predictions { totalCount }
        reports { totalCount } reportRequests { nodes { errorMessage } } timeline { totalCount }
        consultations { nodes { notes doctor { name } revisions { nodes { notes } } } }
        statistics { totalPredictions totalReports diseaseStatus diseaseStage uniqueDoctorsCount } } }";
    let mut record = ute.data(query, json!({"id": clinic.anna.id("patient")})).await["patient"].take();
    let doctors: Vec<_> = record["consultations"]["nodes"].as_array().expect("visits").iter().collect();
    assert!(doctors.iter().any(|visit| visit["doctor"]["name"] == "Carl"), "visits of other doctors too");
    assert!(doctors.iter().all(|visit| visit["notes"] == "Between us"), "{record}");
    record["consultations"].take();
    let expected = json!({
        "name": "Anna", "assignments": {"totalCount": 1}, "sessions": {"totalCount": 1}, "scans": {"totalCount": 1},
        "predictions": {"totalCount": 2}, "reports": {"totalCount": 3},
        "reportRequests": {"nodes": [{"errorMessage": "No memory"}]}, "consultations": null,
        // Two visits, one diagnosis, one scan, two predictions, three reports, two notes.
        "timeline": {"totalCount": 11},
        "statistics": {
            "totalPredictions": 2, "totalReports": 2, "diseaseStatus": "DETECTED", "diseaseStage": "2",
            "uniqueDoctorsCount": 2,
        },
    });
    assert_eq!(record, expected);
}

async fn of_other_patients_a_doctor_sees_nothing(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let ute = clinic.actor("ute").await;
    let ids: Vec<_> = clinic.bob.ids.values().collect();
    let nodes = ute.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": ids})).await;
    assert_eq!(nodes["nodes"], json!(vec![Value::Null; ids.len()]));
    let query = "query($bob: ID!, $ute: ID!, $carl: ID!) {
        id: patient(id: $bob) { name } mrn: patient(mrn: \"B-1\") { name }
        named: patients(filter: {name: {eq: \"bob\"}}) { totalCount nodes { name } }
        found: patients(filter: {search: \"b-1\"}) { totalCount }
        carls: patients(filter: {doctorId: {eq: $carl}}) { totalCount }
        ill: patients(filter: {diseaseStatus: {eq: DETECTED}}) { totalCount nodes { name } }
        visits: consultations(filter: {patientId: {eq: $bob}}) { totalCount }
        doctors(filter: {patientId: {eq: $bob}}) { totalCount }
        once: doctor(id: $ute) { patients(scope: EVER) { nodes { name } } assignments { nodes { patient { name } } } }
        carl: doctor(id: $carl) { patients { totalCount } consultations { nodes { patient { name } } } } }";
    let variables = json!({
        "bob": clinic.bob.id("patient"), "ute": id("Doctor", &clinic.ute), "carl": id("Doctor", &clinic.carl),
    });
    let expected = json!({
        "id": null, "mrn": null, "named": {"totalCount": 0, "nodes": []}, "found": {"totalCount": 0},
        "carls": {"totalCount": 0}, "ill": {"totalCount": 1, "nodes": [{"name": "Anna"}]}, "visits": {"totalCount": 0},
        "doctors": {"totalCount": 0},
        "once": {
            "patients": {"nodes": [{"name": "Anna"}]}, "assignments": {"nodes": [{"patient": {"name": "Anna"}}]},
        },
        "carl": {"patients": {"totalCount": 0}, "consultations": {"nodes": [{"patient": {"name": "Anna"}}]}},
    });
    assert_eq!(ute.data(query, variables.clone()).await, expected);
    // An administrator sees that there is something to be seen.
    let all = clinic.server.admin().data(query, variables).await;
    assert_eq!(all["once"]["patients"]["nodes"], json!([{"name": "Anna"}, {"name": "Bob"}]));
    assert_eq!((&all["mrn"]["name"], &all["carls"]["totalCount"]), (&json!("Bob"), &json!(1)));
}

async fn a_cursor_of_an_administrator_leads_only_to_own_patients(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let zoe = clinic.rows.patient("Z-1", json!({"name": "Zoe"})).await;
    clinic.rows.assignment(&zoe, &clinic.ute, json!({})).await;
    let (admin, ute) = (clinic.server.admin(), clinic.actor("ute").await);
    let edges = admin.data("{ patients { edges { cursor node { name } } } }", json!({})).await;
    let names: Vec<_> = edges["patients"]["edges"].as_array().expect("edges").iter().collect();
    assert_eq!(names.iter().map(|edge| &edge["node"]["name"]).collect::<Vec<_>>(), ["Anna", "Bob", "Zoe"]);
    let query = "query($after: String, $before: String) {
        after: patients(after: $after) { totalCount nodes { name } pageInfo { hasPreviousPage hasNextPage } }
        before: patients(last: 1, before: $before) { nodes { name } } }";
    let bobs = &names[1]["cursor"];
    let expected = json!({
        "after": {
            "totalCount": 2, "nodes": [{"name": "Zoe"}], "pageInfo": {"hasPreviousPage": true, "hasNextPage": false},
        },
        "before": {"nodes": [{"name": "Anna"}]},
    });
    assert_eq!(ute.data(query, json!({"after": bobs, "before": bobs})).await, expected);
}

async fn what_is_counted_is_of_own_patients(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let query =
        "{ patients { totalCount } assignments { totalCount } consultations { totalCount } sessions { totalCount }
        scans { totalCount } predictions { totalCount } reports { totalCount } reportRequests { totalCount }
        users { totalCount } doctors { totalCount }
        dashboard { patients doctors requestsByStatus { count } patientsByDiseaseStage { stage count } } }";
    let counts = |of: i32, assignments: i32, users: i32| {
        let total = |each: i32| json!({"totalCount": of * each});
        json!({
            "patients": total(1), "assignments": {"totalCount": assignments}, "consultations": total(2),
            "sessions": total(1), "scans": total(1), "predictions": total(2), "reports": total(3),
            "reportRequests": total(1), "users": {"totalCount": users}, "doctors": {"totalCount": 2},
            "dashboard": {
                "patients": of, "doctors": 2, "requestsByStatus": [{"count": of}],
                "patientsByDiseaseStage": [{"stage": "2", "count": of}],
            },
        })
    };
    assert_eq!(clinic.actor("ute").await.data(query, json!({})).await, counts(1, 1, 1));
    assert_eq!(clinic.server.admin().data(query, json!({})).await, counts(2, 3, 5));
}

async fn an_assignment_opens_a_record_and_its_end_closes_it(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (admin, carl) = (clinic.server.admin(), clinic.actor("carl").await);
    let anna = json!({"id": clinic.anna.id("patient")});
    let query = "query($id: ID!) { patient(id: $id) { name } patients { nodes { name } } }";
    let (open, closed) = (
        json!({"patient": {"name": "Anna"}, "patients": {"nodes": [{"name": "Anna"}, {"name": "Bob"}]}}),
        json!({"patient": null, "patients": {"nodes": [{"name": "Bob"}]}}),
    );
    assert_eq!(carl.data(query, anna.clone()).await, closed);
    let assign = "mutation($patient: ID!, $doctor: ID!) {
        assignDoctor(input: {patientId: $patient, doctorId: $doctor, type: SPECIALIST}) { assignment { id } } }";
    let variables = json!({"patient": anna["id"], "doctor": id("Doctor", &clinic.carl)});
    let assigned = admin.data(assign, variables).await["assignDoctor"]["assignment"]["id"].clone();
    assert_eq!(carl.data(query, anna.clone()).await, open, "at once");
    let end = "mutation($id: ID!) { endAssignment(input: {id: $id, version: 1}) { userErrors { code } } }";
    admin.data(end, json!({"id": assigned})).await;
    assert_eq!(carl.data(query, anna).await, closed, "at the next request");
}

async fn of_another_doctor_a_doctor_reads_the_directory(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let ute = clinic.actor("ute").await;
    let query = "query($id: ID!) { doctor(id: $id) { name specialization hospitalAffiliation consultationFee
        licenseNumber email phone yearsExperience createdAt version } }";
    let carl = ute.data(query, json!({"id": id("Doctor", &clinic.carl)})).await["doctor"].take();
    assert_eq!((&carl["name"], &carl["licenseNumber"], &carl["email"]), (&json!("Carl"), &Value::Null, &Value::Null));
    assert_eq!((&carl["createdAt"], &carl["version"]), (&Value::Null, &Value::Null));
    let own = ute.data(query, json!({"id": id("Doctor", &clinic.ute)})).await["doctor"].take();
    assert_eq!(
        (&own["licenseNumber"], &own["email"], &own["version"]),
        (&json!("L-ute"), &json!("ute@c.example"), &json!(1))
    );
    // Nor is anybody found by what is not read, or sorted.
    for list in [
        "doctors(filter: {email: {eq: \"carl@c.example\"}})",
        "doctors(filter: {search: \"L-carl\"})",
        "doctors(filter: {not: {or: [{email: {contains: \"carl\"}}]}})",
        "doctors(orderBy: {field: CREATED_AT})",
    ] {
        assert_eq!(
            ute.error_codes(&format!("{{ {list} {{ totalCount }} }}"), json!({})).await,
            ["FORBIDDEN"],
            "{list}"
        );
    }
    let account = json!({"id": id("User", &clinic.accounts["carl"])});
    let accounts = ute.data("query($id: ID!) { node(id: $id) { id } users { nodes { username } } }", account).await;
    assert_eq!(accounts, json!({"node": null, "users": {"nodes": [{"username": "ute"}]}}));
}

async fn an_archived_doctor_sees_no_patients(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let archive =
        format!("UPDATE doctors SET archived_at = '2026-01-01T00:00:00.000000Z' WHERE doctor_id = '{}'", clinic.ute);
    clinic.rows.run(&archive).await;
    let ute = clinic.actor("ute").await;
    let query = "query($id: ID!) { patient(id: $id) { name } patients { totalCount } consultations { totalCount }
        viewer { role doctor { id } } dashboard { patients } doctors { nodes { name } } }";
    let nothing = json!({
        "patient": null, "patients": {"totalCount": 0}, "consultations": {"totalCount": 0},
        "viewer": {"role": "DOCTOR", "doctor": null}, "dashboard": {"patients": 0},
        "doctors": {"nodes": [{"name": "Carl"}]},
    });
    assert_eq!(ute.data(query, json!({"id": clinic.anna.id("patient")})).await, nothing);
}
