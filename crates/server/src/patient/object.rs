//! What a patient is in the API.

use chrono::NaiveDate;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use super::access;
use crate::assignment::{self, ASSIGNMENT, PATIENT_DOCTORS};
use crate::consultation::CONSULTATION;
use crate::doctor::DOCTOR;
use crate::imaging::{PREDICTION, SCAN, SESSION};
use crate::read::kind::Kind::{Bool, Day, Id, Instant, Int, Text, Word};
use crate::read::record::Concept;
use crate::read::shape::{
    Field, Join, LeaveOut, Link, List, Moment, Operators, Relation, Scope, Shape, ShapeRef, Source, Sql, UNLISTED,
    filter, many, optional, order, related_filter, required, through,
};
use crate::report::{REPORT, REPORT_REQUEST};
use crate::statistics::{self, STATISTICS};
use crate::timeline::TIMELINE_EVENT;
use crate::vocabulary::{DISEASE_STATUS, GENDER};

/// [`PATIENT`] as an answer.
pub struct Patient;

impl Concept for Patient {
    const SHAPE: ShapeRef = &PATIENT;
}

/// A patient.
pub static PATIENT: Shape = Shape {
    name: "Patient",
    about: "A person whose record the clinic keeps.",
    table: "patients",
    key: "patient_id",
    prefix: Some("pat"),
    unions: &[],
    access: access::visible_to,
    columns: access::columns,
    joins: &[Join {
        alias: "s",
        table: "patient_statistics",
        own: "patient_id",
        to: "patient_id",
        required: true,
        access: access::record_of,
        columns: statistics::access::columns,
    }],
    fields: &[
        required("id", "patient_id", Id("pat"), "Names the patient, for good."),
        required("mrn", "mrn", Text, "The medical record number that people use; unique."),
        required("name", "name", Text, "The full name as written."),
        optional("dateOfBirth", "date_of_birth", Day, "The date of birth, where known."),
        required("dateOfBirthEstimated", "dob_estimated", Bool, "Whether the date of birth is a guess."),
        optional("dateOfDeath", "date_of_death", Day, "The date of death."),
        Field {
            name: "age",
            about: "Completed years of life on the clinic's calendar day, or at death.",
            kind: Int,
            null: true,
            source: Source::Days(&["date_of_birth", "date_of_death"], age),
        },
        required("gender", "gender", Word(&GENDER), "The gender, as recorded."),
        optional("phone", "phone", Text, "The telephone number."),
        optional("email", "email", Text, "The e-mail address."),
        optional("address", "address", Text, "The postal address."),
        optional("medicalHistory", "medical_history", Text, "Earlier diseases and operations."),
        optional("allergies", "allergies", Text, "Known allergies."),
        optional("currentMedications", "current_medications", Text, "What the patient takes."),
        optional("insuranceInfo", "insurance_info", Text, "Who pays."),
        required("createdAt", "created_at", Instant, "When the patient was registered."),
        required("updatedAt", "updated_at", Instant, "When the patient's own data were last changed."),
        required("version", "version", Int, "The edit lock: give it back when you change the patient."),
        optional("archivedAt", "archived_at", Instant, "Since when the patient is archived."),
    ],
    relations: &[
        Relation {
            name: "emergencyContact",
            about: "Whom to call in an emergency.",
            shape: &EMERGENCY_CONTACT,
            link: Link::Inline { alias: "t", present: &["emergency_contact_name", "emergency_contact_phone"] },
        },
        Relation {
            name: "statistics",
            about: "The figures of the record, always up to date.",
            shape: &STATISTICS,
            link: Link::Inline { alias: "s", present: &[] },
        },
        many("timeline", &TIMELINE_EVENT, "patient_id", "patient_id", "What happened, newest first."),
        through("doctors", &DOCTOR, &PATIENT_DOCTORS, "The patient's doctors, each once."),
        many(
            "assignments",
            &ASSIGNMENT,
            "patient_id",
            "patient_id",
            "Doctors' responsibilities for the patient, open and ended, newest first.",
        ),
        many("consultations", &CONSULTATION, "patient_id", "patient_id", "Visits, booked and done, newest first."),
        many("reports", &REPORT, "patient_id", "patient_id", "Reports about the patient, newest first."),
        many(
            "reportRequests",
            &REPORT_REQUEST,
            "patient_id",
            "patient_id",
            "Requests for reports about the patient, newest first.",
        ),
        many("sessions", &SESSION, "patient_id", "patient_id", "Runs of the analysis for the patient, newest first."),
        many("scans", &SCAN, "patient_id", "patient_id", "MRI scans, newest first."),
        many("predictions", &PREDICTION, "patient_id", "patient_id", "What models found in the scans, newest first."),
    ],
    list: List {
        stem: "Patient",
        newest_first: false,
        orders: &[
            order("NAME", Sql::Own("name_folded"), Text, "The name, in any case."),
            order("MRN", Sql::Own("mrn"), Text, "The medical record number."),
            order("DATE_OF_BIRTH", Sql::Own("date_of_birth"), Day, "The date of birth.").or_unknown(),
            order("CREATED_AT", Sql::Own("created_at"), Instant, "When the patient was registered."),
            order("LAST_VISIT", Sql::Joined("s", "last_visit_date"), Instant, "The last completed visit.").or_unknown(),
        ],
        filters: &[
            filter("id", Sql::Own("patient_id"), Operators::Id("pat"), "The patient."),
            filter(
                "mrn",
                Sql::Make("mrn", |row| row.lower("mrn")),
                Operators::Lower,
                "The medical record number, in any case.",
            ),
            filter("name", Sql::Own("name_folded"), Operators::Folded, "The name, in any case."),
            filter(
                "email",
                Sql::Make("email", |row| row.lower("email")),
                Operators::Lower,
                "The e-mail address, in any case.",
            ),
            filter(
                "search",
                Sql::Own("search_text"),
                Operators::Search,
                "Parts of the name, record number or e-mail address: each word must occur in one of them, in any case and \
                 with or without accents.",
            ),
            filter("gender", Sql::Own("gender"), Operators::Word(&GENDER), "The gender."),
            filter("dateOfBirth", Sql::Own("date_of_birth"), Operators::Day, "The date of birth."),
            filter("dateOfDeath", Sql::Own("date_of_death"), Operators::Day, "The date of death."),
            filter("createdAt", Sql::Own("created_at"), Operators::Instant, "When the patient was registered."),
            filter(
                "archived",
                Sql::Make("archived", archived),
                Operators::Flag,
                "Archived patients are left out of lists unless this is given.",
            ),
            related_filter(
                "doctorId",
                "patient_id",
                assignment::open_patients,
                ("a", "doctor_id"),
                Operators::Id("doc"),
                "A doctor with an open assignment to the patient.",
            ),
            filter("lastVisit", Sql::Joined("s", "last_visit_date"), Operators::Instant, "The last completed visit."),
            filter(
                "diseaseStatus",
                Sql::Joined("s", "disease_status"),
                Operators::Word(&DISEASE_STATUS),
                "What the latest prediction that could say found.",
            ),
            filter(
                "diseaseStage",
                Sql::Joined("s", "disease_stage"),
                Operators::Exact,
                "The stage on that prediction.",
            ),
            filter(
                "totalConsultations",
                Sql::Joined("s", "total_consultations"),
                Operators::Int,
                "How many visits were completed.",
            ),
        ],
        unless_asked: Some(LeaveOut { unless: "archived", keep: not_archived }),
    },
};

static EMERGENCY_CONTACT: Shape = Shape {
    name: "EmergencyContact",
    about: "Whom to call in an emergency.",
    table: "patients",
    key: "patient_id",
    prefix: None,
    unions: &[],
    access: access::visible_to,
    columns: access::columns,
    joins: &[],
    fields: &[
        optional("name", "emergency_contact_name", Text, "The person's name."),
        optional("phone", "emergency_contact_phone", Text, "The telephone number."),
    ],
    relations: &[],
    list: UNLISTED,
};

fn archived(scope: &Scope<'_>) -> Expr {
    scope.own("archived_at").is_not_null()
}

fn not_archived(scope: &Scope<'_>) -> Condition {
    Condition::all().add(scope.stored("archived_at").is_null())
}

/// Completed years from birth to today or death.
fn age(days: &[Option<NaiveDate>], moment: &Moment) -> Option<i64> {
    let [born, died] = *days else { return None };
    Some(entity::Day(born?).years_until(entity::Day(died.unwrap_or(moment.today))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_completed_on_the_birthday_and_stop_at_death() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let on = |today| Moment { now: chrono::DateTime::UNIX_EPOCH, today, zone: chrono_tz::UTC };
        let born = Some(day(1960, 2, 29));
        for (today, died, years) in [
            (day(2025, 2, 28), None, 64),
            (day(2025, 3, 1), None, 65),
            (day(2024, 2, 29), None, 64),
            (day(2025, 3, 1), Some(day(2000, 2, 28)), 39),
            (day(1959, 1, 1), None, 0),
        ] {
            assert_eq!(age(&[born, died], &on(today)), Some(years), "{today}");
        }
        assert_eq!(age(&[None, None], &on(day(2025, 1, 1))), None);
    }
}
