//! Notes on the timeline, written by hand.

use entity::patient_timeline::Model;
use entity::vocabulary::{EventType, Severity};

use super::{Record, Writing, texts};

impl Writing<'_> {
    pub(super) fn notes(&mut self, record: &mut Record) {
        let mut percent = 36;
        while self.dice.chance(percent) {
            let note = self.note(record);
            record.patient_timeline.push(note);
            percent = 28;
        }
        record.patient_timeline.sort_by_key(|note| (note.event_date, note.id));
    }

    fn note(&mut self, record: &Record) -> Model {
        let ago = self.dice.between(self.life.ended.max(1), self.life.registered);
        let at = self.calendar.moment(ago, &mut self.dice).max(record.patient.created_at);
        let doctor = self.doctor_at(record, at).map(|doctor| &self.staff.doctors[doctor]);
        let (severity, title, text) = texts::NOTES[self.dice.below(texts::NOTES.len() as u64) as usize];
        Model {
            id: self.dice.key(at),
            patient_id: record.patient.patient_id,
            event_type: EventType::Note,
            event_date: at,
            event_title: title.to_owned(),
            event_description: Some(text.to_owned()),
            related_table: None,
            related_id: None,
            doctor_id: doctor.map(|doctor| doctor.doctor_id),
            session_id: None,
            severity: Severity::ALL[severity],
            metadata: None,
            author_id: doctor.and_then(|doctor| doctor.user_id),
            patient_visible: self.dice.chance(40),
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }
}
