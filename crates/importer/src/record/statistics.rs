//! `patient_statistics`: never taken over, only compared. The database computes its own.

use rusqlite::types::ValueRef;

use super::{Failure, Judging};
use crate::finding::Code;
use crate::ledger::Fate;
use crate::source::Row;
use crate::value::number::truth;
use crate::value::text::exact;

impl Judging<'_> {
    pub(super) fn statistics(&mut self) -> Result<(), Failure> {
        if self.source.schema().table("patient_statistics").is_some_and(|table| table.rows > 0) {
            self.index.sum_up()?;
        }
        self.each("patient_statistics", |judging, row| judging.compare(row))
    }

    fn compare(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let Some((mut entry, _)) = self.enter("patient_statistics", row, ValueRef::Null)? else { return Ok(()) };
        match self.index.figures(row.get("patient_id"))? {
            None => entry.find(Code::StatisticsPatientDangling),
            Some(figures) => {
                let wrong = self.wrong(row, &figures);
                if !wrong.is_empty() {
                    entry.find(Code::StatisticsStale);
                }
                for column in wrong {
                    *self.outcome.stale_statistics.entry(column).or_default() += 1;
                }
            }
        }
        self.close(entry, Fate::Rebuilt, None);
        Ok(())
    }

    /// The columns that are not what the records say.
    fn wrong(&mut self, row: &Row<'_>, figures: &crate::index::Figures) -> Vec<&'static str> {
        let mut wrong = vec![];
        for (column, count) in [
            ("total_consultations", figures.visits),
            ("total_mri_scans", figures.scans),
            ("total_predictions", figures.predictions),
            ("total_reports", figures.reports),
            ("unique_doctors_count", figures.doctors),
        ] {
            if row.get(column) != ValueRef::Integer(count) {
                wrong.push(column);
            }
        }
        for (column, at) in [
            ("first_visit_date", figures.first_visit),
            ("last_visit_date", figures.last_visit),
            ("last_scan_date", figures.last_scan),
            ("last_report_date", figures.last_report),
        ] {
            if self.stamp(row.get(column)).instant() != at {
                wrong.push(column);
            }
        }
        if truth(row.get("has_parkinsons")) != figures.finding {
            wrong.push("has_parkinsons");
        }
        if exact(row.get("disease_stage")) != figures.stage.as_deref() {
            wrong.push("disease_stage");
        }
        wrong
    }
}
