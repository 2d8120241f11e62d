//! Who may see and do what: the table in `docs/access.md` is complete, is what the rules say, and holds, line by line, for
//! a viewer of each role.

mod mutations;
mod reads;
mod subscriptions;

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use patientgraph::graphql::Api;
use serde_json::json;

use crate::naive::Schema;
use crate::support::actor::Actor;
use crate::support::database::TestDatabase;
use crate::support::factory::Factory;
use crate::support::server::TestServer;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::parse(&Api::sdl()));
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(&committed()));

/// The roles, in the order of the table's columns.
const ROLES: [&str; 4] = ["admin", "doctor", "patient", "agent"];
/// What the table says of what a role never has.
const NEVER: &str = "–";

fn committed() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/access.md")).expect("docs/access.md")
}

/// The table: for each section (a type, or the root fields) each line's verdict on each role, and of root fields on those
/// who are not signed in.
struct Table(BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl Table {
    fn parse(markdown: &str) -> Self {
        let mut table = BTreeMap::new();
        for section in markdown.split("\n## ").skip(1) {
            let (title, lines) = section.split_once('\n').expect("a title and lines");
            let lines = lines.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| field"));
            let lines = lines.map(|line| {
                let cells: Vec<String> = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
                let [name, verdicts @ ..] = cells.as_slice() else { panic!("{line}") };
                assert_eq!(
                    verdicts.len(),
                    ROLES.len() + usize::from(["Queries", "Mutations", "Subscriptions"].contains(&title)),
                    "{line}"
                );
                (name.clone(), verdicts.to_vec())
            });
            table.insert(title.to_owned(), lines.collect());
        }
        Self(table)
    }

    fn may(&self, section: &str, name: &str, role: usize) -> bool {
        self.0[section][name][role] != NEVER
    }
}

/// Somebody of each role, in the order of the table's columns, each with the record that the role is about.
async fn actors(database: TestDatabase) -> (TestServer, [Actor; 4]) {
    let rows = Factory::new(&database).await;
    let [doctor_user, patient_user, agent] =
        [rows.user("d", "doctor").await, rows.user("p", "patient").await, rows.user("a", "agent").await];
    let doctor = rows.doctor("Dr", json!({"user_id": doctor_user})).await;
    let patient = rows.patient("P-1", json!({"user_id": patient_user})).await;
    rows.assignment(&patient, &doctor, json!({})).await;
    rows.of_patient("sessions", &patient, json!({"agent_id": agent, "status": "active"})).await;
    let server = TestServer::start(database).await;
    let actors = [
        server.admin(),
        server.sign_in(&doctor_user).await,
        server.sign_in(&patient_user).await,
        server.agent(&agent, &["intake", "predict", "report"]).await,
    ];
    (server, actors)
}

#[test]
fn the_table_is_what_the_rules_say() {
    let stale = "docs/access.md is stale: cargo run -p patientgraph -- schema --access > docs/access.md";
    assert!(committed() == Api::access_table(), "{stale}");
}

#[test]
fn everything_in_the_schema_has_a_line() {
    let lines = |section: &str| TABLE.0.get(section).map(|lines| lines.keys().cloned().collect::<Vec<_>>());
    let mut missing = vec![];
    for (name, fields) in &SCHEMA.fields {
        let section = match name.as_str() {
            "Query" => "Queries",
            "Mutation" => "Mutations",
            "Subscription" => "Subscriptions",
            name => name,
        };
        match lines(section) {
            Some(lines) => {
                let fields = fields.iter().map(|field| &field.name).filter(|field| !lines.contains(field));
                missing.extend(fields.map(|field| format!("{name}.{field}")));
            }
            None if !is_part(name) => missing.push(name.clone()),
            None => {}
        }
    }
    assert!(missing.is_empty(), "not in the table of who may see and do what: {missing:?}");
}

/// Types that have nothing of their own: they carry what their field answers, and are reached by it alone.
fn is_part(name: &str) -> bool {
    /// Of the dashboard, of `viewer`, of payloads, and of subscriptions.
    const NAMED: &[&str] = &[
        "Dashboard",
        "ReportRequestStatusCount",
        "ReportFailureCauseCount",
        "DiseaseStatusCount",
        "DiseaseStageCount",
        "DayActivity",
        "Viewer",
        "ReportLease",
        "UserError",
        "StatisticsDifference",
        "BookingWarning",
        "TimelineChange",
        "ReportRequestChange",
        "Node",
    ];
    for named in NAMED {
        assert!(SCHEMA.fields.contains_key(*named), "there is no {named}");
    }
    let ends = ["Connection", "Edge", "Payload", "PageInfo", "Input", "Filter", "Order"];
    NAMED.contains(&name) || ends.iter().any(|end| name.ends_with(end))
}
