//! How a sign-in begins, goes on and ends.

use std::sync::Arc;

use async_graphql::Result;
use chrono::{DateTime, Utc};
use entity::vocabulary::Role;
use entity::{Instant, Key, users};

use super::gate::{Caller, Gate, internal};
use super::{Unauthenticated, store};
use crate::auth::Viewer;
use crate::auth::password::Password;
use crate::auth::secret::{Purpose, Secret};
use crate::auth::token::Tokens;
use crate::db::Tx;
use crate::input::{Act, Change, Refusal, SIGN_IN_AGAIN, UserError, UserErrorCode, spoken};
use crate::read::reading::Reading;

/// Somebody who is in, with what proves it.
pub(super) struct SignedIn {
    pub(super) access_token: String,
    pub(super) access_token_expires_at: DateTime<Utc>,
    pub(super) refresh_token: Secret,
    pub(super) refresh_token_expires_at: DateTime<Utc>,
    pub(super) viewer: Viewer,
    /// What they see.
    pub(super) reading: Arc<Reading>,
}

/// The same for every reason, so that nobody learns which names there are.
pub(super) fn incorrect(path: &[&str]) -> UserError {
    let message = "The name or the password is not right, or the account cannot sign in.";
    UserError::at(path, UserErrorCode::IncorrectCredentials, message)
}

/// Whether it is a person's account that may sign in.
pub(super) fn may_sign_in(user: &users::Model) -> bool {
    user.is_active && user.role != Role::Agent
}

/// So long a name is no account's.
const TOO_LONG: usize = 1000;

/// A name as accounts have it. Ones that are too long are not looked at: they are all nobody's, and the same.
fn name(typed: &str) -> &str {
    if typed.chars().nth(TOO_LONG).is_some() { "" } else { typed.trim() }
}

impl Gate {
    /// Signs a person in. The inner error is for the payload.
    ///
    /// # Errors
    /// `RATE_LIMITED` after too many failures; `UNAVAILABLE` where it can be tried again.
    pub(super) async fn sign_in(
        &self,
        caller: &Caller,
        username: &str,
        password: &str,
    ) -> Result<std::result::Result<SignedIn, Vec<UserError>>> {
        let username = name(username);
        let attempt = self.attempt(username, caller)?;
        let account = store::account_named(self.db(), username).await.map_err(internal)?;
        let account = account.filter(may_sign_in);
        let password = Password::new(password);
        let right = self.check(attempt, caller, password.clone(), account.as_ref()).await?;
        let Some(account) = account.filter(|_| right) else {
            tracing::info!(address = %caller.address.0, "a sign-in was refused");
            return Ok(Err(vec![incorrect(&[])]));
        };
        let act = self.own_act(caller);
        let refresh = store::secret(Purpose::Refresh);
        let mut beginning =
            Beginning { sign_in: act.new_key(), account, refresh: refresh.hash(), until: self.until(&act, act.now()) };
        let mut begun = act.make(&beginning).await?;
        if matches!(begun, Ok(false))
            && let Some(renewed) = self.renewed_meanwhile(&beginning.account, password.clone()).await?
        {
            beginning.account = renewed;
            begun = act.make(&beginning).await?;
        }
        match begun {
            Ok(true) => {
                self.renew(&act, &beginning.account, password).await;
                self.signed_in(caller, beginning.sign_in, refresh, beginning.until).await.map(Ok)
            }
            // Changed since it was checked.
            Ok(false) => Ok(Err(vec![incorrect(&[])])),
            Err(problems) => Ok(Err(problems)),
        }
    }

    /// Exchanges a refresh token for two new tokens.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where it is good for nobody, or was used before; `RATE_LIMITED` where there are too many.
    pub(super) async fn refresh(&self, caller: &Caller, token: &str) -> Result<SignedIn> {
        let refused = || spoken("UNAUTHENTICATED", SIGN_IN_AGAIN);
        let token = Secret::parse(Purpose::Refresh, token).ok_or_else(refused)?.hash();
        let act = self.own_act(caller);
        // Writing waits for others who write: nobody else has to wait for what strangers made up.
        let found = store::account_of_token(self.db(), &token, act.now()).await.map_err(internal)?;
        let (account, unused) = found.ok_or_else(refused)?;
        // A used one ends its sign-in, however many came before it.
        if unused {
            self.refreshed(account, caller)?;
        }
        let next = store::secret(Purpose::Refresh);
        let exchange = Exchange { gate: self, token, next: next.hash() };
        match act.make(&exchange).await? {
            Ok(Exchanged::Done { sign_in, until }) => self.signed_in(caller, sign_in, next, until).await,
            Ok(Exchanged::UsedBefore(sign_in)) => {
                self.authenticator().forget();
                tracing::warn!(%sign_in, "a used refresh token came back, so its sign-in was ended");
                Err(refused())
            }
            Ok(Exchanged::Refused) | Err(_) => Err(refused()),
        }
    }

    /// Until when a sign-in of `begun` lasts that is used now.
    fn until(&self, act: &Act, begun: Instant) -> Instant {
        let terms = self.terms();
        Instant::new((act.moment().now + terms.idle).min(begun.utc() + terms.longest))
    }

    async fn signed_in(&self, caller: &Caller, sign_in: Key, refresh: Secret, until: Instant) -> Result<SignedIn> {
        let now = caller.moment.now;
        let tokens = &self.terms().tokens;
        let access = tokens.sign(sign_in, now).ok_or_else(|| async_graphql::Error::new("no token could be signed"))?;
        let viewer = match self.authenticator().known_by(&access).await {
            Ok(known) => known.viewer,
            Err(Unauthenticated::Refused) => return Err(spoken("UNAUTHENTICATED", SIGN_IN_AGAIN)),
            Err(Unauthenticated::Database(error)) => return Err(internal(error)),
        };
        let reading = self.reading(&viewer, caller);
        Ok(SignedIn {
            access_token: access,
            access_token_expires_at: now + tokens.life(),
            refresh_token: refresh,
            refresh_token_expires_at: until.utc(),
            viewer,
            reading,
        })
    }
}

/// A sign-in to an account whose password was right.
struct Beginning {
    sign_in: Key,
    account: users::Model,
    refresh: String,
    until: Instant,
}

impl Change for Beginning {
    type Done = bool;

    /// Begins a sign-in, unless the account is another than it was when its password was checked.
    async fn apply(&self, tx: &Tx, act: &Act) -> std::result::Result<bool, Refusal> {
        let unchanged = |now: &users::Model| may_sign_in(now) && now.password_hash == self.account.password_hash;
        if !store::locked_account(tx, self.account.id).await?.is_some_and(|now| unchanged(&now)) {
            return Ok(false);
        }
        store::forget_expired(tx, act.now()).await?;
        store::begin(tx, self.sign_in, self.account.id, act.now(), self.until).await?;
        store::add_refresh_token(tx, self.sign_in, &self.refresh, act.now()).await?;
        Ok(true)
    }
}

/// A sign-in without a password, for whoever runs commands on the machine. Nothing prolongs it.
pub struct SignIn {
    sign_in: Key,
    account: Key,
    until: Instant,
}

impl SignIn {
    /// A new one.
    pub fn new(act: &Act, account: Key, until: Instant) -> Self {
        Self { sign_in: act.new_key(), account, until }
    }

    /// An access token for it, good as long as such tokens are.
    pub fn token(&self, tokens: &Tokens, act: &Act) -> Option<String> {
        tokens.sign(self.sign_in, act.moment().now)
    }
}

impl Change for SignIn {
    type Done = ();

    async fn apply(&self, tx: &Tx, act: &Act) -> std::result::Result<(), Refusal> {
        if !store::locked_account(tx, self.account).await?.is_some_and(|account| may_sign_in(&account)) {
            return Err(incorrect(&[]).into());
        }
        Ok(store::begin(tx, self.sign_in, self.account, act.now(), self.until).await?)
    }
}

/// A refresh token given for another.
struct Exchange<'a> {
    gate: &'a Gate,
    token: String,
    next: String,
}

enum Exchanged {
    Done { sign_in: Key, until: Instant },
    UsedBefore(Key),
    Refused,
}

impl Change for Exchange<'_> {
    type Done = Exchanged;

    /// Uses a token up and adds the next. Of two who bring the same one the second finds it used: one of them stole it,
    /// and nobody knows which, so the sign-in ends for both. Both wait for the sign-in's row.
    ///
    /// Used ones are deleted once they would have ended unused. One that comes back later still is refused like any
    /// other that has ended, and the sign-in goes on. It is not their number that counts: a thief who refreshes quickly
    /// would get rid of the one that tells of the theft.
    async fn apply(&self, tx: &Tx, act: &Act) -> std::result::Result<Exchanged, Refusal> {
        let Some(sign_in) = store::sign_in_of_token(tx, &self.token).await? else { return Ok(Exchanged::Refused) };
        if sign_in.ended_at.is_some() || sign_in.expires_at <= act.now() {
            return Ok(Exchanged::Refused);
        }
        if !store::use_refresh_token(tx, &self.token, act.now()).await? {
            store::end(tx, sign_in.id, act.now()).await?;
            return Ok(Exchanged::UsedBefore(sign_in.id));
        }
        // Not locked: whoever disables an account ends its sign-ins too, and for this one waits.
        if !store::account(tx, sign_in.user_id).await?.is_some_and(|account| may_sign_in(&account)) {
            return Ok(Exchanged::Refused);
        }
        let until = self.gate.until(act, sign_in.created_at);
        store::prolong(tx, sign_in.id, until).await?;
        store::add_refresh_token(tx, sign_in.id, &self.next, act.now()).await?;
        let ended = Instant::new(act.moment().now - self.gate.terms().idle);
        store::forget_used_tokens(tx, sign_in.id, ended).await?;
        Ok(Exchanged::Done { sign_in: sign_in.id, until })
    }
}

/// The end of the viewer's sign-in, or of all that they have.
pub(super) struct SigningOut {
    pub(super) everywhere: bool,
}

impl Change for SigningOut {
    type Done = ();
    const TOUCHES_ACCOUNTS: bool = true;

    async fn apply(&self, tx: &Tx, act: &Act) -> std::result::Result<(), Refusal> {
        match (act.viewer().user, act.viewer().sign_in) {
            (Some(user), Some(_)) if self.everywhere => store::end_all(tx, user, None, act.now()).await?,
            (_, Some(sign_in)) => store::end(tx, sign_in, act.now()).await?,
            // The operator is not signed in.
            _ => {}
        }
        Ok(())
    }
}
