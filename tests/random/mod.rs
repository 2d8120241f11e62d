//! Random valid queries: everything the schema offers, in the odd combinations that nobody writes by hand.

mod arguments;
mod filters;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::naive::schema::Field;
use crate::naive::tables::Row;
use crate::naive::{Cursors, Schema, Tables};
use crate::support::dice::Dice;

/// A query and its variables.
#[derive(Debug)]
pub struct Generated {
    pub text: String,
    pub variables: serde_json::Value,
}

/// How deep selections are nested.
const DEEPEST: usize = 8;
/// About how many fields a query has.
const FIELDS: usize = 40;
/// What has tests of its own, and the naive reading therefore leaves out.
const NOT_NAIVE: &[(&str, &str)] = &[("Query", "viewer"), ("Query", "dashboard"), ("Query", "livePosition")];

/// Types that are reached only by others.
const INSIDE: &[(&str, &str)] = &[
    ("PatientStatistics", "Patient"),
    ("EmergencyContact", "Patient"),
    ("TimelineEvent", "Patient"),
    ("ConsultationRevision", "Consultation"),
    ("ApiKey", "User"),
];

/// Makes one query at a time.
#[derive(Debug)]
pub struct Generator<'g> {
    pub schema: &'g Schema,
    pub tables: &'g Tables,
    pub cursors: &'g Cursors,
    pub dice: &'g mut Dice,
    /// Rows of which half of the ids and texts are, where it has any.
    pub near: Option<&'g Tables>,
    /// Whether it is left to other tests to be odd: no directives, few fragments, and more of the records themselves.
    pub plain: bool,
    /// The type that is asked for rather than others.
    pub theme: Option<&'g str>,
    /// Fields, filters and orders that are asked for wherever their types are.
    pub wishes: &'g [(&'g str, &'g str)],
    /// What is not asked for: fields by their types, and filters and values of enums too.
    pub without: &'g [(&'g str, &'g str)],
    /// The definitions of fragments made so far, and the type of each.
    fragments: Vec<(String, String)>,
    declarations: Vec<String>,
    variables: serde_json::Map<String, serde_json::Value>,
    /// The arguments of what has no alias, by its place: selected once more, it must have the same.
    arguments: BTreeMap<String, String>,
    /// The type of the last id of any record.
    meant: Option<&'static str>,
    names: usize,
    fields: usize,
}

/// Which fields get an alias of their own, so that no other of the same name merges with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aliased {
    Some,
    /// In a named fragment: whatever has fields or arguments itself.
    Composites,
    /// In a fragment on a member of a union or an interface.
    All,
}

impl<'g> Generator<'g> {
    /// What it draws on.
    pub fn new(schema: &'g Schema, tables: &'g Tables, cursors: &'g Cursors, dice: &'g mut Dice) -> Self {
        Self {
            schema,
            tables,
            cursors,
            dice,
            near: None,
            plain: false,
            theme: None,
            wishes: &[],
            without: NOT_NAIVE,
            fragments: vec![],
            declarations: vec![],
            variables: serde_json::Map::new(),
            arguments: BTreeMap::new(),
            meant: None,
            names: 0,
            fields: 0,
        }
    }

    /// A query.
    pub fn query(mut self) -> Generated {
        let selection = self.selection("Query", "", 0, Aliased::Some);
        let mut text = String::from("query Random");
        if !self.declarations.is_empty() {
            write!(text, "({})", self.declarations.join(", ")).expect("a string can be written");
        }
        write!(text, " {selection}").expect("a string can be written");
        for (_, fragment) in &self.fragments {
            write!(text, "\n{fragment}").expect("a string can be written");
        }
        Generated { text, variables: self.variables.into() }
    }

    fn selection(&mut self, type_name: &str, path: &str, depth: usize, aliased: Aliased) -> String {
        let mut items = vec![];
        let (names, inline, spreads) = if self.plain { (1, 4, 7) } else { (8, 18, 26) };
        for _ in 0..=self.dice.below(4) {
            let item = if self.schema.possible.contains_key(type_name) {
                self.of_abstract(type_name, path, depth)
            } else {
                match self.dice.below(100) {
                    number if number < names => "__typename".to_owned(),
                    number if number < inline => self.inline_fragment(type_name, path, depth, aliased),
                    number if number < spreads && depth > 0 => self.spread(type_name, depth),
                    _ => self.field(type_name, path, depth, aliased),
                }
            };
            items.push(item);
        }
        if self.plain {
            return format!("{{ {} }}", items.join(" "));
        }
        // Something that no directive takes away.
        let again = items[0].len() < 120 && self.dice.chance(50);
        items.push(if again { items[0].clone() } else { "__typename".to_owned() });
        format!("{{ {} }}", items.join(" "))
    }

    /// In an interface or a union: what one of its members has.
    fn of_abstract(&mut self, type_name: &str, path: &str, depth: usize) -> String {
        match self.dice.below(10) {
            0 => "__typename".to_owned(),
            1 if type_name == "Node" => format!("id{}", self.directive()),
            1 => format!("... on Node{} {{ id }}", self.directive()),
            _ => {
                let meant = self.meant.take().filter(|_| self.plain && type_name == "Node" && self.dice.chance(80));
                let member = match meant {
                    Some(meant) => meant.to_owned(),
                    None => self.dice.pick(&self.schema.possible[type_name]).clone(),
                };
                let selection = self.selection(&member, path, depth, Aliased::All);
                format!("... on {member}{} {selection}", self.directive())
            }
        }
    }

    fn inline_fragment(&mut self, type_name: &str, path: &str, depth: usize, aliased: Aliased) -> String {
        let directive = self.directive();
        if self.schema.is(type_name, "Node") && self.dice.chance(25) {
            return format!("... on Node{directive} {{ id __typename }}");
        }
        let selection = self.selection(type_name, path, depth, aliased);
        let condition = if self.dice.chance(70) { format!(" on {type_name}") } else { String::new() };
        format!("...{condition}{directive} {selection}")
    }

    fn spread(&mut self, type_name: &str, depth: usize) -> String {
        let known: Vec<usize> = (0..self.fragments.len()).filter(|at| self.fragments[*at].0 == type_name).collect();
        let number = if known.is_empty() || self.dice.chance(50) {
            let name = self.name("fragment");
            let selection = self.selection(type_name, &name, depth.max(DEEPEST - 3), Aliased::Composites);
            self.fragments.push((type_name.to_owned(), format!("fragment {name} on {type_name} {selection}")));
            self.fragments.len() - 1
        } else {
            *self.dice.pick(&known)
        };
        let name = self.fragments[number].1.split(' ').nth(1).expect("a fragment has a name").to_owned();
        format!("...{name}{}", self.directive())
    }

    fn field(&mut self, type_name: &str, path: &str, depth: usize, aliased: Aliased) -> String {
        self.fields += 1;
        let goes_on = depth < DEEPEST && self.fields < FIELDS;
        let deeper = goes_on && self.dice.chance(if depth < 2 { 80 } else { 40 });
        let fields: Vec<&Field> =
            self.schema.fields[type_name].iter().filter(|f| self.asks(type_name, &f.name)).collect();
        let wished = fields.iter().find(|field| self.wishes.contains(&(type_name, field.name.as_str())));
        let wished = wished.copied().filter(|_| goes_on && self.dice.chance(30));
        let deeper = wished.map_or(deeper, |field| self.schema.is_composite(&field.type_name));
        let wanted: Vec<&Field> =
            fields.iter().copied().filter(|field| self.schema.is_composite(&field.type_name) == deeper).collect();
        let themed: Vec<&Field> = wanted.iter().copied().filter(|field| self.leads_to_the_theme(field)).collect();
        let drawn = if !themed.is_empty() && self.dice.chance(50) { &themed } else { &wanted };
        let drawn = wished.or_else(|| (!drawn.is_empty()).then(|| *self.dice.pick(drawn)));
        let Some(field) = drawn else {
            // Nothing but objects, and deep enough.
            return if deeper { self.dice.pick(&fields).name.clone() } else { "__typename".to_owned() };
        };
        let special = deeper || !field.arguments.is_empty();
        let alias = match aliased {
            Aliased::All => true,
            Aliased::Composites if special => true,
            _ => self.dice.chance(25),
        };
        let alias = alias.then(|| self.name("a"));
        let place = format!("{path}/{}", alias.as_ref().unwrap_or(&field.name));
        let arguments = match self.arguments.get(&place) {
            Some(arguments) => arguments.clone(),
            None => {
                let arguments = self.arguments_of(field);
                self.arguments.insert(place.clone(), arguments.clone());
                arguments
            }
        };
        let alias = alias.map_or_else(String::new, |alias| format!("{alias}: "));
        let selection =
            if deeper { self.selection(&field.type_name, &place, depth + 1, Aliased::Some) } else { String::new() };
        format!("{alias}{}{arguments}{} {selection}", field.name, self.directive())
    }

    /// Whether the theme is reached by a field: directly, or by what it stands in.
    fn leads_to_the_theme(&self, field: &Field) -> bool {
        let Some(theme) = self.theme else { return false };
        let around = INSIDE.iter().filter(|(inner, _)| *inner == theme).map(|(_, around)| *around);
        let is_of =
            |of: &str| ["", "Connection", "Edge"].iter().any(|end| field.type_name.ends_with(&format!("{of}{end}")));
        around.chain([theme]).any(is_of)
    }

    fn asks(&self, type_name: &str, field: &str) -> bool {
        !self.without.contains(&(type_name, field))
    }

    /// Where to take a value from.
    fn rows(&mut self, table: &str) -> &'g [Row] {
        match self.near.map(|near| near.rows(table)) {
            Some(near) if !near.is_empty() && self.dice.chance(50) => near,
            _ => self.tables.rows(table),
        }
    }

    fn directive(&mut self) -> String {
        if self.plain || !self.dice.chance(10) {
            return String::new();
        }
        let mut directives = String::new();
        for name in *self.dice.pick(&[&["skip"][..], &["include"], &["include", "skip"]]) {
            let condition = self.dice.chance(50);
            let condition = self.written("Boolean!", condition.into());
            write!(directives, " @{name}(if: {condition})").expect("a string can be written");
        }
        directives
    }

    fn name(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }
}
