//! What the cursors of the server mean: learned from its answers, since they are opaque.

use std::collections::BTreeMap;

/// A place in an ordered list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Which list: the type of its nodes, and the order.
    pub list: String,
    /// Where in it; an unknown key comes before all others.
    pub key: (Option<String>, String),
}

/// All cursors that were seen.
#[derive(Debug, Default)]
pub struct Cursors(BTreeMap<String, Position>);

impl Cursors {
    /// `cursor` was given for `position`.
    ///
    /// # Errors
    /// It was given for another one before.
    pub fn learn(&mut self, cursor: &str, position: &Position) -> Result<(), String> {
        let known = self.0.entry(cursor.to_owned()).or_insert_with(|| position.clone());
        if known == position { Ok(()) } else { Err(format!(": cursor {cursor} for {position:?} stood for {known:?}")) }
    }

    /// What `cursor` stands for.
    pub fn position(&self, cursor: &str) -> &Position {
        self.0.get(cursor).unwrap_or_else(|| panic!("{cursor} was never given"))
    }

    /// The cursors into one list.
    pub fn of_list(&self, list: &str) -> Vec<&str> {
        self.0.iter().filter(|(_, position)| position.list == list).map(|(cursor, _)| cursor.as_str()).collect()
    }
}
