//! Inputs about accounts, checked into what may be written.

use entity::Key;
use entity::users::ActiveModel;
use sea_orm::ActiveValue::{self, NotSet, Set};

use super::User;
use super::mutation::{AccountDetails, CreateUserInput, UpdateUserInput};
use crate::doctor::Doctor;
use crate::input::{Act, Checks, Input, Target, UserError};
use crate::patient::Patient;

/// Whose account it is to be.
pub struct Links {
    pub(super) doctor: ActiveValue<Option<Key>>,
    pub(super) patient: ActiveValue<Option<Key>>,
}

/// An account to open.
pub struct NewUser {
    pub(super) checks: Checks,
    pub(super) columns: ActiveModel,
    pub(super) links: Links,
}

/// A change of an account.
pub struct UserChange {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) columns: ActiveModel,
    pub(super) links: Links,
}

impl Input for CreateUserInput {
    type Change = NewUser;

    fn parse(self, _: &Act) -> NewUser {
        let mut checks = Checks::default();
        let (mut columns, links) = details(&mut checks, self.details);
        columns.username = username(&mut checks, &self.username);
        columns.name = checks.required_line(&["name"], &self.name);
        columns.role = Set(self.role.into());
        columns.is_active = Set(true);
        NewUser { checks, columns, links }
    }
}

impl Input for UpdateUserInput {
    type Change = UserChange;

    fn parse(self, _: &Act) -> UserChange {
        let mut checks = Checks::default();
        let (mut columns, links) = details(&mut checks, self.details);
        if let Some(given) = checks.kept(&["username"], self.username) {
            columns.username = username(&mut checks, &given);
        }
        if let Some(given) = checks.kept(&["name"], self.name) {
            columns.name = checks.required_line(&["name"], &given);
        }
        columns.role = checks.kept(&["role"], self.role).map_or(NotSet, |role| Set(role.into()));
        columns.is_active = checks.kept(&["isActive"], self.is_active).map_or(NotSet, Set);
        UserChange { target: Target::new::<User>(&self.id, self.version), checks, columns, links }
    }
}

fn details(checks: &mut Checks, given: AccountDetails) -> (ActiveModel, Links) {
    let links = Links {
        doctor: checks.optional_reference::<Doctor>(&["doctorId"], given.doctor_id),
        patient: checks.optional_reference::<Patient>(&["patientId"], given.patient_id),
    };
    (ActiveModel { email: checks.email(&["email"], given.email), ..Default::default() }, links)
}

/// A name to type: what looks like nothing has no place in it.
fn username(checks: &mut Checks, given: &str) -> ActiveValue<String> {
    if given.trim().chars().any(|c| c.is_whitespace() || (c.is_control() && c != '\0')) {
        checks.problem(UserError::invalid(&["username"], "A name to sign in with has no spaces. Take them out."));
    }
    checks.required_line(&["username"], given)
}
