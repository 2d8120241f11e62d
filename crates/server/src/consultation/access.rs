//! Which visits a viewer may see.

use sea_orm::sea_query::Condition;

use crate::auth::Viewer;
use crate::patient::access::record_of;

/// Those of the patients whose record the viewer may see.
pub fn visible_to(viewer: &Viewer, visit: &str) -> Condition {
    record_of(viewer, visit)
}
