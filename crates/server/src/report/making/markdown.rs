//! Texts of people as Markdown that shows them and nothing else.
//!
//! What somebody typed is data: no character of it may begin a heading, a list, a cell, a link or HTML. Texts are made
//! for CommonMark and for its common extensions (tables, strikethrough, bare links, mathematics, footnotes).

use unicode_normalization::char::is_combining_mark;

/// A text within a line: what stood on lines of its own is parted by slashes.
pub fn inline(text: &str) -> String {
    isolated(&escaped(&line(text)))
}

/// A text of several lines as a quotation, whose line breaks stay.
pub fn quote(text: &str) -> String {
    let mut lines: Vec<String> = lines(text).map(|line| inline(&line)).collect();
    // Lines without text part paragraphs; one does, and none is needed at the ends.
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    let written = lines.iter().skip_while(|line| line.is_empty()).map(String::as_str).collect::<Vec<_>>();
    let last = written.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let written = &written[..last];
    let quoted = written.iter().enumerate().map(|(at, line)| match written.get(at + 1) {
        // Two spaces at its end break a line.
        Some(next) if !line.is_empty() && !next.is_empty() => format!("> {line}  "),
        _ if line.is_empty() => ">".to_owned(),
        _ => format!("> {line}"),
    });
    quoted.collect::<Vec<_>>().join("\n")
}

/// A text within a line that is no Markdown, such as a title.
pub fn plain(text: &str) -> String {
    isolated(&line(text))
}

/// The beginning of a text: at most so many characters, whole words where words are parted by spaces.
pub fn beginning(text: &str, most: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(most) else { return text };
    let head = &text[..end];
    // Not within a letter that several characters make.
    let joined = |c: char| is_combining_mark(c) || matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
    let whole = if text[end..].starts_with(joined) {
        head.char_indices().rfind(|(_, c)| !joined(*c)).map_or(head, |(at, _)| &head[..at])
    } else {
        head
    };
    let word = whole.rfind(char::is_whitespace).filter(|at| *at * 5 > whole.len() * 4);
    whole[..word.unwrap_or(whole.len())].trim_end()
}

/// What ends a line, in any script and from any machine.
fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The lines of a text, as they are.
fn lines(text: &str) -> impl Iterator<Item = String> {
    let text = text.replace("\r\n", "\n");
    text.split(is_line_end).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// The text as one line, with single spaces, and without what no reader sees: control characters, and those that turn
/// the direction of what follows.
fn line(text: &str) -> String {
    let hidden = |c: &char| {
        matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
            || (c.is_control() && !c.is_whitespace())
    };
    let words = |line: String| {
        let seen: String = line.chars().filter(|c| !hidden(c)).collect();
        seen.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    };
    lines(text).map(words).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" / ")
}

/// A line with a backslash before what Markdown would take for its own.
fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + line.len() / 8);
    let marker = list_marker(line);
    for (at, c) in line.char_indices() {
        let rest = &line[at..];
        let special = match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '|' | '~' | '#' | '&' | '$' | '^' => true,
            // Bare addresses would become links.
            ':' => at == 0 || rest.starts_with("://"),
            '.' => marker == Some(at) || (at >= 3 && line.as_bytes()[at - 3..at].eq_ignore_ascii_case(b"www")),
            // At the beginning of a line: lists, rules, headings, quotations.
            '+' | '-' | '=' | '>' => at == 0,
            ')' => marker == Some(at),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Where the sign is that makes the digits before it, at a line's beginning, a list's number.
fn list_marker(line: &str) -> Option<usize> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && matches!(line.as_bytes().get(digits), Some(b'.' | b')'))).then_some(digits)
}

/// Text that runs from right to left, kept from turning what stands beside it.
fn isolated(text: &str) -> String {
    if text.chars().any(runs_left) { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
}

fn runs_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        for (typed, shown) in [
            ("Anna *M* | `x` <b>", r"Anna \*M\* \| \`x\` \<b>"),
            ("> no quotation 10 -> 5", r"\> no quotation 10 -> 5"),
            ("# no heading", r"\# no heading"),
            ("- no list\n\n2. no number", r"\- no list / 2. no number"),
            ("1. no number", r"1\. no number"),
            ("12) no number", r"12\) no number"),
            ("1.5 mg", r"1\.5 mg"),
            ("see https://x.example and WWW.x.example", r"see https\://x.example and WWW\.x.example"),
            ("a &amp; b\u{0}\u{7f}", r"a \&amp; b"),
            ("  spaced\tout\r\n ", "spaced out"),
            ("王小明", "王小明"),
            ("محمد", "\u{2068}محمد\u{2069}"),
            ("a\u{202e}b", "ab"),
        ] {
            assert_eq!(inline(typed), shown, "{typed:?}");
        }
    }

    #[test]
    fn a_quotation_keeps_its_lines_and_paragraphs() {
        assert_eq!(quote("\n\none\r\ntwo\n\n\n# three\n"), "> one  \n> two\n>\n> \\# three");
        assert_eq!(quote(" \n "), "");
    }

    #[test]
    fn a_beginning_ends_with_a_word_or_a_letter() {
        assert_eq!(beginning("short", 5), "short");
        assert_eq!(beginning("one two three four", 15), "one two three");
        assert_eq!(beginning("帕金森病早期", 3), "帕金森");
        assert_eq!(beginning("xe\u{301}y", 2), "x");
        assert_eq!(beginning("", 3), "");
    }
}
