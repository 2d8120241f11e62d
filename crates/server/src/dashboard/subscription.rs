//! The dashboard as it changes.

use std::time::Duration;

use async_graphql::{Context, Result, Subscription};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::query::{Dashboard, FRESH, Figures};
use crate::auth::rights::{self, Allowed};
use crate::live::Follower;

/// How often figures are counted though nothing was heard: time passes, and other processes write too.
const COUNTED: Duration = Duration::from_secs(10);
/// How often it is asked whether the viewer may still follow.
const CHECKED: Duration = Duration::from_secs(2);

/// Subscriptions to the dashboard.
#[derive(Default)]
pub struct DashboardSubscription;

impl DashboardSubscription {
    /// Which roles may use which of its fields.
    pub const RIGHTS: &[(&str, Allowed)] = &[("dashboardChanged", rights::doctors)];
}

#[Subscription]
impl DashboardSubscription {
    /// The clinic at a glance: at once, and whenever a figure has changed, at most every 5 seconds.
    async fn dashboard_changed(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Result<Dashboard>>> {
        let follower = Follower::of(ctx)?.clone();
        follower.act().permitted(rights::doctors)?;
        let (stirred, figures) = (follower.stirred().await?, ctx.data::<Figures>()?.clone());
        let watching = Watching { follower, figures, stirred, shown: None };
        Ok(unfold(Some(watching), |watching| async {
            let mut watching = watching?;
            match watching.next().await {
                Ok(dashboard) => Some((Ok(dashboard), Some(watching))),
                Err(end) => Some((Err(end), None)),
            }
        }))
    }
}

/// Somebody who looks at the dashboard.
struct Watching {
    follower: Follower,
    figures: Figures,
    stirred: watch::Receiver<u64>,
    shown: Option<Dashboard>,
}

impl Watching {
    async fn next(&mut self) -> Result<Dashboard> {
        loop {
            if self.shown.is_some() {
                self.wait().await?;
            }
            self.follower.still_stands().await?;
            let counted = self.figures.of(&self.follower.act()).await?;
            if self.shown.as_ref().is_none_or(|shown| !shown.says_the_same(&counted)) {
                self.shown = Some(counted.clone());
                return Ok(counted);
            }
        }
    }

    /// Until figures may have changed, and are old enough to be counted again.
    async fn wait(&mut self) -> Result<()> {
        let begun = Instant::now();
        self.rest_until(begun + FRESH, false).await?;
        self.rest_until(begun + COUNTED, true).await
    }

    /// Until then, or until something is written.
    async fn rest_until(&mut self, end: Instant, or_written: bool) -> Result<()> {
        while Instant::now() < end {
            let check = (Instant::now() + CHECKED).min(end);
            if !or_written {
                sleep(check - Instant::now()).await;
            } else if matches!(timeout_at(check, self.stirred.changed()).await, Ok(Ok(()))) {
                return Ok(());
            }
            self.follower.still_stands().await?;
        }
        Ok(())
    }
}
