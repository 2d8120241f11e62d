//! `patient_timeline`: the database makes the events of scans, predictions, reports and visits; what people wrote by hand
//! becomes notes.

use entity::patient_timeline;
use entity::vocabulary::{EventType, Severity};
use entity::{Instant, Key};
use rusqlite::types::ValueRef;
use serde_json::json;

use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::{Finding, Patient, Thing};
use crate::ledger::{Entry, Fate, source_key};
use crate::source::Row;
use crate::value::text::{Json, JsonKind, exact, json as read_json};
use crate::value::time::Stamp;
use crate::value::word;

const PLACED: [&str; 13] = [
    "id",
    "patient_id",
    "event_type",
    "event_date",
    "event_title",
    "event_description",
    "related_id",
    "related_table",
    "doctor_id",
    "session_id",
    "severity",
    "metadata",
    "created_at",
];

/// What an old event tells of.
enum Source {
    /// Nothing, or something that is not there: people wrote it.
    Hand,
    /// A row of which the database makes the same event.
    Made,
    /// A row that was not migrated.
    Left,
    /// Something that is not there, of which another event tells.
    Again,
}

impl Judging<'_> {
    pub(super) fn timeline(&mut self) -> Result<(), Failure> {
        self.each("patient_timeline", |judging, row| judging.event(row))
    }

    fn event(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let Some((mut entry, _)) = self.enter("patient_timeline", row, row.get("id"))? else { return Ok(()) };
        let Some(patient) = self.index.patient(row.get("patient_id"))? else {
            entry.find(Code::TimelinePatientDangling);
            self.close(entry, Fate::Quarantined(Code::TimelinePatientDangling), None);
            return Ok(());
        };
        if !patient.alive {
            entry.find(Code::PatientGone);
            self.close(entry, Fate::Quarantined(Code::PatientGone), None);
            return Ok(());
        }
        if crate::value::text::is_blank(row.get("id")) {
            entry.find(Code::TimelineIdMissing);
        }
        let at = self.event_date(&mut entry, &patient);
        let kind = kind(&mut entry);
        let severity = severity(&mut entry);
        let source = self.source_of(&mut entry, kind, &patient)?;
        let doctor_id = self.doctor_of_event(&mut entry);
        let session_id = self.session_of_event(&mut entry, patient.key)?;
        match source {
            Source::Made => self.close(entry, Fate::Rebuilt, Some(patient.key)),
            Source::Left => {
                entry.find(Code::TimelineSourceLeft);
                self.close(entry, Fate::Kept(Code::TimelineSourceLeft), Some(patient.key));
            }
            Source::Again => self.close(entry, Fate::Kept(Code::TimelineDuplicateEvent), Some(patient.key)),
            Source::Hand => {
                let dangling = entry.has(Code::TimelineRelatedDangling);
                let reason = if dangling { Code::TimelineRelatedDangling } else { Code::ColumnNoPlace };
                ["related_table", "related_id"].into_iter().for_each(|column| entry.keep(reason, column));
                let note = self.note(&mut entry, patient.key, at, kind);
                let note = patient_timeline::Model { severity, doctor_id, session_id, ..note };
                let id = note.id;
                if !entry.earlier {
                    self.out.note(note);
                }
                self.close(entry, Fate::Migrated(id), Some(patient.key));
            }
        }
        Ok(())
    }

    fn event_date(&mut self, entry: &mut Entry<'_>, patient: &Patient) -> Instant {
        if let Stamp::At(at, _) = self.stamp(entry.row.get("event_date")) {
            return at;
        }
        entry.repair(Code::TimelineDateUnparseable, "event_date");
        self.stamp(entry.row.get("created_at")).instant().unwrap_or(patient.created)
    }

    /// What the event tells of. Second events of the same source are made once, too.
    fn source_of(&self, entry: &mut Entry<'_>, kind: EventType, patient: &Patient) -> Result<Source, Failure> {
        let (table, id) = (entry.row.get("related_table"), entry.row.get("related_id"));
        if id == ValueRef::Null {
            return Ok(Source::Hand);
        }
        let thing = thing(table);
        let found = match thing {
            Some(thing) => self.index.thing(thing, id, ValueRef::Null)?,
            None => None,
        };
        match &found {
            None => entry.find(Code::TimelineRelatedDangling),
            Some(found) if found.patient.is_some_and(|owner| owner != patient.key) => {
                entry.find(Code::TimelineOwnerMismatch);
            }
            Some(_) => {}
        }
        let again = self.index.was_told(table, id, name(kind))?;
        if again {
            entry.find(Code::TimelineDuplicateEvent);
        }
        Ok(match (thing, found) {
            (Some(thing), Some(found)) if makes(thing, kind) => self.made_of(thing, id, found)?,
            _ if again => Source::Again,
            _ => Source::Hand,
        })
    }

    /// What an earlier import brought, the database made events of, also where it was deleted here since.
    fn made_of(&self, thing: Thing, id: ValueRef<'_>, found: Finding) -> Result<Source, Failure> {
        let earlier = || match source_key(id) {
            Some(name) => self.index.earlier(thing.table(), &name),
            None => Ok(None),
        };
        Ok(if found.key.is_some() || earlier()?.is_some() { Source::Made } else { Source::Left })
    }

    fn doctor_of_event(&self, entry: &mut Entry<'_>) -> Option<Key> {
        let cell = entry.row.get("doctor_id");
        let doctor = self.doctors.named(cell).key();
        if cell != ValueRef::Null && doctor.is_none() {
            entry.repair(Code::TimelineDoctorDangling, "doctor_id");
        }
        doctor
    }

    fn session_of_event(&self, entry: &mut Entry<'_>, patient: Key) -> Result<Option<Key>, Failure> {
        let cell = entry.row.get("session_id");
        if cell == ValueRef::Null {
            return Ok(None);
        }
        let Some(found) = self.index.session(cell)? else {
            entry.repair(Code::TimelineSessionDangling, "session_id");
            return Ok(None);
        };
        if found.patient.is_some_and(|owner| owner != patient) {
            entry.repair(Code::TimelineSessionOtherPatient, "session_id");
            return Ok(None);
        }
        Ok(found.key)
    }

    /// A note, seen by staff alone: nobody knows whom its writer meant it for.
    fn note(&mut self, entry: &mut Entry<'_>, patient: Key, at: Instant, kind: EventType) -> patient_timeline::Model {
        let row = entry.row;
        let mut metadata = match read_json(row.get("metadata"), JsonKind::Object) {
            Json::Absent => None,
            Json::Good(value) => Some(value),
            Json::Wrong | Json::Unstorable => {
                entry.repair(Code::JsonUnstorable, "metadata");
                None
            }
        };
        // What kind of event it was in the old system.
        if kind != EventType::Note {
            let value = metadata.get_or_insert_with(|| json!({}));
            if let Some(object) = value.as_object_mut() {
                object.entry("oldEventType").or_insert_with(|| json!(name(kind)));
            }
        }
        let event_title = entry.words("event_title").unwrap_or_else(|| "Note".to_owned());
        let event_description = entry.words("event_description");
        let created = self.lesser_time(entry, "created_at").unwrap_or(at).min(self.terms.now);
        entry.keep_others(&PLACED);
        patient_timeline::Model {
            id: self.key(15, row.rowid(), created),
            patient_id: patient,
            event_type: EventType::Note,
            event_date: at,
            event_title,
            event_description,
            related_table: None,
            related_id: None,
            doctor_id: None,
            session_id: None,
            severity: Severity::Info,
            metadata,
            author_id: None,
            patient_visible: false,
            created_at: created,
            updated_at: created,
            version: 1,
        }
    }
}

fn thing(table: ValueRef<'_>) -> Option<Thing> {
    match exact(table)? {
        "mri_scans" => Some(Thing::Scan),
        "predictions" => Some(Thing::Prediction),
        "medical_reports" => Some(Thing::Report),
        "consultations" => Some(Thing::Consultation),
        _ => None,
    }
}

/// Whether the database makes events of this kind from such rows.
fn makes(thing: Thing, kind: EventType) -> bool {
    match thing {
        Thing::Scan => kind == EventType::Scan,
        Thing::Prediction => kind == EventType::Prediction,
        Thing::Report => kind == EventType::Report,
        Thing::Consultation => matches!(kind, EventType::Consultation | EventType::Diagnosis | EventType::Treatment),
    }
}

fn kind(entry: &mut Entry<'_>) -> EventType {
    let written = exact(entry.row.get("event_type")).unwrap_or_default();
    match word::event_type(written) {
        None => {
            entry.repair(Code::TimelineTypeUnknown, "event_type");
            EventType::Note
        }
        Some(kind) => {
            if name(kind) != written {
                entry.repair(Code::TimelineTypeNormalised, "event_type");
            }
            kind
        }
    }
}

fn severity(entry: &mut Entry<'_>) -> Severity {
    let cell = entry.row.get("severity");
    if cell == ValueRef::Null {
        return Severity::Info;
    }
    exact(cell).and_then(word::severity).unwrap_or_else(|| {
        entry.repair(Code::TimelineSeverityUnknown, "severity");
        Severity::Info
    })
}

fn name(kind: EventType) -> &'static str {
    match kind {
        EventType::Scan => "scan",
        EventType::Prediction => "prediction",
        EventType::Report => "report",
        EventType::Consultation => "consultation",
        EventType::Diagnosis => "diagnosis",
        EventType::Treatment => "treatment",
        EventType::Note => "note",
    }
}
