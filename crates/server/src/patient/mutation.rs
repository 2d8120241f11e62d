//! What can be told about patients: inputs, payloads, root mutations.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};

use super::Patient;
use super::input::{NewPatient, PatientChange};
use crate::input::{Act, UserError};
use crate::read::root::One;
use crate::read::scalar::Date;
use crate::vocabulary::Gender;

/// Whom to call in an emergency.
#[derive(InputObject)]
pub struct EmergencyContactInput {
    /// The person's name.
    pub name: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
}

/// A patient to register.
#[derive(InputObject)]
pub struct CreatePatientInput {
    /// The medical record number that people use; unique.
    pub mrn: String,
    /// The full name.
    pub name: String,
    /// The date of birth, where known; not in the future.
    pub date_of_birth: Option<Date>,
    /// Whether the date of birth is a guess.
    #[graphql(default)]
    pub date_of_birth_estimated: bool,
    /// The date of death; not in the future and not before the birth.
    pub date_of_death: Option<Date>,
    /// The gender.
    #[graphql(default_with = "Gender::Unknown")]
    pub gender: Gender,
    /// The telephone number.
    pub phone: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The postal address.
    pub address: Option<String>,
    /// Whom to call in an emergency.
    pub emergency_contact: Option<EmergencyContactInput>,
    /// Earlier diseases and operations.
    pub medical_history: Option<String>,
    /// Known allergies.
    pub allergies: Option<String>,
    /// What the patient takes.
    pub current_medications: Option<String>,
    /// Who pays.
    pub insurance_info: Option<String>,
}

/// A change of a patient. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdatePatientInput {
    /// The patient.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// The medical record number that people use; unique.
    pub mrn: MaybeUndefined<String>,
    /// The full name.
    pub name: MaybeUndefined<String>,
    /// The date of birth; not in the future.
    pub date_of_birth: MaybeUndefined<Date>,
    /// Whether the date of birth is a guess.
    pub date_of_birth_estimated: MaybeUndefined<bool>,
    /// The date of death; not in the future and not before the birth.
    pub date_of_death: MaybeUndefined<Date>,
    /// The gender.
    pub gender: MaybeUndefined<Gender>,
    /// The telephone number.
    pub phone: MaybeUndefined<String>,
    /// The e-mail address.
    pub email: MaybeUndefined<String>,
    /// The postal address.
    pub address: MaybeUndefined<String>,
    /// Whom to call in an emergency.
    pub emergency_contact: MaybeUndefined<EmergencyContactInput>,
    /// Earlier diseases and operations.
    pub medical_history: MaybeUndefined<String>,
    /// Known allergies.
    pub allergies: MaybeUndefined<String>,
    /// What the patient takes.
    pub current_medications: MaybeUndefined<String>,
    /// Who pays.
    pub insurance_info: MaybeUndefined<String>,
}

/// What came of registering a patient.
#[derive(SimpleObject)]
pub struct CreatePatientPayload {
    /// The new patient; null when there are errors.
    patient: Option<One<Patient>>,
    /// Why nothing was registered.
    user_errors: Vec<UserError>,
}

/// What came of changing a patient.
#[derive(SimpleObject)]
pub struct UpdatePatientPayload {
    /// The changed patient; null when there are errors.
    patient: Option<One<Patient>>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
}

/// Mutations of patients.
#[derive(Default)]
pub struct PatientMutation;

#[Object]
impl PatientMutation {
    /// Registers a patient.
    async fn create_patient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The patient.")] input: CreatePatientInput,
    ) -> Result<CreatePatientPayload> {
        let act = ctx.data::<Act>()?;
        let done = match NewPatient::parse(input, act.moment()) {
            Ok(patient) => act.change(&patient).await?,
            Err(errors) => Err(errors),
        };
        let (patient, user_errors) = answer(done);
        Ok(CreatePatientPayload { patient, user_errors })
    }

    /// Changes a patient's own data.
    async fn update_patient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The patient, the version that was read, and what changes.")] input: UpdatePatientInput,
    ) -> Result<UpdatePatientPayload> {
        let act = ctx.data::<Act>()?;
        let change = PatientChange::parse(input, act.moment());
        let (patient, user_errors) = answer(act.change(&change).await?);
        Ok(UpdatePatientPayload { patient, user_errors })
    }
}

fn answer(done: std::result::Result<entity::Key, Vec<UserError>>) -> (Option<One<Patient>>, Vec<UserError>) {
    match done {
        Ok(key) => (Some(One::new(key.0)), Vec::new()),
        Err(errors) => (None, errors),
    }
}
