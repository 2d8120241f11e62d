//! The account of every row: what was found in it, and what became of it. Nothing disappears silently.

use std::collections::BTreeMap;

use entity::{Key, import_kept, import_quarantine, import_rows};
use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

use crate::finding::{Action, Code};
use crate::outcome::TableCount;
use crate::rows::Outbox;
use crate::source::{Row, describe};
use crate::value::text::{Flaw, exact, is_blank, text};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is a row here.
    Migrated(Key),
    /// Another row says what it said.
    Merged(Key),
    /// The database makes it from other rows, or it can be computed.
    Rebuilt,
    /// It is in `import_kept`.
    Kept(Code),
    /// It is in the old file alone.
    Quarantined(Code),
}

/// One row being judged.
pub(crate) struct Entry<'r> {
    pub(crate) row: &'r Row<'r>,
    table: &'r str,
    source_key: Option<String>,
    /// An earlier import judged it.
    pub(crate) earlier: bool,
    /// An earlier import kept it aside, and this one brings it.
    pub(crate) renewed: bool,
    found: Vec<Code>,
    kept: Vec<Aside>,
}

struct Aside {
    reason: Code,
    column: Option<&'static str>,
    content: Map<String, Value>,
}

impl<'r> Entry<'r> {
    pub(crate) fn new(table: &'r str, row: &'r Row<'r>, id: ValueRef<'_>) -> Self {
        Self {
            row,
            table,
            source_key: source_key(id),
            earlier: false,
            renewed: false,
            found: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// By what the row is known in later imports.
    pub(crate) fn name(&self) -> String {
        match &self.source_key {
            None => format!("rowid:{}", self.row.rowid()),
            Some(key) if key.starts_with("rowid:") || key.starts_with("id:") => format!("id:{key}"),
            Some(key) => key.clone(),
        }
    }

    /// Notes what was found.
    pub(crate) fn find(&mut self, code: Code) {
        self.found.push(code);
    }

    /// Notes what was found in a column, and keeps its value aside.
    pub(crate) fn repair(&mut self, code: Code, column: &'static str) {
        self.find(code);
        self.keep(code, column);
    }

    /// Keeps a column's value aside.
    pub(crate) fn keep(&mut self, reason: Code, column: &'static str) {
        let value = self.row.get(column);
        if value != ValueRef::Null {
            let content = Map::from_iter([(column.to_owned(), describe(value))]);
            self.kept.push(Aside { reason, column: Some(column), content });
        }
    }

    /// Keeps the values of columns aside that have no place here: all but those that have one.
    pub(crate) fn keep_others(&mut self, placed: &[&str]) {
        let content =
            self.row.content(|column| !is_secret(column) && !placed.contains(&column) && !column.contains('\0'));
        if !content.is_empty() {
            self.find(Code::ColumnNoPlace);
            self.kept.push(Aside { reason: Code::ColumnNoPlace, column: None, content });
        }
    }

    /// Keeps the whole row aside.
    pub(crate) fn keep_all(&mut self, reason: Code) {
        let content = self.row.content(|column| !is_secret(column) && !column.contains('\0'));
        self.kept.push(Aside { reason, column: None, content });
    }

    /// A column as text, cleaned of what cannot be stored.
    pub(crate) fn text(&mut self, column: &'static str) -> Option<String> {
        self.text_or(column, Code::TextCleaned, Code::TextCleaned)
    }

    /// A column as text; `nul` and `not_utf8` say what was cleaned. Codes that were found already are not found again.
    pub(crate) fn text_or(&mut self, column: &'static str, nul: Code, not_utf8: Code) -> Option<String> {
        let (text, flaw) = text(self.row.get(column));
        let code = match flaw {
            None => return text,
            Some(Flaw::Nul) => nul,
            Some(Flaw::NotUtf8) => not_utf8,
        };
        self.once(code);
        self.keep(code, column);
        text
    }

    /// Whether it was found in this row.
    pub(crate) fn has(&self, code: Code) -> bool {
        self.found.contains(&code)
    }

    /// Notes what was found, unless it was found in this row already.
    pub(crate) fn once(&mut self, code: Code) {
        if !self.has(code) {
            self.find(code);
        }
    }

    /// A name or number that is looked up by: no longer than an index takes.
    pub(crate) fn short(&mut self, column: &'static str, text: String) -> String {
        if fits(&text) {
            return text;
        }
        self.once(Code::TextTooLong);
        self.keep(Code::TextTooLong, column);
        let cut = text.chars().take(LONGEST / 8).collect::<String>();
        // Two that begin alike stay two.
        format!("{cut}…{}", &bounded(&text)[7..23])
    }

    /// A column as text, white space for none.
    pub(crate) fn words(&mut self, column: &'static str) -> Option<String> {
        if is_blank(self.row.get(column)) {
            return None;
        }
        self.text(column).filter(|text| !text.trim().is_empty())
    }
}

/// Whether a column's name says that it holds what opens something.
fn is_secret(column: &str) -> bool {
    let column = column.to_lowercase();
    let secret = ["pass", "pwd", "hash", "secret", "token", "salt", "api_key", "apikey"];
    secret.iter().any(|word| column.contains(word)) || column == "pin" || column.ends_with("_pin")
}

/// A text that is longer is no key, and would not fit into an index: its hash stands for it.
const LONGEST: usize = 500;

/// Whether a text is short enough to be looked up by.
pub(crate) fn fits(text: &str) -> bool {
    text.len() <= LONGEST
}

/// An old key as text; none where it is missing or no text.
pub(crate) fn source_key(id: ValueRef<'_>) -> Option<String> {
    match id {
        ValueRef::Integer(number) => Some(number.to_string()),
        _ if is_blank(id) => None,
        _ => exact(id).filter(|text| !text.contains('\0')).map(bounded),
    }
}

/// The text, or its hash where it is too long to be looked up.
pub(crate) fn bounded(text: &str) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    format!("sha256:{}", hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// All that was counted.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) tables: BTreeMap<String, TableCount>,
    pub(crate) codes: BTreeMap<Code, u64>,
    /// Makes the keys of what is kept aside.
    kept: u64,
}

/// What the ledger must know of the import.
pub(crate) struct Book<'a> {
    pub(crate) import: Key,
    pub(crate) key: &'a dyn Fn(u64) -> Key,
}

impl Ledger {
    pub(crate) fn table(&mut self, name: &str) -> &mut TableCount {
        self.tables.entry(name.to_owned()).or_default()
    }

    pub(crate) fn count(&mut self, code: Code) {
        *self.codes.entry(code).or_default() += 1;
    }

    /// Closes the account of a row, which is `patient`'s where that is known.
    pub(crate) fn close(
        &mut self,
        out: &mut Outbox<'_>,
        book: &Book<'_>,
        entry: Entry<'_>,
        fate: Fate,
        patient: Option<Key>,
    ) {
        let name = entry.name();
        let table = self.table(entry.table);
        if entry.earlier {
            table.already += 1;
            return;
        }
        let mut row_key = None;
        match fate {
            Fate::Migrated(key) => (table.migrated, row_key) = (table.migrated + 1, Some(key)),
            Fate::Merged(key) => (table.merged, row_key) = (table.merged + 1, Some(key)),
            Fate::Rebuilt => table.rebuilt += 1,
            Fate::Kept(_) => table.kept += 1,
            Fate::Quarantined(_) => table.quarantined += 1,
        }
        let repairs = |code: &Code| matches!(code.action(), Action::Repair | Action::Recover | Action::Synthesise);
        let came = matches!(fate, Fate::Migrated(_) | Fate::Merged(_));
        if came && entry.found.iter().any(repairs) {
            table.repaired += 1;
        }
        entry.found.iter().for_each(|code| self.count(*code));
        if !matches!(fate, Fate::Quarantined(_) | Fate::Rebuilt) {
            let (source_table, print) = (bounded(entry.table), Some(entry.row.print()));
            let known = import_rows::Model { source_table, source_key: name, row_key, print };
            if entry.renewed { out.renewed(known) } else { out.known(known) }
        }
        self.hand_out(out, book, entry, fate, patient);
    }

    fn hand_out(&mut self, out: &mut Outbox<'_>, book: &Book<'_>, entry: Entry<'_>, fate: Fate, patient: Option<Key>) {
        let (table, row, name) = (entry.table, entry.row.rowid(), entry.name());
        let mut kept = entry.kept;
        match fate {
            // A secret is not kept aside.
            Fate::Kept(reason) => {
                let content = entry.row.content(|column| !is_secret(column) && !column.contains('\0'));
                kept = vec![Aside { reason, column: None, content }];
            }
            // The values are in the old file, with the rest of the row.
            Fate::Quarantined(code) => {
                let (source_key, reason) = (entry.source_key, code.meaning().to_owned());
                let (source_table, code) = (bounded(table), code.as_str().to_owned());
                let import_id = book.import;
                out.quarantined(import_quarantine::Model {
                    import_id,
                    source_table,
                    source_row: row,
                    source_key,
                    code,
                    reason,
                });
                return;
            }
            // Nothing is noted of what the database makes anew, but that a value of it was kept aside: once is enough.
            Fate::Rebuilt if !kept.is_empty() => {
                let (source_table, print) = (bounded(table), Some(entry.row.print()));
                out.known(import_rows::Model { source_table, source_key: name, row_key: None, print });
            }
            Fate::Migrated(_) | Fate::Merged(_) | Fate::Rebuilt => {}
        }
        for value in kept {
            self.kept += 1;
            out.kept(import_kept::Model {
                id: (book.key)(self.kept),
                import_id: book.import,
                source_table: bounded(table),
                source_row: row,
                source_key: entry.source_key.clone(),
                source_column: value.column.map(str::to_owned),
                reason: value.reason.as_str().to_owned(),
                content: Value::Object(value.content),
                patient_id: patient,
            });
        }
    }
}
