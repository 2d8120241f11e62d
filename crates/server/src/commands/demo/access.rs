//! By what one signs in to a demo.

use chrono::TimeDelta;
use entity::vocabulary::Role;
use entity::{Instant, Key};
use serde::Serialize;

use super::Failure;
use crate::account::{Console, ConsoleError};
use crate::auth::password::{Password, Passwords};
use crate::auth::signing::SigningSecret;
use crate::auth::token::Tokens;
use crate::db::{Adapted, Db};
use crate::demo::{self, DemoAccount};
use crate::doctor::DOCTOR;
use crate::patient::PATIENT;
use crate::read::id;
use crate::read::shape::{Moment, Shape};

/// How long the tokens that are printed are good for: a day of trying things.
const LIFE: TimeDelta = TimeDelta::hours(24);

/// How somebody signs in to a demo.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Access {
    /// What they are to the clinic.
    pub(super) role: Role,
    /// The name to sign in with.
    pub(super) username: String,
    /// None for a program, and where it is not the demo's any more.
    pub(super) password: Option<String>,
    /// An access token, or a program's key.
    pub(super) token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doctor_id: Option<String>,
}

/// Gives the demo's accounts what they sign in with, where they have it not yet, and signs them in. Those that cannot
/// sign in any more, because somebody has disabled them, are left out.
pub(super) async fn give(db: &Db, secret: &SigningSecret, moment: Moment) -> Result<Vec<Access>, Failure> {
    let (console, tokens) = (Console::new(db.clone(), moment), Tokens::new(secret.reveal(), LIFE));
    let connection = Adapted::new(db.connection().clone());
    let mut all = Vec::new();
    for account in demo::accounts(&connection).await? {
        let (password, token) = if account.is_program() {
            let good = account.give_key(&connection, Instant::new(moment.now)).await?;
            (None, good.then(|| account.key().reveal().to_owned()))
        } else {
            let password = password(&console, &account).await?;
            (password, token(&console, &account, &tokens, moment).await?)
        };
        if let Some(token) = token {
            all.push(Access {
                role: account.user.role,
                password,
                token,
                patient_id: account.patient.map(|patient| id_of(&PATIENT, patient)),
                doctor_id: account.doctor.map(|doctor| id_of(&DOCTOR, doctor)),
                username: account.user.username,
            });
        }
    }
    Ok(all)
}

/// The password of a demo's account; None when its owner has chosen another.
async fn password(console: &Console, account: &DemoAccount) -> Result<Option<String>, Failure> {
    let password = account.password();
    let typed = Password::new(&password);
    match &account.user.password_hash {
        None => console.give_password(&account.user.username, typed).await?,
        Some(hash) if Passwords::default().verify(typed, Some(hash.clone())).await? => {}
        Some(_) => return Ok(None),
    }
    Ok(Some(password))
}

async fn token(
    console: &Console,
    account: &DemoAccount,
    tokens: &Tokens,
    moment: Moment,
) -> Result<Option<String>, Failure> {
    match console.sign_in(&account.user.username, tokens, moment.now + LIFE).await {
        Ok(token) => Ok(Some(token)),
        Err(ConsoleError::Refused(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// An id as the API knows it.
fn id_of(shape: &Shape, key: Key) -> String {
    id::text(shape.prefix.unwrap_or_default(), key.0)
}
