//! Checks values of an input, and collects every problem, so that all are answered at once.

use async_graphql::{ID, MaybeUndefined};
use entity::{Cents, Instant, Key};
use sea_orm::ActiveValue::{self, NotSet, Set};

use super::act::Refusal;
use super::target::Record;
use super::user_error::{UserError, UserErrorCode};
use crate::read::scalar::{DateTime, Decimal, Json};

/// Most characters of a person's name. With it an entry of the index that people are searched by has room for the rest.
const NAME: usize = 200;
/// Most characters of a line: numbers, addresses, titles.
const LINE: usize = 500;
/// Most characters of a text.
const TEXT: usize = 100_000;

/// The problems of one input, or of one row of a list.
#[derive(Debug, Default, Clone)]
pub struct Checks {
    problems: Vec<UserError>,
    /// Where the row stands in the input.
    under: Vec<String>,
}

impl Checks {
    /// Of the row with this number of a list in the input.
    pub fn of_row(list: &str, number: usize) -> Self {
        Self { problems: Vec::new(), under: vec![list.to_owned(), number.to_string()] }
    }

    /// Notes a problem.
    pub fn problem(&mut self, mut error: UserError) {
        error.path.splice(0..0, self.under.iter().cloned());
        self.problems.push(error);
    }

    /// Where a field stands in the input.
    pub fn path(&self, field: &[&str]) -> Vec<String> {
        self.under.iter().cloned().chain(field.iter().map(|&part| part.to_owned())).collect()
    }

    /// Whether nothing is wrong so far.
    pub fn is_fine(&self) -> bool {
        self.problems.is_empty()
    }

    /// All problems, in the order in which they were found.
    pub fn into_problems(self) -> Vec<UserError> {
        self.problems
    }

    /// Nothing, if nothing is wrong.
    ///
    /// # Errors
    /// All problems.
    pub fn finish(self) -> Result<(), Refusal> {
        if self.is_fine() { Ok(()) } else { self.refuse() }
    }

    /// The refusal of an input that has problems.
    ///
    /// # Errors
    /// All problems, always.
    pub fn refuse<T>(self) -> Result<T, Refusal> {
        Err(Refusal::User(self.problems))
    }

    /// A line that must be there.
    pub fn required_line(&mut self, path: &[&str], value: &str) -> ActiveValue<String> {
        self.required(path, value, LINE)
    }

    /// A person's name, which must be there.
    pub fn person(&mut self, path: &[&str], value: &str) -> ActiveValue<String> {
        self.required(path, value, NAME)
    }

    /// A text that must be there.
    pub fn required_text(&mut self, path: &[&str], value: &str) -> ActiveValue<String> {
        self.required(path, value, TEXT)
    }

    fn required(&mut self, path: &[&str], value: &str, most: usize) -> ActiveValue<String> {
        if value.trim().is_empty() {
            self.problem(UserError::required(path, "Give a value here: it must not be empty."));
        }
        self.text_of(path, value, most).map_or(NotSet, Set)
    }

    /// The new value of a field that is always known: it can be changed, and not cleared.
    pub fn kept<T>(&mut self, path: &[&str], value: MaybeUndefined<T>) -> Option<T> {
        if value.is_null() {
            self.problem(UserError::required(path, "This cannot be cleared. Give a value, or leave it out."));
        }
        value.take()
    }

    /// A line, trimmed; an empty one is none.
    pub fn line(&mut self, path: &[&str], value: MaybeUndefined<String>) -> ActiveValue<Option<String>> {
        set(value.map_value(|line| self.text_of(path, &line, LINE)))
    }

    /// A text of any lines, trimmed; an empty one is none.
    pub fn text(&mut self, path: &[&str], value: MaybeUndefined<String>) -> ActiveValue<Option<String>> {
        set(value.map_value(|text| self.text_of(path, &text, TEXT)))
    }

    fn text_of(&mut self, path: &[&str], value: &str, most: usize) -> Option<String> {
        let text = value.trim();
        if text.is_empty() {
            return None;
        }
        if text.contains('\0') {
            self.problem(UserError::invalid(path, "The text has a NUL character in it. Remove it."));
            return None;
        }
        if text.chars().count() > most {
            let message = format!("The text is longer than {most} characters. Shorten it.");
            self.problem(UserError::at(path, UserErrorCode::TooLong, message));
            return None;
        }
        Some(text.to_owned())
    }

    /// JSON as programs note it; `null` is none.
    pub fn json(&mut self, path: &[&str], value: MaybeUndefined<Json>) -> ActiveValue<Option<serde_json::Value>> {
        set(value.map_value(|Json(json)| {
            if has_nul(&json) {
                self.problem(UserError::invalid(path, "A text in it has a NUL character. Remove it."));
            } else if json.to_string().len() > TEXT {
                let message = format!("It is longer than {TEXT} bytes as JSON. Shorten it.");
                self.problem(UserError::at(path, UserErrorCode::TooLong, message));
            }
            Some(json).filter(|json| !json.is_null())
        }))
    }

    /// The key that an id names; an id of another type or of nothing is a record that does not exist.
    pub fn reference<R: Record>(&mut self, path: &[&str], id: &ID) -> Option<Key> {
        let key = R::parse(id);
        if key.is_none() {
            self.problem(UserError::unknown(path, R::NAME));
        }
        key
    }

    /// The key that an id names, where one is given; `null` clears the reference.
    pub fn optional_reference<R: Record>(&mut self, path: &[&str], id: MaybeUndefined<ID>) -> ActiveValue<Option<Key>> {
        set(id.map_value(|id| self.reference::<R>(path, &id)))
    }

    /// An e-mail address.
    pub fn email(&mut self, path: &[&str], value: MaybeUndefined<String>) -> ActiveValue<Option<String>> {
        let email = self.line(path, value);
        if let Set(Some(address)) = &email {
            let parts = address.split_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty());
            if parts.is_none() || address.chars().any(char::is_whitespace) {
                let message = "This is not an e-mail address. Write it as name@example.org.";
                self.problem(UserError::invalid(path, message));
            }
        }
        email
    }

    /// A whole number in a range.
    pub fn number(
        &mut self,
        path: &[&str],
        value: MaybeUndefined<i32>,
        range: std::ops::RangeInclusive<i32>,
    ) -> ActiveValue<Option<i64>> {
        set(value.map_value(|number| {
            if !range.contains(&number) {
                let message = format!("The number must be from {} to {}.", range.start(), range.end());
                self.problem(UserError::invalid(path, message));
            }
            Some(i64::from(number))
        }))
    }

    /// A share of certainty, 0 to 1.
    pub fn share(&mut self, path: &[&str], value: MaybeUndefined<f64>) -> ActiveValue<Option<f64>> {
        self.measure(path, value, 1.0, "A confidence is a number from 0 to 1.")
    }

    /// A number that is not negative and, as JSON has it, not infinite.
    pub fn measure(
        &mut self,
        path: &[&str],
        value: MaybeUndefined<f64>,
        most: f64,
        message: &str,
    ) -> ActiveValue<Option<f64>> {
        set(value.map_value(|number| {
            // A comparison with NaN is false.
            if !(0.0..=most).contains(&number) {
                self.problem(UserError::invalid(path, message));
            }
            Some(number)
        }))
    }

    /// An amount that is not negative.
    pub fn money(&mut self, path: &[&str], value: MaybeUndefined<Decimal>) -> ActiveValue<Option<Cents>> {
        set(value.map_value(|Decimal(cents)| {
            if cents.0 < 0 {
                self.problem(UserError::invalid(path, "An amount must not be negative."));
            }
            Some(cents)
        }))
    }

    /// An instant that has come.
    pub fn past(&mut self, path: &[&str], at: Instant, now: Instant) {
        if at > now {
            self.problem(UserError::in_future(path, "The date must not be in the future."));
        }
    }

    /// An instant that has come, where it is given.
    pub fn past_if_given(
        &mut self,
        path: &[&str],
        value: MaybeUndefined<DateTime>,
        now: Instant,
    ) -> ActiveValue<Option<Instant>> {
        set(value.map_value(|DateTime(at)| {
            self.past(path, at, now);
            Some(at)
        }))
    }
}

/// The column's new value: nothing when the field is absent, NULL when it is `null`.
pub fn set<T>(value: MaybeUndefined<Option<T>>) -> ActiveValue<Option<T>>
where
    Option<T>: Into<sea_orm::Value>,
{
    match value {
        MaybeUndefined::Undefined => NotSet,
        MaybeUndefined::Null => Set(None),
        MaybeUndefined::Value(value) => Set(value),
    }
}

/// PostgreSQL keeps no NUL, in JSON neither.
fn has_nul(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(has_nul),
        serde_json::Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}
