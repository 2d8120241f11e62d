//! What is told of an import: without a name, and without what any row says.

use std::fmt::Write;

use serde::Serialize;

use crate::finding::Code;
use crate::outcome::{Outcome, TableCount};

/// What only the caller knows.
#[derive(Debug, Clone, Serialize)]
pub struct Circumstances {
    /// What the old file is called.
    pub file: String,
    /// SHA-256 of it and of what lies beside it.
    pub sha256: String,
    /// Which form of the old schema it has.
    pub variant: String,
    /// The target, without password.
    pub target: String,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// The offset that local times were read with.
    pub time_offset: String,
    /// When it began: an instant.
    pub started_at: String,
    /// How long it took.
    pub seconds: f64,
    /// The backup that was made before, or why there is none.
    pub backup: String,
    /// What puts the target back as it was.
    pub roll_back: String,
    /// What the operator asked for beside the file.
    pub settings: Vec<String>,
}

/// The report for people.
pub fn markdown(outcome: &Outcome, circumstances: &Circumstances) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = write_all(&mut text, outcome, circumstances);
    text
}

fn write_all(out: &mut String, outcome: &Outcome, of: &Circumstances) -> std::fmt::Result {
    writeln!(out, "# Import of {}\n", of.file)?;
    if of.dry_run {
        writeln!(out, "**A dry run: nothing was changed.**\n")?;
    }
    let total = outcome.total();
    let rate = if of.seconds > 0.0 { total.rows as f64 / of.seconds } else { 0.0 };
    writeln!(out, "- File: SHA-256 `{}`, form {}", of.sha256, of.variant)?;
    writeln!(out, "- Target: {}", of.target)?;
    writeln!(out, "- Started {}, took {:.1} s ({rate:.0} rows/s)", of.started_at, of.seconds)?;
    if !of.settings.is_empty() {
        writeln!(out, "- Asked for: {}", of.settings.join(", "))?;
    }
    writeln!(out, "- Backup: {}", of.backup)?;
    writeln!(out, "- To roll back: {}", of.roll_back)?;
    times(out, outcome, of)?;
    tables(out, outcome)?;
    findings(out, outcome)?;
    made(out, outcome)?;
    statistics(out, outcome)
}

fn times(out: &mut String, outcome: &Outcome, of: &Circumstances) -> std::fmt::Result {
    writeln!(out, "\n## Times\n")?;
    let Some(reading) = &outcome.reading else {
        return writeln!(out, "The file has no local times; the offset {} had no effect.", of.time_offset);
    };
    writeln!(
        out,
        "Times without a zone were read as the old server's local time, {} from UTC. One of them:\n",
        of.time_offset
    )?;
    writeln!(out, "| written | read as local time (done) | had it been UTC |\n|---|---|---|")?;
    writeln!(out, "| `{}` | {} | {} |", reading.written, reading.as_local, reading.as_utc)
}

fn tables(out: &mut String, outcome: &Outcome) -> std::fmt::Result {
    writeln!(out, "\n## Rows\n")?;
    writeln!(out, "Every row read is counted once to the right; *repaired* is part of *migrated* and *merged*.\n")?;
    writeln!(out, "| table | read | migrated | merged | rebuilt | kept aside | quarantined | earlier | repaired |")?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    let line = |out: &mut String, name: &str, count: &TableCount| {
        let TableCount { rows, migrated, merged, rebuilt, kept, quarantined, already, repaired } = count;
        writeln!(
            out,
            "| {name} | {rows} | {migrated} | {merged} | {rebuilt} | {kept} | {quarantined} | {already} | {repaired} |"
        )
    };
    for (name, count) in &outcome.tables {
        line(out, &name.replace('|', "\\|"), count)?;
    }
    line(out, "**all**", &outcome.total())
}

fn findings(out: &mut String, outcome: &Outcome) -> std::fmt::Result {
    writeln!(out, "\n## What was found\n")?;
    if outcome.findings.is_empty() {
        return writeln!(out, "Nothing.");
    }
    writeln!(out, "| code | times | what it means and what was done |\n|---|--:|---|")?;
    for code in Code::ALL {
        if let Some(count) = outcome.findings.get(code.as_str()) {
            writeln!(out, "| `{code}` | {count} | {} |", code.meaning())?;
        }
    }
    Ok(())
}

fn made(out: &mut String, outcome: &Outcome) -> std::fmt::Result {
    let made = &outcome.made;
    writeln!(out, "\n## What no old row stands for\n")?;
    for (count, what) in [
        (made.doctors, "doctors made from accounts"),
        (made.patients, "patients made from what sessions say"),
        (made.assignments_from_patients, "primary doctors, as patients name them"),
        (made.assignments_from_sessions, "assignments of which only sessions tell"),
        (made.requests, "requests for reports without one"),
        (made.files, "files of scans stored"),
    ] {
        if count > 0 {
            writeln!(out, "- {count} {what}")?;
        }
    }
    writeln!(
        out,
        "\n{} open assignments give a doctor a patient whom the old program did not show to that doctor (it looked at the \
         assigned doctor alone). End those that should not be.",
        outcome.opens_access
    )
}

fn statistics(out: &mut String, outcome: &Outcome) -> std::fmt::Result {
    if outcome.stale_statistics.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Statistics that the old file had wrong\n")?;
    writeln!(out, "They were computed anew, from the records.\n\n| column | patients |\n|---|--:|")?;
    for (column, count) in &outcome.stale_statistics {
        writeln!(out, "| {column} | {count} |")?;
    }
    Ok(())
}
