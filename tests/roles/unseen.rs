//! "Not yours" and "does not exist" are the same, to the letter.

use serde_json::json;

use super::Clinic;
use crate::on_both;
use crate::support::actor::{Actor, without_request_ids};
use crate::support::database::TestDatabase;
use crate::support::factory::{PREFIXES, id};

on_both!(what_is_not_yours_is_answered_like_what_does_not_exist);

/// A key that no row has.
const NOBODY: &str = "01900000-0000-7000-8000-ffffffffffff";

async fn what_is_not_yours_is_answered_like_what_does_not_exist(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let unseen = clinic.bob.ids.iter().chain(clinic.anna.ids.iter().filter(|(what, _)| {
        ["unreleased prediction", "draft", "withdrawn report", "note among doctors"].contains(what)
    }));
    let unseen: Vec<_> = unseen.collect();
    for name in ["ute", "anna", "program"] {
        let actor = clinic.actor(name).await;
        for (what, id) in &unseen {
            // Of the own patient's record only the patient does not see everything.
            if name == "anna" || clinic.bob.ids.get(*what) == Some(id) {
                same(&actor, id, &nothing_like(id), &format!("{name}: {what}")).await;
            }
        }
        for account in ["carl", "anna", "ute"].iter().filter(|account| **account != name) {
            let (theirs, nobodys) = (id("User", &clinic.accounts[account]), id("User", NOBODY));
            same(&actor, &theirs, &nobodys, &format!("{name}: the account of {account}")).await;
        }
        let by_mrn = |mrn: &str| format!("{{ patient(mrn: \"{mrn}\") {{ id name statistics {{ totalReports }} }} }}");
        let (theirs, nobodys) = (answer(&actor, &by_mrn("B-1")).await, answer(&actor, &by_mrn("X-9")).await);
        assert_eq!(theirs, nobodys, "{name}");
    }
}

/// An id of the same type that names nothing.
fn nothing_like(of: &str) -> String {
    let prefix = of.split('_').next().expect("a prefix");
    let (type_name, _) = PREFIXES.iter().find(|(_, known)| *known == prefix).expect("a type");
    id(type_name, NOBODY)
}

/// Whatever is asked about the first id is answered as about the second.
async fn same(actor: &Actor, unseen: &str, nobodys: &str, what: &str) {
    for query in [
        "{ node(id: \"#\") { id __typename ... on Patient { name } ... on Consultation { patient { name } } } }",
        "{ nodes(ids: [\"#\", \"\", \"#\"]) { id } }",
        "{ patient(id: \"#\") { name reports { totalCount } } }",
        "{ consultations(filter: {patientId: {eq: \"#\"}}) { totalCount nodes { id } pageInfo { endCursor } } }",
        "{ scans(filter: {not: {patientId: {in: [\"#\"]}}}) { totalCount } }",
        "{ patients(filter: {id: {eq: \"#\"}, archived: {in: [true, false]}}) { totalCount } }",
        "{ doctors(filter: {patientId: {eq: \"#\"}}) { totalCount } }",
        "{ reports(filter: {or: [{sessionId: {eq: \"#\"}}, {patientId: {eq: \"#\"}}]}) { totalCount } }",
    ] {
        let (theirs, none) =
            (answer(actor, &query.replace('#', unseen)).await, answer(actor, &query.replace('#', nobodys)).await);
        // Where an id stands in the query, the columns of what follows it are the same: ids of one type are of one length.
        assert_eq!(theirs, none, "{what}: {query}");
    }
}

async fn answer(actor: &Actor, query: &str) -> String {
    without_request_ids(actor.text(query, &json!({})).await)
}
