//! How requested reports get made.
//!
//! The row of a request is its job. Whoever makes reports, a worker of the server's own or a program, claims one by a
//! *lease*: a secret that names the attempt, and an instant until which it is theirs alone. They complete the request,
//! which writes the report as a draft in the same transaction, or fail it; a lease that runs out is an attempt that
//! failed. A failed attempt with budget left waits for the next one, longer each time; the last one, and one that can
//! never succeed, is final. What comes after the lease is over is refused, so that no report is made twice.
//!
//! Why no library: what must be true of a request (one row that people read, two live ones for the same report are one,
//! its result in the same transaction) is the record's own, and a queue beside it would be a second truth.

mod attempt;
mod change;
mod input;
mod mutation;
mod object;
mod store;
mod worker;

use async_graphql::Result;
use entity::vocabulary::ReportType;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use rand::{Rng, RngExt};
use sea_orm::DbErr;

pub(super) use attempt::turn;
pub use attempt::{Backoff, Terms};
pub use mutation::PipelineMutation;
pub(super) use store::{last_turn, live};
pub use worker::Workers;

use self::change::{Claim, Claimed, Sweep};
use crate::auth::secret::{Purpose, Secret};
use crate::input::{Act, UserError};

/// What makers of reports, the server's own and others, have in common.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pipeline {
    terms: Terms,
}

impl Pipeline {
    /// On these terms.
    pub fn new(terms: Terms) -> Self {
        Self { terms }
    }

    fn terms(&self) -> &Terms {
        &self.terms
    }

    /// A number from 0 to 1.
    fn chance(&self) -> f64 {
        random().random()
    }

    /// Claims the next request of these types for whoever acts, by a new lease; none where none waits.
    async fn claim(
        &self,
        act: &Act,
        types: &[ReportType],
    ) -> Result<std::result::Result<Option<(Secret, Claimed)>, Vec<UserError>>> {
        self.sweep(act).await?;
        // Whoever asks often finds nothing most times: that takes no transaction that writes.
        if !store::is_due(act.db().lookups(), types, act.now()).await.map_err(masked)? {
            return Ok(Ok(None));
        }
        let secret = Secret::new(Purpose::Lease, &mut random());
        let claimed = act.make(&Claim { secret: &secret, types, terms: &self.terms }).await?;
        Ok(claimed.map(|claimed| claimed.map(|claimed| (secret, claimed))))
    }

    /// Counts the attempts as failed whose lease has run out.
    async fn sweep(&self, act: &Act) -> Result<()> {
        while store::any_lost(act.db().lookups(), act.now()).await.map_err(masked)? {
            let swept = act.make(&Sweep { terms: &self.terms, chance: self.chance() }).await?;
            // Others may be counting the rest.
            if swept.unwrap_or_default() < store::AT_ONCE {
                break;
            }
        }
        Ok(())
    }

    /// Whether any request waits whose time has come.
    async fn is_due(&self, act: &Act) -> Result<bool> {
        store::is_due(act.db().lookups(), ReportType::ALL, act.now()).await.map_err(masked)
    }
}

fn random() -> impl Rng {
    UnwrapErr(SysRng)
}

/// An error of the database, which the response masks.
fn masked(error: DbErr) -> async_graphql::Error {
    async_graphql::Error::new(error.to_string())
}
