//! Who is calling, and by what they are known. Nothing here asks the database: `identity` does.
//!
//! - [`Viewer`]: who a request acts for; every read and write takes one.
//! - [`rights`]: which roles may do something at all.
//! - [`token`]: access tokens, short-lived and signed.
//! - [`signing`]: the server's own secret, with which it signs them.
//! - [`secret`]: what is handed out once and kept as a hash: refresh tokens, API keys, one-time links.
//! - [`password`]: what people choose, and how it is kept and checked.
//! - [`attempts`]: how often one may try to sign in; [`allowance`] counts.

mod allowance;
pub mod attempts;
pub mod password;
pub mod rights;
pub mod secret;
pub mod signing;
pub mod token;

use std::net::IpAddr;

use entity::Key;

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

/// What a viewer is to the clinic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Runs the clinic: sees and changes every record.
    Admin,
    /// Sees and records what concerns the patients of the doctor's open assignments. None: an account that belongs to
    /// no doctor yet, or to one who is archived; it sees what everybody sees.
    Doctor(Option<Key>),
    /// Sees the own record. None: an account that belongs to no patient.
    Patient(Option<Key>),
    /// A program, which sees the records that it works on.
    Agent(Scopes),
}

/// What a program's key lets it do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scopes {
    /// Open sessions and deliver scans.
    pub intake: bool,
    /// Deliver predictions.
    pub predict: bool,
    /// Make reports.
    pub report: bool,
}

/// Who a request acts for. Every read and write takes one; without one nothing is read or written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// The name that `viewer { name }` shows.
    pub name: String,
    /// What the viewer is to the clinic.
    pub role: Role,
    /// The viewer's account, which records name as who did something; the operator has none.
    pub user: Option<Key>,
    /// The sign-in that the request came with, which signing out ends.
    pub sign_in: Option<Key>,
}

impl Viewer {
    /// Whoever can run commands on the machine: an administrator without an account.
    pub fn operator() -> Self {
        Self { name: "operator".to_owned(), role: Role::Admin, user: None, sign_in: None }
    }
}
