//! Pages: however a list is walked, every row comes once and in order, also while others come and go.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::actor::Actor;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

on_both!(
    walks_both_ways_see_every_row_once,
    nested_lists_are_walked_alike,
    rows_that_come_and_go_disturb_no_walk,
    a_page_between_two_cursors,
    empty_pages,
    what_no_page_can_be_is_refused,
    cursors_of_other_lists_are_refused,
);

/// A list that can be walked: where it stands in a query, and its order.
struct Walk<'a> {
    /// The query around it, with `LIST` in its place.
    around: &'a str,
    list: &'a str,
    /// The JSON pointer to the connection.
    at: &'a str,
    arguments: &'a str,
}

impl Walk<'_> {
    async fn page(&self, actor: &Actor, arguments: &str) -> Value {
        let arguments = [self.arguments, arguments].join(" ");
        let selection = "{ nodes { id } edges { cursor node { id } } totalCount \
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }";
        let list = format!("{}({arguments}) {selection}", self.list);
        let data = actor.data(&self.around.replace("LIST", &list), json!({})).await;
        data.pointer(self.at).expect("the list").clone()
    }

    async fn whole(&self, actor: &Actor) -> Vec<String> {
        ids(&self.page(actor, "first: 100").await)
    }

    async fn forwards(&self, actor: &Actor, size: usize) -> Vec<String> {
        let (mut seen, mut after) = (vec![], String::new());
        loop {
            let page = self.page(actor, &format!("first: {size} {after}")).await;
            let info = &page["pageInfo"];
            assert_eq!(info["hasPreviousPage"], !seen.is_empty(), "{page}");
            assert_eq!(info["startCursor"], page["edges"][0]["cursor"]);
            seen.extend(ids(&page));
            if info["hasNextPage"] == false {
                return seen;
            }
            assert_eq!(ids(&page).len(), size, "only the last page may be short: {page}");
            after = format!("after: {}", info["endCursor"]);
        }
    }

    async fn backwards(&self, actor: &Actor, size: usize) -> Vec<String> {
        let (mut seen, mut before) = (vec![], String::new());
        loop {
            let page = self.page(actor, &format!("last: {size} {before}")).await;
            let info = &page["pageInfo"];
            assert_eq!(info["hasNextPage"], !seen.is_empty(), "{page}");
            seen.splice(0..0, ids(&page));
            if info["hasPreviousPage"] == false {
                return seen;
            }
            assert_eq!(ids(&page).len(), size, "only the first page may be short: {page}");
            before = format!("before: {}", info["startCursor"]);
        }
    }

    /// Walks it in every way; the order itself is checked by the naive reading.
    async fn check(&self, actor: &Actor, rows: usize) {
        let whole = self.whole(actor).await;
        assert_eq!(whole.len(), rows, "{} {}", self.list, self.arguments);
        for size in [1, 4, 7, rows] {
            assert_eq!(self.forwards(actor, size).await, whole, "{} {} by {size}", self.list, self.arguments);
            assert_eq!(self.backwards(actor, size).await, whole, "{} {} by {size}", self.list, self.arguments);
        }
    }
}

fn ids(page: &Value) -> Vec<String> {
    let nodes: Vec<String> = page["nodes"].as_array().expect("nodes").iter().map(|node| text(&node["id"])).collect();
    let edges = page["edges"].as_array().expect("edges").iter().map(|edge| text(&edge["node"]["id"]));
    assert!(edges.eq(nodes.iter().cloned()), "{page}");
    nodes
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

const DAYS: &[Option<&str>] = &[None, Some("1950-01-01"), None, Some("1960-01-01"), Some("1950-01-01"), None];
const INSTANTS: &[&str] =
    &["2025-01-01T00:00:00.000000Z", "2025-01-01T00:00:00.000001Z", "2025-06-01T00:00:00.000000Z"];

/// Patients whose sort keys are unknown or equal more often than not; all have visited one doctor or nobody.
async fn patients(factory: &Factory, count: usize) -> (Vec<String>, String) {
    let doctor = factory.doctor("Bell", json!({})).await;
    let mut keys = vec![];
    for number in 0..count {
        let row = json!({
            "name": (["Same Name", "same name", "Other"][number % 3]),
            "date_of_birth": (DAYS[number % DAYS.len()]),
            "created_at": (INSTANTS[number % 2]),
        });
        let key = factory.patient(&format!("M{number:02}"), row).await;
        factory.assignment(&key, &doctor, json!({})).await;
        if number % 3 == 0 {
            factory.consultation(&key, &doctor, INSTANTS[number % 2], json!({})).await;
        }
        keys.push(key);
    }
    (keys, doctor)
}

async fn walks_both_ways_see_every_row_once(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    patients(&factory, 15).await;
    let server = TestServer::start(database).await;
    for field in ["NAME", "MRN", "DATE_OF_BIRTH", "CREATED_AT", "LAST_VISIT"] {
        for direction in ["ASC", "DESC"] {
            let arguments = format!("orderBy: {{field: {field}, direction: {direction}}}");
            let walk = Walk { around: "{ LIST }", list: "patients", at: "/patients", arguments: &arguments };
            walk.check(&server.admin(), 15).await;
        }
    }
}

async fn nested_lists_are_walked_alike(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let (patients, doctor) = patients(&factory, 12).await;
    for number in 0..12 {
        let requested = if number % 3 == 0 { Value::Null } else { json!(INSTANTS[number % 2]) };
        factory.of_patient("report_status", &patients[0], json!({"requested_at": requested, "status": "failed"})).await;
        factory.consultation(&patients[0], &doctor, INSTANTS[number % 2], json!({})).await;
    }
    let server = TestServer::start(database).await;
    let of_patient = format!("{{ patient(id: \"{}\") {{ LIST }} }}", id("Patient", &patients[0]));
    let of_doctor = format!("{{ doctor(id: \"{}\") {{ LIST }} }}", id("Doctor", &doctor));
    for direction in ["ASC", "DESC"] {
        for (around, list, at, field, rows) in [
            (&of_patient, "reportRequests", "/patient/reportRequests", "REQUESTED_AT", 12),
            (&of_patient, "consultations", "/patient/consultations", "DATE", 13),
            (&of_patient, "timeline", "/patient/timeline", "DATE", 13),
            (&of_doctor, "patients", "/doctor/patients", "LAST_VISIT", 12),
            (&of_doctor, "patients", "/doctor/patients", "DATE_OF_BIRTH", 12),
        ] {
            let arguments = format!("orderBy: {{field: {field}, direction: {direction}}}");
            Walk { around, list, at, arguments: &arguments }.check(&server.admin(), rows).await;
        }
    }
}

async fn rows_that_come_and_go_disturb_no_walk(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let (keys, _) = patients(&factory, 18).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    for direction in ["ASC", "DESC"] {
        let arguments = format!("orderBy: {{field: DATE_OF_BIRTH, direction: {direction}}}");
        let walk = Walk { around: "{ LIST }", list: "patients", at: "/patients", arguments: &arguments };
        let before = walk.whole(&actor).await;
        let (mut seen, mut after, mut turn) = (vec![], String::new(), 0);
        loop {
            let page = walk.page(&actor, &format!("first: 3 {after}")).await;
            seen.extend(ids(&page));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = format!("after: {}", page["pageInfo"]["endCursor"]);
            turn += 1;
            // Somebody arrives with each key there is, and the last row of the page, whose cursor we hold, leaves.
            for day in [None, Some("1950-01-01"), Some("1999-09-09")] {
                factory.patient(&format!("{direction}{turn}{day:?}"), json!({"date_of_birth": day})).await;
            }
            if turn % 2 == 0 {
                let leaver = keys.iter().find(|key| Some(&id("Patient", key)) == ids(&page).last());
                if let Some(leaver) = leaver {
                    factory
                        .run(&format!("UPDATE patients SET archived_at = created_at WHERE patient_id = '{leaver}'"))
                        .await;
                }
            }
        }
        let stayed: Vec<&String> = seen.iter().filter(|id| before.contains(id)).collect();
        assert_eq!(stayed, before.iter().collect::<Vec<_>>(), "{direction}: each old row once, in order");
        seen.sort();
        seen.dedup();
        assert!(seen.len() >= before.len());
        factory.run("UPDATE patients SET archived_at = NULL").await;
    }
}

async fn a_page_between_two_cursors(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    patients(&factory, 9).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let walk = Walk { around: "{ LIST }", list: "patients", at: "/patients", arguments: "" };
    let whole = walk.page(&actor, "first: 20").await;
    let all = ids(&whole);
    let cursor = |number: usize| whole["edges"][number]["cursor"].to_string();
    let between = format!("after: {} before: {}", cursor(1), cursor(7));
    assert_eq!(ids(&walk.page(&actor, &between).await), all[2..7]);
    assert_eq!(ids(&walk.page(&actor, &format!("{between} first: 2")).await), all[2..4]);
    assert_eq!(ids(&walk.page(&actor, &format!("{between} last: 2")).await), all[5..7]);
    let nothing = format!("after: {} before: {}", cursor(5), cursor(3));
    assert!(ids(&walk.page(&actor, &nothing).await).is_empty());
    assert_eq!(walk.page(&actor, &between).await["totalCount"], 9, "the count is the list's, not the page's");
}

async fn empty_pages(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let walk = Walk { around: "{ LIST }", list: "patients", at: "/patients", arguments: "" };
    let none = json!({"hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null});
    assert_eq!(
        walk.page(&actor, "first: 3").await,
        json!({"nodes": [], "edges": [], "totalCount": 0, "pageInfo": none})
    );
    patients(&factory, 2).await;
    let page = walk.page(&actor, "first: 0").await;
    assert_eq!(
        (&page["nodes"], &page["totalCount"], &page["pageInfo"]["hasNextPage"]),
        (&json!([]), &json!(2), &json!(true))
    );
}

async fn what_no_page_can_be_is_refused(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let (patients, _) = patients(&factory, 2).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let patient = id("Patient", &patients[0]);
    for arguments in
        ["first: 101", "first: -1", "last: 101", "last: -1", "first: 1 last: 1", "after: \"nonsense\"", "before: \"\""]
    {
        for query in [
            format!("{{ patients({arguments}) {{ nodes {{ id }} }} }}"),
            format!("{{ patient(id: \"{patient}\") {{ consultations({arguments}) {{ totalCount }} }} }}"),
        ] {
            assert_eq!(actor.error_codes(&query, json!({})).await, ["BAD_USER_INPUT"], "{query}");
        }
    }
    actor.data("{ patients(first: 100) { nodes { id } } }", json!({})).await;
}

async fn cursors_of_other_lists_are_refused(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    patients(&factory, 3).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let page = actor.data("{ patients(first: 1) { pageInfo { endCursor } } }", json!({})).await;
    let cursor = json!({"cursor": page["patients"]["pageInfo"]["endCursor"]});
    for list in [
        "patients(after: $cursor, orderBy: {field: MRN})",
        "patients(after: $cursor, orderBy: {field: NAME, direction: DESC})",
        "doctors(after: $cursor)",
        "consultations(before: $cursor)",
    ] {
        let query = format!("query($cursor: String) {{ {list} {{ nodes {{ id }} }} }}");
        assert_eq!(actor.error_codes(&query, cursor.clone()).await, ["BAD_USER_INPUT"], "{query}");
    }
    actor.data("query($cursor: String) { patients(after: $cursor) { nodes { id } } }", cursor).await;
}
