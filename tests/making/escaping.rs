//! Whatever people type stays text in a report's Markdown.

use patientgraph::report::making::markdown::{beginning, inline, plain, quote};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

/// What a reader sees of a document, and whether anything of it is more than text in the places that `allowed` names.
fn read(document: &str, allowed: fn(&Tag<'_>) -> bool) -> String {
    let mut seen = String::new();
    // HTML comments and front matter, footnotes, mathematics, definitions, task lists: whatever a viewer may know.
    // But for quotation marks, which a viewer may bend.
    let known = Options::all() - Options::ENABLE_SMART_PUNCTUATION;
    for event in Parser::new_ext(document, known) {
        match event {
            Event::Text(text) => seen.push_str(&text),
            Event::SoftBreak | Event::HardBreak => seen.push('\n'),
            Event::Start(tag) => assert!(allowed(&tag), "{document:?} has {tag:?}"),
            Event::End(_) => {}
            other => panic!("{document:?} has {other:?}"),
        }
    }
    seen
}

/// What is to be seen of a text: no control characters, no marks of direction, one space between words.
fn visible(text: &str) -> String {
    let plain = plain(text);
    plain.chars().filter(|c| !matches!(c, '\u{2066}'..='\u{2069}')).collect()
}

fn text_of(seen: &str) -> String {
    seen.chars().filter(|c| !matches!(c, '\u{2066}'..='\u{2069}')).collect()
}

/// Texts of what Markdown, HTML and typesetting care for, and of anything else.
fn typed() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("*"),
        Just("**"),
        Just("_"),
        Just("`"),
        Just("```"),
        Just("~~"),
        Just("|"),
        Just("\\"),
        Just("\n"),
        Just("\r\n"),
        Just("# "),
        Just("- "),
        Just("+ "),
        Just("1. "),
        Just("2) "),
        Just("> "),
        Just("---"),
        Just("==="),
        Just("[x] "),
        Just("[a](b)"),
        Just("![a](b)"),
        Just("[^1]"),
        Just("<b>"),
        Just("<!-- "),
        Just("-->"),
        Just("</script>"),
        Just("&amp;"),
        Just("&#42;"),
        Just("$x$"),
        Just("$$"),
        Just("^a^"),
        Just("~b~"),
        Just(": "),
        Just("{#id}"),
        Just("{{ x }}"),
        Just("{% x %}"),
        Just("https://a.example/b"),
        Just("www.a.example"),
        Just("<https://a.example>"),
        Just("    "),
        Just("\t"),
        Just(" "),
        Just("a"),
        Just("Müller"),
        Just("محمد"),
        Just("王小明"),
        Just("\u{202e}"),
        Just("\u{0}"),
        Just("\u{2028}"),
        Just("|---|"),
        Just("\u{a0}"),
        Just("[!NOTE]"),
        Just("+++"),
        Just(":::"),
        Just("[[a]]"),
        Just("'"),
        Just("\""),
        Just("0"),
        Just("..."),
        Just("é"),
    ];
    prop_oneof![proptest::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat()), any::<String>(),]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_in_a_cell_stays_in_it(text in typed()) {
        let document = format!("| a | b |\n|---|---|\n| {} | after |\n| {} | x{} |", inline(&text), inline(&text), inline(&text));
        let seen = read(&document, |tag| matches!(tag, Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell));
        let shown = visible(&text);
        prop_assert_eq!(text_of(&seen), format!("ab{shown}after{shown}x{shown}"));
    }

    #[test]
    fn a_text_in_a_heading_stays_in_it(text in typed()) {
        let document = format!("# {}\n\nafter", inline(&text));
        let seen = read(&document, |tag| matches!(tag, Tag::Heading { id: None, classes, .. } if classes.is_empty()) || *tag == Tag::Paragraph);
        prop_assert_eq!(text_of(&seen), format!("{}after", visible(&text)));
    }

    #[test]
    fn a_text_in_a_list_stays_in_it(text in typed()) {
        prop_assume!(!visible(&text).is_empty());
        let document = format!("- {}\n- **Name:** {}\n\nafter", inline(&text), inline(&text));
        let seen = read(&document, |tag| matches!(tag, Tag::List(None) | Tag::Item | Tag::Strong | Tag::Paragraph));
        let shown = visible(&text);
        prop_assert_eq!(text_of(&seen), format!("{shown}Name: {shown}after"));
    }

    #[test]
    fn a_text_in_a_paragraph_stays_text(text in typed()) {
        let document = format!("{}\n\nfrom {}, after", inline(&text), inline(&text));
        let seen = read(&document, |tag| *tag == Tag::Paragraph);
        let shown = visible(&text);
        // A paragraph of nothing is none, and spaces around a text are the sentence's.
        prop_assert_eq!(text_of(&seen), format!("{shown}from {shown}, after"));
    }

    #[test]
    fn a_quotation_stays_one(text in typed()) {
        let document = format!("before\n\n{}\n\nafter", quote(&text));
        let seen = read(&document, |tag| matches!(tag, Tag::Paragraph | Tag::BlockQuote(None)));
        // Its lines stay lines; where a text within a line has a slash, a quotation begins one.
        let words = |text: &str| text.replace([' ', '/', '\n'], "");
        prop_assert_eq!(words(&text_of(&seen)), format!("before{}after", words(&visible(&text))));
    }

    #[test]
    fn a_beginning_is_one(text in typed(), most in 0_usize..20) {
        let begun = beginning(&text, most);
        prop_assert!(text.starts_with(begun));
        prop_assert!(begun.chars().count() <= most);
    }
}
