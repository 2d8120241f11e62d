//! Typed ids: a prefix that names the type and 22 characters that name the row. Opaque to clients.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use uuid::Uuid;

/// The characters after the prefix and its underscore.
const LENGTH: usize = 22;

/// Appends the id of a row to `out`.
pub fn write(out: &mut Vec<u8>, prefix: &str, key: Uuid) {
    let mut text = [0; LENGTH];
    out.extend_from_slice(prefix.as_bytes());
    out.push(b'_');
    if BASE64.encode_slice(key.as_bytes(), &mut text).is_ok() {
        out.extend_from_slice(&text);
    }
}

/// The id of a row.
pub fn text(prefix: &str, key: Uuid) -> String {
    format!("{prefix}_{}", BASE64.encode(key.as_bytes()))
}

/// The row that an id of this type names; `None` for anything else.
pub fn parse(prefix: &str, id: &str) -> Option<Uuid> {
    let code = id.strip_prefix(prefix)?.strip_prefix('_')?;
    if code.len() != LENGTH {
        return None;
    }
    Uuid::from_slice(&BASE64.decode(code).ok()?).ok()
}

/// The prefix of an id that has one.
pub fn prefix(id: &str) -> Option<&str> {
    id.split_once('_').map(|(prefix, _)| prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_row_and_type_only() {
        let key = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00ff);
        let id = text("pat", key);
        assert_eq!(parse("pat", &id), Some(key));
        assert_eq!(parse("doc", &id), None);
        let mut written = Vec::new();
        write(&mut written, "pat", key);
        assert_eq!(written, id.as_bytes());
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for id in ["", "pat", "pat_", "pat_AA", "pat_!!!!!!!!!!!!!!!!!!!!!!", "pat_AAAAAAAAAAAAAAAAAAAAAB", "_"] {
            assert_eq!(parse("pat", id), None, "{id}");
        }
    }
}
