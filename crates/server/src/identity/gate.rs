//! What lets people in, and what it knows of them before they are in.

use std::sync::Arc;

use async_graphql::{Context, Error, Result};
use chrono::TimeDelta;
use entity::{Key, users};
use sea_orm::DbErr;

use super::Authenticator;
use crate::auth::attempts::{Attempt, Attempts, TooMany};
use crate::auth::password::{Password, Passwords, Unchecked};
use crate::auth::secret::Secret;
use crate::auth::token::Tokens;
use crate::auth::{ClientAddress, Viewer};
use crate::clock::SharedClock;
use crate::db::Db;
use crate::input::{Act, spoken};
use crate::read::reading::{Reading, Sharing};
use crate::read::shape::Moment;

/// On what terms people sign in.
#[derive(Clone)]
pub struct Terms {
    /// Signs and verifies access tokens.
    pub tokens: Tokens,
    /// How long a sign-in lasts that is not refreshed.
    pub idle: TimeDelta,
    /// How long a sign-in lasts at most.
    pub longest: TimeDelta,
    /// Where people reach this server: one-time links begin with it.
    pub public_url: String,
}

impl Terms {
    /// The usual ones, with these tokens.
    pub fn new(tokens: Tokens) -> Self {
        let public_url = "http://127.0.0.1:4000".to_owned();
        Self { tokens, idle: TimeDelta::hours(12), longest: TimeDelta::days(30), public_url }
    }
}

/// What is known of whoever sends a request before anybody knows who they are.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// Where the request comes from.
    pub address: ClientAddress,
    /// When it came.
    pub moment: Moment,
}

/// What lets people in. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    db: Db,
    authenticator: Authenticator,
    passwords: Passwords,
    attempts: Attempts,
    terms: Terms,
}

impl Gate {
    /// The gate of a clinic whose accounts are in this database.
    pub fn new(db: Db, clock: SharedClock, terms: Terms) -> Self {
        let authenticator = Authenticator::new(db.clone(), clock, terms.tokens.clone());
        let (passwords, attempts) = (Passwords::default(), Attempts::default());
        Self(Arc::new(Inner { db, authenticator, passwords, attempts, terms }))
    }

    /// The gate and the caller of a request.
    pub(super) fn of<'a>(ctx: &Context<'a>) -> Result<(&'a Self, &'a Caller)> {
        Ok((ctx.data::<Self>()?, ctx.data::<Caller>()?))
    }

    /// Knows whom requests act for.
    pub fn authenticator(&self) -> &Authenticator {
        &self.0.authenticator
    }

    /// A one-time link, as people are given it.
    pub fn link(&self, secret: &Secret) -> String {
        welcome(&self.0.terms.public_url, secret)
    }

    pub(super) fn terms(&self) -> &Terms {
        &self.0.terms
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(super) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// The doing of the server itself, for whoever is not in yet.
    pub(super) fn own_act(&self, caller: &Caller) -> Act {
        Act::new(self.0.db.clone(), Viewer::operator(), caller.moment)
    }

    /// What somebody who has just come in sees.
    pub(super) fn reading(&self, viewer: &Viewer, caller: &Caller) -> Arc<Reading> {
        Arc::new(Reading::new(self.0.db.clone(), viewer.clone(), caller.moment, Sharing::Fresh))
    }

    /// A try at an account's password from where the caller is.
    ///
    /// # Errors
    /// `RATE_LIMITED` when there is none left.
    pub(super) fn attempt(&self, username: &str, caller: &Caller) -> Result<Attempt> {
        let taken = self.0.attempts.take(username, caller.address.0, caller.moment.now);
        taken.map_err(limited)
    }

    /// Gives a try back with which no password was checked.
    pub(super) fn not_tried(&self, attempt: Attempt) {
        self.0.attempts.give_back(attempt);
    }

    /// Whether it is the password of this account, if there is one: a wrong one uses up the try.
    ///
    /// # Errors
    /// `RATE_LIMITED` when it is, and was too often; `UNAVAILABLE` when too many others are being checked.
    pub(super) async fn check(
        &self,
        attempt: Attempt,
        caller: &Caller,
        password: Password,
        account: Option<&users::Model>,
    ) -> Result<bool> {
        let stored = account.and_then(|account| account.password_hash.clone());
        let checked = self.0.passwords.verify(password, stored).await;
        match (&checked, account) {
            (Ok(false), _) => {}
            (Ok(true), Some(account)) => {
                self.0.attempts.right(attempt, account.id, caller.moment.now).map_err(limited)?;
            }
            _ => self.0.attempts.give_back(attempt),
        }
        checked.map_err(unchecked)
    }

    /// Counts a refresh of a sign-in to this account.
    ///
    /// # Errors
    /// `RATE_LIMITED` when there are too many.
    pub(super) fn refreshed(&self, account: Key, caller: &Caller) -> Result<()> {
        self.0.attempts.refreshed(account, caller.moment.now).map_err(limited)
    }
}

/// The address of the page where a one-time link is used. The secret stands in the fragment, which browsers keep to
/// themselves.
pub fn welcome(public_url: &str, secret: &Secret) -> String {
    format!("{}/welcome#{}", public_url.trim_end_matches('/'), secret.reveal())
}

fn limited(refused: TooMany) -> Error {
    spoken("RATE_LIMITED", &refused.to_string())
}

pub(super) fn unchecked(error: Unchecked) -> Error {
    match error {
        Unchecked::NoTurn => spoken("UNAVAILABLE", &error.to_string()),
        Unchecked::Failed(_) => Error::new(error.to_string()),
    }
}

/// An error of the database, which the response masks.
pub(super) fn internal(error: DbErr) -> Error {
    Error::new(error.to_string())
}
