//! The templates of reports: built in, and replaced by a clinic's own file by file.
//!
//! What a template prints of a record is text, never markup: values are escaped as they are printed, and nothing can
//! switch that off. An unknown name is an error, not an empty place.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::{DateTime, NaiveDate};
use entity::vocabulary::ReportType;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, context};
use serde_json::json;

use super::document::Document;
use super::{markdown, provenance, sample};

/// Every template, by the name of its file.
const BUILT_IN: &[(&str, &str)] = &[
    ("comprehensive.md", include_str!("templates/comprehensive.md")),
    ("summary.md", include_str!("templates/summary.md")),
    ("patient_friendly.md", include_str!("templates/patient_friendly.md")),
    ("follow_up.md", include_str!("templates/follow_up.md")),
    ("parts.md", include_str!("templates/parts.md")),
    ("title.txt", include_str!("templates/title.txt")),
    ("disclaimer.txt", include_str!("templates/disclaimer.txt")),
    ("recommendations.txt", include_str!("templates/recommendations.txt")),
];
/// What a template may do: more than any report needs, and an end to a loop that has none.
const FUEL: u64 = 20_000_000;
const LONGEST_TITLE: usize = 200;
/// How files that hold plain text are escaped.
const PLAIN: &str = "plain";

/// Why templates cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct TemplateError {
    /// The file, or the directory.
    pub file: String,
    /// Where in it, where that is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

/// Templates that have been tried. They differ from one another only by what a clinic has replaced.
pub struct Templates {
    environment: Environment<'static>,
    /// The SHA-256 of each file.
    fingerprints: BTreeMap<&'static str, String>,
}

/// What the templates make of a document.
pub(super) struct Told {
    pub(super) title: String,
    pub(super) content: String,
    pub(super) recommendations: Vec<String>,
    pub(super) disclaimer: String,
}

impl Templates {
    /// Those that come with the program.
    ///
    /// # Errors
    /// When one of them does not fit, which a test rules out.
    pub fn built_in() -> Result<Self, TemplateError> {
        Self::new(BUILT_IN.iter().map(|(name, text)| (*name, (*text).to_owned())))
    }

    /// Those that come with the program, but for the files in a directory, which replace those of the same name.
    ///
    /// # Errors
    /// Names the file, the line and what is wrong with it.
    pub fn load(directory: &Path) -> Result<Self, TemplateError> {
        let unreadable = |path: &Path, error: std::io::Error| TemplateError {
            file: path.display().to_string(),
            line: None,
            reason: format!("cannot be read: {error}"),
        };
        let mut own = BTreeMap::new();
        for entry in fs::read_dir(directory).map_err(|error| unreadable(directory, error))? {
            let path = entry.map_err(|error| unreadable(directory, error))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let template = [".md", ".txt"].iter().any(|ending| name.ends_with(ending)) && !name.starts_with('.');
            if BUILT_IN.iter().any(|(known, _)| *known == name) {
                own.insert(name.to_owned(), fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?);
            } else if template {
                let known: Vec<_> = BUILT_IN.iter().map(|(known, _)| *known).collect();
                let reason = format!("is no template of a report; they are {}", known.join(", "));
                return Err(TemplateError { file: path.display().to_string(), line: None, reason });
            }
        }
        Self::new(BUILT_IN.iter().map(|(name, text)| (*name, own.remove(*name).unwrap_or_else(|| (*text).to_owned()))))
            .map_err(|error| TemplateError { file: directory.join(&error.file).display().to_string(), ..error })
    }

    fn new(files: impl Iterator<Item = (&'static str, String)>) -> Result<Self, TemplateError> {
        let mut templates = Self { environment: environment()?, fingerprints: BTreeMap::new() };
        for (name, text) in files {
            templates.fingerprints.insert(name, provenance::sha256(text.as_bytes()));
            templates.environment.add_template_owned(name, text).map_err(|error| TemplateError::of(&error, name))?;
        }
        for document in sample::documents() {
            templates.render(&document, TemplateError::of)?;
        }
        Ok(templates)
    }

    /// Tells a document.
    pub(super) fn tell(&self, document: &Document) -> Result<Told, TemplateError> {
        // What the template says of a value may hold the value, and errors are read by many.
        self.render(document, |error, file| TemplateError {
            reason: error.kind().to_string(),
            ..TemplateError::of(error, file)
        })
    }

    fn render(
        &self,
        document: &Document,
        error: impl Fn(&Error, &str) -> TemplateError,
    ) -> Result<Told, TemplateError> {
        let values = Value::from(Serde(document));
        let render = |file: &str, values: Value| {
            let rendered = self.environment.get_template(file).and_then(|template| template.render(values));
            rendered.map_err(|cause| error(&cause, file))
        };
        let title = render("title.txt", values.clone())?.split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() || title.chars().count() > LONGEST_TITLE {
            let reason = format!("a title has 1 to {LONGEST_TITLE} characters");
            return Err(TemplateError { file: "title.txt".to_owned(), line: None, reason });
        }
        let disclaimer = tidy(&render("disclaimer.txt", values.clone())?);
        let recommendations = render("recommendations.txt", values.clone())?;
        let values = context! { title => title.clone(), disclaimer => disclaimer.clone(), ..values };
        let content = tidy(&render(file_of(document.kind), values)?);
        let lines = recommendations.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(Told { title, content, recommendations: lines.map(str::to_owned).collect(), disclaimer })
    }

    /// Which files a report of this kind was told by.
    pub(super) fn origin(&self, kind: ReportType) -> serde_json::Value {
        let name = file_of(kind);
        let own: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).filter(|file| !is_document(file)).collect();
        let with: BTreeMap<_, _> = own.into_iter().map(|file| (file, self.fingerprints.get(file))).collect();
        json!({"name": name, "sha256": self.fingerprints.get(name), "with": with})
    }
}

/// The template of a kind of report.
fn file_of(kind: ReportType) -> &'static str {
    match kind {
        ReportType::Comprehensive | ReportType::Other => "comprehensive.md",
        ReportType::Summary => "summary.md",
        ReportType::PatientFriendly => "patient_friendly.md",
        ReportType::FollowUp => "follow_up.md",
    }
}

fn is_document(file: &str) -> bool {
    ReportType::ALL.iter().any(|kind| file_of(*kind) == file)
}

impl TemplateError {
    fn of(error: &Error, file: &str) -> Self {
        let reason = match error.detail() {
            Some(detail) => format!("{}: {detail}", error.kind()),
            None => error.kind().to_string(),
        };
        Self { file: error.name().unwrap_or(file).to_owned(), line: error.line(), reason }
    }

    /// What no template can help.
    pub(super) fn internal(error: impl std::fmt::Display) -> Self {
        Self { file: "the program".to_owned(), line: None, reason: error.to_string() }
    }
}

fn environment() -> Result<Environment<'static>, TemplateError> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(TemplateError::internal)?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|file| {
        AutoEscape::Custom(if file.ends_with(".txt") { PLAIN } else { "markdown" }.into())
    });
    environment.set_formatter(print);
    for filter in ["safe", "escape", "e"] {
        environment.remove_filter(filter);
    }
    environment.add_filter("day", |time: &Value, form: Option<&str>| written(time, form.unwrap_or("%-d %B %Y")));
    environment
        .add_filter("time", |time: &Value, form: Option<&str>| written(time, form.unwrap_or("%-d %B %Y, %H:%M")));
    environment.add_filter("percent", percent);
    environment.add_filter("quote", |text: &str| Value::from_safe_string(markdown::quote(text)));
    environment.add_filter("beginning", |text: &str, most: usize| markdown::beginning(text, most).to_owned());
    Ok(environment)
}

/// Prints a value as text. What is not known is a dash.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let written = match value.as_str() {
        _ if value.is_none() => out.write_str("—"),
        Some(text) if value.is_safe() => out.write_str(text),
        Some(text) if matches!(state.auto_escape(), AutoEscape::Custom(kind) if kind == PLAIN) => {
            out.write_str(&markdown::plain(text))
        }
        Some(text) => out.write_str(&markdown::inline(text)),
        // Numbers; of lists and objects their text is printed, as text.
        None => out.write_str(&markdown::inline(&value.to_string())),
    };
    written.map_err(Error::from)
}

/// A day or a time in a form of `strftime`; what is not known stays so.
fn written(time: &Value, form: &str) -> Result<Value, Error> {
    use std::fmt::Write as _;
    let wrong = |what: &str| Error::new(ErrorKind::InvalidOperation, what.to_owned());
    if time.is_none() {
        return Ok(Value::from(()));
    }
    let text = time.as_str().ok_or_else(|| wrong("only days and times are written by `day` and `time`"))?;
    let mut out = String::new();
    let done = match (DateTime::parse_from_rfc3339(text), text.parse::<NaiveDate>()) {
        (Ok(time), _) => write!(out, "{}", time.format(form)),
        (_, Ok(day)) => write!(out, "{}", day.format(form)),
        _ => return Err(wrong("only days and times are written by `day` and `time`")),
    };
    done.map_err(|_| wrong("the form is none that strftime knows, or asks a day for a time"))?;
    Ok(Value::from(out))
}

/// A share of one as `91 %`, cut and not rounded: what is below a bound is not shown as the bound. What is not known
/// stays so.
fn percent(share: &Value) -> Result<Value, Error> {
    if share.is_none() {
        return Ok(Value::from(()));
    }
    let share = f64::try_from(share.clone())?;
    // Hundredths may be a hair below what they were written as.
    Ok(Value::from(format!("{:.0} %", (share * 100.0 + 1e-9).floor())))
}

/// The text without empty lines in a row, and with one end.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines() {
        // Two spaces at the end of a quotation's line break it.
        let line = if line.starts_with('>') { line } else { line.trim_end() };
        if !(line.is_empty() && empty) {
            out.push_str(line);
            out.push('\n');
        }
        empty = line.is_empty();
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_templates_fit() {
        Templates::built_in().map(|_| ()).unwrap();
    }
}
