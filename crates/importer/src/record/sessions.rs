//! `sessions`: each run of the analysis that has a patient.

use entity::sessions;
use entity::vocabulary::SessionStatus;
use rusqlite::types::ValueRef;

use super::doctors::Named;
use super::owner::here;
use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::{Session, Sessions};
use crate::ledger::{Entry, Fate};
use crate::source::Row;
use crate::value::text::{Json, JsonKind, exact, is_blank, is_bytes, json};
use crate::value::word::{self, Class};

const PLACED: [&str; 12] = [
    "id",
    "user_id",
    "patient_id",
    "patient_name",
    "doctor_id",
    "doctor_name",
    "input_type",
    "output_format",
    "status",
    "created_at",
    "updated_at",
    "metadata",
];

/// The old words, in their one spelling: anything else is noted.
const INPUTS: [&str; 5] = ["text", "voice", "mri", "lab_data", "mixed"];
const OUTPUTS: [&str; 3] = ["text", "voice", "pdf"];

impl Judging<'_> {
    /// A run that broke left a prediction that says `error`: its session is failed.
    pub(super) fn broken_runs(&mut self) -> Result<(), Failure> {
        let source = self.source;
        if source.schema().table("predictions").is_none() {
            return Ok(());
        }
        let sql = "SELECT session_id, binary_result FROM main.predictions WHERE binary_result IS NOT NULL";
        let mut statement = source.connection().prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if exact(row.get_ref(1)?).and_then(word::result) == Some(Class::Failed) {
                self.index.breaks(row.get_ref(0)?)?;
            }
        }
        Ok(())
    }

    pub(super) fn sessions(&mut self) -> Result<(), Failure> {
        self.each("sessions", |judging, row| judging.session(row))
    }

    fn session(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let id = row.get("id");
        let Some((mut entry, earlier)) = self.enter("sessions", row, id)? else { return Ok(()) };
        if is_blank(id) || is_bytes(id) {
            entry.find(Code::SessionIdMissing);
            self.close(entry, Fate::Quarantined(Code::SessionIdMissing), None);
            return Ok(());
        }
        let mut model = self.run_of(&mut entry)?;
        let created = self.stamp(row.get("created_at")).instant();
        let updated = self.stamp(row.get("updated_at")).instant();
        let named = row.get("patient_id");
        // One that had no patient then, and was kept aside, may have one now.
        if earlier.is_some_and(|earlier| earlier.kept) && !is_blank(named) {
            (entry.earlier, entry.renewed) = (false, true);
        }
        let mut session = Session { state: Sessions::Nobodys, key: None, patient: None, created };
        if is_blank(named) {
            entry.find(Code::SessionNoPatient);
            self.index.add_session(id, &session)?;
            self.close(entry, Fate::Kept(Code::SessionNoPatient), None);
            return Ok(());
        }
        let Some(patient) = self.index.patient(named)? else {
            entry.find(Code::SessionPatientDangling);
            session.state = Sessions::Strangers;
            self.index.add_session(id, &session)?;
            self.close(entry, Fate::Quarantined(Code::SessionPatientDangling), None);
            return Ok(());
        };
        session.state = Sessions::Patients;
        names(&mut entry, &patient.name);
        if !patient.alive {
            self.index.add_session(id, &session)?;
            entry.find(Code::PatientGone);
            self.close(entry, Fate::Quarantined(Code::PatientGone), None);
            return Ok(());
        }
        model.patient_id = patient.key;
        let (key, owner) = here(earlier.filter(|_| entry.earlier), Some(model.id), patient.key);
        (session.key, session.patient) = (key, Some(owner));
        // What hangs on it and has no time of its own happened then, or when the patient came.
        session.created = created.or(updated).or(Some(patient.created));
        self.index.add_session(id, &session)?;
        if let Some(doctor) = model.doctor_id {
            self.index.meet(doctor, patient.key, created)?;
        }
        entry.keep_others(&PLACED);
        let key = model.id;
        if !entry.earlier {
            self.out.session(model);
        }
        self.close(entry, Fate::Migrated(key), Some(patient.key));
        Ok(())
    }

    /// The session, but for its patient.
    fn run_of(&mut self, entry: &mut Entry<'_>) -> Result<sessions::Model, Failure> {
        let row = entry.row;
        let created = self.time(entry, "created_at", Code::SessionDateUnparseable);
        let updated = self.lesser_time(entry, "updated_at");
        if let (Some(created), Some(updated)) = (created, updated)
            && updated.utc() + chrono::TimeDelta::seconds(1) < created.utc()
        {
            entry.find(Code::SessionUpdatedBeforeCreated);
        }
        let input_type = vocabulary(entry, "input_type", &INPUTS);
        let output_format = vocabulary(entry, "output_format", &OUTPUTS);
        let mut status = status(entry);
        if self.index.is_broken(row.get("id"))? {
            status = SessionStatus::Failed;
        }
        let metadata = self.json(entry, "metadata", JsonKind::Object, Code::SessionMetadataNotJson);
        let user_id = self.user_of(entry)?;
        let doctor_id = self.doctor_of_session(entry);
        let created_at = created.or(updated).unwrap_or(self.terms.now);
        let id = self.key(6, row.rowid(), created_at);
        Ok(sessions::Model {
            id,
            patient_id: id,
            user_id,
            doctor_id,
            agent_id: None,
            input_type,
            output_format,
            status,
            metadata,
            created_at,
            updated_at: updated.unwrap_or(created_at).max(created_at),
            version: 1,
        })
    }

    fn user_of(&self, entry: &mut Entry<'_>) -> Result<Option<entity::Key>, Failure> {
        let user = entry.row.get("user_id");
        if user == ValueRef::Null {
            return Ok(None);
        }
        let account = self.index.account(user)?;
        if account.is_none() {
            entry.find(Code::SessionUserDangling);
            // `cli_user` and `patient_<id>` are what the old program itself put in.
            let own = exact(user).is_some_and(|user| user == "cli_user" || user.starts_with("patient_"));
            if !own {
                entry.keep(Code::SessionUserDangling, "user_id");
            }
        }
        Ok(account.and_then(|account| account.key))
    }

    fn doctor_of_session(&self, entry: &mut Entry<'_>) -> Option<entity::Key> {
        let named = self.doctors.named(entry.row.get("doctor_id"));
        match named {
            Named::ByAccount(_) => entry.find(Code::SessionDoctorMapped),
            Named::Blank => {
                entry.find(Code::SessionDoctorBlank);
                entry.keep(Code::SessionDoctorBlank, "doctor_name");
            }
            Named::Stranger => {
                entry.repair(Code::SessionDoctorDangling, "doctor_id");
                entry.keep(Code::SessionDoctorDangling, "doctor_name");
            }
            Named::Nobody if !is_blank(entry.row.get("doctor_name")) => {
                entry.find(Code::SessionDoctorNamed);
                entry.keep(Code::SessionDoctorNamed, "doctor_name");
            }
            Named::Nobody | Named::Doctor(_) => {}
        }
        named.key()
    }

    /// A JSON column; what is no JSON of its kind is kept aside as it is.
    pub(super) fn json(
        &mut self,
        entry: &mut Entry<'_>,
        column: &'static str,
        kind: JsonKind,
        wrong: Code,
    ) -> Option<serde_json::Value> {
        match json(entry.row.get(column), kind) {
            Json::Absent => None,
            Json::Good(value) => Some(value),
            Json::Wrong => {
                entry.once(wrong);
                entry.keep(wrong, column);
                None
            }
            Json::Unstorable => {
                entry.repair(Code::JsonUnstorable, column);
                None
            }
        }
    }
}

/// Names drift; where a session's differs from the patient's, it is kept.
fn names(entry: &mut Entry<'_>, name: &str) {
    let written = entry.row.get("patient_name");
    if !is_blank(written) && exact(written) != Some(name) {
        entry.keep(Code::SessionPatientNamed, "patient_name");
        entry.find(Code::SessionPatientNamed);
    }
}

fn vocabulary(entry: &mut Entry<'_>, column: &'static str, known: &[&str]) -> String {
    let cell = entry.row.get(column);
    if cell != ValueRef::Null && !exact(cell).is_some_and(|word| known.contains(&word)) {
        entry.repair(Code::SessionVocabUnknown, column);
    }
    entry.words(column).unwrap_or_else(|| "text".to_owned())
}

fn status(entry: &mut Entry<'_>) -> SessionStatus {
    let cell = entry.row.get("status");
    if cell == ValueRef::Null {
        return SessionStatus::Active;
    }
    exact(cell).and_then(word::session_status).unwrap_or_else(|| {
        entry.repair(Code::SessionVocabUnknown, "status");
        SessionStatus::Expired
    })
}
