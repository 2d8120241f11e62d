//! Random mutations, of which most can be done: over few records, few names and few times, so that they meet.

mod values;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::board::{Board, Heard};
use super::call::{Call, MUTATIONS};
use super::fields::{self, Form};
use crate::support::dice::Dice;
use crate::support::factory;

/// A client who is about to send something.
#[derive(Debug)]
pub struct Generator<'g> {
    pub dice: &'g mut Dice,
    /// What the client knows.
    pub board: &'g Board,
    /// The key of whose account it is.
    pub by: Value,
    pub now: DateTime<Utc>,
    /// Of how many hundred values and references one is wrong.
    pub wrong: usize,
    /// Over how many quarters of an hour visits are spread.
    pub quarters: usize,
    /// The record that is to be changed, where that is chosen already.
    pub meant: Option<String>,
}

type Input = Map<String, Value>;

/// How records come to be.
const NEW: &[(&str, &str)] = &[
    ("Patient", "createPatient"),
    ("Doctor", "createDoctor"),
    ("User", "createUser"),
    ("Assignment", "assignDoctor"),
    ("Consultation", "createConsultation"),
    ("AnalysisSession", "createSession"),
    ("Scan", "createScan"),
    ("Prediction", "createPrediction"),
    ("Report", "createReport"),
    ("ReportRequest", "requestReport"),
    ("TimelineEvent", "addTimelineNote"),
];

/// What can follow on what, where not everything can.
const FOLLOWING: &[(&str, &[&str])] = &[
    ("rescheduleConsultation", BOOKED),
    ("completeConsultation", BOOKED),
    ("cancelConsultation", BOOKED),
    ("markNoShow", BOOKED),
    ("updateReport", &["createReport"]),
    ("releaseReport", &["createReport", "updateReport"]),
    ("amendReport", &["releaseReport", "amendReport"]),
    ("withdrawReport", &["releaseReport", "amendReport"]),
    ("endAssignment", &["assignDoctor", "transferPrimaryDoctor", "createConsultation"]),
];
const BOOKED: &[&str] = &["createConsultation", "createConsultations", "rescheduleConsultation"];

impl Generator<'_> {
    /// Something to send. `often` has how often each mutation is drawn; those that it does not name, once.
    pub fn call(&mut self, often: &[(&str, usize)]) -> Call {
        // Somebody has to be there.
        for (type_name, mutation) in &NEW[..3] {
            if self.live(type_name) < 2 {
                return self.of(mutation);
            }
        }
        let times = |name: &str| often.iter().find(|(other, _)| *other == name).map_or(1, |(_, times)| *times);
        let mut left = self.dice.below(MUTATIONS.iter().map(|(name, ..)| times(name)).sum());
        let drawn = MUTATIONS.iter().find(|(name, ..)| match left.checked_sub(times(name)) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        });
        let (name, type_name, _) = drawn.expect("one is drawn");
        // What is to be changed has to be there, mostly.
        let new = NEW.iter().find(|(other, _)| other == type_name && self.live(type_name) == 0);
        let wrong = self.is_wrong();
        self.of(new.filter(|_| !wrong).map_or(name, |(_, new)| new))
    }

    fn live(&self, type_name: &str) -> usize {
        self.board.all(type_name).filter(|heard| self.board.is_open(heard)).count()
    }

    /// This mutation, with some input.
    pub fn of(&mut self, mutation: &'static str) -> Call {
        if let Some((_, before)) = FOLLOWING.iter().find(|(name, _)| *name == mutation)
            && self.dice.chance(60)
        {
            let type_name = MUTATIONS.iter().find(|(name, ..)| *name == mutation).expect("a mutation").1;
            let fits = |heard: &&Heard| self.board.is_open(heard) && before.contains(&heard.last);
            let fitting: Vec<&Heard> = self.board.all(type_name).filter(fits).collect();
            self.meant = (!fitting.is_empty()).then(|| self.dice.pick(&fitting).id.clone());
        }
        Call { mutation, input: Value::Object(self.input(mutation)), by: self.by.clone() }
    }

    fn input(&mut self, mutation: &str) -> Input {
        match mutation {
            "createPatient" => self.patient(true),
            "createDoctor" => self.fill(fields::DOCTOR, true, None),
            "createUser" => self.user(Input::new(), true),
            "updateUser" => {
                let target = self.target("User");
                self.user(target, false)
            }
            "updatePatient" => {
                let mut input = self.target("Patient");
                input.extend(self.patient(false));
                input
            }
            "restorePatient" => self.archived("Patient"),
            "restoreDoctor" => self.archived("Doctor"),
            "deletePatient" => {
                let mut input = self.archived("Patient");
                input.insert("reason".to_owned(), self.value(&Form::Line, None));
                input
            }
            "updateDoctor" => self.change("Doctor", &[fields::DOCTOR]),
            "assignDoctor" => self.fill(fields::ASSIGNMENT, true, None),
            "updateAssignment" => {
                let mut input = self.change("Assignment", &[fields::ASSIGNMENT]);
                self.maybe(&mut input, "endedAt", 20, |own| own.value(&Form::Past, None));
                input
            }
            "endAssignment" => {
                let mut input = self.target("Assignment");
                self.maybe(&mut input, "endedAt", 30, |own| own.value(&Form::Past, None));
                input
            }
            "transferPrimaryDoctor" => {
                let [patient, from, to] = ["Patient", "Doctor", "Doctor"].map(|type_name| self.some(type_name, None));
                let primary = self.board.find(&patient).and_then(|heard| heard.primary.clone());
                let from = if self.dice.chance(75) { primary.unwrap_or(from) } else { from };
                let mut input = object(json!({"patientId": patient, "fromDoctorId": from, "toDoctorId": to}));
                let kinds = Form::Word(&["consultant", "specialist", "primary"]);
                self.maybe(&mut input, "formerStaysAs", 50, |own| own.value(&kinds, None));
                self.maybe(&mut input, "notes", 30, |own| own.value(&Form::Text, None));
                input
            }
            "createConsultation" => self.visit(),
            "createConsultations" => self.list("consultations", Self::visit),
            "createScans" => self.list("scans", |own| own.fill(fields::SCAN, true, None)),
            "createPredictions" => self.list("predictions", |own| own.fill(fields::PREDICTION, true, None)),
            "updateConsultation" => self.correction(),
            "rescheduleConsultation" => {
                let mut input = self.target("Consultation");
                input.insert("date".to_owned(), self.value(&Form::Instant, None));
                self.maybe(&mut input, "durationMinutes", 30, |own| own.value(&Form::Number(1, 1440), None));
                self.maybe(&mut input, "allowDoubleBooking", 15, |_| json!(true));
                input
            }
            "completeConsultation" => {
                let mut input = self.change("Consultation", &[fields::FINDINGS]);
                self.maybe(&mut input, "date", 50, |own| own.value(&Form::Past, None));
                input
            }
            "createSession" => self.fill(fields::SESSION, true, None),
            "updateSession" => self.change("AnalysisSession", &[fields::SESSION]),
            "createScan" => self.fill(fields::SCAN, true, None),
            "updateScan" => self.change("Scan", &[fields::SCAN]),
            "createPrediction" => self.fill(fields::PREDICTION, true, None),
            "updatePrediction" => self.change("Prediction", &[fields::PREDICTION]),
            "createReport" => {
                let mut input = self.fill(fields::REPORT, true, None);
                self.shown(&mut input);
                input
            }
            "updateReport" => {
                let mut input = self.change("Report", &[fields::REPORT]);
                self.shown(&mut input);
                input
            }
            "amendReport" => {
                let mut input = self.with_reason("Report", fields::REPORT);
                self.shown(&mut input);
                input
            }
            "withdrawReport" => self.with_reason("Report", &[]),
            "requestReport" => {
                let mut input = self.fill(fields::REQUEST, true, None);
                let patient = input["patientId"].as_str().map(str::to_owned);
                input.extend(self.fill(fields::SUBJECT, true, patient.as_deref()));
                input
            }
            "updateReportRequest" => self.change("ReportRequest", &[fields::REQUEST]),
            "addTimelineNote" => self.fill(fields::NOTE, true, None),
            "updateTimelineNote" => {
                let mut input = self.change("TimelineEvent", &[fields::NOTE]);
                self.made_event(&mut input);
                input
            }
            "deleteTimelineNote" => {
                let mut input = self.target("TimelineEvent");
                self.made_event(&mut input);
                input
            }
            "recalculateStatistics" => object(json!({"patientId": self.some("Patient", None)})),
            _ => {
                let type_name = MUTATIONS.iter().find(|(name, ..)| *name == mutation).expect("a mutation").1;
                self.target(type_name)
            }
        }
    }

    fn patient(&mut self, new: bool) -> Input {
        let mut input = self.fill(fields::PATIENT, new, None);
        self.maybe(&mut input, "emergencyContact", 20, |own| {
            let (name, phone) = (own.value(&Form::Line, None), own.value(&Form::Line, None));
            own.dice.pick(&[json!({"name": name}), json!({"name": name, "phone": phone}), json!({})]).clone()
        });
        input
    }

    fn user(&mut self, mut input: Input, new: bool) -> Input {
        input.extend(self.fill(fields::USER, new, None));
        // Most accounts have the role that fits whose they are.
        if self.dice.chance(85) {
            if input.contains_key("doctorId") {
                input.remove("patientId");
            }
            let belongs = |owner: &str| input.get(owner).is_some_and(Value::is_string);
            let fitting = [("doctorId", "DOCTOR"), ("patientId", "PATIENT")].iter().find(|(owner, _)| belongs(owner));
            if let Some((_, role)) = fitting {
                input.insert("role".to_owned(), json!(role));
            }
        }
        if !new {
            self.maybe(&mut input, "isActive", 25, |own| json!(own.dice.chance(60)));
        }
        input
    }

    fn visit(&mut self) -> Input {
        let mut input = self.fill(fields::VISIT, true, None);
        if self.dice.chance(60) {
            input.remove("status");
        }
        input.extend(self.fill(fields::FINDINGS, true, None));
        self.maybe(&mut input, "allowDoubleBooking", 15, |_| json!(true));
        input
    }

    fn correction(&mut self) -> Input {
        let mut input = self.change("Consultation", &[fields::VISIT, fields::FINDINGS]);
        self.maybe(&mut input, "reason", 70, |own| own.value(&Form::Line, None));
        self.maybe(&mut input, "allowDoubleBooking", 15, |_| json!(true));
        input
    }

    fn list(&mut self, name: &str, row: fn(&mut Self) -> Input) -> Input {
        let count = if self.is_wrong() { 0 } else { 1 + self.dice.below(4) };
        let mut rows: Vec<Value> = (0..count).map(|_| Value::Object(row(self))).collect();
        for number in 1..rows.len() {
            // Rows of one list meet each other.
            if name == "consultations" && self.dice.chance(50) {
                (rows[number]["doctorId"], rows[number]["date"]) =
                    (rows[number - 1]["doctorId"].clone(), rows[number - 1]["date"].clone());
            }
        }
        let mut input = object(json!({(name): rows}));
        self.maybe(&mut input, "onError", 60, |own| json!(own.dice.pick(&["SKIP_ROW", "SKIP_ROW", "REJECT_ALL"])));
        input
    }

    /// The predictions that a report is to show.
    fn shown(&mut self, input: &mut Input) {
        let owner = self.owner(input);
        if self.is_wrong() {
            let none = json!(["nonsense", factory::id("Prediction", "01900000-0000-7000-8000-0000000000ff")]);
            input.insert("predictionIds".to_owned(), none);
            return;
        }
        self.maybe(input, "predictionIds", 60, |own| {
            let most = if own.has_some("Prediction", owner.as_deref()) { 4 } else { 1 };
            json!((0..own.dice.below(most)).map(|_| own.some("Prediction", owner.as_deref())).collect::<Vec<_>>())
        });
    }
}

fn object(value: Value) -> Input {
    let Value::Object(input) = value else { panic!("{value} is no object") };
    input
}
