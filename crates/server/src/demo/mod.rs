//! Stub.
use crate::db::{Db, DbError};
/// State.
pub enum DemoState {
    /// Nothing.
    Empty,
    /// Demo.
    Demo {
        /// Patients.
        patients: u64,
        /// Seed.
        seed: u64,
    },
    /// Else.
    Other,
}
/// Clinic.
pub struct Clinic(u64);
impl Clinic {
    /// New.
    pub fn new(patients: u64, _seed: u64, _today: chrono::NaiveDate, _zone: chrono_tz::Tz) -> Self {
        Self(patients)
    }
    /// Patients.
    pub fn patients(&self) -> u64 {
        self.0
    }
}
/// Load.
pub async fn load(_db: &Db, clinic: &Clinic, mut progress: impl FnMut(u64)) -> Result<(), DbError> {
    progress(clinic.patients());
    Ok(())
}
/// State.
pub async fn state(_db: &Db) -> Result<DemoState, DbError> {
    Ok(DemoState::Empty)
}
