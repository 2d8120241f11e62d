//! Root fields about accounts.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};

use super::{USER, User, api_key};
use crate::auth::{Role, Viewer};
use crate::doctor::Doctor;
use crate::input::Act;
use crate::patient::Patient;
use crate::read::reading::Reading;
use crate::read::record::One;
use crate::read::root::{RootField, RootRead};
use crate::vocabulary::{ApiKeyScope, UserRole};

/// Root fields about accounts.
pub static ROOTS: &[RootField] = &[RootField { name: "users", about: "All accounts.", reads: RootRead::List(&USER) }];

/// Who is asking.
#[derive(SimpleObject)]
#[graphql(name = "Viewer")]
pub struct CurrentViewer {
    /// The name that records of what was done will show.
    name: String,
    /// What the viewer is to the clinic, which decides what they may see and do.
    role: UserRole,
    /// What the key lets the viewer do, where the viewer is a program.
    scopes: Option<Vec<ApiKeyScope>>,
    /// The viewer's account.
    user: Option<One<User>>,
    /// The viewer's own record, where the viewer is a patient.
    patient: Option<One<Patient>>,
    /// The viewer's own profile, where the viewer is a doctor.
    doctor: Option<One<Doctor>>,
}

impl CurrentViewer {
    /// A viewer, as the API shows them to themselves. The reading is that of one who became a viewer only now.
    pub fn of(viewer: &Viewer, reading: Option<Arc<Reading>>) -> Self {
        let (role, doctor, patient) = match viewer.role {
            Role::Admin => (UserRole::Admin, None, None),
            Role::Doctor(doctor) => (UserRole::Doctor, doctor, None),
            Role::Patient(patient) => (UserRole::Patient, None, patient),
            Role::Agent(_) => (UserRole::Agent, None, None),
        };
        let scopes = match viewer.role {
            Role::Agent(scopes) => Some(api_key::spoken(scopes)),
            _ => None,
        };
        Self {
            name: viewer.name.clone(),
            role,
            scopes,
            user: viewer.user.map(|user| One::new(user.0).seen_by(reading.clone())),
            patient: patient.map(|patient| One::new(patient.0).seen_by(reading.clone())),
            doctor: doctor.map(|doctor| One::new(doctor.0).seen_by(reading)),
        }
    }
}

/// Root fields about the viewer.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who am I: account, role, and my patient or doctor record; null where nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<CurrentViewer>> {
        Ok(ctx.data_opt::<Act>().map(|act| CurrentViewer::of(act.viewer(), None)))
    }
}
