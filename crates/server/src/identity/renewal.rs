//! Hashes of an old system are replaced by ours at the first sign-in: only then is the password known.

use async_graphql::Result;
use entity::{Key, users};

use super::gate::{Gate, internal, unchecked};
use super::sign_in::may_sign_in;
use super::store;
use crate::auth::password::{Password, is_old};
use crate::db::Tx;
use crate::input::{Act, Change, Refusal, UserError};

impl Gate {
    /// Replaces an old hash of a password that was right. Whoever signed in is in, whatever becomes of it: what could
    /// not be done is tried again the next time.
    pub(super) async fn renew(&self, act: &Act, account: &users::Model, password: Password) {
        let Some(old) = old_hash(account) else { return };
        match self.renewed(act, account.id, old, password).await {
            Ok(Ok(())) => tracing::info!(account = %account.id, "the hash of a password was renewed"),
            Ok(Err(_)) => tracing::warn!(account = %account.id, "the hash of a password could not be renewed"),
            Err(error) => {
                tracing::warn!(account = %account.id, error = %error.message, "the hash of a password could not be renewed");
            }
        }
    }

    async fn renewed(
        &self,
        act: &Act,
        account: Key,
        old: String,
        password: Password,
    ) -> Result<std::result::Result<(), Vec<UserError>>> {
        let new = self.passwords().hash(password).await.map_err(unchecked)?;
        act.make(&Renewal { account, old, new }).await
    }

    /// An account as it is now, if another sign-in has renewed its hash since it was looked at and the password is
    /// right for the new one.
    ///
    /// # Errors
    /// `UNAVAILABLE` where it can be tried again.
    pub(super) async fn renewed_meanwhile(
        &self,
        before: &users::Model,
        password: Password,
    ) -> Result<Option<users::Model>> {
        if old_hash(before).is_none() {
            return Ok(None);
        }
        let now = store::account_named(self.db(), &before.username).await.map_err(internal)?;
        let renewed = |now: &users::Model| now.id == before.id && may_sign_in(now) && old_hash(now).is_none();
        let Some(now) = now.filter(renewed) else { return Ok(None) };
        let right = self.passwords().verify(password, now.password_hash.clone()).await.map_err(unchecked)?;
        Ok(Some(now).filter(|_| right))
    }
}

fn old_hash(account: &users::Model) -> Option<String> {
    account.password_hash.clone().filter(|stored| is_old(stored))
}

/// A hash of ours in place of an old one, of the same password.
struct Renewal {
    account: Key,
    old: String,
    new: String,
}

impl Change for Renewal {
    type Done = ();

    /// Replaces the hash unless somebody did meanwhile. It is the same password, so all sign-ins and links stay.
    async fn apply(&self, tx: &Tx, _: &Act) -> std::result::Result<(), Refusal> {
        let now = store::locked_account(tx, self.account).await?;
        if now.is_some_and(|now| now.password_hash.as_ref() == Some(&self.old)) {
            store::set_password(tx, self.account, &self.new).await?;
        }
        Ok(())
    }
}
