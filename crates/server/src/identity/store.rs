//! The statements behind signing in.

use chrono::{DateTime, TimeDelta, Utc};
use entity::vocabulary::Role as Word;
use entity::{Instant, Key, account_links, api_keys, doctors, patients, refresh_tokens, sign_ins, users};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LockBehavior, LockType, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::authenticator::Credential;
use crate::auth::secret::{Purpose, Secret};
use crate::auth::{Role, Scopes, Viewer};
use crate::db::{Db, Tx};

/// How long a one-time link can be used.
pub const LINK_LIFE: TimeDelta = TimeDelta::hours(72);
/// So many sign-ins that are over are forgotten with each new one.
const FORGOTTEN_AT_ONCE: u64 = 1000;

/// A new secret.
pub(crate) fn secret(purpose: Purpose) -> Secret {
    Secret::new(purpose, &mut UnwrapErr(SysRng))
}

/// Who is known by a credential, if it is good now.
pub(super) async fn viewer<C: ConnectionTrait>(
    db: &C,
    credential: &Credential,
    now: DateTime<Utc>,
) -> Result<Option<Viewer>, DbErr> {
    let now = Instant::new(now);
    match credential {
        Credential::SignIn(id) => {
            let found = sign_ins::Entity::find_by_id(*id)
                .filter(sign_ins::Column::EndedAt.is_null())
                .filter(sign_ins::Column::ExpiresAt.gt(now))
                .find_also_related(users::Entity)
                .one(db)
                .await?;
            match found {
                // Agents have keys: an account that became one is signed out.
                Some((_, Some(user))) if user.role != Word::Agent => person(db, user, *id).await,
                _ => Ok(None),
            }
        }
        Credential::ApiKey(hash) => {
            let found = api_keys::Entity::find()
                .filter(api_keys::Column::Hash.eq(hash))
                .filter(api_keys::Column::RevokedAt.is_null())
                .one(db)
                .await?;
            let Some(key) = found.filter(|key| key.expires_at.is_none_or(|until| now < until)) else { return Ok(None) };
            let user = users::Entity::find_by_id(key.user_id).one(db).await?;
            Ok(user.and_then(|user| program(&key, user)))
        }
    }
}

async fn person<C: ConnectionTrait>(db: &C, user: users::Model, sign_in: Key) -> Result<Option<Viewer>, DbErr> {
    if !user.is_active {
        return Ok(None);
    }
    let role = match user.role {
        Word::Admin => Role::Admin,
        Word::Doctor => {
            let doctor = doctors::Entity::find()
                .filter(doctors::Column::UserId.eq(user.id))
                .filter(doctors::Column::ArchivedAt.is_null())
                .one(db)
                .await?;
            Role::Doctor(doctor.map(|doctor| doctor.doctor_id))
        }
        Word::Patient => {
            let patient = patients::Entity::find().filter(patients::Column::UserId.eq(user.id)).one(db).await?;
            Role::Patient(patient.map(|patient| patient.patient_id))
        }
        Word::Agent => return Ok(None),
    };
    Ok(Some(Viewer { name: user.name, role, user: Some(user.id), sign_in: Some(sign_in) }))
}

fn program(key: &api_keys::Model, user: users::Model) -> Option<Viewer> {
    let scopes = Scopes { intake: key.may_intake, predict: key.may_predict, report: key.may_report };
    let usable = user.is_active && user.role == Word::Agent;
    usable.then_some(Viewer { name: user.name, role: Role::Agent(scopes), user: Some(user.id), sign_in: None })
}

/// The account of this name.
pub(super) async fn account_named(db: &Db, username: &str) -> Result<Option<users::Model>, DbErr> {
    // No row has a NUL, and PostgreSQL takes none.
    let named = users::Column::Username.eq(username.replace('\0', " "));
    users::Entity::find().filter(named).one(db.lookups()).await
}

/// The account with this key.
pub(super) async fn account(tx: &Tx, account: Key) -> Result<Option<users::Model>, DbErr> {
    users::Entity::find_by_id(account).one(&**tx).await
}

/// The account of a viewer.
pub(super) async fn account_of(db: &Db, viewer: &Viewer) -> Result<Option<users::Model>, DbErr> {
    match viewer.user {
        Some(account) => users::Entity::find_by_id(account).one(db.lookups()).await,
        None => Ok(None),
    }
}

/// The account whose one-time link this is the hash of, if it can be used now.
pub(super) async fn account_of_link(db: &Db, link: &str, now: Instant) -> Result<Option<users::Model>, DbErr> {
    let usable = account_links::Entity::find().filter(account_links::Column::Hash.eq(link));
    let usable = usable.filter(account_links::Column::ExpiresAt.gt(now)).find_also_related(users::Entity);
    Ok(usable.one(db.lookups()).await?.and_then(|(_, account)| account))
}

/// An account as it stays until the end of the transaction.
pub(super) async fn locked_account(tx: &Tx, account: Key) -> Result<Option<users::Model>, DbErr> {
    users::Entity::find_by_id(account).lock(LockType::NoKeyUpdate).one(&**tx).await
}

/// Begins a sign-in.
pub(super) async fn begin(tx: &Tx, sign_in: Key, account: Key, now: Instant, until: Instant) -> Result<(), DbErr> {
    let row = sign_ins::ActiveModel {
        id: Set(sign_in),
        user_id: Set(account),
        created_at: Set(now),
        expires_at: Set(until),
        ended_at: Set(None),
    };
    sign_ins::Entity::insert(row).exec_without_returning(&**tx).await?;
    // No change of the account that anybody edits: its version stays.
    let login = users::ActiveModel { last_login: Set(Some(now)), ..Default::default() };
    users::Entity::update_many().set(login).filter(users::Column::Id.eq(account)).exec(&**tx).await?;
    Ok(())
}

/// Adds the token that a sign-in is prolonged with next.
pub(super) async fn add_refresh_token(tx: &Tx, sign_in: Key, hash: &str, now: Instant) -> Result<(), DbErr> {
    let row = refresh_tokens::ActiveModel {
        hash: Set(hash.to_owned()),
        sign_in_id: Set(sign_in),
        created_at: Set(now),
        used_at: Set(None),
    };
    refresh_tokens::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// The account that a refresh token's sign-in is to, if that has not ended, and whether the token is unused.
pub(super) async fn account_of_token(db: &Db, hash: &str, now: Instant) -> Result<Option<(Key, bool)>, DbErr> {
    let found = refresh_tokens::Entity::find_by_id(hash.to_owned()).find_also_related(sign_ins::Entity);
    Ok(found.one(db.lookups()).await?.and_then(|(token, sign_in)| {
        let sign_in = sign_in.filter(|sign_in| sign_in.ended_at.is_none() && now < sign_in.expires_at)?;
        Some((sign_in.user_id, token.used_at.is_none()))
    }))
}

/// The sign-in that a refresh token prolongs, as it stays until the end of the transaction.
pub(super) async fn sign_in_of_token(tx: &Tx, hash: &str) -> Result<Option<sign_ins::Model>, DbErr> {
    let Some(token) = refresh_tokens::Entity::find_by_id(hash.to_owned()).one(&**tx).await? else { return Ok(None) };
    sign_ins::Entity::find_by_id(token.sign_in_id).lock(LockType::NoKeyUpdate).one(&**tx).await
}

/// Uses a refresh token up; false where that was done before.
pub(super) async fn use_refresh_token(tx: &Tx, hash: &str, now: Instant) -> Result<bool, DbErr> {
    let used = refresh_tokens::ActiveModel { used_at: Set(Some(now)), ..Default::default() };
    let unused = refresh_tokens::Entity::update_many().set(used).filter(refresh_tokens::Column::Hash.eq(hash));
    let done = unused.filter(refresh_tokens::Column::UsedAt.is_null()).exec(&**tx).await?;
    Ok(done.rows_affected == 1)
}

/// Deletes the used tokens of a sign-in that were made until then.
pub(super) async fn forget_used_tokens(tx: &Tx, sign_in: Key, until: Instant) -> Result<(), DbErr> {
    let used = refresh_tokens::Entity::delete_many().filter(refresh_tokens::Column::SignInId.eq(sign_in));
    let used = used.filter(refresh_tokens::Column::UsedAt.is_not_null());
    used.filter(refresh_tokens::Column::CreatedAt.lte(until)).exec(&**tx).await?;
    Ok(())
}

/// Lets a sign-in last until then.
pub(super) async fn prolong(tx: &Tx, sign_in: Key, until: Instant) -> Result<(), DbErr> {
    let row = sign_ins::ActiveModel { expires_at: Set(until), ..Default::default() };
    sign_ins::Entity::update_many().set(row).filter(sign_ins::Column::Id.eq(sign_in)).exec(&**tx).await?;
    Ok(())
}

/// Ends a sign-in.
pub(super) async fn end(tx: &Tx, sign_in: Key, now: Instant) -> Result<(), DbErr> {
    let row = sign_ins::ActiveModel { ended_at: Set(Some(now)), ..Default::default() };
    let open = sign_ins::Entity::update_many().set(row).filter(sign_ins::Column::EndedAt.is_null());
    open.filter(sign_ins::Column::Id.eq(sign_in)).exec(&**tx).await?;
    Ok(())
}

/// Ends all sign-ins of an account but one.
pub(crate) async fn end_all(tx: &Tx, account: Key, but: Option<Key>, now: Instant) -> Result<(), DbErr> {
    let row = sign_ins::ActiveModel { ended_at: Set(Some(now)), ..Default::default() };
    let mut open = sign_ins::Entity::update_many().set(row).filter(sign_ins::Column::EndedAt.is_null());
    if let Some(but) = but {
        open = open.filter(sign_ins::Column::Id.ne(but));
    }
    open.filter(sign_ins::Column::UserId.eq(account)).exec(&**tx).await?;
    Ok(())
}

/// Deletes sign-ins that are over, with their tokens. What another one deletes is left to it.
pub(super) async fn forget_expired(tx: &Tx, now: Instant) -> Result<(), DbErr> {
    let over = Query::select()
        .column(sign_ins::Column::Id)
        .from(sign_ins::Entity)
        .and_where(sign_ins::Column::ExpiresAt.lte(now))
        .limit(FORGOTTEN_AT_ONCE)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    sign_ins::Entity::delete_many().filter(sign_ins::Column::Id.in_subquery(over)).exec(&**tx).await?;
    Ok(())
}

/// Sets a password.
pub(crate) async fn set_password(tx: &Tx, account: Key, hash: &str) -> Result<(), DbErr> {
    let row = users::ActiveModel { password_hash: Set(Some(hash.to_owned())), ..Default::default() };
    users::Entity::update_many().set(row).filter(users::Column::Id.eq(account)).exec(&**tx).await?;
    Ok(())
}

/// Makes a one-time link, in place of the one before.
pub(crate) async fn new_link(tx: &Tx, account: Key, now: Instant) -> Result<Secret, DbErr> {
    let secret = secret(Purpose::Link);
    drop_link(tx, account).await?;
    let row = account_links::ActiveModel {
        user_id: Set(account),
        hash: Set(secret.hash()),
        created_at: Set(now),
        expires_at: Set(Instant::new(now.utc() + LINK_LIFE)),
    };
    account_links::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(secret)
}

/// Uses a one-time link up; false where it cannot be used any more.
pub(super) async fn use_link(tx: &Tx, hash: &str, now: Instant) -> Result<bool, DbErr> {
    let usable = account_links::Entity::delete_many().filter(account_links::Column::Hash.eq(hash));
    Ok(usable.filter(account_links::Column::ExpiresAt.gt(now)).exec(&**tx).await?.rows_affected == 1)
}

/// Takes back a one-time link, if there is one.
pub(crate) async fn drop_link(tx: &Tx, account: Key) -> Result<(), DbErr> {
    account_links::Entity::delete_many().filter(account_links::Column::UserId.eq(account)).exec(&**tx).await?;
    Ok(())
}
