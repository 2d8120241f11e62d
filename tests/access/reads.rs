//! Each type, field, filter and order, asked for by each role.

use std::collections::{BTreeSet, VecDeque};

use serde_json::json;

use super::{NEVER, ROLES, SCHEMA, TABLE, actors};
use crate::on_both;
use crate::support::actor::Actor;
use crate::support::database::TestDatabase;

on_both!(each_line_holds_for_each_role);

async fn each_line_holds_for_each_role(database: TestDatabase) {
    let (server, actors) = actors(database).await;
    let mut wrong = vec![];
    let types = TABLE.0.keys().filter(|section| SCHEMA.fields.contains_key(*section));
    for type_name in types {
        for (role, actor) in actors.iter().enumerate() {
            // A role that cannot reach the type asks for it as an administrator would.
            let route = route(type_name, role).or_else(|| route(type_name, 0)).expect("a way to the type");
            for (line, verdicts) in &TABLE.0[type_name] {
                let forbidden = is_forbidden(actor, &route.query(type_name, line)).await;
                if forbidden != (verdicts[role] == NEVER) {
                    wrong.push(format!("{}: {type_name}, {line}: {}", ROLES[role], verdicts[role]));
                }
            }
        }
    }
    for (line, verdicts) in &TABLE.0["Queries"] {
        for (role, actor) in actors.iter().enumerate() {
            if is_forbidden(actor, &root(line)).await != (verdicts[role] == NEVER) {
                wrong.push(format!("{}: {line}: {}", ROLES[role], verdicts[role]));
            }
        }
        let stranger = server.stranger().query(&root(line), json!({})).await;
        let refused = stranger["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED";
        if refused != (verdicts[ROLES.len()] == NEVER) {
            wrong.push(format!("a stranger: {line}: {stranger}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether the answer is that the role does not have this; any other error is a fault of the test.
async fn is_forbidden(actor: &Actor, query: &str) -> bool {
    let answer = actor.query(query, json!({})).await;
    let Some(errors) = answer["errors"].as_array() else { return false };
    let all = errors.iter().all(|error| error["extensions"]["code"] == "FORBIDDEN");
    assert!(all, "{query}\n{answer:#}");
    true
}

/// How to get from the root to records of a type: each field, and whether it is a list.
#[derive(Clone)]
struct Route(Vec<(String, bool)>);

impl Route {
    /// A query for a line of the type's table.
    fn query(&self, type_name: &str, line: &str) -> String {
        let (mut arguments, mut selection) = (String::new(), "__typename".to_owned());
        if let Some(filter) = line.strip_prefix("filtered by ") {
            arguments = format!("filter: {{{filter}: {}}}", operand(type_name, filter));
        } else if let Some(order) = line.strip_prefix("sorted by ") {
            arguments = format!("orderBy: {{field: {order}}}");
        } else {
            let field = SCHEMA.field(type_name, line);
            let leaf = !SCHEMA.fields.contains_key(&field.type_name) && !SCHEMA.possible.contains_key(&field.type_name);
            selection = format!("{line}{}", if leaf { "" } else { " { __typename }" });
            if field.type_name.ends_with("Connection") {
                selection = format!("{line} {{ nodes {{ __typename }} }}");
            }
        }
        let last = self.0.len() - 1;
        let selection = self.0.iter().enumerate().rev().fold(selection, |inner, (at, (field, list))| {
            let arguments = if at == last { arguments.as_str() } else { "" };
            match (list, arguments) {
                (true, "") => format!("{field}(first: 1) {{ nodes {{ {inner} }} }}"),
                (true, arguments) => format!("{field}(first: 1, {arguments}) {{ nodes {{ {inner} }} }}"),
                (false, _) => format!("{field} {{ {inner} }}"),
            }
        });
        format!("{{ {selection} }}")
    }
}

/// Something that a filter can be asked.
fn operand(type_name: &str, filter: &str) -> &'static str {
    let input = ["", "Timeline"]
        .iter()
        .map(|stem| format!("{}Filter", if stem.is_empty() { type_name } else { stem }))
        .find(|name| SCHEMA.fields.contains_key(name))
        .expect("the type's filter");
    match SCHEMA.field(&input, filter).type_name.as_str() {
        "String" => "\"x\"",
        _ => "{in: []}",
    }
}

/// The shortest way to records of a type over fields that the role has.
fn route(to: &str, role: usize) -> Option<Route> {
    let mut open = VecDeque::from([("Query".to_owned(), Route(vec![]))]);
    let mut known = BTreeSet::new();
    while let Some((at, route)) = open.pop_front() {
        if at == to && !route.0.is_empty() {
            // Only a list has filters and orders; those of other types are asked of what comes first.
            return Some(route);
        }
        for field in &SCHEMA.fields[&at] {
            let section = if at == "Query" { "Queries" } else { at.as_str() };
            let list = field.type_name.ends_with("Connection");
            let next = match list {
                true => &SCHEMA.field(&field.type_name, "nodes").type_name,
                false => &field.type_name,
            };
            let needs = field.arguments.iter().any(|argument| argument.written.ends_with('!'));
            let usable = TABLE.0.contains_key(next)
                && !needs
                && (at != "Query" || list)
                && TABLE.may(section, &field.name, role);
            if usable && known.insert(next.clone()) {
                let mut steps = route.0.clone();
                steps.push((field.name.clone(), list));
                open.push_back((next.clone(), Route(steps)));
            }
        }
    }
    None
}

/// A query for a root field.
fn root(field: &str) -> String {
    match field {
        "node" | "doctor" => format!("{{ {field}(id: \"x\") {{ __typename }} }}"),
        "nodes" => "{ nodes(ids: []) { __typename } }".to_owned(),
        "patient" => "{ patient(mrn: \"x\") { __typename } }".to_owned(),
        "livePosition" => "{ livePosition }".to_owned(),
        "viewer" | "dashboard" => format!("{{ {field} {{ __typename }} }}"),
        list => format!("{{ {list} {{ nodes {{ __typename }} }} }}"),
    }
}
