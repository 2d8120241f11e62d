//! Who is calling.

use entity::Key;

/// What a viewer is to the clinic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Runs the clinic: sees and changes every record.
    Admin,
}

/// Who a request acts for. Every read and write takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The name that logs and `viewer { name }` show.
    pub name: String,
    /// What the viewer is to the clinic.
    pub role: Role,
    /// The viewer's account, which records name as who did something; `local` has none.
    pub user: Option<Key>,
}

impl Viewer {
    /// The administrator that every request is until sign-in exists; the server listens on loopback only.
    pub fn local() -> Self {
        Self { name: "local".to_owned(), role: Role::Admin, user: None }
    }
}
