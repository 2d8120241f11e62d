//! Statistics, and what has no place here.

use super::{Defect, Fate, defect};
use crate::support::legacy::cells;

pub(super) fn defects() -> Vec<Defect> {
    vec![
        defect("patient_statistics", cells![patient_id: "X"], &["statistics.patient_dangling"]).fate(Fate::Rebuilt),
        defect("patient_statistics", cells![patient_id: "A", total_reports: 99_i64], &["statistics.stale"])
            .fate(Fate::Rebuilt),
        defect("lab_results", cells![session_id: "gone"], &["lab.session_missing"]).fate(Fate::Quarantined),
        defect("lab_results", cells![unit: "mmol"], &["table.no_place"]).fate(Fate::Kept),
        defect("action_flags", cells![session_id: "gone"], &["operational.session_missing", "table.no_place"])
            .fate(Fate::Kept),
        defect("action_flags", cells![data: "{}"], &["table.no_place"]).fate(Fate::Kept),
        // Said once, of the whole table.
        defect("audit_logs", cells![details: "{'username': 'a'}"], &["audit.details_python_repr", "table.no_place"])
            .fate(Fate::Kept),
        defect("audit_logs", cells![details: "{'username': 'b'}"], &["table.no_place"]).fate(Fate::Kept),
        defect("abroad", cells![word: "foreign"], &["schema.unknown_table"]).fate(Fate::Kept),
        defect("knowledge_entries", cells![id: "twice"], &["table.no_place"]).fate(Fate::Kept),
        defect("knowledge_entries", cells![id: "twice"], &["row.id_duplicate"]).fate(Fate::Quarantined),
        defect("patients", cells![blood_group: "B+"], &["column.no_place"]).aside("blood_group", "B+"),
    ]
}
