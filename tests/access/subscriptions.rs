//! Each subscription, tried by each role.

use serde_json::json;

use super::{NEVER, ROLES, SCHEMA, TABLE, actors};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::socket::Socket;

on_both!(each_subscription_is_for_the_roles_that_the_table_names);

async fn each_subscription_is_for_the_roles_that_the_table_names(database: TestDatabase) {
    let (server, actors) = actors(database).await;
    let mut wrong = vec![];
    for field in &SCHEMA.fields["Subscription"] {
        let arguments = field.arguments.iter().any(|argument| argument.written.ends_with('!'));
        let arguments = if arguments { "(patientId: \"x\")" } else { "(after: \"x\")" };
        let arguments = if field.arguments.is_empty() { "" } else { arguments };
        let query = format!("subscription {{ {}{arguments} {{ __typename }} }}", field.name);
        for (role, actor) in actors.iter().enumerate() {
            let mut socket = Socket::of(actor).await;
            let id = socket.subscribe(&query, json!({})).await;
            let (_, answer) = socket.of_operation(&id).await;
            let never = TABLE.0["Subscriptions"][&field.name][role] == NEVER;
            if (answer[0]["extensions"]["code"] == "FORBIDDEN") != never {
                wrong.push(format!("{}: {}: {answer}", ROLES[role], field.name));
            }
        }
        assert_eq!(TABLE.0["Subscriptions"][&field.name][ROLES.len()], NEVER);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Who is not signed in gets no further than the greeting.
    let mut socket = Socket::open(&server.stranger(), &[]).await.expect("a socket");
    socket.init(json!({})).await;
    assert_eq!(socket.closed().await, 4403);
}
