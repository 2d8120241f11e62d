//! One client that writes, and notes what it was told about each write.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::journal::{Journal, Kind, Outcome, Update};
use super::people::{BULK, People, Step, minute};
use crate::support::actor::Actor;
use crate::support::dice::Dice;
use crate::support::factory::id;

/// A writer.
pub struct Client {
    actor: Actor,
    people: Arc<People>,
    number: usize,
    count: usize,
    dice: Dice,
    /// Visits that it booked, with their version.
    booked: Vec<(Value, Value)>,
    journal: Journal,
    alive: bool,
}

/// What came back.
enum Answer {
    /// It was done: the payload.
    Done(Value),
    /// User errors alone.
    Refused,
    /// Anything else: nobody can say whether it was done.
    Unknown,
}

fn mutation(field: &str, answer: &str) -> String {
    let input = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
    format!("mutation($input: {input}!) {{ {field}(input: $input) {{ {answer} userErrors {{ code path }} }} }}")
}

impl Client {
    /// A writer with a number of its own.
    pub fn new(actor: Actor, people: Arc<People>, number: usize) -> Self {
        let dice = Dice::new(number as u64);
        Self { actor, people, number, count: 0, dice, booked: vec![], journal: Journal::default(), alive: true }
    }

    /// Writes until `end`, or until the server is gone.
    pub async fn write_until(mut self, end: Instant) -> Journal {
        while self.alive && Instant::now() < end {
            let step = Step::next(&mut self.dice);
            self.step(step).await;
        }
        self.journal
    }

    async fn step(&mut self, step: Step) {
        let marker = self.marker();
        let (patient, at) = self.patient();
        let doctor: &String = self.dice.pick(&self.people.doctors);
        let doctor = id("Doctor", doctor);
        match step {
            Step::Register => {
                let input = json!({"mrn": marker, "name": format!("Patient {marker}"), "dateOfBirth": "1950-01-01"});
                self.write(Kind::Patient, marker, 1, "createPatient", "patient { id }", input).await;
            }
            Step::Record => {
                let input = json!({
                    "patientId": patient, "doctorId": doctor, "date": minute(&mut self.dice, 2010), "status": "COMPLETED",
                    "chiefComplaint": marker, "diagnosis": "Tremor", "prescription": "Rest",
                });
                self.write(Kind::Visit, marker, 1, "createConsultation", "consultation { id }", input).await;
            }
            Step::Book => self.book(patient, doctor, marker).await,
            Step::Complete => match self.booked.pop() {
                Some((visit, version)) => {
                    let date = minute(&mut self.dice, 2010);
                    let input = json!({"id": visit, "version": version, "date": date, "notes": marker});
                    let field = "completeConsultation";
                    self.write(Kind::Completion, marker, 1, field, "consultation { id }", input).await;
                }
                None => self.book(patient, doctor, marker).await,
            },
            Step::Scan => {
                let input = json!({"patientId": patient, "originalFilename": marker, "fileType": "NIFTI"});
                self.write(Kind::Scan, marker, 1, "createScan", "scan { id }", input).await;
            }
            Step::Scans => {
                let scan = json!({"patientId": patient, "originalFilename": marker});
                let input = json!({"scans": vec![scan; usize::try_from(BULK).expect("few")]});
                self.write(Kind::Scan, marker, BULK, "createScans", "scans { id }", input).await;
            }
            Step::Predict => {
                let input = json!({"patientId": patient, "result": "DETECTED", "stage": "2", "modelVersion": marker});
                self.write(Kind::Prediction, marker, 1, "createPrediction", "prediction { id }", input).await;
            }
            Step::Note => {
                let input = json!({"patientId": patient, "title": marker, "description": "Called", "severity": "LOW"});
                self.write(Kind::Note, marker, 1, "addTimelineNote", "timelineEvent { id }", input).await;
            }
            Step::Update => self.update(at, &patient, marker).await,
            Step::Report => {
                let prediction = id("Prediction", &self.people.predictions[at]);
                self.report(&patient, &prediction, marker).await;
            }
        }
    }

    async fn book(&mut self, patient: String, doctor: String, marker: String) {
        let date = minute(&mut self.dice, 2040);
        let input = json!({"patientId": patient, "doctorId": doctor, "date": date, "chiefComplaint": marker});
        let answer = "consultation { id version }";
        if let Some(mut payload) = self.write(Kind::Visit, marker, 1, "createConsultation", answer, input).await {
            let visit = &mut payload["consultation"];
            self.booked.push((visit["id"].take(), visit["version"].take()));
        }
    }

    /// Reads the version and writes with it; another writer may come between.
    async fn update(&mut self, at: usize, patient: &str, marker: String) {
        let query = "query($id: ID!) { patient(id: $id) { version } }";
        let Some(read) = self.send(query, json!({"id": patient})).await else { return };
        let input = json!({"id": patient, "version": read["data"]["patient"]["version"], "address": marker});
        let version = match self.answer("updatePatient", "patient { version }", input).await {
            Answer::Done(payload) => Outcome::Acknowledged(payload["patient"]["version"].as_i64().expect("a version")),
            Answer::Refused => Outcome::Refused,
            Answer::Unknown => Outcome::Unknown,
        };
        self.journal.updates.push(Update { patient: self.people.patients[at].clone(), marker, version });
    }

    async fn report(&mut self, patient: &str, prediction: &str, marker: String) {
        let input =
            json!({"patientId": patient, "title": marker, "content": "Findings", "predictionIds": [prediction]});
        let (kind, answer) = (Kind::Report, "report { id version }");
        let Some(written) = self.write(kind, marker.clone(), 1, "createReport", answer, input).await else { return };
        let draft = &written["report"];
        let input = json!({"id": draft["id"], "version": draft["version"]});
        let Some(released) = self.write(Kind::Release, marker, 1, "releaseReport", answer, input).await else { return };
        let (marker, report) = (self.marker(), &released["report"]);
        let input = json!({"id": report["id"], "version": report["version"], "reason": "A word", "title": marker});
        self.write(Kind::Amendment, marker, 1, "amendReport", answer, input).await;
    }

    /// Sends a mutation that leaves `marker` in so many rows, and notes what came of it; answers its payload.
    async fn write(
        &mut self,
        kind: Kind,
        marker: String,
        rows: u64,
        field: &str,
        answer: &str,
        input: Value,
    ) -> Option<Value> {
        let (outcome, payload) = match self.answer(field, answer, input).await {
            Answer::Done(payload) => (Outcome::Acknowledged(rows), Some(payload)),
            Answer::Refused => (Outcome::Refused, None),
            Answer::Unknown => (Outcome::Unknown, None),
        };
        self.journal.note(kind, marker, rows, outcome);
        payload
    }

    async fn answer(&mut self, field: &str, answer: &str, input: Value) -> Answer {
        let began = Instant::now();
        let Some(mut answer) = self.send(&mutation(field, answer), json!({"input": input})).await else {
            return Answer::Unknown;
        };
        self.journal.took.push(began.elapsed());
        let Some(payload) = answer["data"].get_mut(field).map(Value::take).filter(Value::is_object) else {
            return Answer::Unknown;
        };
        let code = payload["userErrors"][0]["code"].as_str().map(str::to_owned);
        match code {
            Some(code) => {
                *self.journal.refused.entry(code).or_default() += 1;
                Answer::Refused
            }
            None => Answer::Done(payload),
        }
    }

    /// The answer of a request, if it has no errors; a server that does not answer is gone.
    async fn send(&mut self, document: &str, variables: Value) -> Option<Value> {
        let request = self.actor.post("/graphql").json(&json!({"query": document, "variables": variables}));
        let text = match request.send().await {
            Ok(response) => response.text().await,
            Err(error) => Err(error),
        };
        let Ok(text) = text else {
            self.alive = false;
            return None;
        };
        let answer: Option<Value> = serde_json::from_str(&text).ok();
        let answer = answer.filter(|answer| answer.get("errors").is_none());
        if answer.is_none() {
            self.journal.errors.push(text);
        }
        answer
    }

    fn patient(&mut self) -> (String, usize) {
        let at = self.dice.below(self.people.patients.len());
        (id("Patient", &self.people.patients[at]), at)
    }

    /// What no other write leaves in the database.
    fn marker(&mut self) -> String {
        self.count += 1;
        format!("W{}-{}", self.number, self.count)
    }
}
