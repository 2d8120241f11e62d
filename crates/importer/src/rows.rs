//! What is handed out: rows of the target's tables, in an order in which they can be written.

use std::mem;

use entity::{
    consultations, doctor_patient_assignments, doctors, import_kept, import_quarantine, import_rows, medical_reports,
    mri_scans, patient_timeline, patients, predictions, report_predictions, report_status, sessions, users,
};

/// Takes the rows that are handed out.
pub trait Sink {
    /// Takes rows of one table. All that they refer to was handed out before.
    ///
    /// # Errors
    /// When whoever writes them has given up, and says why itself.
    fn take(&mut self, rows: Rows) -> Result<(), Stopped>;

    /// Told from time to time how many rows of the old file have been judged.
    fn progress(&mut self, rows: u64);
}

/// Nobody takes rows any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the import was stopped")]
pub struct Stopped;

/// So many rows wait at most before they are handed out.
const WAITING: usize = 512;
/// So many bytes of texts wait at most.
const HEAVY: usize = 4 << 20;

macro_rules! tables {
    ($($kind:ident $field:ident $table:ident $what:literal)+) => {
        /// Rows of one table, never none.
        #[derive(Debug)]
        pub enum Rows {
            $(#[doc = $what] $kind(Vec<$table::Model>),)+
        }

        /// Rows that wait to be handed out.
        pub(crate) struct Outbox<'a> {
            sink: &'a mut dyn Sink,
            waiting: usize,
            weight: usize,
            $($field: Vec<$table::Model>,)+
        }

        impl<'a> Outbox<'a> {
            pub(crate) fn new(sink: &'a mut dyn Sink) -> Self {
                Self { sink, waiting: 0, weight: 0, $($field: Vec::new(),)+ }
            }

            $(
                pub(crate) fn $field(&mut self, row: $table::Model) {
                    self.waiting += 1;
                    self.$field.push(row);
                }
            )+

            /// Hands out all that waits.
            pub(crate) fn flush(&mut self) -> Result<(), Stopped> {
                (self.waiting, self.weight) = (0, 0);
                $(
                    if !self.$field.is_empty() {
                        self.sink.take(Rows::$kind(mem::take(&mut self.$field)))?;
                    }
                )+
                Ok(())
            }
        }
    };
}

// In the order of their references.
tables! {
    Users user users "Accounts."
    Doctors doctor doctors "Doctors."
    Patients patient patients "Patients."
    Sessions session sessions "Runs of the analysis."
    Scans scan mri_scans "Scans."
    Predictions prediction predictions "Predictions."
    Reports report medical_reports "Reports."
    ReportPredictions shown report_predictions "Which predictions reports show."
    Assignments assignment doctor_patient_assignments "Assignments."
    Consultations consultation consultations "Visits."
    Requests request report_status "Requests for reports."
    Notes note patient_timeline "Hand-written events."
    Known known import_rows "Which old rows are here."
    Renewed renewed import_rows "Rows of `import_rows` that are there, and say something else now."
    Kept kept import_kept "What found no place."
    Quarantine quarantined import_quarantine "What could not come."
}

impl Outbox<'_> {
    /// Says that a row that waits has so many bytes.
    pub(crate) fn weigh(&mut self, bytes: usize) {
        self.weight += bytes;
    }

    /// Hands out what waits where it is much; called after every old row.
    pub(crate) fn settle(&mut self) -> Result<(), Stopped> {
        if self.waiting >= WAITING || self.weight >= HEAVY { self.flush() } else { Ok(()) }
    }

    pub(crate) fn progress(&mut self, rows: u64) {
        self.sink.progress(rows);
    }
}
