//! Accounts, as commands on the machine see them: whoever can run one is an administrator without an account. What the
//! API refuses is refused here too.

use async_graphql::ID;
use chrono::{DateTime, Utc};
use entity::{Instant, Key, api_keys, users};

use super::api_key::{self, NewKey, new_key};
use super::mutation::{CreateUserInput, UpdateUserInput};
use super::store::{self, GivenPassword, Opened, Reset};
use super::{USER, User};
use crate::auth::password::{Password, Passwords};
use crate::auth::token::Tokens;
use crate::auth::{Scopes, Viewer};
use crate::db::Db;
use crate::identity::SignIn;
use crate::input::{Act, Change, Input, Target, UserError};
use crate::read::id;
use crate::read::shape::Moment;

/// Accounts, as commands see them. A server that runs beside notices what they change within seconds.
pub struct Console {
    db: Db,
    act: Act,
}

/// Why a command did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// What is wrong with what was asked for, and what to do.
    #[error("{}", messages(.0))]
    Refused(Vec<UserError>),
    /// Nobody has this name.
    #[error("there is no account `{0}`; `patientgraph user list` shows those there are")]
    NoSuchAccount(String),
    /// No key has this id.
    #[error("there is no key `{0}`; `patientgraph user list` shows those there are")]
    NoSuchKey(String),
    /// The database says no, or the machine.
    #[error("{0}")]
    Failed(String),
}

type Result<T> = std::result::Result<T, ConsoleError>;

impl Console {
    /// Over a database, at a moment.
    pub fn new(db: Db, moment: Moment) -> Self {
        Self { act: Act::new(db.clone(), Viewer::operator(), moment), db }
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn accounts(&self) -> Result<Vec<users::Model>> {
        store::all(&self.db).await.map_err(failed)
    }

    /// The accounts whose people have a one-time link that they can still use.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn invited(&self) -> Result<Vec<Key>> {
        store::invited(&self.db, self.act.now()).await.map_err(failed)
    }

    /// The keys of all programs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keys(&self) -> Result<Vec<api_keys::Model>> {
        api_key::all(&self.db).await.map_err(failed)
    }

    /// Whether there is an administrator who can sign in: an active one who has a password.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_administrator(&self) -> Result<bool> {
        store::an_administrator_has_a_password(&self.db).await.map_err(failed)
    }

    /// Opens an account; answers it with the secret of the one-time link, which programs have not.
    ///
    /// # Errors
    /// When something is wrong with the input, or the database does not answer.
    pub async fn open(&self, account: CreateUserInput) -> Result<Opened> {
        self.make(&account.parse(&self.act)).await
    }

    /// Takes the account's password away and makes a one-time link for a new one.
    ///
    /// # Errors
    /// When there is no such account, it is a program's or disabled, or the database does not answer.
    pub async fn reset(&self, username: &str) -> Result<Opened> {
        let account = self.account(username).await?;
        self.make(&Reset(target(&account))).await
    }

    /// Lets the account sign in, or no longer.
    ///
    /// # Errors
    /// When there is no such account, it is the last administrator's, or the database does not answer.
    pub async fn set_active(&self, username: &str, active: bool) -> Result<()> {
        let account = self.account(username).await?;
        let change = UpdateUserInput::activity(account_id(&account), version(&account), active);
        self.make(&change.parse(&self.act)).await.map(drop)
    }

    /// Gives the account a password without a link: for accounts of invented people.
    ///
    /// # Errors
    /// When there is no such account, or the database does not answer.
    pub async fn give_password(&self, username: &str, password: Password) -> Result<()> {
        let account = self.account(username).await?;
        let hash = Passwords::default().hash(password).await.map_err(failed)?;
        self.make(&GivenPassword { account: account.id, hash }).await
    }

    /// Signs the account in until then; answers its access token.
    ///
    /// # Errors
    /// When there is no such account, it is a program's or disabled, or the database does not answer.
    pub async fn sign_in(&self, username: &str, tokens: &Tokens, until: DateTime<Utc>) -> Result<String> {
        let account = self.account(username).await?;
        let sign_in = SignIn::new(&self.act, account.id, Instant::new(until));
        self.make(&sign_in).await?;
        sign_in.token(tokens, &self.act).ok_or_else(|| failed("no token could be signed"))
    }

    /// Makes a key for a program.
    ///
    /// # Errors
    /// When there is no such account, it is a person's, there is no scope, or the database does not answer.
    pub async fn new_key(&self, username: &str, name: &str, scopes: Scopes) -> Result<NewKey> {
        let account = self.account(username).await?;
        self.make(&new_key(account_id(&account), name, scopes).parse(&self.act)).await
    }

    /// Revokes a program's key, for good.
    ///
    /// # Errors
    /// When there is no such key, it is revoked already, or the database does not answer.
    pub async fn revoke_key(&self, id: &str) -> Result<()> {
        let found = match api_key::key_of(id) {
            Some(key) => api_key::by_key(&self.db, key).await.map_err(failed)?,
            None => None,
        };
        let key = found.ok_or_else(|| ConsoleError::NoSuchKey(id.to_owned()))?;
        self.make(&api_key::revocation(&key)).await.map(drop)
    }

    async fn account(&self, username: &str) -> Result<users::Model> {
        let found = store::named(&self.db, username).await.map_err(failed)?;
        found.ok_or_else(|| ConsoleError::NoSuchAccount(username.to_owned()))
    }

    async fn make<C: Change>(&self, change: &C) -> Result<C::Done> {
        let done = self.act.make(change).await.map_err(|error| failed(error.message))?;
        done.map_err(ConsoleError::Refused)
    }
}

fn account_id(account: &users::Model) -> ID {
    ID(id::text(USER.prefix.unwrap_or_default(), account.id.0))
}

fn target(account: &users::Model) -> Target {
    Target::new::<User>(&account_id(account), version(account))
}

/// As clients give it back.
fn version(account: &users::Model) -> i32 {
    i32::try_from(account.version).unwrap_or(i32::MAX)
}

fn failed(error: impl ToString) -> ConsoleError {
    ConsoleError::Failed(error.to_string())
}

/// What is wrong, each with what it is about: `username: …`.
fn messages(errors: &[UserError]) -> String {
    let about = |error: &UserError| match error.path.last().filter(|field| *field != "id") {
        Some(field) => format!("{field}: {}", error.message),
        None => error.message.clone(),
    };
    errors.iter().map(about).collect::<Vec<_>>().join(" ")
}
