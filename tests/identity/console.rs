//! Accounts, as commands on the machine see them.

use chrono::TimeDelta;
use patientgraph::account::{Console, ConsoleError, CreateUserInput};
use patientgraph::auth::Scopes;
use patientgraph::auth::password::Password;
use patientgraph::read::shape::Moment;
use patientgraph::vocabulary::UserRole;
use serde_json::json;

use super::{CHOOSE, PASSWORD, Site, WHO};
use crate::on_both;
use crate::support::accounts;
use crate::support::clinic;
use crate::support::database::TestDatabase;

on_both!(an_administrator_is_made_and_chooses_a_password, accounts_are_changed_as_by_the_api, invented_people_get_in);

impl Site {
    fn console(&self) -> Console {
        let now = self.server.clock.now();
        let moment = Moment { now, today: now.date_naive(), zone: clinic::ZONE };
        Console::new(self.server.db.clone(), moment)
    }
}

fn account(username: &str, role: UserRole) -> CreateUserInput {
    CreateUserInput { username: username.to_owned(), name: "Somebody".to_owned(), role, details: Default::default() }
}

fn said<T>(done: Result<T, ConsoleError>) -> String {
    done.err().map(|error| error.to_string()).unwrap_or_default()
}

async fn an_administrator_is_made_and_chooses_a_password(database: TestDatabase) {
    let site = Site::open(database).await;
    let console = site.console();
    assert!(!console.has_administrator().await.expect("an answer"), "nobody has a password");
    let opened = console.open(account("ada", UserRole::Admin)).await.expect("an account");
    let link = opened.link.expect("a link");
    assert!(!console.has_administrator().await.expect("an answer"));
    assert_eq!(
        patientgraph::identity::welcome("https://a.example/", &link),
        format!("https://a.example/welcome#{}", link.reveal())
    );
    let choose = json!({"input": {"link": link.reveal(), "newPassword": PASSWORD}});
    site.server.stranger().data(CHOOSE, choose).await;
    assert!(console.has_administrator().await.expect("an answer"));
    let who = site.holder(&site.sign_in("ada").await.access).data(WHO, json!({})).await;
    assert_eq!(who["viewer"]["role"], "ADMIN");
    let names: Vec<String> =
        console.accounts().await.expect("accounts").into_iter().map(|account| account.username).collect();
    assert_eq!(names, ["ada", "tests"], "with the tests' administrator");
}

async fn accounts_are_changed_as_by_the_api(database: TestDatabase) {
    let site = Site::open(database).await;
    let console = site.console();
    console.open(account("ada", UserRole::Doctor)).await.expect("an account");
    for (refused, told) in [
        (said(console.open(account("ada", UserRole::Doctor)).await), "Another record has this value"),
        (said(console.open(account("a b", UserRole::Doctor)).await), "has no spaces"),
        (said(console.reset("nobody").await), "no account `nobody`"),
        (said(console.set_active("tests", false).await), "last active administrator"),
        (said(console.new_key("ada", "A", Scopes { intake: true, ..Scopes::default() }).await), "Only programs"),
    ] {
        assert!(refused.contains(told), "{refused}");
    }
    console.give_password("ada", Password::new(PASSWORD)).await.expect("a password");
    let tokens = site.sign_in("ada").await;
    console.set_active("ada", false).await.expect("a change");
    assert!(said(console.reset("ada").await).contains("disabled"));
    console.set_active("ada", true).await.expect("a change");
    assert!(console.reset("ada").await.expect("a link").link.is_some());
    // Whoever was in notices: not at once, for it is another process.
    tokio::time::sleep(patientgraph::identity::FRESH).await;
    assert!(!site.is_known(&tokens.access).await);
}

async fn invented_people_get_in(database: TestDatabase) {
    let site = Site::open(database).await;
    let console = site.console();
    console.open(account("ada", UserRole::Doctor)).await.expect("an account");
    let until = site.server.clock.now() + TimeDelta::days(1);
    let token = console.sign_in("ada", &accounts::tokens(), until).await.expect("a token");
    assert!(site.is_known(&token).await);
    let program = console.open(account("program", UserRole::Agent)).await.expect("an account");
    assert!(program.link.is_none());
    let key = console.new_key("program", "demo", Scopes { predict: true, ..Scopes::default() }).await.expect("a key");
    let who = site.holder(key.secret.reveal()).data(WHO, json!({})).await;
    assert_eq!(who["viewer"]["scopes"], json!(["PREDICT"]));
    assert!(said(console.sign_in("program", &accounts::tokens(), until).await).contains("not right"));
    assert!(said(console.new_key("program", "none", Scopes::default()).await).contains("Say what the key lets"));
}
