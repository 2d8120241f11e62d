//! What mutations of doctors check and write.

use entity::{Key, doctors, search_text};
use sea_orm::ActiveValue::Set;

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
        let mut columns = self.columns.clone();
        searched(&mut columns, None);
        store::insert::<Doctor>(tx, act, columns).await
    }
}

impl Change for DoctorChange {
    type Done = Key;

    /// Changes a doctor's data.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let doctor = self.target.open::<Doctor>(tx, act, &mut checks).await?;
        checks.finish()?;
        let mut columns = self.columns.clone();
        searched(&mut columns, Some(&doctor));
        store::save::<Doctor>(tx, act, &doctor, columns).await
    }
}

/// Sets what the doctor is searched by, from what the row is going to hold: its new values, and what it held before.
fn searched(row: &mut doctors::ActiveModel, before: Option<&doctors::Model>) {
    let name = row.name.try_as_ref().or(before.map(|before| &before.name)).map_or("", String::as_str);
    let licence = row.license_number.try_as_ref().or(before.map(|before| &before.license_number));
    let email = row.email.try_as_ref().or(before.map(|before| &before.email)).and_then(Option::as_deref);
    row.search_text = Set(search_text(name, licence.and_then(Option::as_deref), email));
}
