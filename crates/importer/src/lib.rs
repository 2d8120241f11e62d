//! Takes over the data of the old Python system: reads its SQLite file, judges every row, and hands out what becomes of it.
//!
//! What must stay true:
//! - The old file is never opened, only copied; what lies beside it is copied with it.
//! - Every row is migrated, kept aside, rebuilt by the database or quarantined, and is counted as exactly one of them.
//! - Nobody sees more than before: assignments that only sessions tell of are over, and reports are drafts, unless the
//!   operator says otherwise.
//! - Memory does not grow with the file: what must be looked up is in an [`index`] on the disk.
//!
//! This crate knows no target database. It is given what the target has ([`Index`]), and hands out rows of its tables
//! ([`Rows`]); who calls it writes them, in one transaction. Nothing but the command `import` depends on it: it can be
//! deleted one day.

mod finding;
mod index;
mod ledger;
mod outcome;
mod record;
mod report;
mod rows;
mod source;
mod terms;
mod value;

pub use finding::{Action, Code};
pub use index::{Index, Known, Taken};
pub use outcome::{Outcome, Reading, TableCount};
pub use record::{Failure, live_request, run};
pub use report::{Circumstances, markdown};
pub use rows::{Rows, Sink, Stopped};
pub use rusqlite;
pub use source::{Refusal, Source, Variant};
pub use terms::{Files, Kept, NotKept, Terms};
pub use value::time::{NotAnOffset, Offset};
