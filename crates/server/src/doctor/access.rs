//! Which doctors a viewer may see, and what of them.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::auth::{Role, Viewer};
use crate::read::shape::{Columns, Seen};

/// All: name, specialization, affiliation and fee are a directory for everyone signed in.
pub fn visible_to(_viewer: &Viewer, _doctor: &str) -> Condition {
    Condition::all()
}

/// Columns of doctors: the directory for everyone, the rest of the own profile for a doctor.
pub fn columns(viewer: &Viewer, doctor: &str, column: &str) -> Seen {
    let own = || match viewer.role {
        Role::Doctor(Some(own)) if PROFILE.contains(&column) => {
            let is_own = Expr::col((doctor.to_owned(), "doctor_id")).eq(own);
            Seen::Where(Condition::all().add(is_own))
        }
        _ => Seen::Nothing,
    };
    match DIRECTORY.seen_by(viewer, column) {
        Seen::Nothing => own(),
        seen => seen,
    }
}

static DIRECTORY: Columns = Columns {
    everyone: &["doctor_id", "name", "name_folded", "specialization", "hospital_affiliation", "consultation_fee_cents"],
    staff: &[],
};

static PROFILE: &[&str] =
    &["license_number", "years_experience", "email", "phone", "created_at", "updated_at", "version", "archived_at"];
