//! What mutations of programs' keys check and write.

use entity::api_keys::ActiveModel;
use entity::vocabulary::Role;
use entity::{Key, api_keys};
use sea_orm::ActiveValue::Set;
use sea_orm::{DbErr, EntityTrait, QueryOrder};

use super::ApiKey;
use crate::account::User;
use crate::auth::secret::{Purpose, Secret};
use crate::db::{Db, Tx};
use crate::identity;
use crate::input::store::{self, Hold};
use crate::input::{Act, Change, Checks, Record, Refusal, Target, UserError};

impl Record for ApiKey {
    type Table = api_keys::Entity;
    const NAME: &'static str = "key";
}

/// A key to make.
pub struct NewApiKey {
    pub(super) user: Option<Key>,
    pub(super) checks: Checks,
    pub(super) columns: ActiveModel,
}

/// A key that was made.
pub struct NewKey {
    /// Its row.
    pub key: Key,
    /// What the program is to be given. It is not kept.
    pub secret: Secret,
}

/// A key to revoke.
pub struct Revocation(pub(super) Target);

impl Change for NewApiKey {
    type Done = NewKey;

    /// Makes a key for a program.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<NewKey, Refusal> {
        let mut checks = self.checks.clone();
        let user = store::refer::<User>(tx, act, &mut checks, &["userId"], self.user, Hold::Shared).await?;
        if user.as_ref().is_some_and(|user| user.role != Role::Agent) {
            let message = "Only programs have keys: accounts with the role AGENT. People sign in with a password.";
            checks.problem(UserError::invalid(&["userId"], message));
        }
        checks.finish()?;
        let secret = identity::store::secret(Purpose::ApiKey);
        let columns = ActiveModel {
            user_id: Set(user.ok_or(Refusal::NotFound)?.id),
            hash: Set(secret.hash()),
            hint: Set(secret.hint()),
            created_by: Set(act.viewer().user),
            ..self.columns.clone()
        };
        Ok(NewKey { key: store::insert::<ApiKey>(tx, act, columns).await?, secret })
    }
}

impl Change for Revocation {
    type Done = Key;
    const TOUCHES_ACCOUNTS: bool = true;

    /// Revokes a key, for good.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let key = self.0.open::<ApiKey>(tx, act, &mut Checks::default()).await?;
        if key.revoked_at.is_some() {
            return Err(UserError::transition(&["id"], "The key is revoked already.").into());
        }
        let revoked = ActiveModel { revoked_at: Set(Some(act.now())), ..Default::default() };
        store::save::<ApiKey>(tx, act, &key, revoked).await
    }
}

/// All keys, the oldest first.
pub(in crate::account) async fn all(db: &Db) -> Result<Vec<api_keys::Model>, DbErr> {
    let keys = api_keys::Entity::find().order_by_asc(api_keys::Column::CreatedAt).order_by_asc(api_keys::Column::Id);
    keys.all(db.lookups()).await
}

/// A key.
pub(in crate::account) async fn by_key(db: &Db, key: Key) -> Result<Option<api_keys::Model>, DbErr> {
    api_keys::Entity::find_by_id(key).one(db.lookups()).await
}
