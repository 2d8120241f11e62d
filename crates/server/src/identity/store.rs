//! The statements behind signing in.

use chrono::{DateTime, Utc};
use entity::vocabulary::Role as Word;
use entity::{Instant, Key, api_keys, doctors, patients, sign_ins, users};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::authenticator::Credential;
use crate::auth::{Role, Scopes, Viewer};
use crate::db::Db;

/// Who is known by a credential, if it is good now.
pub(super) async fn viewer(db: &Db, credential: &Credential, now: DateTime<Utc>) -> Result<Option<Viewer>, DbErr> {
    let now = Instant::new(now);
    let db = db.lookups();
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
