//! Everything that can be found in an old row: the smallest rows that show it, what becomes of each, and what of it is in
//! the record and kept aside afterwards. What is found is found in these rows, and nothing else in any other.

mod care;
mod people;
mod record;
mod requests;
mod rest;
pub(super) mod world;

use std::collections::{BTreeMap, BTreeSet};

use importer::Code;
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};

use super::{Target, assert_same, text};
use crate::naive::tables::{Row, Tables};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::legacy::{Cell, LegacyFile, Variant};

on_both!(every_defect_is_found_and_dealt_with);

/// Codes that need more than one file, or another one, and which tests find them.
const ELSEWHERE: [(&str, &str); 7] = [
    ("doctor.known", include_str!("../again.rs")),
    ("row.changed", include_str!("../again.rs")),
    ("patient.gone", include_str!("../again.rs")),
    ("session.gone", include_str!("../again.rs")),
    ("patient.was_stub", include_str!("../variants.rs")),
    ("patient.mrn_taken", include_str!("../people.rs")),
    ("schema.fk_target_mismatch", include_str!("../variants.rs")),
];

/// What is found in the file as a whole.
const OF_THE_FILE: [&str; 1] = ["schema.virtual_table"];

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Migrated,
    Merged,
    Rebuilt,
    Kept,
    Quarantined,
}

/// An old row with something in it.
#[derive(Debug)]
struct Defect {
    table: &'static str,
    /// What is not as usual, or not as in the row before.
    cells: Vec<(&'static str, Cell)>,
    codes: &'static [&'static str],
    fate: Fate,
    /// Columns of the row here; those of an instant in the form in which the API shows it.
    here: Vec<(&'static str, Value)>,
    /// Old columns whose raw values are kept aside.
    aside: Vec<(&'static str, Value)>,
}

/// A row that comes, for which `codes` are found.
fn defect<const N: usize>(
    table: &'static str,
    cells: [(&'static str, Cell); N],
    codes: &'static [&'static str],
) -> Defect {
    Defect { table, cells: cells.to_vec(), codes, fate: Fate::Migrated, here: vec![], aside: vec![] }
}

impl Defect {
    fn fate(mut self, fate: Fate) -> Self {
        self.fate = fate;
        self
    }

    /// What a column here says afterwards. `of ID` is the key of the row that the old row with that id became.
    fn here(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.here.push((column, value.into()));
        self
    }

    fn aside(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.aside.push((column, value.into()));
        self
    }

    /// A repair that takes the value out: there is none, and what there was is kept aside.
    fn lost(self, column: &'static str, raw: impl Into<Value>) -> Self {
        self.here(column, Value::Null).aside(column, raw)
    }
}

/// A value that is no text, as it is kept aside.
fn hex(digits: &str) -> Value {
    json!({ "hex": digits })
}

fn defects() -> Vec<Defect> {
    [people::defects(), record::defects(), care::defects(), requests::defects(), rest::defects()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn every_code_is_found_by_a_test() {
    let found: BTreeSet<&str> = defects().iter().flat_map(|defect| defect.codes).copied().collect();
    for (code, test) in ELSEWHERE {
        assert!(!found.contains(code), "{code} is found here");
        assert!(test.contains(&format!("\"{code}\"")), "{code}");
    }
    let found: BTreeSet<&str> = found.into_iter().chain(OF_THE_FILE).chain(ELSEWHERE.map(|(code, _)| code)).collect();
    let all: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(found.symmetric_difference(&all).collect::<Vec<_>>(), Vec::<&&str>::new());
}

async fn every_defect_is_found_and_dealt_with(database: TestDatabase) {
    let target = Target::of(database);
    let (defects, path) = (defects(), target.path("old.db"));
    let file = LegacyFile::without_triggers(&path, Variant::V4);
    file.ignore_checks();
    world::fill(&file);
    let rows: Vec<i64> =
        defects.iter().enumerate().map(|(number, defect)| world::insert(&file, number, defect)).collect();
    file.close();
    let scans = target.path("scans");
    world::files(&scans);
    let report = target.import(&path, &["--files", text(&scans)]);

    let mut expected: BTreeMap<String, u64> = OF_THE_FILE.map(|code| (code.to_owned(), 1)).into();
    defects
        .iter()
        .flat_map(|defect| defect.codes)
        .for_each(|code| *expected.entry((*code).to_owned()).or_default() += 1);
    let found: BTreeMap<String, u64> = serde_json::from_value(report["findings"].clone()).expect("findings");
    assert_eq!(found, expected);
    let connection = target.database.connect().await;
    let here = Here::read(&connection).await;
    connection.close().await.expect("the connection closes");
    let wrong = defects.iter().zip(rows).enumerate().filter_map(|(number, (defect, row))| {
        here.check(number, defect, row).err().map(|why| format!("{why}: {defect:?}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // Every row is known again, whatever is wrong with it: nothing comes twice, and nothing is kept aside twice.
    let before = target.content().await;
    target.import(&path, &["--force"]);
    let mut after = target.content().await;
    for table in ["imports", "import_quarantine"] {
        after.insert(table.to_owned(), before[table].clone());
    }
    assert_same(&before, &after, "the same file again");
}

/// What is there afterwards.
struct Here {
    tables: Tables,
    noted: Tables,
}

impl Here {
    async fn read(connection: &DatabaseConnection) -> Self {
        let noted = Tables::of(connection, &["import_rows", "import_kept", "import_quarantine"]).await;
        Self { tables: Tables::load(connection).await, noted }
    }

    fn check(&self, number: usize, defect: &Defect, row: i64) -> Result<(), String> {
        let Defect { table, codes, fate, .. } = defect;
        let of_row = |row_of: &&Row| row_of["source_table"] == *table && row_of["source_row"] == row;
        let quarantined: Vec<_> = self.noted.rows("import_quarantine").iter().filter(of_row).collect();
        let kept: Vec<_> = self.noted.rows("import_kept").iter().filter(of_row).collect();
        let (id, unnamed) = (world::id(number, defect), format!("rowid:{row}"));
        let named = |row: &&Row| {
            row["source_table"] == *table && (row["source_key"] == unnamed.as_str() || row["source_key"] == id.as_str())
        };
        let known = self.noted.rows("import_rows").iter().find(named);
        let as_said = match fate {
            Fate::Quarantined => {
                let last = codes.last().expect("a reason");
                let unknown = known.is_none() || *last == "row.id_duplicate";
                unknown && kept.is_empty() && quarantined.len() == 1 && quarantined[0]["code"] == *last
            }
            Fate::Rebuilt => {
                is_kept(defect, &kept)?;
                known.is_some() != kept.is_empty()
            }
            Fate::Kept => {
                let reason = kept.len() == 1 && codes.iter().any(|code| kept[0]["reason"] == *code);
                reason && known.is_some_and(|known| known["row_key"].is_null())
            }
            Fate::Migrated | Fate::Merged => {
                self.is_here(defect, &known.ok_or("it did not come")?["row_key"])?;
                is_kept(defect, &kept)?;
                true
            }
        };
        let once = quarantined.is_empty() || *fate == Fate::Quarantined;
        (as_said && once).then_some(()).ok_or_else(|| format!("known {known:?}, kept {kept:?}, out {quarantined:?}"))
    }

    fn is_here(&self, defect: &Defect, key: &Value) -> Result<(), String> {
        let column = match defect.table {
            "doctors" => "doctor_id",
            "patients" => "patient_id",
            _ => "id",
        };
        let here = self.tables.find(defect.table, column, key).ok_or("its row is not there")?;
        for (column, value) in &defect.here {
            let value = match value.as_str().and_then(|text| text.strip_prefix("of ")) {
                Some(id) => self.key_of(id),
                None => value.clone(),
            };
            if here[*column] != value {
                return Err(format!("{column} is {}, not {value}", here[*column]));
            }
        }
        Ok(())
    }

    fn key_of(&self, id: &str) -> Value {
        let row = self.noted.rows("import_rows").iter().find(|row| row["source_key"] == id);
        row.unwrap_or_else(|| panic!("{id} is not here"))["row_key"].clone()
    }
}

/// Exactly the raw values that are expected, for what was found.
fn is_kept(defect: &Defect, kept: &[&Row]) -> Result<(), String> {
    let mut found = BTreeMap::new();
    for row in kept {
        // Columns that only some accounts have a place for are nothing to speak of.
        if !defect.codes.iter().any(|code| row["reason"] == *code) && row["reason"] != "column.no_place" {
            return Err(format!("{row:?} is kept aside"));
        }
        let content = match &row["content"] {
            Value::String(text) => serde_json::from_str(text).expect("JSON"),
            content => content.clone(),
        };
        found.extend(content.as_object().expect("an object").clone());
    }
    let expected = defect.aside.iter().map(|(column, value)| ((*column).to_owned(), value.clone()));
    let expected: BTreeMap<_, _> = expected.collect();
    if found == expected { Ok(()) } else { Err(format!("{found:?} is kept aside, not {expected:?}")) }
}
