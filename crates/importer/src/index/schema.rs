//! The tables of the index.

/// Columns without a type: old ids are compared in their storage class, exactly.
pub(super) const TABLES: &str = "
CREATE TABLE work.known (source_table, source_key, row_key, alive, patient, print, PRIMARY KEY (source_table, source_key)) WITHOUT ROWID;
CREATE TABLE work.seen (source_table, source_key, PRIMARY KEY (source_table, source_key)) WITHOUT ROWID;
CREATE TABLE work.doctors_here (account PRIMARY KEY, doctor) WITHOUT ROWID;
CREATE TABLE work.taken (kind, value, PRIMARY KEY (kind, value)) WITHOUT ROWID;

CREATE TABLE work.accounts (id PRIMARY KEY, key, role) WITHOUT ROWID;
CREATE TABLE work.patients (id PRIMARY KEY, key, name, created, assigned, fresh, alive, shown) WITHOUT ROWID;
CREATE TABLE work.refused (id PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE work.folded (id PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE work.named (name, born, PRIMARY KEY (name, born)) WITHOUT ROWID;

CREATE TABLE work.sessions (id PRIMARY KEY, key, state, patient, created) WITHOUT ROWID;
CREATE TABLE work.broken (session PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE work.things (kind, id, key, session, patient, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE work.session_traces (session, patient, PRIMARY KEY (session, patient)) WITHOUT ROWID;
CREATE TABLE work.row_traces (kind, id, patient, PRIMARY KEY (kind, id, patient)) WITHOUT ROWID;

CREATE TABLE work.files (path PRIMARY KEY, scans) WITHOUT ROWID;

CREATE TABLE work.pairs (doctor, patient, first, last, PRIMARY KEY (doctor, patient)) WITHOUT ROWID;
CREATE TABLE work.open (patient, doctor, kind, start, key, notes, PRIMARY KEY (patient, doctor)) WITHOUT ROWID;
CREATE TABLE work.active (patient, doctor, PRIMARY KEY (patient, doctor)) WITHOUT ROWID;
CREATE TABLE work.assigned (patient, doctor, PRIMARY KEY (patient, doctor)) WITHOUT ROWID;
CREATE TABLE work.open_here (patient, doctor, kind, PRIMARY KEY (patient, doctor, kind)) WITHOUT ROWID;

CREATE TABLE work.requested (report, id, patient, status);
CREATE INDEX work.requested_report ON requested (report);
CREATE TABLE work.live (request PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE work.told (source, id, kind, PRIMARY KEY (source, id, kind)) WITHOUT ROWID;

CREATE TABLE work.events (patient, what, at, row, word, stage);
CREATE TABLE work.figures (patient PRIMARY KEY, visits, scans, predictions, reports, doctors, first_visit, last_visit,
    last_scan, last_report, finding, stage) WITHOUT ROWID;
";
