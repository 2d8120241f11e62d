//! Judges the old tables, one file each, in the order of their references.

mod assignments;
mod consultations;
mod doctors;
mod files;
mod open;
mod others;
mod owner;
mod patients;
mod predictions;
mod reports;
mod requests;
mod scans;
mod sessions;
mod statistics;
mod stubs;
mod timeline;
mod users;

use entity::{Instant, Key};
use ring::digest::{SHA256, digest};
use rusqlite::types::ValueRef;

use crate::finding::Code;
use crate::index::{Earlier, Index};
use crate::ledger::{Book, Entry, Fate, Ledger};
use crate::outcome::{Made, Outcome, Reading};
use crate::rows::{Outbox, Sink, Stopped};
use crate::source::{Row, Rows, Source};
use crate::terms::{Files, NotKept, Terms};
use crate::value::time::{Clock, Stamp, stamp};
use doctors::Doctors;
pub use requests::live_request;

/// Why an import ended early. Whoever writes the rows takes back what was written.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The copy of the old file cannot be read.
    #[error("the copy of the old file cannot be read")]
    Source(#[from] rusqlite::Error),
    /// Nobody takes rows any more.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A scan's file cannot be stored.
    #[error(transparent)]
    Files(#[from] NotKept),
}

/// How often progress is told, in rows.
const TOLD: u64 = 512;

/// Judges every row of the source and hands out what becomes of it.
///
/// # Errors
/// When the copy cannot be read, a file not be stored, or the sink gave up.
pub fn run(
    source: &Source,
    index: &Index<'_>,
    terms: &Terms,
    files: &dyn Files,
    sink: &mut dyn Sink,
) -> Result<Outcome, Failure> {
    let mut judging = Judging {
        source,
        index,
        terms,
        files,
        out: Outbox::new(sink),
        ledger: Ledger::default(),
        doctors: Doctors::default(),
        outcome: Outcome::default(),
        done: 0,
    };
    judging.schema();
    judging.users()?;
    judging.doctors()?;
    judging.patients()?;
    judging.stubs()?;
    judging.broken_runs()?;
    judging.sessions()?;
    judging.traces()?;
    judging.requested_reports()?;
    judging.named_files()?;
    judging.scans()?;
    judging.predictions()?;
    judging.reports()?;
    judging.assignments()?;
    judging.open_assignments()?;
    judging.consultations()?;
    judging.requests()?;
    judging.timeline()?;
    judging.statistics()?;
    judging.others()?;
    judging.out.flush()?;
    Ok(judging.finish())
}

/// An import under way.
struct Judging<'a> {
    source: &'a Source,
    index: &'a Index<'a>,
    terms: &'a Terms,
    files: &'a dyn Files,
    out: Outbox<'a>,
    ledger: Ledger,
    doctors: Doctors,
    outcome: Outcome,
    /// Rows read.
    done: u64,
}

impl Judging<'_> {
    fn schema(&mut self) {
        if self.source.schema().broken_reference {
            self.ledger.count(Code::SchemaFkTargetMismatch);
        }
        (0..self.source.schema().computed).for_each(|_| self.ledger.count(Code::SchemaVirtualTable));
    }

    /// Gives every row of a table to `judge`, in the order of rowids; hands out what waits at the end.
    fn each(
        &mut self,
        table: &str,
        mut judge: impl FnMut(&mut Self, &Row<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let source = self.source;
        let Some(table) = source.schema().table(table) else { return Ok(()) };
        self.ledger.table(&table.name).rows += table.rows;
        Rows::new(source.connection(), table)?.each(|row| {
            judge(self, row)?;
            self.done += 1;
            if self.done.is_multiple_of(TOLD) {
                self.out.progress(self.done);
            }
            self.out.settle().map_err(Failure::from)
        })?;
        Ok(self.out.flush()?)
    }

    /// Opens a row's account; says also what an earlier import made of it. None: the row has another one's id, and is
    /// quarantined.
    fn enter<'r>(
        &mut self,
        table: &'r str,
        row: &'r Row<'r>,
        id: ValueRef<'_>,
    ) -> Result<Option<(Entry<'r>, Option<Earlier>)>, Failure> {
        let mut entry = Entry::new(table, row, id);
        let name = entry.name();
        if self.index.was_seen(table, &name)? {
            entry.find(Code::RowIdDuplicate);
            self.close(entry, Fate::Quarantined(Code::RowIdDuplicate), None);
            return Ok(None);
        }
        let earlier = self.index.earlier(table, &name)?;
        entry.earlier = earlier.is_some();
        if earlier.is_some_and(|earlier| earlier.print.is_some_and(|print| print != row.print())) {
            self.ledger.count(Code::RowChanged);
        }
        Ok(Some((entry, earlier)))
    }

    /// Closes a row's account.
    fn close(&mut self, entry: Entry<'_>, fate: Fate, patient: Option<Key>) {
        let (terms, now) = (self.terms, self.terms.now);
        let key = |number: u64| new_key(terms, 15, number, now);
        let book = Book { import: terms.import, key: &key };
        self.ledger.close(&mut self.out, &book, entry, fate, patient);
    }

    /// A key for a new row of the table with this number (see [`new_key`]) from an old row.
    fn key(&self, table: u8, rowid: i64, at: Instant) -> Key {
        new_key(self.terms, table, rowid.cast_unsigned(), at)
    }

    /// A time of a row; one that cannot be read is noted and kept aside.
    fn time(&mut self, entry: &mut Entry<'_>, column: &'static str, unreadable: Code) -> Option<Instant> {
        let stamp = self.stamp(entry.row.get(column));
        if stamp == Stamp::Unreadable {
            entry.repair(unreadable, column);
        }
        stamp.instant()
    }

    /// A time that others can stand for: one that cannot be read is kept aside, and no more said of it.
    fn lesser_time(&mut self, entry: &mut Entry<'_>, column: &'static str) -> Option<Instant> {
        let stamp = self.stamp(entry.row.get(column));
        if stamp == Stamp::Unreadable {
            entry.keep(Code::ColumnNoPlace, column);
        }
        stamp.instant()
    }

    /// A time of a row. The first of the local clock's is shown to the operator by both clocks.
    fn stamp(&mut self, cell: ValueRef<'_>) -> Stamp {
        let read = stamp(cell, self.terms.offset);
        if let (None, Stamp::At(instant, Clock::Local), ValueRef::Text(text)) = (&self.outcome.reading, read, cell) {
            let ahead = chrono::TimeDelta::minutes(self.terms.offset.minutes().into());
            self.outcome.reading = Some(Reading {
                written: String::from_utf8_lossy(text).into_owned(),
                as_local: instant.to_string(),
                as_utc: Instant::new(instant.utc() + ahead).to_string(),
            });
        }
        read
    }

    fn finish(mut self) -> Outcome {
        self.outcome.tables = std::mem::take(&mut self.ledger.tables);
        self.outcome.findings = self.ledger.codes.iter().map(|(code, count)| (code.as_str(), *count)).collect();
        self.outcome
    }

    fn made(&mut self) -> &mut Made {
        &mut self.outcome.made
    }
}

/// A key of version 7. After its milliseconds come the table and the old rowid, so that of two rows of the same instant the
/// later one has the greater key, as the old system had it; then what tells it from any other import's.
fn new_key(terms: &Terms, table: u8, row: u64, at: Instant) -> Key {
    let (millis, row) = (at.utc().timestamp_millis().max(0).cast_unsigned(), row & 0xff_ffff_ffff);
    let mut text = [0; 25];
    text[..16].copy_from_slice(&terms.seed);
    text[16] = table;
    text[17..].copy_from_slice(&row.to_be_bytes());
    let hash = digest(&SHA256, &text);
    // 74 bits after the milliseconds: 4 of the table, 40 of the row, 30 of the hash.
    let tail = u128::from(table & 15) << 70 | u128::from(row) << 30 | u128::from(first_bits(hash.as_ref()));
    let (high, low) = (tail >> 62, tail & ((1 << 62) - 1));
    let bits = u128::from(millis & 0xffff_ffff_ffff) << 80 | 7 << 76 | high << 64 | 2 << 62 | low;
    Key(uuid::Uuid::from_u128(bits))
}

/// The first 30 bits.
fn first_bits(hash: &[u8]) -> u32 {
    hash.iter().take(4).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) >> 2
}
