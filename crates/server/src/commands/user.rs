//! `patientgraph user`: accounts, for whoever runs the machine.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use async_graphql::{ID, MaybeUndefined};
use clap::{Args, Subcommand};
use entity::Key;
use entity::vocabulary::{Role, Scope};
use entity::{api_keys, users};
use tracing::info;

use super::{DatabaseArgs, Failure, server};
use crate::account::{AccountDetails, Console, CreateUserInput, Opened, key_id};
use crate::auth::Scopes;
use crate::clock::{Clock, SystemClock};
use crate::config::Settings;
use crate::db::Db;
use crate::db::prepare::{Consent, Preparation, Safeguard, SchemaState};
use crate::identity::{LINK_LIFE, welcome};

/// See, open and close accounts, and make keys for programs
///
/// Whoever can run this is the clinic's administrator. A server that runs beside notices what is changed within 5
/// seconds. Nobody is given a password: people choose theirs by a one-time link, which begins with the setting
/// `server.public_url`. What is secret goes to standard output alone, everything else that is said to standard error.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph user create-admin
  patientgraph user create ada --name 'Dr. Ada Bell' --role doctor --doctor doc_AZrCaH…
  patientgraph user reset ada
  patientgraph user disable ada
  patientgraph user create scanner --name 'Scanner, room 2' --role agent
  patientgraph user api-key scanner --name 'room 2' --scope intake --scope predict")]
pub(super) struct User {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Open an administrator's account and print a one-time link for its password; builds an empty database
    CreateAdmin {
        /// The name to sign in with
        #[arg(long, default_value = "admin")]
        username: String,
        /// The person's name
        #[arg(long, default_value = "Administrator")]
        name: String,
    },
    /// Open an account and print a one-time link for its password
    Create {
        /// The name to sign in with, without spaces
        username: String,
        /// The person's or program's name
        #[arg(long)]
        name: String,
        /// What the account is to the clinic: admin, doctor, patient or agent (a program)
        #[arg(long)]
        role: Role,
        /// The id of the doctor whose account it is, as the API shows it
        #[arg(long, value_name = "ID")]
        doctor: Option<String>,
        /// The id of the patient whose account it is, as the API shows it
        #[arg(long, value_name = "ID")]
        patient: Option<String>,
        /// The e-mail address
        #[arg(long)]
        email: Option<String>,
    },
    /// List the accounts, and programs' keys with their ids
    List,
    /// Let an account sign in no longer; whoever is signed in to it is out within 5 seconds
    Disable {
        /// The name to sign in with
        username: String,
    },
    /// Let a disabled account sign in again
    Enable {
        /// The name to sign in with
        username: String,
    },
    /// Take an account's password away and print a one-time link for a new one
    Reset {
        /// The name to sign in with
        username: String,
    },
    /// Make a key for a program and print it, this once
    ApiKey {
        /// The program's account
        username: String,
        /// What the key is for, in people's words
        #[arg(long)]
        name: String,
        /// What it lets the program do: intake, predict or report; may be repeated
        #[arg(long = "scope", required = true)]
        scopes: Vec<Scope>,
    },
    /// Revoke a key, for good
    RevokeKey {
        /// The key's id, as `user list` shows it
        id: String,
    },
}

pub(super) async fn run(arguments: User, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let settings = super::settings(file, &arguments.database.flags())?;
    let url = settings.database_url()?;
    if matches!(arguments.action, Action::CreateAdmin { .. }) {
        let preparation = Preparation::enter(&url).await?;
        if preparation.state().await? == SchemaState::Empty {
            preparation
                .migrate(Consent::NotGiven, &Safeguard::Backup(settings.backups(&url)), SystemClock.now())
                .await?;
        }
        preparation.leave().await?;
    }
    let (_presence, db) = server::open_prepared(&url, &settings).await?;
    let console = Console::new(db.clone(), server::moment(&settings));
    let done = act(arguments.action, &console, &settings).await;
    db.close().await?;
    done.map(|()| ExitCode::SUCCESS)
}

async fn act(action: Action, console: &Console, settings: &Settings) -> Result<(), Failure> {
    let address = settings.server.listen;
    match action {
        Action::CreateAdmin { username, name } => {
            let accounts = console.accounts().await?;
            if accounts.iter().any(|account| account.username == username && account.role == Role::Admin) {
                return Err(format!(
                    "there is an administrator `{username}` already: `patientgraph user reset {username}` prints a \
                     new link, `--username` opens another account"
                )
                .into());
            }
            let opened = console.open(account(&username, name, Role::Admin)).await?;
            print_link(&username, &opened, settings, address)
        }
        Action::Create { username, name, role, doctor, patient, email } => {
            let id = |id: Option<String>| id.map_or(MaybeUndefined::Undefined, |id| MaybeUndefined::Value(ID(id)));
            let email = email.map_or(MaybeUndefined::Undefined, MaybeUndefined::Value);
            let details = AccountDetails { email, doctor_id: id(doctor), patient_id: id(patient) };
            let opened = console.open(CreateUserInput { details, ..account(&username, name, role) }).await?;
            print_link(&username, &opened, settings, address)
        }
        Action::List => list(console).await,
        Action::Disable { username } => {
            console.set_active(&username, false).await?;
            say(&format!("`{username}` can sign in no longer, and is out within 5 seconds"))
        }
        Action::Enable { username } => {
            console.set_active(&username, true).await?;
            say(&format!("`{username}` can sign in"))
        }
        Action::Reset { username } => print_link(&username, &console.reset(&username).await?, settings, address),
        Action::ApiKey { username, name, scopes } => {
            let has = |scope| scopes.contains(&scope);
            let scopes =
                Scopes { intake: has(Scope::Intake), predict: has(Scope::Predict), report: has(Scope::Report) };
            let made = console.new_key(&username, &name, scopes).await?;
            say(&format!("key {} of `{username}`, which is not shown again:", key_id(made.key).0))?;
            print(made.secret.reveal())
        }
        Action::RevokeKey { id } => {
            console.revoke_key(&id).await?;
            say(&format!("the key {id} is revoked"))
        }
    }
}

fn account(username: &str, name: String, role: Role) -> CreateUserInput {
    CreateUserInput { username: username.to_owned(), name, role: role.into(), details: AccountDetails::default() }
}

/// Where no administrator can sign in, prints a one-time link: nobody else could let one in. A link that somebody has
/// already stays good.
pub(super) async fn let_somebody_in(db: &Db, settings: &Settings, address: SocketAddr) -> Result<(), Failure> {
    let console = Console::new(db.clone(), server::moment(settings));
    if console.has_administrator().await? {
        return Ok(());
    }
    let (accounts, invited) = (console.accounts().await?, console.invited().await?);
    let waiting: Vec<_> = accounts.iter().filter(|account| account.role == Role::Admin && account.is_active).collect();
    if let Some(admin) = waiting.iter().find(|admin| invited.contains(&admin.id)) {
        let name = &admin.username;
        info!(
            "no administrator has chosen a password yet: use the link of `{name}`, or `patientgraph user reset {name}`"
        );
        return Ok(());
    }
    let (username, opened) = match waiting.first() {
        Some(admin) => (admin.username.clone(), console.reset(&admin.username).await?),
        None => {
            let free = |name: &String| accounts.iter().all(|account| account.username != *name);
            let names = (1..).map(|number| if number == 1 { "admin".to_owned() } else { format!("admin-{number}") });
            let username = names.into_iter().find(free).unwrap_or_default();
            let opened = console.open(account(&username, "Administrator".to_owned(), Role::Admin)).await?;
            (username, opened)
        }
    };
    let link = opened.link.as_ref().map(|link| welcome(&settings.server.url(address), link)).unwrap_or_default();
    let hours = LINK_LIFE.num_hours();
    let invitation = format!(
        "No administrator can sign in yet. Whoever opens this link within {hours} hours chooses the password of \
         `{username}`:\n\n  {link}\n\n"
    );
    // Not in the log, which is kept and read by others. Where nobody reads standard output, the log says what to do.
    let printed = std::io::stdout().write_all(invitation.as_bytes()).is_ok();
    info!(
        printed,
        "no administrator can sign in yet; if its link is lost, `patientgraph user reset {username}` prints another"
    );
    Ok(())
}

/// The link on standard output, what it is for on standard error.
fn print_link(username: &str, opened: &Opened, settings: &Settings, address: SocketAddr) -> Result<(), Failure> {
    let Some(link) = &opened.link else {
        return say(&format!("`{username}` is there; `patientgraph user api-key {username}` makes it a key"));
    };
    say(&format!(
        "whoever opens this link within {} hours chooses the password of `{username}`:",
        LINK_LIFE.num_hours()
    ))?;
    print(&welcome(&settings.server.url(address), link))
}

async fn list(console: &Console) -> Result<(), Failure> {
    let (accounts, keys, invited) = (console.accounts().await?, console.keys().await?, console.invited().await?);
    let width = accounts.iter().map(|account| account.username.chars().count()).max().unwrap_or_default();
    for account in &accounts {
        let state = state(account, &invited);
        print(&format!("{:width$}  {:7}  {state:22}  {}", account.username, account.role.word(), account.name))?;
        for key in keys.iter().filter(|key| key.user_id == account.id) {
            print(&format!("{:width$}  key {}  …{}  {}  {}", "", key_id(key.id).0, key.hint, terms(key), key.name))?;
        }
    }
    Ok(())
}

/// Whether an account can sign in, and what it lacks.
fn state(account: &users::Model, invited: &[Key]) -> &'static str {
    match account {
        users::Model { is_active: false, .. } => "disabled",
        users::Model { role: Role::Agent, .. } => "signs in by its keys",
        users::Model { password_hash: Some(_), .. } => "can sign in",
        waiting if invited.contains(&waiting.id) => "has a link to use",
        _ => "needs a link: reset it",
    }
}

/// What a key lets its program do, and whether it still does.
fn terms(key: &api_keys::Model) -> String {
    let scopes = [(key.may_intake, Scope::Intake), (key.may_predict, Scope::Predict), (key.may_report, Scope::Report)];
    let scopes = scopes.iter().filter(|(may, _)| *may).map(|(_, scope)| scope.word()).collect::<Vec<_>>().join(",");
    if key.revoked_at.is_some() { format!("{scopes}, revoked") } else { scopes }
}

fn print(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stderr(), "{line}")?)
}
