//! Checks values of an input, and collects every problem, so that all are answered at once.

use async_graphql::{ID, MaybeUndefined};
use entity::{Cents, Instant, Key};

use super::user_error::{UserError, UserErrorCode};
use crate::read::id;
use crate::read::scalar::Decimal;

/// Most characters of a line: names, numbers, addresses.
const LINE: usize = 500;
/// Most characters of a text.
const TEXT: usize = 100_000;

/// The problems of one input.
#[derive(Debug, Default)]
pub struct Checks(Vec<UserError>);

impl Checks {
    /// Notes a problem.
    pub fn problem(&mut self, error: UserError) {
        self.0.push(error);
    }

    /// What was parsed, if there was no problem.
    ///
    /// # Errors
    /// All problems, in the order in which they were found.
    pub fn finish<T>(self, parsed: impl FnOnce() -> Option<T>) -> Result<T, Vec<UserError>> {
        if !self.0.is_empty() {
            return Err(self.0);
        }
        parsed().ok_or(self.0)
    }

    /// A line that must be there.
    pub fn required_line(&mut self, path: &[&str], value: &str) -> Option<String> {
        let line = self.optional_line(path, Some(value));
        if line.is_none() && !self.0.iter().any(|error| error.path == path) {
            self.problem(UserError::at(path, UserErrorCode::Required, "Give a value here: it must not be empty."));
        }
        line
    }

    /// The new value of a field that is always known: it can be changed, and not cleared.
    pub fn kept<T>(&mut self, path: &[&str], value: MaybeUndefined<T>) -> Option<T> {
        if value.is_null() {
            let message = "This cannot be cleared. Give a value, or leave it out.";
            self.problem(UserError::at(path, UserErrorCode::Required, message));
        }
        value.take()
    }

    /// A line, trimmed; an empty one is none.
    pub fn optional_line(&mut self, path: &[&str], value: Option<&str>) -> Option<String> {
        self.text_of(path, value, LINE)
    }

    /// A text of any lines, trimmed; an empty one is none.
    pub fn optional_text(&mut self, path: &[&str], value: Option<&str>) -> Option<String> {
        self.text_of(path, value, TEXT)
    }

    fn text_of(&mut self, path: &[&str], value: Option<&str>, most: usize) -> Option<String> {
        let text = value?.trim();
        if text.is_empty() {
            return None;
        }
        if text.contains('\0') {
            let message = "The text has a NUL character in it. Remove it.";
            self.problem(UserError::at(path, UserErrorCode::Invalid, message));
            return None;
        }
        if text.chars().count() > most {
            let message = format!("The text is longer than {most} characters. Shorten it.");
            self.problem(UserError::at(path, UserErrorCode::TooLong, message));
            return None;
        }
        Some(text.to_owned())
    }

    /// The key that an id names; an id of another type or of nothing is a record that does not exist.
    pub fn reference(&mut self, path: &[&str], prefix: &str, what: &str, id: &ID) -> Option<Key> {
        let key = id::parse(prefix, id).map(Key);
        if key.is_none() {
            self.problem(UserError::unknown(path, what));
        }
        key
    }

    /// A whole number of at least `least`.
    pub fn at_least(&mut self, path: &[&str], value: Option<i32>, least: i32) -> Option<i64> {
        let value = value?;
        if value < least {
            let message = format!("The number must be at least {least}.");
            self.problem(UserError::at(path, UserErrorCode::Invalid, message));
            return None;
        }
        Some(i64::from(value))
    }

    /// An amount that is not negative.
    pub fn money(&mut self, path: &[&str], value: Option<Decimal>) -> Option<Cents> {
        let Decimal(cents) = value?;
        if cents.0 < 0 {
            self.problem(UserError::at(path, UserErrorCode::Invalid, "An amount must not be negative."));
            return None;
        }
        Some(cents)
    }

    /// An instant that has come.
    pub fn past(&mut self, path: &[&str], at: Instant, now: Instant) {
        if at > now {
            self.problem(UserError::at(path, UserErrorCode::InFuture, "The date must not be in the future."));
        }
    }
}

/// The value of a field of an update: none when it is to stay, an inner none when it is to be cleared.
pub fn cleared<T>(field: MaybeUndefined<T>) -> Option<Option<T>> {
    match field {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
