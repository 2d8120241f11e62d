//! The accounts by which one signs in to a demo that is in a database, and what they sign in with.
//!
//! Passwords and the program's key follow from the keys of the accounts, and those from the demo's seed: whoever knows
//! the seed knows them. So nobody real may be in a demo, and only this machine is served.

use entity::vocabulary::Role;
use entity::{Instant, Key, api_keys, doctors, patients, users};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};

use super::cast::USERNAMES;
use super::dice::{Dice, Stream};
use crate::auth::secret::{Purpose, Secret};

/// Short and plain, so that they are typed without a mistake.
const WORDS: [&str; 32] = [
    "amber", "anchor", "autumn", "basket", "birch", "bridge", "candle", "cedar", "cherry", "clover", "copper", "coral",
    "falcon", "feather", "garden", "ginger", "harbor", "hazel", "island", "lantern", "maple", "meadow", "orchard",
    "pebble", "pepper", "river", "saddle", "silver", "summer", "timber", "velvet", "willow",
];

/// An account of a demo, as it is now.
#[derive(Debug, Clone)]
pub struct DemoAccount {
    /// The account.
    pub user: users::Model,
    /// The doctor whose it is.
    pub doctor: Option<Key>,
    /// The patient whose it is.
    pub patient: Option<Key>,
}

impl DemoAccount {
    /// The password that a demo gives it.
    pub fn password(&self) -> String {
        let mut dice = self.dice();
        [(); 4].map(|()| dice.pick(&WORDS)).join("-")
    }

    /// The key that a demo gives a program.
    pub fn key(&self) -> Secret {
        self.dice().secret(Purpose::ApiKey)
    }

    /// Whether it signs in by a key, and has no password.
    pub fn is_program(&self) -> bool {
        self.user.role == Role::Agent
    }

    /// Gives the program its key, unless it was given before. Whether the key is good.
    ///
    /// # Errors
    /// What the database says.
    pub async fn give_key(&self, db: &impl ConnectionTrait, now: Instant) -> Result<bool, DbErr> {
        let key = self.key();
        let known = api_keys::Entity::find().filter(api_keys::Column::Hash.eq(key.hash())).one(db).await?;
        if let Some(known) = known {
            return Ok(known.revoked_at.is_none() && self.user.is_active);
        }
        let row = api_keys::Model {
            id: self.dice().key(now),
            user_id: self.user.id,
            name: "The demo's".to_owned(),
            hash: key.hash(),
            hint: key.hint(),
            may_intake: true,
            may_predict: true,
            may_report: true,
            created_by: None,
            expires_at: None,
            revoked_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        api_keys::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
        Ok(self.user.is_active)
    }

    fn dice(&self) -> Dice {
        let (_, random) = self.user.id.0.as_u64_pair();
        Dice::new(random, Stream::Access)
    }
}

/// The demo's accounts that are there, in the order in which they are shown.
///
/// # Errors
/// What the database says.
pub async fn accounts(db: &impl ConnectionTrait) -> Result<Vec<DemoAccount>, DbErr> {
    let mut accounts = Vec::new();
    for username in USERNAMES {
        let found = users::Entity::find().filter(users::Column::Username.eq(username)).one(db).await?;
        let Some(user) = found else { continue };
        let doctor = doctors::Entity::find().filter(doctors::Column::UserId.eq(user.id)).one(db).await?;
        let patient = patients::Entity::find().filter(patients::Column::UserId.eq(user.id)).one(db).await?;
        let (doctor, patient) = (doctor.map(|row| row.doctor_id), patient.map(|row| row.patient_id));
        accounts.push(DemoAccount { user, doctor, patient });
    }
    Ok(accounts)
}
