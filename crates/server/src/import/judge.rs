//! The judging half: the importer, in a thread of its own, between what is in the target and what goes into it.

use std::io::Read;

use entity::Key;
use entity::vocabulary::AssignmentType;
use importer::{Files, Index, Kept, Known, NotKept, Outcome, Rows, Sink, Stopped, Taken};
use ring::digest::{Context, SHA256};
use tokio::sync::mpsc::{Receiver, Sender};

use super::{ImportError, Job};
use crate::files::FileStore;

/// What the target has already.
#[derive(Debug)]
pub(super) enum Existing {
    /// A row of `import_rows`.
    Known(Known),
    /// A doctor with an account.
    Doctor { account: Key, doctor: Key },
    /// A value that only one row may have.
    Taken(Taken, String),
    /// An assignment; of an open one, as what.
    Assignment { patient: Key, doctor: Key, open: Option<AssignmentType> },
    /// A live request, by what it is for.
    Live(String),
}

/// What comes out.
#[derive(Debug)]
pub(super) enum Handed {
    Rows(Rows),
    Progress(u64),
}

/// Where the bytes of scans go.
#[derive(Debug)]
pub enum Store {
    /// Into the file store.
    Real(FileStore),
    /// Nowhere: they are read and counted.
    Dry,
}

impl Files for Store {
    fn keep(&self, content: &mut dyn Read) -> Result<Kept, NotKept> {
        match self {
            Self::Real(store) => {
                let kept = store.keep(content).map_err(|error| NotKept(Box::new(error)))?;
                let sha256 = kept.sha256().to_owned();
                Ok(Kept { key: kept.key.to_string(), bytes: kept.bytes, sha256 })
            }
            Self::Dry => read(content).map_err(|error| NotKept(Box::new(error))),
        }
    }
}

/// What the store would say of the content.
fn read(content: &mut dyn Read) -> std::io::Result<Kept> {
    let (mut chunk, mut bytes, mut digest) = (vec![0; 1 << 16], 0, Context::new(&SHA256));
    loop {
        let read = content.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        digest.update(&chunk[..read]);
        bytes += read as u64;
    }
    let sha256: String = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Kept { key: String::new(), bytes, sha256 })
}

/// Hands rows to whoever writes them.
struct Channel(Sender<Handed>);

impl Sink for Channel {
    fn take(&mut self, rows: Rows) -> Result<(), Stopped> {
        self.0.blocking_send(Handed::Rows(rows)).map_err(|_| Stopped)
    }

    fn progress(&mut self, rows: u64) {
        // Whether anybody listens shows when rows are handed out.
        let _ = self.0.blocking_send(Handed::Progress(rows));
    }
}

/// Takes in what the target has, then judges every row.
pub(super) fn judge(
    job: Job,
    mut existing: Receiver<Vec<Existing>>,
    rows: Sender<Handed>,
) -> Result<Outcome, ImportError> {
    let Job { source, terms, store, force, .. } = job;
    let failed = |error| ImportError::Importer(importer::Failure::Source(error));
    let mut index = Index::new(&source).map_err(failed)?;
    while let Some(batch) = existing.blocking_recv() {
        for one in batch {
            add(&mut index, one).map_err(failed)?;
        }
    }
    if !force {
        let (known, found) = index.overlap().map_err(failed)?;
        if found * 2 < known || known == 0 && index.follows() {
            return Err(ImportError::Stranger { known, found });
        }
    }
    Ok(importer::run(&source, &index, &terms, &store, &mut Channel(rows))?)
}

fn add(index: &mut Index<'_>, existing: Existing) -> importer::rusqlite::Result<()> {
    match existing {
        Existing::Known(known) => index.add_known(&known),
        Existing::Doctor { account, doctor } => index.add_doctor(account, doctor),
        Existing::Taken(what, value) => index.add_taken(what, &value),
        Existing::Assignment { patient, doctor, open } => index.add_assignment(patient, doctor, open),
        Existing::Live(request) => index.add_live(&request),
    }
}
