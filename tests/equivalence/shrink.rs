//! A query with everything left out that it does not need to be answered differently.

use std::fmt::Write;
use std::iter::Peekable;

use crate::random::Generated;

/// How often a query is tried with something left out.
const TRIES: usize = 400;

/// A selection: what stands before its braces, and in them.
#[derive(Debug, Clone)]
struct Item {
    head: Vec<String>,
    inner: Vec<Item>,
}

/// Leaves out what the query does not need for `fails` to hold.
pub async fn shrink(asked: Generated, fails: impl AsyncFn(&Generated) -> bool) -> Generated {
    let mut document = parse(&asked.text);
    let (mut smallest, mut at, mut again) = (asked, 0, false);
    for _ in 0..TRIES {
        let mut smaller = document.clone();
        let mut steps = at;
        if !smaller.iter_mut().any(|part| leave_out(part, &mut steps)) {
            if !again {
                break;
            }
            (at, again) = (0, false);
            continue;
        }
        let tried = written(&smaller, &smallest);
        if fails(&tried).await {
            (document, smallest, again) = (smaller, tried, true);
        } else {
            at += 1;
        }
    }
    smallest
}

/// Leaves out the part of a number: of each selection itself, then its arguments and directives.
fn leave_out(of: &mut Item, steps: &mut usize) -> bool {
    for number in 0..of.inner.len() {
        if of.inner.len() > 1 {
            if *steps == 0 {
                of.inner.remove(number);
                return true;
            }
            *steps -= 1;
        }
        let inner = &mut of.inner[number];
        for word in 0..inner.head.len() {
            let Some((name, _)) = inner.head[word].split_once('(') else { continue };
            let name = name.to_owned();
            if *steps == 0 {
                if name.starts_with('@') {
                    drop(inner.head.remove(word))
                } else {
                    inner.head[word] = name
                }
                return true;
            }
            *steps -= 1;
        }
        if leave_out(inner, steps) {
            return true;
        }
    }
    false
}

/// The operation, then the fragments.
fn parse(text: &str) -> Vec<Item> {
    let mut words = words(text).into_iter().peekable();
    let mut document = vec![];
    while words.peek().is_some() {
        let mut head = vec![];
        while words.peek().is_some_and(|word| word != "{") {
            head.extend(words.next());
        }
        words.next();
        document.push(Item { head, inner: items(&mut words) });
    }
    document
}

fn items(words: &mut Peekable<impl Iterator<Item = String>>) -> Vec<Item> {
    let mut items = vec![];
    while let Some(word) = words.next().filter(|word| word != "}") {
        let mut head = vec![word];
        while let Some(next) = words.peek().filter(|next| !["{", "}"].contains(&next.as_str())) {
            let last = head.last().map_or("", String::as_str);
            let goes_on = last.ends_with(':') || ["...", "on"].contains(&last) || next.starts_with('@');
            if !goes_on {
                break;
            }
            head.extend(words.next());
        }
        let inner = if words.next_if(|next| next == "{").is_some() { self::items(words) } else { vec![] };
        items.push(Item { head, inner });
    }
    items
}

/// Braces, and what stands between them and spaces; what is in parentheses or quoted is not divided.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word) = (vec![], String::new());
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for letter in text.chars() {
        let divides = depth == 0 && !quoted && (letter.is_whitespace() || ['{', '}'].contains(&letter));
        if divides {
            words.push(std::mem::take(&mut word));
            if !letter.is_whitespace() {
                words.push(letter.to_string());
            }
            continue;
        }
        match letter {
            '"' if !escaped => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        escaped = quoted && letter == '\\' && !escaped;
        word.push(letter);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// The document as text, with the variables and fragments that it still uses.
fn written(document: &[Item], before: &Generated) -> Generated {
    let mut fragments: Vec<&Item> = document[1..].iter().collect();
    let operation = body(&document[0]);
    loop {
        let rest: String = fragments.iter().map(|fragment| body(fragment)).collect();
        let is_used = |fragment: &&Item| {
            let spread = format!("...{}", fragment.head[1]);
            let spreads = |text: &str| text.split([' ', '{', '}']).any(|word| word == spread);
            spreads(&operation) || spreads(&rest)
        };
        let used: Vec<&Item> = fragments.iter().copied().filter(is_used).collect();
        if used.len() == fragments.len() {
            break;
        }
        fragments = used;
    }
    let mut rest = operation;
    for fragment in fragments {
        write!(rest, "\n{} {}", fragment.head.join(" "), body(fragment)).expect("a string can be written");
    }
    let head = document[0].head.join(" ");
    let declared = head.split_once('(').map_or("", |(_, declared)| declared.trim_end_matches(')'));
    let mut variables = before.variables.clone();
    let declared = declared.split(", $").filter_map(|declared| {
        let declared = declared.trim_start_matches('$');
        let name = declared.split(':').next()?;
        let used = rest
            .match_indices(&format!("${name}"))
            .any(|(at, found)| !rest[at + found.len()..].starts_with(|next: char| next.is_ascii_alphanumeric()));
        if !used {
            variables.as_object_mut()?.remove(name);
        }
        used.then(|| format!("${declared}"))
    });
    let declared: Vec<String> = declared.collect();
    let declared = if declared.is_empty() { String::new() } else { format!("({})", declared.join(", ")) };
    Generated { text: format!("query Random{declared} {rest}"), variables }
}

fn body(of: &Item) -> String {
    let inner = of.inner.iter().map(|item| {
        let inner = if item.inner.is_empty() { String::new() } else { format!(" {}", body(item)) };
        format!("{}{inner}", item.head.join(" "))
    });
    format!("{{ {} }}", inner.collect::<Vec<_>>().join(" "))
}
