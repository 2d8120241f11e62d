//! A random clinic in which the rules of access bite, and the accounts of those who look at it.

use serde_json::json;

use crate::naive::Tables;
use crate::support::accounts::{self, ADMIN};
use crate::support::actor::Actor;
use crate::support::clinic::{self, People};
use crate::support::dice::Dice;
use crate::support::factory::{Factory, literal};
use crate::support::server::TestServer;

/// Somebody who looks at the clinic.
#[derive(Debug)]
pub struct Account {
    /// What is special about them.
    pub about: &'static str,
    /// The key; nothing for somebody who is not signed in.
    pub user: Option<String>,
    /// How often they look, compared with the others.
    pub often: usize,
    /// A program's key, which is a row of the clinic like any other.
    pub key: Option<String>,
}

impl Account {
    /// Signs in at a server.
    pub async fn at(&self, server: &TestServer) -> Actor {
        match (&self.user, &self.key) {
            (None, _) => server.stranger(),
            (Some(user), None) => server.sign_in(user).await,
            (Some(_), Some(key)) => server.stranger().carrying(Some(key)),
        }
    }
}

/// Fills a database by chance.
pub async fn fill(factory: &Factory, dice: &mut Dice) -> Vec<Account> {
    accounts::open_admin(&factory.connection).await;
    let people = clinic::fill_by(factory, Dice::new(dice.below(usize::MAX) as u64)).await;
    let mut opening = Opening { factory, dice, people, accounts: vec![] };
    opening.doctors().await;
    opening.patients().await;
    factory.commit().await;
    let tables = Tables::load(&factory.connection).await;
    opening.take_back(&tables).await;
    opening.programs(&tables).await;
    opening.add("administrator", Some(ADMIN.to_owned()), None);
    opening.add("stranger", None, None);
    opening.accounts
}

struct Opening<'a> {
    factory: &'a Factory,
    dice: &'a mut Dice,
    people: People,
    accounts: Vec<Account>,
}

impl Opening<'_> {
    fn add(&mut self, about: &'static str, user: Option<String>, key: Option<String>) {
        let often = if ["doctor", "patient", "program"].contains(&about) { 4 } else { 1 };
        self.accounts.push(Account { about, user, often, key });
    }

    async fn add_program(&mut self, about: &'static str, user: &str, scopes: &[&str]) {
        let key = accounts::api_key(&self.factory.connection, user, scopes).await;
        self.add(about, Some(user.to_owned()), Some(key));
    }

    /// The first doctor has an account already; of the others all but one open theirs. The fifth is archived, the last
    /// has no patients any more.
    async fn doctors(&mut self) {
        self.add("doctor", Some(self.people.users[1].clone()), None);
        for (number, about) in
            [(1, "doctor"), (3, "doctor"), (4, "archived doctor"), (5, "doctor whose assignments ended")]
        {
            let user = self.factory.user(&format!("doctor{number}"), "doctor").await;
            let doctor = &self.people.doctors[number];
            self.factory.run(&format!("UPDATE doctors SET user_id = '{user}' WHERE doctor_id = '{doctor}'")).await;
            self.add(about, Some(user), None);
        }
        let last = &self.people.doctors[5];
        let end = format!(
            "UPDATE doctor_patient_assignments SET ended_at = '{}', is_active = FALSE \
             WHERE doctor_id = '{last}' AND ended_at IS NULL",
            clinic::NOW
        );
        self.factory.run(&end).await;
        self.add("doctor's account without a doctor", Some(self.people.users[2].clone()), None);
    }

    /// The first patient has an account already. The sixth is archived, the last two have nothing.
    async fn patients(&mut self) {
        self.add("patient", Some(self.people.users[3].clone()), None);
        for (number, about) in
            [(1 + self.dice.below(4), "patient"), (5, "archived patient"), (6 + self.dice.below(5), "patient")]
        {
            let user = self.factory.user(&format!("patient{number}"), "patient").await;
            let patient = &self.people.patients[number];
            self.factory.run(&format!("UPDATE patients SET user_id = '{user}' WHERE patient_id = '{patient}'")).await;
            self.add(about, Some(user), None);
        }
        let user = self.factory.user("nobody", "patient").await;
        self.add("patient's account without a record", Some(user), None);
    }

    /// Three programs share the sessions; one has none that is active.
    async fn programs(&mut self, tables: &Tables) {
        let (second, idle) = (self.factory.user("second", "agent").await, self.factory.user("idle", "agent").await);
        let first = self.people.users[4].clone();
        for session in tables.rows("sessions") {
            let other = if session["status"] == "active" { &second } else { &idle };
            let agent = literal(&json!(*self.dice.pick(&[Some(&first), Some(other), None])));
            let id = session["id"].as_str().expect("a key");
            self.factory.run(&format!("UPDATE sessions SET agent_id = {agent} WHERE id = '{id}'")).await;
        }
        self.factory.commit().await;
        self.add_program("program", &first, &["intake", "predict", "report"]).await;
        self.add_program("program that takes in", &second, &["intake"]).await;
        self.add_program("program that predicts", &second, &["predict"]).await;
        self.add_program("program that reports", &second, &["report"]).await;
        self.add_program("program whose sessions are over", &idle, &["intake", "predict", "report"]).await;
    }

    /// What was given out is taken back here and there: newer revisions, and predictions, also such as reports show.
    async fn take_back(&mut self, tables: &Tables) {
        for report in tables.rows("medical_reports").iter().filter(|report| report["status"] == "released") {
            let id = report["id"].as_str().expect("a key");
            if !report["supersedes_id"].is_null() && self.dice.chance(40) {
                let withdraw = "UPDATE medical_reports SET status = 'withdrawn', withdrawn_at = released_at";
                self.factory.run(&format!("{withdraw} WHERE id = '{id}'")).await;
            }
        }
        for prediction in tables.rows("predictions").iter().filter(|_| self.dice.chance(35)) {
            let id = prediction["id"].as_str().expect("a key");
            self.factory.run(&format!("UPDATE predictions SET released_at = NULL WHERE id = '{id}'")).await;
        }
    }
}
