//! Each mutation, tried by each role.

use serde_json::{Value, json};

use super::{NEVER, ROLES, SCHEMA, TABLE, actors};
use crate::naive::Tables;
use crate::on_both;
use crate::support::database::TestDatabase;

on_both!(each_mutation_is_for_the_roles_that_the_table_names);

async fn each_mutation_is_for_the_roles_that_the_table_names(database: TestDatabase) {
    let connection = database.connect().await;
    let (server, actors) = actors(database).await;
    let mut wrong = vec![];
    for field in &SCHEMA.fields["Mutation"] {
        let input = field.arguments.iter().find(|argument| argument.name == "input").expect("one input");
        let mutation =
            format!("mutation($input: {}) {{ {}(input: $input) {{ __typename }} }}", input.written, field.name);
        let variables = json!({"input": least(&input.type_name)});
        for (role, actor) in actors.iter().enumerate().rev() {
            let never = TABLE.0["Mutations"][&field.name][role] == NEVER;
            let before = if never { Some(Tables::load(&connection).await.lines()) } else { None };
            let answer = actor.query(&mutation, variables.clone()).await;
            if (answer["errors"][0]["extensions"]["code"] == "FORBIDDEN") != never {
                wrong.push(format!("{}: {}: {answer}", ROLES[role], field.name));
            }
            if let Some(before) = before {
                assert_eq!(Tables::load(&connection).await.lines(), before, "{} changed something", field.name);
            }
        }
        let stranger = server.stranger().query(&mutation, variables).await;
        let refused = stranger["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED";
        // A refresh token that is none is answered like a request without a viewer.
        if field.name != "refreshToken" && refused != (TABLE.0["Mutations"][&field.name][ROLES.len()] == NEVER) {
            wrong.push(format!("a stranger: {}: {stranger}", field.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The least that an input takes, of values that name nothing.
fn least(type_name: &str) -> Value {
    if let Some(values) = SCHEMA.enums.get(type_name) {
        return json!(values[0]);
    }
    match type_name {
        "Int" | "Float" => json!(1),
        "Boolean" => json!(false),
        "DateTime" => json!("2026-01-01T00:00:00Z"),
        "Date" => json!("2026-01-01"),
        name if SCHEMA.fields.contains_key(name) => {
            let required = SCHEMA.fields[name].iter().filter(|field| field.written.ends_with('!'));
            let fields = required.map(|field| {
                let value = least(&field.type_name);
                (field.name.clone(), if field.written.starts_with('[') { json!([value]) } else { value })
            });
            Value::Object(fields.collect())
        }
        _ => json!("x"),
    }
}
