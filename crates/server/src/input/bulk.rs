//! Mutations that take many rows at once, and what becomes of them when some are wrong.

use async_graphql::Enum;
use entity::Key;
use uuid::Uuid;

use super::act::{Act, Change, Refusal};
use super::checks::Checks;
use super::user_error::{UserError, UserErrorCode};
use crate::db::Tx;

/// At most so many rows are taken at once.
pub const MOST: usize = 1000;

/// What becomes of a list when rows of it are wrong.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub enum BulkErrorPolicy {
    /// One row that is wrong refuses all: nothing is written.
    RejectAll,
    /// Rows that are wrong are left out, all others are written.
    SkipRow,
}

/// The rows of one input, each with what is wrong with it.
#[derive(Debug)]
pub struct Batch<T> {
    /// The rows.
    pub rows: Vec<T>,
    policy: BulkErrorPolicy,
    whole: Checks,
}

/// A row of a list.
pub trait Row {
    /// What can be seen to be wrong with it without the database.
    fn checks(&self) -> &Checks;
}

impl<T: Row> Batch<T> {
    /// The one row of a mutation that takes one.
    pub fn one(row: T) -> Self {
        Self { rows: vec![row], policy: BulkErrorPolicy::RejectAll, whole: Checks::default() }
    }

    /// The rows of the list with this name in the input.
    pub fn many<I>(list: &str, rows: Vec<I>, policy: BulkErrorPolicy, parse: impl Fn(I, Checks) -> T) -> Self {
        let mut whole = Checks::default();
        if rows.is_empty() || rows.len() > MOST {
            let message = format!("Give 1 to {MOST} rows at a time; these are {}.", rows.len());
            let code = if rows.is_empty() { UserErrorCode::Required } else { UserErrorCode::TooLong };
            whole.problem(UserError::at(&[list], code, message));
            return Self { rows: Vec::new(), policy, whole };
        }
        let rows = rows.into_iter().enumerate().map(|(number, row)| parse(row, Checks::of_row(list, number)));
        Self { rows: rows.collect(), policy, whole }
    }

    /// The problems of each row so far, for the database to add to.
    ///
    /// # Errors
    /// What is wrong with the list as a whole.
    pub fn checks(&self) -> Result<Vec<Checks>, Refusal> {
        self.whole.clone().finish()?;
        Ok(self.rows.iter().map(|row| row.checks().clone()).collect())
    }

    /// Which rows are to be written, now that all is known of them.
    pub fn settle(&self, checks: Vec<Checks>) -> Settled {
        let mut fine: Vec<bool> = checks.iter().map(Checks::is_fine).collect();
        let problems: Vec<_> = checks.into_iter().flat_map(Checks::into_problems).collect();
        if self.policy == BulkErrorPolicy::RejectAll && !problems.is_empty() {
            fine.fill(false);
        }
        Settled { fine, problems }
    }
}

/// Which rows of a batch are to be written.
#[derive(Debug)]
pub struct Settled {
    fine: Vec<bool>,
    problems: Vec<UserError>,
}

impl Settled {
    /// The rows that are to be written.
    pub fn fine<'a, T>(&'a self, rows: &'a [T]) -> impl Iterator<Item = &'a T> {
        rows.iter().zip(&self.fine).filter_map(|(row, &fine)| fine.then_some(row))
    }

    /// What was written, by the keys of the rows that were.
    pub fn written(self, keys: Vec<Key>) -> Written {
        let mut keys = keys.into_iter();
        let keys = self.fine.into_iter().map(|fine| if fine { keys.next() } else { None });
        Written { keys: keys.collect(), problems: self.problems }
    }
}

/// What was written of a batch.
#[derive(Debug)]
pub struct Written {
    /// The key of each row in their order; none for a row that was not written.
    pub keys: Vec<Option<Key>>,
    /// What is wrong with rows; where one is enough to refuse all, no row was written.
    pub problems: Vec<UserError>,
}

impl Written {
    /// The keys for a payload's list, and its errors; no keys where nothing was written.
    pub fn or_refused(done: Result<Self, Vec<UserError>>) -> (Vec<Option<Uuid>>, Vec<UserError>) {
        let Self { keys, problems } = done.unwrap_or_else(|problems| Self { keys: Vec::new(), problems });
        let written = keys.iter().any(Option::is_some);
        (keys.into_iter().filter(|_| written).map(|key| Some(key?.0)).collect(), problems)
    }
}

/// The one row of a mutation that takes one.
pub struct Single<C>(pub C);

impl<C: Change<Done = Written>> Change for Single<C> {
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let Written { keys, problems } = self.0.apply(tx, act).await?;
        keys.into_iter().flatten().next().ok_or(Refusal::User(problems))
    }
}
