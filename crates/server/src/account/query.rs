//! Root fields about accounts.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::{USER, User};
use crate::auth::Role;
use crate::doctor::Doctor;
use crate::input::Act;
use crate::patient::Patient;
use crate::read::record::One;
use crate::read::root::{RootField, RootRead};
use crate::vocabulary::UserRole;

/// Root fields about accounts.
pub static ROOTS: &[RootField] = &[RootField { name: "users", about: "All accounts.", reads: RootRead::List(&USER) }];

/// Who is asking.
#[derive(SimpleObject)]
#[graphql(name = "Viewer")]
struct CurrentViewer {
    /// The name that records of what was done will show.
    name: String,
    /// What the viewer is to the clinic, which decides what they may see and do.
    role: UserRole,
    /// The viewer's account.
    user: Option<One<User>>,
    /// The viewer's own record, where the viewer is a patient.
    patient: Option<One<Patient>>,
    /// The viewer's own profile, where the viewer is a doctor.
    doctor: Option<One<Doctor>>,
}

/// Root fields about the viewer.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who am I: account, role, and my patient or doctor record; null where nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<CurrentViewer>> {
        let Some(act) = ctx.data_opt::<Act>() else { return Ok(None) };
        let viewer = act.viewer();
        let (role, doctor, patient) = match viewer.role {
            Role::Admin => (UserRole::Admin, None, None),
            Role::Doctor(doctor) => (UserRole::Doctor, doctor, None),
            Role::Patient(patient) => (UserRole::Patient, None, patient),
            Role::Agent(_) => (UserRole::Agent, None, None),
        };
        Ok(Some(CurrentViewer {
            name: viewer.name.clone(),
            role,
            user: viewer.user.map(|user| One::new(user.0)),
            patient: patient.map(|patient| One::new(patient.0)),
            doctor: doctor.map(|doctor| One::new(doctor.0)),
        }))
    }
}
