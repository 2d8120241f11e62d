//! The published schema.

use std::fs;

use patientgraph::graphql::Api;

use crate::naive::Schema;

#[test]
fn schema_graphql_is_what_the_server_serves() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
    let committed = fs::read_to_string(path).expect("schema.graphql");
    let stale = "schema.graphql is stale: cargo run -p patientgraph -- schema > schema.graphql";
    assert!(committed == Api::sdl(), "{stale}");
}

#[test]
fn lists_all_look_the_same() {
    let schema = Schema::parse(&Api::sdl());
    for (type_name, fields) in &schema.fields {
        for field in fields.iter().filter(|field| field.type_name.ends_with("Connection")) {
            let place = format!("{type_name}.{}", field.name);
            let arguments: Vec<&str> = field.arguments.iter().map(|argument| argument.name.as_str()).collect();
            let paging = ["first", "after", "last", "before"];
            assert!(paging.iter().all(|argument| arguments.contains(argument)), "{place}({arguments:?})");
            assert!(arguments.contains(&"orderBy"), "{place} has no order");
            assert!(field.written.ends_with('!'), "{place} is a list, if an empty one");
            let names: Vec<&str> = schema.fields[&field.type_name].iter().map(|field| field.name.as_str()).collect();
            assert_eq!(names, ["edges", "nodes", "pageInfo", "totalCount"], "{}", field.type_name);
        }
    }
}

#[test]
fn every_entry_is_described() {
    let sdl = Api::sdl();
    let types = sdl.split("\nschema {").next().expect("types");
    let lines: Vec<&str> = types.lines().collect();
    let mut undescribed = vec![];
    for pair in lines.windows(2) {
        let (before, line) = (pair[0].trim(), pair[1].trim());
        let entry =
            ["type ", "input ", "enum ", "interface ", "union ", "scalar "].iter().any(|word| line.starts_with(word))
                || (pair[1].starts_with(['\t', ' ']) && line.contains(": ") && !line.starts_with(['"', ')']))
                || (pair[1].starts_with(['\t', ' '])
                    && line.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()));
        if entry && !before.starts_with('"') {
            undescribed.push(line);
        }
    }
    assert!(undescribed.is_empty(), "{undescribed:#?}");
    assert!(!sdl.contains("\"\"\""), "a description is one line");
}
