//! Inputs about patients, checked into what may be written.

use entity::patients::ActiveModel;
use entity::{Day, Key, fold};
use sea_orm::ActiveValue::{NotSet, Set};

use super::mutation::{CreatePatientInput, EmergencyContactInput, UpdatePatientInput};
use crate::input::{Checks, UserError, UserErrorCode, cleared};
use crate::read::id;
use crate::read::scalar::Date;
use crate::read::shape::Moment;

/// A patient that may be registered: all columns but those that the store sets.
pub struct NewPatient(pub(super) ActiveModel);

/// A change of a patient.
pub struct PatientChange {
    /// The patient; none when the id names nothing.
    pub(super) patient: Option<Key>,
    /// The version that the client read.
    pub(super) version: i64,
    /// The columns that change, or what is wrong with the input: told only to whoever may see the patient.
    pub(super) columns: Result<ActiveModel, Vec<UserError>>,
}

/// Makes a checked optional text a column's new value, where it is given at all.
macro_rules! texts {
    ($checks:ident, $columns:ident, $input:ident, $check:ident: $($field:ident $path:literal),+) => {
        $(if let Some(value) = cleared($input.$field) {
            $columns.$field = Set($checks.$check(&[$path], value.as_deref()));
        })+
    };
}

impl NewPatient {
    /// Checks an input.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(input: CreatePatientInput, moment: &Moment) -> Result<Self, Vec<UserError>> {
        let mut checks = Checks::default();
        let mut columns = nothing_set();
        columns.mrn = checks.required_line(&["mrn"], &input.mrn).map_or(NotSet, Set);
        name(&mut checks, &mut columns, &input.name);
        columns.gender = Set(input.gender.into());
        columns.dob_estimated = Set(input.date_of_birth_estimated);
        columns.date_of_birth = Set(day(&mut checks, "dateOfBirth", input.date_of_birth, moment));
        columns.date_of_death = Set(day(&mut checks, "dateOfDeath", input.date_of_death, moment));
        columns.phone = Set(checks.optional_line(&["phone"], input.phone.as_deref()));
        columns.email = Set(email(&mut checks, input.email.as_deref()));
        columns.address = Set(checks.optional_line(&["address"], input.address.as_deref()));
        contact(&mut checks, &mut columns, input.emergency_contact);
        columns.medical_history = Set(checks.optional_text(&["medicalHistory"], input.medical_history.as_deref()));
        columns.allergies = Set(checks.optional_text(&["allergies"], input.allergies.as_deref()));
        let medications = checks.optional_text(&["currentMedications"], input.current_medications.as_deref());
        columns.current_medications = Set(medications);
        columns.insurance_info = Set(checks.optional_text(&["insuranceInfo"], input.insurance_info.as_deref()));
        let (born, died) = (columns.date_of_birth.clone().take(), columns.date_of_death.clone().take());
        lifetime(&mut checks, born.flatten(), died.flatten());
        checks.finish(|| Some(Self(columns)))
    }
}

impl PatientChange {
    /// Checks an input as far as it can be without the patient.
    pub fn parse(input: UpdatePatientInput, moment: &Moment) -> Self {
        let (patient, version) = (id::parse("pat", &input.id).map(Key), i64::from(input.version));
        Self { patient, version, columns: changed(input, moment) }
    }
}

fn changed(input: UpdatePatientInput, moment: &Moment) -> Result<ActiveModel, Vec<UserError>> {
    let mut checks = Checks::default();
    let mut columns = nothing_set();
    if let Some(mrn) = checks.kept(&["mrn"], input.mrn) {
        columns.mrn = checks.required_line(&["mrn"], &mrn).map_or(NotSet, Set);
    }
    if let Some(given) = checks.kept(&["name"], input.name) {
        name(&mut checks, &mut columns, &given);
    }
    columns.gender = checks.kept(&["gender"], input.gender).map_or(NotSet, |gender| Set(gender.into()));
    let estimated = checks.kept(&["dateOfBirthEstimated"], input.date_of_birth_estimated);
    columns.dob_estimated = estimated.map_or(NotSet, Set);
    if let Some(born) = cleared(input.date_of_birth) {
        columns.date_of_birth = Set(day(&mut checks, "dateOfBirth", born, moment));
    }
    if let Some(died) = cleared(input.date_of_death) {
        columns.date_of_death = Set(day(&mut checks, "dateOfDeath", died, moment));
    }
    if let Some(address) = cleared(input.email) {
        columns.email = Set(email(&mut checks, address.as_deref()));
    }
    if let Some(given) = cleared(input.emergency_contact) {
        contact(&mut checks, &mut columns, given);
    }
    texts!(checks, columns, input, optional_line: phone "phone", address "address");
    texts!(checks, columns, input, optional_text: medical_history "medicalHistory", allergies "allergies",
            current_medications "currentMedications", insurance_info "insuranceInfo");
    checks.finish(|| Some(columns))
}

fn name(checks: &mut Checks, columns: &mut ActiveModel, given: &str) {
    if let Some(name) = checks.required_line(&["name"], given) {
        columns.name_folded = Set(fold(&name));
        columns.name = Set(name);
    }
}

fn email(checks: &mut Checks, given: Option<&str>) -> Option<String> {
    let address = checks.optional_line(&["email"], given)?;
    let parts = address.split_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if parts.is_none() || address.chars().any(char::is_whitespace) {
        let message = "This is not an e-mail address. Write it as name@example.org.";
        checks.problem(UserError::at(&["email"], UserErrorCode::Invalid, message));
    }
    Some(address)
}

fn contact(checks: &mut Checks, columns: &mut ActiveModel, given: Option<EmergencyContactInput>) {
    let (name, phone) = given.map_or((None, None), |contact| (contact.name, contact.phone));
    columns.emergency_contact_name = Set(checks.optional_line(&["emergencyContact", "name"], name.as_deref()));
    columns.emergency_contact_phone = Set(checks.optional_line(&["emergencyContact", "phone"], phone.as_deref()));
}

fn day(checks: &mut Checks, field: &str, given: Option<Date>, moment: &Moment) -> Option<Day> {
    let Date(day) = given?;
    if day.0 > moment.today {
        checks.problem(UserError::at(&[field], UserErrorCode::InFuture, "The date must not be in the future."));
    }
    Some(day)
}

/// Nobody dies before being born.
pub(super) fn lifetime(checks: &mut Checks, born: Option<Day>, died: Option<Day>) {
    if let (Some(born), Some(died)) = (born, died)
        && died < born
    {
        let message = "The date of death is before the date of birth. Correct one of them.";
        checks.problem(UserError::at(&["dateOfDeath"], UserErrorCode::Invalid, message));
    }
}

/// A row of which no column is set yet.
fn nothing_set() -> ActiveModel {
    Default::default()
}
