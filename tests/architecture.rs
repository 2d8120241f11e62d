//! The rules that keep the house as it is, read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The server's modules from top to bottom: each may name those of lower layers alone.
const LAYERS: &[&[&str]] = &[
    &["commands"],
    &["http"],
    &["graphql"],
    CONCEPTS,
    &["copy", "import"],
    &["vocabulary", "demo", "verify", "live"],
    &["input"],
    &["read"],
    &["config"],
    &["db", "files"],
    &["auth", "clock"],
];
const CONCEPTS: &[&str] = &[
    "account",
    "assignment",
    "consultation",
    "dashboard",
    "doctor",
    "identity",
    "imaging",
    "patient",
    "report",
    "statistics",
    "timeline",
];
/// Where statements are run.
const STATEMENTS: &[&str] = &["copy/", "read/", "db/", "demo/", "verify/", "/store.rs"];
/// What runs one.
const RUNNING: &[&str] = &[
    ".query_one",
    ".query_all",
    ".exec(",
    ".exec_",
    ".execute_",
    ".one(",
    ".all(",
    "sqlx::query",
    "Entity::find",
    "Entity::insert",
    "Entity::update",
    "Entity::delete",
];
const LONGEST_FILE: usize = 400;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// All Rust files below a folder of the workspace, by path from there.
fn sources(folder: &str) -> BTreeMap<String, String> {
    let folder = root().join(folder);
    let mut sources = BTreeMap::new();
    let mut open = vec![folder.clone()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                open.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).expect("a source");
                let name = entry.strip_prefix(&folder).expect("inside").display().to_string();
                sources.insert(name, text);
            }
        }
    }
    assert!(!sources.is_empty(), "{} has no sources", folder.display());
    sources
}

/// The file without comments and without the unit tests at its end.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default().lines();
    code.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// What of the crate a file names: `["patient", "access"]` for `crate::patient::access`.
fn named(code: &str) -> BTreeSet<Vec<String>> {
    let mut names = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        let tail = &code[at + found.len()..];
        let end =
            tail.find([';', '(', ')', '<', '>', '\n', ' ']).filter(|_| !tail.starts_with('{') && !tail.contains("::{"));
        let end = end.or_else(|| tail.find(';')).unwrap_or(tail.len());
        expand(&tail[..end], &[], &mut names);
    }
    names
}

/// Spells out the braces of a `use`.
fn expand(text: &str, before: &[String], names: &mut BTreeSet<Vec<String>>) {
    let (mut depth, mut start) = (0, 0);
    let mut parts = vec![];
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    for part in parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        let (path, inner) = part.split_once('{').map_or((part, None), |(path, inner)| (path, Some(inner)));
        let mut name = before.to_vec();
        name.extend(path.split("::").map(str::trim).filter(|step| !step.is_empty()).map(str::to_owned));
        match inner {
            Some(inner) => expand(inner.trim_end().trim_end_matches('}'), &name, names),
            None => drop(names.insert(name)),
        }
    }
}

fn module(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or(file)
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[test]
fn arrows_point_down() {
    for (file, text) in sources("crates/server/src") {
        let own = module(&file);
        let Some(from) = layer(own) else {
            assert!(["main", "lib"].contains(&own), "{own} has no layer: give it one in {}", file!());
            continue;
        };
        for name in named(&code(&text)) {
            let Some(to) = name.first().and_then(|first| layer(first)) else { continue };
            let sideways = CONCEPTS.contains(&own) && CONCEPTS.contains(&name[0].as_str());
            assert!(to > from || name[0] == own || sideways, "{file} names {}", name.join("::"));
        }
    }
}

#[test]
fn concepts_meet_in_shapes_and_access() {
    for (file, text) in sources("crates/server/src") {
        let own = module(&file);
        if !CONCEPTS.contains(&own) {
            continue;
        }
        let code = code(&text);
        let role = file.rsplit('/').next().unwrap_or_default();
        for other in CONCEPTS.iter().filter(|other| **other != own) {
            let mut steps = BTreeSet::new();
            for name in named(&code).into_iter().filter(|name| name[0] == *other) {
                match name.get(1) {
                    Some(step) => drop(steps.insert(step.clone())),
                    None => steps.extend(used(&code, other)),
                }
            }
            let allowed: Option<&[&str]> = match role {
                "access.rs" => Some(&["access"]),
                "store.rs" | "change.rs" => Some(&["access", "store", "a record"]),
                "input.rs" => Some(&["a record"]),
                _ => None,
            };
            let kind = |step: &String| if is_record(step) { "a record".to_owned() } else { step.clone() };
            let strangers: Vec<&String> = steps
                .iter()
                .filter(|step| allowed.is_some_and(|allowed| !allowed.contains(&kind(step).as_str())))
                .collect();
            assert!(strangers.is_empty(), "{file} names {strangers:?} of {other}");
            if ["timeline", "statistics"].contains(other) && !steps.is_empty() {
                assert_eq!(file, "patient/object.rs", "only the patient's shape leads to {other}");
            }
        }
    }
}

/// Whether a name is that of a record, such as `Patient`; shapes are in capitals.
fn is_record(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.contains(|c: char| c.is_ascii_lowercase())
}

/// What follows `module::` in the code.
fn used(code: &str, module: &str) -> BTreeSet<String> {
    let prefix = format!("{module}::");
    let after = code.match_indices(&prefix).map(|(at, _)| &code[at + prefix.len()..]);
    after.filter_map(|tail| tail.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned)).collect()
}

#[test]
fn statements_run_in_few_places() {
    for (file, text) in sources("crates/server/src") {
        if STATEMENTS.iter().any(|place| file.starts_with(place) || file.ends_with(place)) {
            continue;
        }
        let code = code(&text);
        for running in RUNNING {
            let iterators = [".all(|", ".all(char", ".one(value", ".one(v", ".execute_stream("];
            let found = code.match_indices(running).any(|(at, _)| !iterators.iter().any(|i| code[at..].starts_with(i)));
            assert!(!found, "{file} runs a statement ({running}): it belongs into a store.rs");
        }
    }
}

#[test]
fn entities_and_migrations_stand_alone() {
    for manifest in ["crates/entity/Cargo.toml", "migration/Cargo.toml"] {
        for name in dependencies(&root().join(manifest)) {
            assert!(!["entity", "migration", "patientgraph"].contains(&name.as_str()), "{manifest} depends on {name}");
        }
    }
}

/// It is there for one day of a clinic's life, and can be deleted after the last one's.
#[test]
fn the_importer_is_known_to_its_command_alone() {
    for name in dependencies(&root().join("crates/importer/Cargo.toml")) {
        assert!(!["migration", "patientgraph"].contains(&name.as_str()), "the importer depends on {name}");
    }
    for (file, text) in sources("crates/server/src") {
        let is_its_own = file.starts_with("import/") || file.starts_with("commands/import/");
        assert!(is_its_own || !code(&text).contains("importer::"), "{file} names the importer");
    }
}

#[test]
fn files_are_read_in_one_sitting() {
    for folder in ["crates", "migration", "tests"] {
        for (file, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= LONGEST_FILE, "{folder}/{file} has {lines} lines");
        }
    }
}

#[test]
fn every_dependency_is_used() {
    for member in ["crates/entity", "crates/importer", "crates/server", "migration", "tests"] {
        let sources: String = sources(member).into_values().collect();
        for name in dependencies(&root().join(member).join("Cargo.toml")) {
            let path = name.replace('-', "_");
            let used = [format!("{path}::"), format!("use {path};")].iter().any(|use_of| sources.contains(use_of));
            assert!(used, "{member} does not use {name}");
        }
    }
}

/// The names in the dependency tables of a manifest.
fn dependencies(manifest: &PathBuf) -> Vec<String> {
    let manifest = fs::read_to_string(manifest).expect("a manifest");
    let mut names = vec![];
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            names.extend(line.split(['.', '=', ' ']).next().map(str::to_owned));
        }
    }
    names
}
