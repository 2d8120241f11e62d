//! How accounts get their passwords: chosen by a one-time link, changed by their owner.

use async_graphql::Result;
use entity::{Key, users};

use super::gate::{Caller, Gate, internal, unchecked};
use super::sign_in::{incorrect, may_sign_in};
use super::store;
use crate::auth::password::Password;
use crate::auth::secret::{Purpose, Secret};
use crate::db::Tx;
use crate::input::{Act, Change, Refusal, UserError};

type Outcome<T> = Result<std::result::Result<T, Vec<UserError>>>;

const NEW_PASSWORD: &[&str] = &["newPassword"];
/// So long is what may be a link, in bytes: the address of the server and a secret.
const LONGEST_LINK: usize = 4096;

impl Gate {
    /// Changes the viewer's password. Who holds no more than an open browser cannot: the one before is asked for, and
    /// guessing it is limited like signing in.
    ///
    /// # Errors
    /// `RATE_LIMITED` after too many failures; `UNAVAILABLE` where it can be tried again.
    pub(super) async fn change_password(&self, caller: &Caller, act: &Act, current: &str, new: &str) -> Outcome<()> {
        let account = store::account_of(self.db(), act.viewer()).await.map_err(internal)?;
        let Some(account) = account.filter(may_sign_in) else { return Ok(Err(vec![incorrect(&["currentPassword"])])) };
        let attempt = self.attempt(&account.username, caller)?;
        let (current, new) = (Password::new(current), Password::new(new));
        let same = || UserError::invalid(NEW_PASSWORD, "The new password is the current one. Take another one.");
        if let Some(problem) = weakness(&new, &account.username).or_else(|| new.is(&current).then(same)) {
            self.not_tried(attempt);
            return Ok(Err(vec![problem]));
        }
        if !self.check(attempt, caller, current, Some(&account)).await? {
            return Ok(Err(vec![incorrect(&["currentPassword"])]));
        }
        let hash = self.passwords().hash(new).await.map_err(unchecked)?;
        act.make(&Replacing { account, hash }).await
    }

    /// Gives an account the password that whoever has its one-time link chooses. Answers the account's name.
    ///
    /// # Errors
    /// `UNAVAILABLE` where it can be tried again.
    pub(super) async fn choose_password(&self, caller: &Caller, link: &str, new: &str) -> Outcome<String> {
        let act = self.own_act(caller);
        // The link as it was handed out will do as well.
        let link = Some(link).filter(|link| link.len() <= LONGEST_LINK).and_then(|link| link.trim().rsplit('#').next());
        let secret = link.and_then(|text| Secret::parse(Purpose::Link, text));
        let Some(secret) = secret.map(|secret| secret.hash()) else { return Ok(Err(vec![no_link()])) };
        let account = store::account_of_link(self.db(), &secret, act.now()).await.map_err(internal)?;
        let Some(account) = account.filter(may_sign_in) else { return Ok(Err(vec![no_link()])) };
        let new = Password::new(new);
        if let Some(problem) = weakness(&new, &account.username) {
            return Ok(Err(vec![problem]));
        }
        let hash = self.passwords().hash(new).await.map_err(unchecked)?;
        let chosen = act.make(&Choosing { account: account.id, link: secret, hash }).await?;
        self.authenticator().forget();
        Ok(chosen)
    }
}

fn weakness(new: &Password, username: &str) -> Option<UserError> {
    new.weakness(username).map(|why| UserError::invalid(NEW_PASSWORD, why))
}

fn no_link() -> UserError {
    UserError::invalid(
        &["link"],
        "This link is not one that can be used: it was used before, a newer one took its place, or it is too old. Ask \
         an administrator for a new one.",
    )
}

/// A new password in place of one that was right.
struct Replacing {
    account: users::Model,
    hash: String,
}

impl Change for Replacing {
    type Done = ();
    const TOUCHES_ACCOUNTS: bool = true;

    /// Replaces the password unless somebody did meanwhile. Whoever signed in with the one before is out, but for the
    /// viewer.
    async fn apply(&self, tx: &Tx, act: &Act) -> std::result::Result<(), Refusal> {
        let now = store::locked_account(tx, self.account.id).await?;
        if now.is_none_or(|now| now.password_hash != self.account.password_hash) {
            return Err(incorrect(&["currentPassword"]).into());
        }
        store::set_password(tx, self.account.id, &self.hash).await?;
        store::drop_link(tx, self.account.id).await?;
        store::end_all(tx, self.account.id, act.viewer().sign_in, act.now()).await?;
        Ok(())
    }
}

/// The password of whoever has the link.
struct Choosing {
    account: Key,
    link: String,
    hash: String,
}

impl Change for Choosing {
    type Done = String;

    /// Sets the password and uses the link up, if it can still be used.
    async fn apply(&self, tx: &Tx, act: &Act) -> std::result::Result<String, Refusal> {
        let account = store::locked_account(tx, self.account).await?.filter(may_sign_in);
        let Some(account) = account else { return Err(no_link().into()) };
        if !store::use_link(tx, &self.link, act.now()).await? {
            return Err(no_link().into());
        }
        store::set_password(tx, account.id, &self.hash).await?;
        store::end_all(tx, account.id, None, act.now()).await?;
        Ok(account.username)
    }
}
