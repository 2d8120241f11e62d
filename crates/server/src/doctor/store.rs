//! What mutations of doctors check and write.

use entity::{Key, doctors};

use super::Doctor;
use super::input::{DoctorChange, NewDoctor};
use crate::db::Tx;
use crate::input::{Act, Change, Record, Refusal, store};

/// What is said of a doctor who cannot be deleted.
pub(super) const IN_USE: &str = "Records name this doctor. Archive the doctor instead.";

impl Record for Doctor {
    type Table = doctors::Entity;
    const NAME: &'static str = "doctor";
}

impl Change for NewDoctor {
    type Done = Key;

    /// Registers a doctor.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        self.checks.clone().finish()?;
        store::insert::<Doctor>(tx, act, self.columns.clone()).await
    }
}

impl Change for DoctorChange {
    type Done = Key;

    /// Changes a doctor's data.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let doctor = self.target.open::<Doctor>(tx, act, &mut checks).await?;
        checks.finish()?;
        store::save::<Doctor>(tx, act, &doctor, self.columns.clone()).await
    }
}
