//! Patients of whom only sessions tell, where the operator wants them.

use entity::Instant;
use rusqlite::types::ValueRef;

use super::{Failure, Judging};
use crate::index::{Patient, Person, Taken};
use crate::ledger::bounded;
use crate::value::text::{exact, has_nul, is_blank, is_bytes, text};

/// Under which name their rows are known in later imports.
pub(super) const STUBS: &str = "sessions.patients";

impl Judging<'_> {
    pub(super) fn stubs(&mut self) -> Result<(), Failure> {
        let source = self.source;
        if !self.terms.stub_patients || !source.schema().has("sessions", "patient_id") {
            return Ok(());
        }
        // The name that was typed first, and the first time: MIN makes SQLite take the other columns of that row.
        let sql = "SELECT min(rowid), patient_id, patient_name, created_at FROM main.sessions s \
                   WHERE patient_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM work.patients p WHERE p.id = s.patient_id) \
                   GROUP BY patient_id ORDER BY 1";
        let mut statement = source.connection().prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let created = self.stamp(row.get_ref(3)?).instant();
            self.stubs_one(row.get(0)?, row.get_ref(1)?, row.get_ref(2)?, created)?;
            self.out.settle()?;
        }
        Ok(self.out.flush()?)
    }

    fn stubs_one(
        &mut self,
        rowid: i64,
        id: ValueRef<'_>,
        name: ValueRef<'_>,
        created: Option<Instant>,
    ) -> Result<(), Failure> {
        let Some(mrn) = exact(id).map(bounded) else { return Ok(()) };
        if is_blank(id) || is_bytes(id) || has_nul(id) || self.index.is_refused(id)? {
            return Ok(());
        }
        let name = if is_blank(name) { None } else { text(name).0 };
        let patient = self.stub(rowid, mrn.clone(), name, created.unwrap_or(self.terms.now));
        let earlier = self.index.earlier(STUBS, &mrn)?;
        let known = Patient {
            key: earlier.and_then(|earlier| earlier.key).unwrap_or(patient.patient_id),
            name: patient.name.clone(),
            created: patient.created_at,
            alive: earlier.is_none_or(|earlier| earlier.key.is_some()),
        };
        // A record number that somebody has here is not somebody else's because a session says so.
        if earlier.is_none() && !self.index.take(Taken::Mrn, &mrn)? {
            return Ok(());
        }
        self.index.add_patient(id, &Person { patient: &known, assigned: None, shown: false, fresh: false })?;
        if earlier.is_none() {
            self.made().patients += 1;
            self.remember(STUBS, mrn, patient.patient_id);
            self.out.patient(patient);
        }
        Ok(())
    }
}
