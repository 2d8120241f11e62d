//! Stub.
use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
/// State.
pub enum DemoState {
    /// Nothing.
    Empty,
    /// Demo.
    Demo {
        /// Patients.
        patients: u64,
    },
    /// Interrupted.
    Interrupted,
    /// Else.
    Foreign,
}
impl std::fmt::Display for DemoState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("else")
    }
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
pub async fn load<C>(_db: &C, clinic: &Clinic, _writers: usize, progress: impl Fn(u64)) -> Result<(), DbErr>
where
    C: ConnectionTrait + TransactionTrait,
{
    progress(clinic.patients());
    Ok(())
}
/// State.
pub async fn state(_db: &impl ConnectionTrait) -> Result<DemoState, DbErr> {
    Ok(DemoState::Empty)
}
