//! Proves and repairs one patient's statistics.

use entity::Key;

use crate::db::Tx;
use crate::input::store::{self, Hold};
use crate::input::{Act, Change, Refusal};
use crate::patient::Patient;
use crate::verify::{self, Difference};

/// A patient's figures, computed anew.
pub struct Recalculation(pub(super) Option<Key>);

/// What was found.
pub struct Proof {
    /// The patient.
    pub patient: Key,
    /// What differed.
    pub differences: Vec<Difference>,
}

impl Change for Recalculation {
    type Done = Proof;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Proof, Refusal> {
        let patient = self.0.ok_or(Refusal::NotFound)?;
        store::find::<Patient>(tx, act, patient, Hold::Shared).await?.ok_or(Refusal::NotFound)?;
        // What is compared in the next statement is what writers before this one committed.
        verify::lock_statistics_of(&**tx, patient).await?;
        let differences = verify::statistics_of(&**tx, patient).await?;
        if !differences.is_empty() {
            verify::repair_statistics_of(&**tx, patient).await?;
        }
        Ok(Proof { patient, differences })
    }
}
