//! What a database holds, as far as a demo is concerned.

use std::fmt;

use entity::{doctors, patients, users};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, SelectExt};

use super::staff::{ADMIN, AGENT};

/// What a migrated database holds. The accounts of the demo say it: [`load`](super::load()) writes the agent's in its
/// first transaction and the administrator's in its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoState {
    /// Nobody: a demo can be made.
    Empty,
    /// A whole demo, perhaps changed by whoever played with it.
    Demo {
        /// How many patients it has now.
        patients: u64,
    },
    /// A demo whose making was broken off.
    Interrupted,
    /// Somebody else's records.
    Foreign,
}

impl fmt::Display for DemoState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the database is empty"),
            Self::Demo { patients } => write!(f, "the database holds a demo clinic of {patients} patients"),
            Self::Interrupted => f.write_str(
                "the database holds a demo clinic whose making was interrupted: delete it, or give an empty one, \
                 and start again",
            ),
            Self::Foreign => f.write_str(
                "the database holds records that are no demo clinic: a demo is made only in an empty database",
            ),
        }
    }
}

/// Looks what a migrated database holds.
///
/// # Errors
/// What the database says, for example that there are no tables.
pub async fn state(db: &impl ConnectionTrait) -> Result<DemoState, DbErr> {
    if account(db, ADMIN).await? && account(db, AGENT).await? {
        return Ok(DemoState::Demo { patients: patients::Entity::find().count(db).await? });
    }
    if account(db, AGENT).await? {
        return Ok(DemoState::Interrupted);
    }
    let anybody =
        any::<users::Entity>(db).await? || any::<doctors::Entity>(db).await? || any::<patients::Entity>(db).await?;
    Ok(if anybody { DemoState::Foreign } else { DemoState::Empty })
}

async fn account(db: &impl ConnectionTrait, username: &str) -> Result<bool, DbErr> {
    users::Entity::find().filter(users::Column::Username.eq(username)).exists(db).await
}

/// Whether a table has a row. Everything of a record needs a patient, a doctor or an account.
async fn any<E: EntityTrait>(db: &impl ConnectionTrait) -> Result<bool, DbErr>
where
    E::Model: Sync,
{
    E::find().limit(1).exists(db).await
}
