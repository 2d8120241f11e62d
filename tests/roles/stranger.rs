//! Whoever is not signed in.

use patientgraph::graphql::Api;
use serde_json::json;

use super::Clinic;
use crate::naive::Schema;
use crate::on_both;
use crate::support::database::TestDatabase;

on_both!(a_stranger_sees_nothing_at_all);

async fn a_stranger_sees_nothing_at_all(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let stranger = clinic.server.stranger();
    let schema = Schema::parse(&Api::sdl());
    let fields = schema.fields["Query"].iter().filter(|field| field.name != "viewer");
    let mut asked = 0;
    for field in fields {
        let arguments = match field.name.as_str() {
            "node" | "doctor" | "patient" => format!("(id: \"{}\")", clinic.anna.id("patient")),
            "nodes" => format!("(ids: [\"{}\"])", clinic.anna.id("patient")),
            _ => String::new(),
        };
        let selection = if schema.is_composite(&field.type_name) { "{ __typename }" } else { "" };
        let query = format!("{{ {}{arguments} {selection} }}", field.name);
        assert_eq!(stranger.error_codes(&query, json!({})).await, ["UNAUTHENTICATED"], "{query}");
        asked += 1;
    }
    assert!(asked > 10, "{asked}");
    let viewer = stranger.data("{ viewer { name } __typename }", json!({})).await;
    assert_eq!(viewer, json!({"viewer": null, "__typename": "Query"}));
}
