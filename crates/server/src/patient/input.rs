//! Inputs about patients, checked into what may be written.

use entity::patients::{self, ActiveModel};
use entity::{Day, fold};
use sea_orm::ActiveValue::{self, NotSet, Set};
use sea_orm::{ActiveModelTrait, IdenStatic, Iterable};

use super::Patient;
use super::mutation::{CreatePatientInput, DeletePatientInput, PatientDetails, UpdatePatientInput};
use crate::auth::Role;
use crate::input::{Act, Checks, Input, Target, UserError, UserErrorCode, set};
use crate::read::record::Concept;
use crate::read::scalar::Date;
use crate::read::shape::{Moment, Source, Sql};

/// A patient to register.
pub struct NewPatient {
    pub(super) checks: Checks,
    pub(super) columns: ActiveModel,
}

/// A change of a patient.
pub struct PatientChange {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) columns: ActiveModel,
}

/// The end of a patient's record.
pub struct Erasure {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) reason: ActiveValue<String>,
}

impl Input for CreatePatientInput {
    type Change = NewPatient;

    fn parse(self, act: &Act) -> NewPatient {
        let mut checks = Checks::default();
        let mut columns = details(&mut checks, self.details, act.moment());
        columns.mrn = checks.required_line(&["mrn"], &self.mrn);
        name(&mut checks, &mut columns, &self.name);
        columns.gender = Set(self.gender.into());
        columns.dob_estimated = Set(self.date_of_birth_estimated);
        let (born, died) = (columns.date_of_birth.clone().take(), columns.date_of_death.clone().take());
        lifetime(&mut checks, born.flatten(), died.flatten());
        NewPatient { checks, columns }
    }
}

impl Input for UpdatePatientInput {
    type Change = PatientChange;

    fn parse(self, act: &Act) -> PatientChange {
        let mut checks = Checks::default();
        let mut columns = details(&mut checks, self.details, act.moment());
        if let Some(mrn) = checks.kept(&["mrn"], self.mrn) {
            columns.mrn = checks.required_line(&["mrn"], &mrn);
        }
        if let Some(given) = checks.kept(&["name"], self.name) {
            name(&mut checks, &mut columns, &given);
        }
        columns.gender = checks.kept(&["gender"], self.gender).map_or(NotSet, |gender| Set(gender.into()));
        let estimated = checks.kept(&["dateOfBirthEstimated"], self.date_of_birth_estimated);
        columns.dob_estimated = estimated.map_or(NotSet, Set);
        if matches!(act.viewer().role, Role::Patient(_)) {
            contact_alone(&mut checks, &columns);
        }
        PatientChange { target: Target::new::<Patient>(&self.id, self.version), checks, columns }
    }
}

impl Input for DeletePatientInput {
    type Change = Erasure;

    fn parse(self, _: &Act) -> Erasure {
        let mut checks = Checks::default();
        let reason = checks.required_line(&["reason"], &self.reason);
        Erasure { target: Target::new::<Patient>(&self.id, self.version), checks, reason }
    }
}

/// What patients change of their own record.
const CONTACT: &[&str] = &["phone", "email", "address", "emergency_contact_name", "emergency_contact_phone"];

/// Refuses everything that patients do not change themselves.
fn contact_alone(checks: &mut Checks, columns: &ActiveModel) {
    for column in patients::Column::iter().filter(|column| !CONTACT.contains(&column.as_str())) {
        let is_column = |source| matches!(source, Source::Sql(Sql::Own(own)) if own == column.as_str());
        let field = Patient::SHAPE.fields.iter().find(|field| is_column(field.source));
        if let Some(field) = field.filter(|_| columns.get(column).is_set()) {
            let message = "Patients change their contact details alone. Ask the clinic to change this.";
            checks.problem(UserError::forbidden(&[field.name], message));
        }
    }
}

fn details(checks: &mut Checks, given: PatientDetails, moment: &Moment) -> ActiveModel {
    let contact = given.emergency_contact.map_value(|contact| (contact.name, contact.phone));
    let contact_name = contact.clone().map(|contact| contact?.0);
    let contact_phone = contact.map(|contact| contact?.1);
    ActiveModel {
        date_of_birth: day(checks, "dateOfBirth", given.date_of_birth, moment),
        date_of_death: day(checks, "dateOfDeath", given.date_of_death, moment),
        phone: checks.line(&["phone"], given.phone),
        email: checks.email(&["email"], given.email),
        address: checks.line(&["address"], given.address),
        emergency_contact_name: checks.line(&["emergencyContact", "name"], contact_name),
        emergency_contact_phone: checks.line(&["emergencyContact", "phone"], contact_phone),
        medical_history: checks.text(&["medicalHistory"], given.medical_history),
        allergies: checks.text(&["allergies"], given.allergies),
        current_medications: checks.text(&["currentMedications"], given.current_medications),
        insurance_info: checks.text(&["insuranceInfo"], given.insurance_info),
        ..Default::default()
    }
}

fn name(checks: &mut Checks, columns: &mut ActiveModel, given: &str) {
    columns.name = checks.person(&["name"], given);
    if let Set(name) = &columns.name {
        columns.name_folded = Set(fold(name));
    }
}

fn day(
    checks: &mut Checks,
    field: &str,
    given: async_graphql::MaybeUndefined<Date>,
    moment: &Moment,
) -> ActiveValue<Option<Day>> {
    set(given.map_value(|Date(day)| {
        if day.0 > moment.today {
            checks.problem(UserError::at(&[field], UserErrorCode::InFuture, "The date must not be in the future."));
        }
        Some(day)
    }))
}

/// Nobody dies before being born.
pub(super) fn lifetime(checks: &mut Checks, born: Option<Day>, died: Option<Day>) {
    if let (Some(born), Some(died)) = (born, died)
        && died < born
    {
        let message = "The date of death is before the date of birth. Correct one of them.";
        checks.problem(UserError::invalid(&["dateOfDeath"], message));
    }
}
