//! What clients know of the records: only what answers told.

use serde_json::Value;

use super::call::{Answer, Call};
use super::state::key;
use crate::support::factory::PREFIXES;

/// A record, as it was when it was last heard of.
#[derive(Debug, Clone)]
pub struct Heard {
    pub type_name: &'static str,
    pub id: String,
    pub version: i64,
    /// What was last done with it.
    pub last: &'static str,
    /// The id of the patient whose it is.
    pub patient: Option<String>,
    pub gone: bool,
    pub archived: bool,
    /// Of a patient, the id of the primary doctor.
    pub primary: Option<String>,
}

/// All records that were heard of, in the order in which they were.
#[derive(Debug, Clone, Default)]
pub struct Board(Vec<Heard>);

impl Board {
    /// The records of a type.
    pub fn all(&self, type_name: &str) -> impl Iterator<Item = &Heard> {
        self.0.iter().filter(move |heard| heard.type_name == type_name)
    }

    /// The record with this id.
    pub fn find(&self, id: &str) -> Option<&Heard> {
        self.0.iter().find(|heard| heard.id == id)
    }

    /// Whether a record can be expected to be there and to be changed.
    pub fn is_open(&self, heard: &Heard) -> bool {
        let owner = heard.patient.as_deref().and_then(|patient| self.find(patient));
        !heard.gone && !heard.archived && owner.is_none_or(|owner| !owner.gone && !owner.archived)
    }

    /// Notes what an answer tells.
    pub fn learn(&mut self, call: &Call, answer: &Answer) {
        let of_target = call.input["id"].as_str().and_then(|id| self.find(id)).and_then(|heard| heard.patient.clone());
        let named = |input: &Value| input["patientId"].as_str().map(str::to_owned);
        if !answer.written().is_empty() {
            let primary = match call.mutation {
                "assignDoctor" if call.input["type"] == "PRIMARY" => &call.input["doctorId"],
                "transferPrimaryDoctor" => &call.input["toDoctorId"],
                _ => &Value::Null,
            };
            let patients = self.0.iter_mut().filter(|heard| call.input["patientId"] == *heard.id);
            patients.for_each(|heard| heard.primary = primary.as_str().map(str::to_owned).or(heard.primary.take()));
        }
        for written in answer.written() {
            if let Some(id) = written.as_str() {
                self.0.iter_mut().filter(|heard| heard.id == id).for_each(|heard| heard.gone = true);
            }
            for heard in self.0.iter_mut().filter(|heard| written["id"] == *heard.id) {
                heard.archived |= ["archivePatient", "archiveDoctor"].contains(&call.mutation);
                heard.archived &= !["restorePatient", "restoreDoctor"].contains(&call.mutation);
            }
            let patient = named(&call.input).or_else(|| of_target.clone());
            self.meet(call.mutation, written, patient);
            for (number, one) in written.as_array().into_iter().flatten().enumerate() {
                let rows = call.input.as_object().into_iter().flatten().find_map(|(_, list)| list.as_array());
                let patient = one["patient"]["id"].as_str().map(str::to_owned);
                self.meet(call.mutation, one, patient.or_else(|| named(rows?.get(number)?)));
            }
        }
    }

    /// A record stands in an answer.
    pub fn meet(&mut self, last: &'static str, record: &Value, patient: Option<String>) {
        let (Some(id), Some(version)) = (record["id"].as_str(), record["version"].as_i64()) else { return };
        if let Some(heard) = self.0.iter_mut().find(|heard| heard.id == id) {
            if heard.version < version {
                (heard.version, heard.last) = (version, last);
            }
            return;
        }
        let named = |type_name: &str| key(type_name, &Value::from(id)).is_some();
        let (type_name, _) = PREFIXES.iter().find(|(type_name, _)| named(type_name)).expect("an id of a type");
        self.0.push(Heard {
            type_name,
            id: id.to_owned(),
            version,
            last,
            patient,
            gone: false,
            archived: false,
            primary: None,
        });
    }
}
