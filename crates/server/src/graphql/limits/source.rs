//! A scan of a document's text in one pass and no memory: as much of GraphQL's lexical grammar as it takes to count
//! tokens and to see which brackets are meant.

use super::TooMuch;
use crate::config::Limits;

pub(super) fn check(limits: &Limits, text: &str) -> Result<(), TooMuch> {
    let bytes = text.as_bytes();
    let (mut at, mut tokens, mut nesting) = (0, 0_u32, 0_u32);
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += bytes[at..].iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(bytes.len() - at);
                continue;
            }
            b'"' => text_end(bytes, at),
            b'{' | b'[' | b'(' => {
                nesting += 1;
                at + 1
            }
            b'}' | b']' | b')' => {
                nesting = nesting.saturating_sub(1);
                at + 1
            }
            _ if is_word(byte) => at + bytes[at..].iter().position(|&b| !is_word(b)).unwrap_or(bytes.len() - at),
            _ => at + 1,
        };
        tokens += 1;
        if nesting > limits.max_nesting {
            return Err(TooMuch::Nesting(limits.max_nesting));
        }
        if tokens > limits.max_tokens {
            return Err(TooMuch::Tokens(limits.max_tokens));
        }
        at = end;
    }
    Ok(())
}

/// What names and numbers are made of; other scripts have no place outside of texts.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'+' | b'-') || !byte.is_ascii()
}

/// Where the text that begins at `start` ends. One that does not end is what the parser will refuse.
fn text_end(bytes: &[u8], start: usize) -> usize {
    let block = bytes[start..].starts_with(b"\"\"\"");
    let quote: &[u8] = if block { b"\"\"\"" } else { b"\"" };
    let mut at = start + quote.len();
    while at < bytes.len() {
        let rest = &bytes[at..];
        if block && rest.starts_with(b"\\\"\"\"") {
            at += 4;
        } else if !block && rest[0] == b'\\' {
            at += 2;
        } else if rest.starts_with(quote) {
            return at + quote.len();
        } else if !block && matches!(rest[0], b'\n' | b'\r') {
            return at;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(max_tokens: u32, max_nesting: u32) -> Limits {
        Limits { max_tokens, max_nesting, ..Limits::default() }
    }

    #[test]
    fn brackets_count_where_they_are_meant() {
        for text in [
            "{ a(b: [{c: 1}]) }",
            "{ a(b: \"((((((\") ) }",
            "{ a # ((((((\n }",
            "{ a(b: \"\\\"((((((\") }",
            "{ a(b: \"\"\"(((( \" \\\"\"\" ((\"\"\") }",
            "{ a } { b } { c } { d } { e }",
            "{ a(b: \"unclosed ((((((\n) }",
        ] {
            assert_eq!(check(&limits(100, 4), text), Ok(()), "{text}");
        }
        for text in ["{ a(b: [{c: [1]}]) }", "{{{{{", "{ a \"\" ((((", "{ a(b: \"x\" c: [[[1]]]) }"] {
            assert_eq!(check(&limits(100, 4), text), Err(TooMuch::Nesting(4)), "{text}");
        }
    }

    #[test]
    fn tokens_are_counted() {
        // { a ( b : 12.5e3 , "x y" ) @ skip ( if : $ c ) ... on D { é } }
        let text = "{ a(b: 12.5e3, c: \"x y\") # d e f\n }";
        let count = (1..).find(|&most| check(&limits(most, 9), text).is_ok()).unwrap();
        assert_eq!(count, 11, "{{ a ( b : 12.5e3 c : \"x y\" ) }}");
        assert_eq!(check(&limits(10_000, 9), &"a ".repeat(10_001)), Err(TooMuch::Tokens(10_000)));
        assert_eq!(check(&limits(10_000, 9), &"# a\n".repeat(10_001)), Ok(()));
    }
}
