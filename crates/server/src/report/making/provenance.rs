//! What a report rests on, so that one can show it later.
//!
//! The fingerprint is the SHA-256 of the record in one form: JSON without spaces, names in the order of their bytes,
//! tables by their names, rows by their keys, columns as [`super::record`] lists them, instants with six digits of a
//! second, in UTF-8. The same rows give the same fingerprint on both databases.

use entity::Instant;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::record::Record;
use super::template::TemplateError;
use super::{PROGRAM, Subject, Templates};
use crate::read::shape::Moment;

/// The report's origin, as JSON.
///
/// # Errors
/// When the record cannot be written as JSON, which no record is known to do.
pub fn made_from(
    record: &Record,
    subject: &Subject,
    moment: &Moment,
    templates: &Templates,
) -> Result<Value, TemplateError> {
    Ok(json!({
        "readAt": Instant::new(moment.now),
        "zone": moment.zone.name(),
        "program": PROGRAM,
        "type": subject.kind,
        "about": {
            "predictions": subject.prediction,
            "mri_scans": subject.scan,
            "sessions": subject.session,
        },
        "template": templates.origin(subject.kind),
        "rows": record.versions(),
        "sha256": fingerprint(record)?,
    }))
}

/// The SHA-256 of a record in its one form.
///
/// # Errors
/// As [`made_from`].
pub fn fingerprint(record: &Record) -> Result<String, TemplateError> {
    // By way of a value, whose objects have their names in order.
    let form = serde_json::to_value(record).map_err(TemplateError::internal)?;
    Ok(sha256(form.to_string().as_bytes()))
}

/// In hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
