//! Records and values to put into inputs.

use chrono::{DurationRound, TimeDelta};
use serde_json::{Value, json};

use super::super::board::Heard;
use super::super::call::text;
use super::super::fields::{Field, Form, Known, shown};
use super::super::state::key;
use super::{Generator, Input, object};
use crate::support::factory;

impl Generator<'_> {
    /// Now and then the event that the database made of a scan.
    pub(super) fn made_event(&mut self, input: &mut Input) {
        let scans: Vec<&Heard> = self.board.all("Scan").filter(|heard| !heard.gone).collect();
        if self.dice.chance(20) && !scans.is_empty() {
            let scan = key("Scan", &json!(self.dice.pick(&scans).id)).expect("an id");
            let mut event = scan.as_str().expect("a key").to_owned();
            event.replace_range(14..15, "9");
            input.insert("id".to_owned(), json!(factory::id("TimelineEvent", &event)));
        }
    }

    pub(super) fn with_reason(&mut self, type_name: &'static str, fields: &[Field]) -> Input {
        let mut input = self.change(type_name, &[fields]);
        input.insert("reason".to_owned(), self.value(&Form::Line, None));
        input
    }

    /// A record to change, and some of what can be changed.
    pub(super) fn change(&mut self, type_name: &'static str, fields: &[&[Field]]) -> Input {
        let mut input = self.target(type_name);
        let owner = self.owner(&input);
        fields.iter().for_each(|fields| input.extend(self.fill(fields, false, owner.as_deref())));
        input
    }

    /// Whose record the input is about.
    pub(super) fn owner(&self, input: &Input) -> Option<String> {
        let named = input.get("patientId").and_then(Value::as_str).map(str::to_owned);
        named.or_else(|| self.board.find(input.get("id")?.as_str()?)?.patient.clone())
    }

    /// Whether this patient has a record of this type, where records of the type have patients.
    pub(super) fn has_some(&self, type_name: &str, patient: Option<&str>) -> bool {
        let mut all = self.board.all(type_name);
        ["User", "Doctor", "Patient"].contains(&type_name)
            || all.any(|heard| !heard.gone && heard.patient.as_deref() == patient)
    }

    /// An archived person, mostly.
    pub(super) fn archived(&mut self, type_name: &'static str) -> Input {
        let archived: Vec<&Heard> = self.board.all(type_name).filter(|heard| !heard.gone && heard.archived).collect();
        match archived[..] {
            [] => self.target(type_name),
            _ => {
                let heard = self.dice.pick(&archived);
                object(json!({"id": heard.id, "version": heard.version}))
            }
        }
    }

    /// A record, and the version that the client knows.
    pub(super) fn target(&mut self, type_name: &'static str) -> Input {
        let id = self.meant.take().unwrap_or_else(|| self.some(type_name, None));
        let known = self.board.find(&id).map_or(1, |heard| heard.version);
        let version = if self.dice.chance(6) { *self.dice.pick(&[known - 1, known + 1, 0, -1]) } else { known };
        object(json!({"id": id, "version": version}))
    }

    /// The id of a record of this type, of this patient if it can be.
    pub(super) fn some(&mut self, type_name: &'static str, patient: Option<&str>) -> String {
        if self.is_wrong() {
            let unknown = factory::id(type_name, "01900000-0000-7000-8000-0000000000ff");
            let other = if type_name == "Doctor" { "Patient" } else { "Doctor" };
            let other = factory::id(other, "01900000-0000-7000-8000-0000000000ff");
            return self.dice.pick(&[unknown, other, "nonsense".to_owned(), String::new()]).clone();
        }
        let open = !self.is_wrong();
        let all: Vec<&Heard> = self.board.all(type_name).filter(|heard| !open || self.board.is_open(heard)).collect();
        let mut own: Vec<&Heard> =
            all.iter().filter(|heard| patient.is_some() && heard.patient.as_deref() == patient).copied().collect();
        if own.is_empty() || self.is_wrong() {
            own = all;
        }
        // The newest are drawn more often: of the old ones most have come to their end.
        let from = if own.len() > 6 && self.dice.chance(60) { own.len() - 6 } else { 0 };
        match &own[from..] {
            [] => factory::id(type_name, "01900000-0000-7000-8000-0000000000fe"),
            some => self.dice.pick(some).id.clone(),
        }
    }

    /// Values for some of the fields; for a new row, for all that it must have.
    pub(super) fn fill(&mut self, fields: &[Field], new: bool, owner: Option<&str>) -> Input {
        let mut input = Input::new();
        for field in fields.iter().filter(|field| new || field.known != Known::Fixed) {
            let needed = new && matches!(field.known, Known::Always | Known::Fixed);
            if !needed && !self.dice.chance(if new { 40 } else { 25 }) {
                continue;
            }
            let rarely = if field.known == Known::Free { self.dice.chance(15) } else { self.is_wrong() };
            let owner = input.get("patientId").and_then(Value::as_str).or(owner).map(str::to_owned);
            let nothing = matches!(field.form, Form::Reference(to) if !self.has_some(to, owner.as_deref()));
            if nothing && !self.is_wrong() {
                continue;
            }
            let value = match field.name {
                _ if !new && rarely => Value::Null,
                "mrn" | "licenseNumber" | "username" if !self.is_wrong() => json!(format!("n-{}", self.dice.below(90))),
                _ => self.value(&field.form, owner.as_deref()),
            };
            input.insert(field.name.to_owned(), value);
        }
        input
    }

    pub(super) fn maybe(&mut self, input: &mut Input, name: &str, percent: usize, value: impl Fn(&mut Self) -> Value) {
        if self.dice.chance(percent) {
            let value = value(self);
            input.insert(name.to_owned(), value);
        }
    }

    pub(super) fn is_wrong(&mut self) -> bool {
        self.dice.below(100 * 100) < self.wrong * 100
    }

    pub(super) fn value(&mut self, form: &Form, owner: Option<&str>) -> Value {
        let wrong = self.is_wrong();
        let (long, too_long) = ("ä".repeat(210), "ä".repeat(501));
        let hours = TimeDelta::hours(self.dice.below(60) as i64);
        match form {
            Form::Line | Form::Username if wrong => self.choose(&["", " \t", "a\u{0}b", &too_long]),
            Form::Line => self.choose(&["Ann", " Bo ", "Émile Zola", "STRAẞE", "0123", "a'b\"c", "日本"]),
            Form::Username => self.choose(&["ann", "bo", "a b", " émile "]),
            Form::Text if wrong => self.choose(&["", "a\u{0}b"]),
            Form::Text => self.choose(&["tremor", " rigidity\non the left ", "tremor", &long, "x"]),
            Form::Email if wrong => self.choose(&["nobody", "@example.org", "a@"]),
            Form::Email => json!(format!("u{}@example.org", self.dice.below(60))),
            Form::Stage if wrong => self.choose(&[&"2".repeat(33)]),
            Form::Stage => self.choose(&["1", "Stage 2", "stage 3", " "]),
            Form::Sha256 if wrong => self.choose(&["abc", &"g".repeat(64)]),
            Form::Sha256 => self.choose(&[&"0A".repeat(32), &"f".repeat(64)]),
            Form::Number(least, most) if wrong => json!(self.dice.pick(&[least - 1, most + 1])),
            Form::Number(least, most) => json!(self.dice.pick(&[*least, 15, 30, 60, 90, *most.min(&500)])),
            Form::Measure(most) if wrong => json!(self.dice.pick(&[-0.5, most + 1.0])),
            Form::Measure(_) => json!(self.dice.pick(&[0.0, 0.25, 0.5, 1.0])),
            Form::Money => self.choose(if wrong { &["-0.01"] } else { &["0", "12.50", "0.05", "99.9"] }),
            Form::Json if wrong => json!({"a": ["b\u{0}"]}),
            Form::Json => self.dice.pick(&[json!({"a": 1, "b": [true, null]}), json!(["ä"]), json!(1.5)]).clone(),
            Form::Flag => json!(self.dice.chance(50)),
            Form::Word(words) => json!(shown(self.dice.pick::<&str>(words))),
            Form::Day if wrong => json!("2031-01-01"),
            Form::Day => self.choose(&["1950-02-28", "1960-03-15", "1990-12-31", "2024-02-29"]),
            Form::Past if wrong => json!(text(self.now + TimeDelta::microseconds(1))),
            Form::Past => json!(text(self.now - hours)),
            Form::Instant => {
                let quarters = |quarters: usize| TimeDelta::minutes(15 * quarters as i64);
                let hour = self.now.duration_trunc(TimeDelta::hours(1)).expect("an hour");
                json!(text(hour - quarters(self.quarters / 2) + quarters(self.dice.below(self.quarters))))
            }
            Form::Reference(type_name) => json!(self.some(type_name, owner)),
        }
    }

    pub(super) fn choose(&mut self, among: &[&str]) -> Value {
        json!(self.dice.pick(among))
    }
}
