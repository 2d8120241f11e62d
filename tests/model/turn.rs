//! One mutation, performed by the model and held against the server's answer.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::call::{Answer, Call, Problem, Warning};
use super::fields::{Field, Known};
use super::rules;
use super::state::{self, State, value};
use crate::naive::model::kind;
use crate::naive::tables::Row;
use crate::support::factory;

/// Why a mutation is not done.
#[derive(Debug)]
pub enum Stop {
    /// Its target does not exist.
    NotFound,
    /// For the problems noted.
    Refused,
    /// The answer has not what the model has to know.
    Strange(String),
}

/// What becomes of a mutation.
pub type Done = Result<(), Stop>;

/// A mutation under way.
#[derive(Debug)]
pub struct Turn<'a> {
    pub state: State,
    /// The input, or the row of its list that is looked at.
    pub input: &'a Value,
    /// The key of whose account does it: records name who did something.
    pub by: &'a Value,
    pub now: DateTime<Utc>,
    pub answer: &'a Answer,
    /// Where others act at the same time, what the payload shows was read after the commit: it may be newer, or gone if
    /// it is of one of these patients, whom somebody erases.
    pub meanwhile: Option<&'a [Value]>,
    /// What must be complained of.
    must: BTreeSet<Problem>,
    /// What may be complained of beside other problems: where values are wrong, the rules about them have no answer.
    may: BTreeSet<Problem>,
    /// Where the row that is looked at stands in the input.
    under: String,
    /// What is warned of, unless problems leave it open.
    pub warnings: Option<BTreeSet<Warning>>,
}

/// Performs a mutation; answers the state after it.
///
/// # Errors
/// Where the answer is not what the rules say.
pub fn perform(
    state: &State,
    call: &Call,
    now: DateTime<Utc>,
    answer: &Answer,
    meanwhile: Option<&[Value]>,
) -> Result<State, String> {
    let (must, may, warnings) = (BTreeSet::new(), BTreeSet::new(), Some(BTreeSet::new()));
    let (input, by, under) = (&call.input, &call.by, String::new());
    let mut turn = Turn { state: state.clone(), input, by, now, answer, meanwhile, must, may, under, warnings };
    let done = rules::rule(call.mutation)(&mut turn);
    let codes = answer.codes();
    if let Err(Stop::NotFound) = done {
        return if codes == ["NOT_FOUND"] { Ok(state.clone()) } else { Err("there is no such record".to_owned()) };
    }
    let (said, Turn { must, may, .. }) = (answer.problems(), &turn);
    if !codes.is_empty() || !said.is_superset(must) || !said.iter().all(|p| must.contains(p) || may.contains(p)) {
        return Err(format!("the problems are {must:?}, and perhaps {may:?}"));
    }
    let warned = answer.warnings();
    // The other visit may be deleted by the time it is shown.
    let places = |all: &BTreeSet<Warning>| -> BTreeSet<_> { all.iter().map(|w| (w.0.clone(), w.1.clone())).collect() };
    let alike = |all: &BTreeSet<Warning>| warned == *all || (meanwhile.is_some() && places(&warned) == places(all));
    if turn.warnings.as_ref().is_some_and(|expected| !alike(expected)) {
        return Err(format!("the warnings are {:?}", turn.warnings));
    }
    match done {
        Err(Stop::Strange(why)) => Err(why),
        Err(_) if said.is_empty() || !answer.written().is_empty() => Err("it is refused".to_owned()),
        Err(_) => Ok(state.clone()),
        Ok(()) => Ok(turn.state),
    }
}

impl<'a> Turn<'a> {
    /// What the input says about a field; nothing where the field is absent.
    pub fn given(&self, name: &str) -> Option<&Value> {
        self.input.get(name)
    }

    /// Notes a problem.
    pub fn problem(&mut self, code: &str, field: &str) {
        self.must.insert((code.to_owned(), format!("{}{field}", self.under)));
    }

    /// Notes a problem with where the record stands, which may stay unsaid while anything else is wrong.
    pub fn rule(&mut self, broken: bool, code: &str, field: &str) {
        if broken && self.is_fine() {
            self.problem(code, field);
        } else if broken {
            self.may.insert((code.to_owned(), format!("{}{field}", self.under)));
        }
    }

    /// One of these problems, whichever comes first.
    pub fn refuse_with(&mut self, problems: &[&str]) {
        let pairs = problems.iter().filter_map(|problem| problem.split_once(' '));
        self.may.extend(pairs.map(|(code, path)| (code.to_owned(), path.to_owned())));
    }

    /// Looks at a row of a list.
    pub fn look_at(&mut self, list: &str, number: usize) {
        self.input = &self.input[list][number];
        self.under = format!("{list}.{number}.");
    }

    /// Looks at the whole input again.
    pub fn look_at_all(&mut self, input: &'a Value) {
        self.input = input;
        self.under = String::new();
    }

    /// Which rows of a list are to be written, by the input's policy.
    ///
    /// # Errors
    /// A list without rows is refused.
    pub fn settle(&mut self, fine: Vec<bool>, list: &str) -> Result<Vec<bool>, Stop> {
        if fine.is_empty() {
            self.problem("REQUIRED", list);
            return Err(Stop::Refused);
        }
        let skip = self.given("onError") == Some(&json!("SKIP_ROW"));
        let all_are = fine.iter().all(|fine| *fine);
        Ok(fine.into_iter().map(|fine| fine && (skip || all_are)).collect())
    }

    /// Whether nothing is wrong with what is looked at.
    pub fn is_fine(&self) -> bool {
        !self.must.iter().chain(&self.may).any(|(_, path)| path.starts_with(&self.under))
    }

    /// Refuses where anything is wrong.
    pub fn finish(&self) -> Done {
        if self.must.is_empty() && self.may.is_empty() { Ok(()) } else { Err(Stop::Refused) }
    }

    /// The columns that the input gives, and for a new row those that it leaves to be what they are.
    pub fn columns(&mut self, fields: &[Field], new: bool) -> Row {
        let mut columns = Row::new();
        for field in fields.iter().filter(|field| new || field.known != Known::Fixed) {
            let kept = match self.given(field.name) {
                Some(given) => field.keep(given, self.now),
                None if new => Ok(field.default(self.now)),
                None => continue,
            };
            match kept {
                Ok(value) => drop(columns.insert(field.column.to_owned(), value)),
                Err(code) => self.problem(code, field.name),
            }
        }
        columns
    }

    /// The record to change, whether archived or not.
    pub fn held(&mut self, type_name: &str) -> Result<Row, Stop> {
        let key = state::key(type_name, &self.input["id"]);
        let row = key.and_then(|key| self.state.find(type_name, &key)).ok_or(Stop::NotFound)?;
        if row["version"] != self.input["version"] {
            self.problem("CONFLICT", "version");
            return Err(Stop::Refused);
        }
        Ok((*row).clone())
    }

    /// The record to change; neither it nor its patient is archived.
    pub fn target(&mut self, type_name: &str) -> Result<Row, Stop> {
        let row = self.held(type_name)?;
        let patient = self.state.find("Patient", value(&row, "patient_id"));
        if is_archived(&row) || patient.is_some_and(|patient| is_archived(&patient)) {
            self.problem("ARCHIVED", "id");
            return Err(Stop::Refused);
        }
        Ok(row)
    }

    /// A record that the input names: it exists and is not archived. Nothing where none is named or nothing is known.
    pub fn refer(&mut self, type_name: &str, field: &str, key: Option<&Value>) -> Option<Row> {
        let key = key.filter(|key| !key.is_null())?;
        let found = self.state.find(type_name, key);
        match &found {
            None => self.problem("NOT_FOUND", field),
            Some(row) if is_archived(row) => self.problem("ARCHIVED", field),
            Some(_) => {}
        }
        found.map(|row| (*row).clone())
    }

    /// A record that the input names is one of this patient; whose it is, is not asked while the patient is not known.
    pub fn same_patient(&mut self, type_name: &str, field: &str, key: Option<&Value>, patient: Option<&Value>) {
        let Some(key) = key.filter(|key| !key.is_null()) else { return };
        let owner = self.state.find(type_name, key).map(|row| row["patient_id"].clone());
        if owner.is_none() || patient.is_some_and(|patient| owner.as_ref() != Some(patient)) {
            self.problem("NOT_FOUND", field);
        }
    }

    /// No other record has these values. It is found by writing, and then the first is complained of.
    pub fn unique(&mut self, type_name: &str, fields: &[(&str, &str)], columns: &Row) {
        let but = self.given("id").and_then(|id| state::key(type_name, id));
        let other = |row: &Row| Some(&row[kind(type_name).key]) != but.as_ref();
        let taken = |column: &str| {
            let wanted = value(columns, column);
            !wanted.is_null() && self.state.all(type_name).any(|row| other(row) && value(row, column) == wanted)
        };
        let taken: Vec<&str> = fields.iter().filter(|(_, column)| taken(column)).map(|(field, _)| *field).collect();
        let (fine, alone) = (self.is_fine(), taken.len() == 1);
        for field in taken.into_iter().filter(|_| fine) {
            match alone {
                true => self.problem("TAKEN", field),
                false => drop(self.may.insert(("TAKEN".to_owned(), field.to_owned()))),
            }
        }
    }
}

/// Whether a record is put away.
pub fn is_archived(row: &Row) -> bool {
    !value(row, "archived_at").is_null()
}

/// The id of a record.
pub fn id_of(type_name: &str, key: &Value) -> String {
    factory::id(type_name, key.as_str().expect("a key"))
}
