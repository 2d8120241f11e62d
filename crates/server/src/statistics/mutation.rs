//! What can be told about statistics: that they are to be computed anew.

use async_graphql::{ID, InputObject, SimpleObject};

use super::object::STATISTICS;
use super::store::{Proof, Recalculation};
use crate::input::{Act, Input, Record, UserError, mutations};
use crate::patient::Patient;
use crate::read::record::One;
use crate::read::shape::{Source, Sql};
use crate::verify::Difference;

/// Whose figures to compute anew.
#[derive(InputObject)]
pub struct RecalculateStatisticsInput {
    /// The patient.
    pub patient_id: ID,
}

/// A stored figure that was not what the record says.
#[derive(SimpleObject)]
pub struct StatisticsDifference {
    /// The figure, by its field of `PatientStatistics`, or by its column where it has none.
    figure: String,
    /// What was stored; null where nothing was.
    stored: Option<String>,
    /// What the record says, and what is stored now; null where it says nothing.
    expected: Option<String>,
}

/// What came of computing a patient's figures anew.
#[derive(SimpleObject)]
pub struct RecalculateStatisticsPayload {
    /// The patient, whose figures are right now; null when there are errors.
    patient: Option<One<Patient>>,
    /// What differed: nothing, unless a program broke the database's rules.
    differences: Vec<StatisticsDifference>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

impl Input for RecalculateStatisticsInput {
    type Change = Recalculation;

    fn parse(self, _: &Act) -> Recalculation {
        Recalculation(Patient::parse(&self.patient_id))
    }
}

impl From<Result<Proof, Vec<UserError>>> for RecalculateStatisticsPayload {
    fn from(done: Result<Proof, Vec<UserError>>) -> Self {
        match done {
            Ok(Proof { patient, differences }) => Self {
                patient: Some(One::new(patient.0)),
                differences: differences.into_iter().map(StatisticsDifference::from).collect(),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self { patient: None, differences: Vec::new(), user_errors },
        }
    }
}

impl From<Difference> for StatisticsDifference {
    fn from(difference: Difference) -> Self {
        let column = difference.place.rsplit('.').next().unwrap_or_default();
        let field =
            STATISTICS.fields.iter().find(|field| matches!(field.source, Source::Sql(Sql::Own(c)) if c == column));
        let figure = field.map_or(column, |field| field.name).to_owned();
        Self { figure, stored: difference.stored, expected: difference.expected }
    }
}

mutations! {
    /// Mutations of statistics.
    StatisticsMutation {
        /// Computes a patient's figures from the record, compares them with those stored, and repairs what differs.
        recalculate_statistics(RecalculateStatisticsInput, "The patient.") for admins -> RecalculateStatisticsPayload;
    }
}
