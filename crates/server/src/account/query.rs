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
    /// The viewer's account; `local`, the administrator of a server without sign-in, has none.
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
    /// Who am I: account, role, and my patient or doctor record.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<CurrentViewer>> {
        let act = ctx.data::<Act>()?;
        let role = match act.viewer().role {
            Role::Admin => UserRole::Admin,
        };
        let name = act.viewer().name.clone();
        Ok(Some(CurrentViewer { name, role, user: None, patient: None, doctor: None }))
    }
}
