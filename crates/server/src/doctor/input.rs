//! Inputs about doctors, checked into what may be written.

use entity::doctors::ActiveModel;
use entity::fold;
use sea_orm::ActiveValue::Set;

use super::Doctor;
use super::mutation::{CreateDoctorInput, DoctorDetails, UpdateDoctorInput};
use crate::input::{Act, Checks, Input, Target};

/// A doctor to register.
pub struct NewDoctor {
    pub(super) checks: Checks,
    pub(super) columns: ActiveModel,
}

/// A change of a doctor.
pub struct DoctorChange {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) columns: ActiveModel,
}

impl Input for CreateDoctorInput {
    type Change = NewDoctor;

    fn parse(self, _: &Act) -> NewDoctor {
        let mut checks = Checks::default();
        let mut columns = details(&mut checks, self.details);
        name(&mut checks, &mut columns, &self.name);
        NewDoctor { checks, columns }
    }
}

impl Input for UpdateDoctorInput {
    type Change = DoctorChange;

    fn parse(self, _: &Act) -> DoctorChange {
        let mut checks = Checks::default();
        let mut columns = details(&mut checks, self.details);
        if let Some(given) = checks.kept(&["name"], self.name) {
            name(&mut checks, &mut columns, &given);
        }
        DoctorChange { target: Target::new::<Doctor>(&self.id, self.version), checks, columns }
    }
}

fn details(checks: &mut Checks, given: DoctorDetails) -> ActiveModel {
    ActiveModel {
        specialization: checks.line(&["specialization"], given.specialization),
        license_number: checks.line(&["licenseNumber"], given.license_number),
        years_experience: checks.number(&["yearsExperience"], given.years_experience, 0..=100),
        hospital_affiliation: checks.line(&["hospitalAffiliation"], given.hospital_affiliation),
        consultation_fee_cents: checks.money(&["consultationFee"], given.consultation_fee),
        email: checks.email(&["email"], given.email),
        phone: checks.line(&["phone"], given.phone),
        ..Default::default()
    }
}

fn name(checks: &mut Checks, columns: &mut ActiveModel, given: &str) {
    columns.name = checks.person(&["name"], given);
    if let Set(name) = &columns.name {
        columns.name_folded = Set(fold(name));
    }
}
