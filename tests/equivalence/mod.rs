//! What a viewer may not see does not exist for them: whatever is asked, the answer is the same, letter for letter, as
//! that of a database in which only the rows that they see ever were.
//!
//! A case is one viewer and one random query. A random clinic is filled; for each viewer the rows and columns that
//! [`policy`] and [`columns`] leave, which are written after the design and not after the server, go into a database of
//! their own; both are asked the same. Ids, numbers, words and cursors of the query are of all rows, visible or not.
//!
//! Left out of the comparison, by making it the same everywhere: when the database wrote an event or a patient's figures
//! (see [`copy`]). In the copy stay, without being visible: the viewer's account, and the accounts that visible records
//! name, of which only name and role are left.

mod clinic;
mod columns;
mod copy;
mod cursors;
mod policy;
mod shrink;
mod spare;

use std::env;
use std::ops::Range;
use std::time::Instant;

use patientgraph::config::Limits;
use serde_json::Value;

use self::clinic::Account;
use self::policy::Viewer;
use self::spare::Spare;
use crate::naive::model::KINDS;
use crate::naive::{Cursors, Schema, Tables};
use crate::random::{Generated, Generator};
use crate::support::actor::{Actor, without_request_ids};
use crate::support::database::{Backend, TestDatabase};
use crate::support::dice::Dice;
use crate::support::factory::Factory;
use crate::support::server::TestServer;

const CASES: &str = "PATIENTGRAPH_TEST_CASES";
const SEED: &str = "PATIENTGRAPH_TEST_SEED";
/// How many cases share a clinic, and how many of these follow each other with the same viewer.
const SHARED: u64 = 200;
const OF_VIEWER: u64 = 20;
/// So many of a hundred queries ask for something that the viewer is refused, or filter or sort by it.
const DARING: usize = 40;
/// So many of a hundred queries ask for records and little else.
const PLAIN: usize = 80;

/// A clinic, and all that queries are made of.
struct Site {
    server: TestServer,
    tables: Tables,
    cursors: Cursors,
    accounts: Vec<Account>,
}

/// Somebody at both databases.
struct Sides<'s> {
    about: &'static str,
    original: Actor,
    copy: Actor,
    /// The rows of the copy.
    near: Tables,
    without: Vec<(&'s str, &'s str)>,
    tempting: Vec<(&'s str, &'s str)>,
    server: TestServer,
}

#[test]
fn what_is_not_seen_does_not_exist_sqlite() {
    cases(Backend::Sqlite);
}

#[test]
fn what_is_not_seen_does_not_exist_postgres() {
    cases(Backend::Postgres);
}

fn cases(backend: Backend) {
    let cases: u64 = env::var(CASES).map_or(5_000, |cases| cases.parse().expect(CASES));
    let seed: u64 = env::var(SEED).map_or(2026, |seed| seed.parse().expect(SEED));
    let schema = Schema::parse(&patientgraph::graphql::Api::sdl());
    let (began, mut next, mut told) = (Instant::now(), seed, Told::default());
    let mut spare = Spare::default();
    while next < seed + cases {
        let last = (next / SHARED + 1) * SHARED;
        let numbers = next..last.min(seed + cases);
        // With its runtime, the servers of a clinic end.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime starts").block_on(clinic_cases(&schema, backend, numbers, &mut spare, &mut told));
        next = last;
    }
    let Told { whole, values } = told;
    let took = began.elapsed();
    eprintln!("{backend:?}: {cases} cases in {took:?}; {whole} answers were without errors, all had {values} values");
    assert!(cases < SHARED || (whole * 2 > cases && values > cases * 3), "there is little to be seen");
}

/// What was compared.
#[derive(Default)]
struct Told {
    /// Answers without errors.
    whole: u64,
    /// How much all said.
    values: u64,
}

async fn clinic_cases(schema: &Schema, backend: Backend, numbers: Range<u64>, spare: &mut Spare, told: &mut Told) {
    let clinic = numbers.start / SHARED;
    let site = Site::open(backend, spare, &mut dice(backend, clinic, SHARED)).await;
    let mut sides: Vec<Option<Sides<'_>>> = site.accounts.iter().map(|_| None).collect();
    for number in numbers {
        let slot = number % SHARED / OF_VIEWER;
        let account = site.account(&mut dice(backend, clinic, slot));
        if sides[account].is_none() {
            sides[account] = Some(Sides::open(schema, &site, spare, &site.accounts[account]).await);
        }
        let sides = sides[account].as_ref().expect("both sides");
        let asked = sides.ask(schema, &site, &mut dice(backend, number, SHARED + 1));
        let [original, copy] = sides.answers(&asked).await;
        told.whole += u64::from(!original.contains("\"errors\":["));
        told.values += values(&serde_json::from_str(&original).expect("JSON"));
        if original != copy {
            let asked = shrink::shrink(asked, async |asked: &Generated| {
                let [original, copy] = sides.answers(asked).await;
                original != copy
            })
            .await;
            let [original, copy] = sides.answers(&asked).await;
            panic!(
                "{backend:?}, a {}: repeat it alone with {SEED}={number} {CASES}=1\n{}\n{}\n\nis answered\n{original}\n\n\
                 and without what the viewer does not see\n{copy}",
                sides.about, asked.text, asked.variables
            );
        }
    }
    spare.keep(site.server.database);
    sides.into_iter().flatten().for_each(|sides| spare.keep(sides.server.database));
}

/// What is drawn for one thing of a number, on one of the databases.
fn dice(backend: Backend, number: u64, of: u64) -> Dice {
    let database = match backend {
        Backend::Sqlite => 1,
        Backend::Postgres => 2,
    };
    Dice::new(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (of << 2 | database))
}

impl Site {
    async fn open(backend: Backend, spare: &mut Spare, dice: &mut Dice) -> Self {
        let server = serve(spare.take(backend).await).await;
        let factory = Factory::at_once(&server.database).await;
        let accounts = clinic::fill(&factory, dice).await;
        copy::still(&server.database, &factory.connection).await;
        let tables = Tables::load(&factory.connection).await;
        let cursors = cursors::of(&server.admin()).await;
        Self { server, tables, cursors, accounts }
    }

    /// One of the accounts, by how often they are to look.
    fn account(&self, dice: &mut Dice) -> usize {
        let all = self.accounts.iter().enumerate();
        let drawn: Vec<usize> = all.flat_map(|(number, account)| vec![number; account.often]).collect();
        *dice.pick(&drawn)
    }
}

impl<'s> Sides<'s> {
    async fn open(schema: &'s Schema, site: &Site, spare: &mut Spare, account: &Account) -> Self {
        let user = account.user.as_deref();
        let database = spare.take(site.server.database.backend).await;
        let connection = database.connect().await;
        copy::write(&policy::seen_by(user, &site.tables), &database, &connection).await;
        let near = Tables::load(&connection).await;
        let role = Viewer::of(user, &site.tables).role;
        let server = serve(database).await;
        Self {
            about: account.about,
            original: account.at(&site.server).await,
            copy: account.at(&server).await,
            near,
            without: columns::refused(schema, &role),
            tempting: columns::tempting(&role),
            server,
        }
    }

    fn ask(&self, schema: &Schema, site: &Site, dice: &mut Dice) -> Generated {
        let (mut without, mut wishes) = (self.without.clone(), vec![]);
        if dice.chance(DARING) {
            let refused = !without.is_empty() && dice.chance(60);
            wishes.push(match refused {
                true => without.swap_remove(dice.below(without.len())),
                false => *dice.pick(&self.tempting),
            });
        }
        let plain = dice.chance(PLAIN);
        let of = |(of, _): &(&'s str, _)| of.trim_end_matches("Filter").trim_end_matches("OrderField");
        let theme = wishes.first().map_or(dice.pick(KINDS).name, of);
        let mut generator = Generator::new(schema, &site.tables, &site.cursors, dice);
        (generator.near, generator.plain, generator.theme) = (Some(&self.near), plain, Some(theme));
        // Where a log stands is no part of the record; that it tells nothing is tested with live updates.
        without.push(("Query", "livePosition"));
        (generator.without, generator.wishes) = (&without, &wishes);
        generator.query()
    }

    /// The answers of both, but for the numbers of the requests.
    async fn answers(&self, asked: &Generated) -> [String; 2] {
        let (original, copy) = futures_util::future::join(
            self.original.text(&asked.text, &asked.variables),
            self.copy.text(&asked.text, &asked.variables),
        )
        .await;
        [original, copy].map(without_request_ids)
    }
}

async fn serve(database: TestDatabase) -> TestServer {
    // What is asked at random asks for more than any person would.
    TestServer::start_within(database, Limits { max_objects: u32::MAX, ..Limits::default() }).await
}

/// How much an answer says.
fn values(answer: &Value) -> u64 {
    match answer {
        Value::Object(fields) => {
            fields.iter().filter(|(name, _)| *name != "__typename").map(|(_, value)| values(value)).sum()
        }
        Value::Array(items) => items.iter().map(values).sum(),
        value => u64::from(!value.is_null()),
    }
}
