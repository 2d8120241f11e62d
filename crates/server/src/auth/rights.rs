//! Which roles may do something at all: what mutations and root fields name. Which rows they may do it with is for the
//! concepts' `access` to say.

use super::Role;

/// Which roles may.
pub type Allowed = fn(Role) -> bool;

/// Everybody who is signed in, for themselves.
pub fn everybody(_: Role) -> bool {
    true
}

/// People, for themselves: programs do not sign in.
pub fn people(role: Role) -> bool {
    !role.is_agent()
}

/// Administrators.
pub fn admins(role: Role) -> bool {
    matches!(role, Role::Admin)
}

/// Administrators, and doctors for their own patients.
pub fn doctors(role: Role) -> bool {
    matches!(role, Role::Admin | Role::Doctor(_))
}

/// Administrators, and patients for themselves.
pub fn patients(role: Role) -> bool {
    matches!(role, Role::Admin | Role::Patient(_))
}

/// Administrators, doctors for their own patients, and programs that take in scans, for the sessions given to them.
pub fn intake(role: Role) -> bool {
    doctors(role) || matches!(role, Role::Agent(scopes) if scopes.intake)
}

/// Administrators, doctors for their own patients, and programs that make predictions, for the sessions given to them.
pub fn predict(role: Role) -> bool {
    doctors(role) || matches!(role, Role::Agent(scopes) if scopes.predict)
}

/// Administrators, and programs for the sessions given to them.
pub fn own_sessions(role: Role) -> bool {
    matches!(role, Role::Admin) || matches!(role, Role::Agent(scopes) if scopes.intake || scopes.predict)
}

/// Administrators, and programs that make reports.
pub fn report(role: Role) -> bool {
    matches!(role, Role::Admin) || matches!(role, Role::Agent(scopes) if scopes.report)
}
