//! From the short notation of tables to the statements that make them.

use std::fmt::Write;

/// A table in the notation of [`schema`](super::schema).
#[derive(Debug, Clone)]
pub struct Table {
    /// What it is called.
    pub name: &'static str,
    columns: Vec<Column>,
    /// Constraints of the table, as statements have them.
    constraints: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Column {
    name: String,
    declared: &'static str,
    primary: bool,
    required: bool,
    unique: bool,
    indexed: bool,
    default: Option<String>,
    allowed: Vec<String>,
}

impl Table {
    pub(super) fn new(name: &'static str, columns: &str, keys: &[&str]) -> Self {
        let columns = columns.split_whitespace().map(Column::read).collect();
        Self { name, columns, constraints: keys.iter().map(|key| foreign_key(key)).collect() }
    }

    pub(super) fn unique(mut self, columns: &str) -> Self {
        self.constraints.push(format!("UNIQUE ({columns})"));
        self
    }

    /// The names of its columns, in order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The statements that make it and its indexes.
    pub(super) fn statements(&self) -> Vec<String> {
        let parts: Vec<String> =
            self.columns.iter().map(Column::definition).chain(self.constraints.iter().cloned()).collect();
        let table = format!("CREATE TABLE {} (\n  {}\n)", self.name, parts.join(",\n  "));
        let index = |column: &Column| {
            let unique = if column.unique { "UNIQUE " } else { "" };
            format!("CREATE {unique}INDEX idx_{table}_{0} ON {table} ({0})", column.name, table = self.name)
        };
        let indexes = self.columns.iter().filter(|column| column.indexed).map(index);
        std::iter::once(table).chain(indexes).collect()
    }
}

impl Column {
    fn read(text: &str) -> Self {
        let end = |text: &str| text.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end(text));
        let mut column = Self { name: name.to_owned(), declared: "TEXT", ..Self::default() };
        while let Some(mark) = rest.chars().next() {
            rest = &rest[1..];
            let taken = match mark {
                ':' => end(rest),
                '(' => rest.find(')').expect("the end of a check") + 1,
                '=' => rest.len(),
                _ => 0,
            };
            let (value, after) = rest.split_at(taken);
            column.mark(mark, value.trim_end_matches(')'));
            rest = after;
        }
        column
    }

    fn mark(&mut self, mark: char, value: &str) {
        match mark {
            '*' => self.primary = true,
            '!' => self.required = true,
            '+' => self.unique = true,
            '#' => self.indexed = true,
            '(' => self.allowed = value.split('|').map(str::to_owned).collect(),
            '=' => self.default = Some(value.to_owned()),
            ':' => {
                self.declared = declared(value);
                self.default = (value == "now").then(|| "CURRENT_TIMESTAMP".to_owned());
            }
            _ => panic!("{}: what is {mark}?", self.name),
        }
    }

    fn definition(&self) -> String {
        let mut text = format!("{} {}", self.name, self.declared);
        for (is, said) in [(self.primary, "PRIMARY KEY"), (self.unique, "UNIQUE"), (self.required, "NOT NULL")] {
            if is {
                let _ = write!(text, " {said}");
            }
        }
        if let Some(default) = &self.default {
            let bare = default.starts_with(|c: char| c.is_ascii_digit()) || default.to_uppercase() == *default;
            let _ = if bare { write!(text, " DEFAULT {default}") } else { write!(text, " DEFAULT '{default}'") };
        }
        if !self.allowed.is_empty() {
            let _ = write!(text, " CHECK ({} IN ('{}'))", self.name, self.allowed.join("', '"));
        }
        text
    }
}

fn declared(kind: &str) -> &'static str {
    match kind {
        "int" => "INTEGER",
        "real" => "REAL",
        "blob" => "BLOB",
        "json" => "JSON",
        "bool" => "BOOLEAN",
        "date" => "DATE",
        "money" => "DECIMAL(10,2)",
        "when" | "now" => "TIMESTAMP",
        _ => panic!("no type {kind}"),
    }
}

/// `FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE`
fn foreign_key(text: &str) -> String {
    let (column, target) = text.split_once('>').expect("a column and its target");
    let (target, action) = target.split_once(':').unwrap_or((target, ""));
    let (table, key) = target.split_once('.').expect("a table and its column");
    let action = if action.is_empty() { String::new() } else { format!(" ON DELETE {}", action.to_uppercase()) };
    format!("FOREIGN KEY ({column}) REFERENCES {table}({key}){action}")
}
