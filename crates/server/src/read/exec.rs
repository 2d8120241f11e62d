//! Runs a plan's statements and finds each parent's rows.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sqlx::{Row as _, ValueRef as _};
use uuid::Uuid;

use super::error::{ReadError, Result};
use super::plan::{Bind, KeyColumns, Node, Parent, Plan};
use super::snapshot::{RowSet, Snapshot};
use super::sql::{self, Key, Setting};

/// The rows of one node, those of one parent beside each other.
pub struct Loaded {
    rows: RowSet,
    /// The rows in the order of `groups`; `None` while they come like that from the database.
    order: Option<Vec<usize>>,
    groups: HashMap<Key, (usize, usize), BuildHasherDefault<KeyHasher>>,
    /// How many rows of each group, or of all, are shown; those beyond only tell that they are there.
    shown: usize,
}

/// Runs all statements, parents first; answers the rows of each and how many statements ran.
pub async fn run(snapshot: &mut Snapshot, setting: Setting<'_>, plan: &Plan) -> Result<(Vec<Loaded>, u32)> {
    let mut order: Vec<usize> = (0..plan.nodes.len()).collect();
    order.sort_by_key(|i| plan.nodes[*i].level);
    let mut statements = 0;
    let mut loaded: Vec<Loaded> = plan.nodes.iter().map(|_| Loaded::nothing()).collect();
    for at in order {
        let node = &plan.nodes[at];
        if node.page.as_ref().is_some_and(|paged| !paged.rows) {
            continue;
        }
        let keys = keys(node, &loaded)?;
        if keys.is_empty() && !node.parents.is_empty() {
            continue;
        }
        let rows = snapshot.fetch(sql::statement(setting, node, &keys)).await?;
        statements += 1;
        loaded[at] = Loaded::new(node, rows)?;
    }
    Ok((loaded, statements))
}

/// The distinct keys of a node's parents.
fn keys(node: &Node, loaded: &[Loaded]) -> Result<Vec<Key>> {
    let (mut keys, mut seen) = (Vec::new(), HashMap::<Key, (), BuildHasherDefault<KeyHasher>>::default());
    for Parent { node: parent, key, tag } in &node.parents {
        let rows = &loaded[*parent];
        for at in rows.shown() {
            let row = rows.row(at);
            if let Some((column, word)) = tag
                && row.text(*column)? != Some(*word)
            {
                continue;
            }
            if let Some(key) = row.key(*key)?
                && seen.insert(key, ()).is_none()
            {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

impl Loaded {
    fn nothing() -> Self {
        Self { rows: RowSet::Sqlite(Vec::new()), order: None, groups: HashMap::default(), shown: usize::MAX }
    }

    fn new(node: &Node, rows: RowSet) -> Result<Self> {
        let key = match node.bind {
            Bind::Root | Bind::Count => None,
            Bind::Keys(_) | Bind::One(_) | Bind::Each(_) | Bind::CountEach(_) => Some(KeyColumns::One(0)),
            Bind::All(_) => Some(KeyColumns::Pair(0, 1)),
        };
        let shown = node.page.as_ref().and_then(|paged| usize::try_from(paged.page.size).ok()).unwrap_or(usize::MAX);
        let mut loaded = Self { rows, order: None, groups: HashMap::default(), shown };
        if let Some(key) = key {
            loaded.group(key)?;
        }
        Ok(loaded)
    }

    /// Finds each parent's rows. They come beside each other but for parallel plans; then they are put so.
    fn group(&mut self, key: KeyColumns) -> Result<()> {
        let mut keys = Vec::with_capacity(self.rows.count());
        for at in 0..self.rows.count() {
            keys.push(self.row(at).key(key)?.unwrap_or_default());
        }
        let mut apart = false;
        for (at, key) in keys.iter().enumerate() {
            let group = self.groups.entry(*key).or_insert((at, at));
            apart |= group.1 != at;
            group.1 = at + 1;
        }
        if apart {
            let mut order: Vec<usize> = (0..keys.len()).collect();
            let mut first: HashMap<Key, usize> = HashMap::new();
            for (at, key) in keys.iter().enumerate() {
                first.entry(*key).or_insert(at);
            }
            order.sort_by_key(|at| first.get(&keys[*at]));
            self.groups.clear();
            for (place, at) in order.iter().enumerate() {
                self.groups.entry(keys[*at]).or_insert((place, place)).1 = place + 1;
            }
            self.order = Some(order);
        }
        Ok(())
    }

    /// The rows that are shown: children of the others are not read.
    fn shown(&self) -> Vec<usize> {
        let cut = |from: usize, to: usize| from..to.min(from.saturating_add(self.shown));
        if self.groups.is_empty() {
            return cut(0, self.rows.count()).collect();
        }
        let mut groups: Vec<_> = self.groups.values().copied().collect();
        groups.sort_unstable();
        groups.into_iter().flat_map(|(from, to)| cut(from, to)).collect()
    }

    /// All rows.
    pub fn all(&self) -> Range<usize> {
        0..self.rows.count()
    }

    /// The rows with this key.
    pub fn of(&self, key: Option<Key>) -> Range<usize> {
        key.and_then(|key| self.groups.get(&key)).map_or(0..0, |(from, to)| *from..*to)
    }

    /// A row.
    pub fn row(&self, at: usize) -> Row<'_> {
        let at = self.order.as_ref().map_or(at, |order| order[at]);
        match &self.rows {
            RowSet::Postgres(rows) => Row::Postgres(&rows[at]),
            RowSet::Sqlite(rows) => Row::Sqlite(&rows[at]),
        }
    }
}

/// A row of either database.
#[derive(Clone, Copy)]
pub enum Row<'a> {
    /// PostgreSQL.
    Postgres(&'a sea_orm::sqlx::postgres::PgRow),
    /// SQLite.
    Sqlite(&'a sea_orm::sqlx::sqlite::SqliteRow),
}

macro_rules! native {
    ($row:expr, $at:expr) => {
        match $row {
            Row::Postgres(row) => row.try_get_unchecked($at)?,
            Row::Sqlite(row) => row.try_get_unchecked($at)?,
        }
    };
}

impl<'a> Row<'a> {
    /// A text.
    pub fn text(self, at: usize) -> Result<Option<&'a str>> {
        Ok(native!(self, at))
    }
    /// A whole number.
    pub fn int(self, at: usize) -> Result<Option<i64>> {
        Ok(native!(self, at))
    }
    /// A finite number.
    pub fn float(self, at: usize) -> Result<Option<f64>> {
        Ok(native!(self, at))
    }
    /// Yes or no.
    pub fn bool(self, at: usize) -> Result<Option<bool>> {
        Ok(native!(self, at))
    }
    /// A calendar date.
    pub fn day(self, at: usize) -> Result<Option<NaiveDate>> {
        match self {
            Row::Postgres(row) => Ok(row.try_get_unchecked(at)?),
            Row::Sqlite(_) => self.text(at)?.map(|text| text.parse().map_err(|_| unreadable(text))).transpose(),
        }
    }
    /// An instant.
    pub fn instant(self, at: usize) -> Result<Option<Instant<'a>>> {
        match self {
            Row::Postgres(row) => Ok(row.try_get_unchecked::<Option<DateTime<Utc>>, _>(at)?.map(Instant::Value)),
            Row::Sqlite(_) => Ok(self.text(at)?.map(Instant::Text)),
        }
    }
    /// A UUID.
    pub fn uuid(self, at: usize) -> Result<Option<Uuid>> {
        match self {
            Row::Postgres(row) => Ok(row.try_get_unchecked(at)?),
            Row::Sqlite(_) => self.text(at)?.map(|text| text.parse().map_err(|_| unreadable(text))).transpose(),
        }
    }
    /// JSON, as text.
    pub fn json(self, at: usize) -> Result<Option<Cow<'a, str>>> {
        match self {
            Row::Postgres(row) => {
                let value = row.try_get_raw(at)?;
                if value.is_null() {
                    return Ok(None);
                }
                // The binary form of jsonb is a version byte and the text.
                let bytes = value.as_bytes().map_err(|e| ReadError::Internal(e.to_string()))?;
                let text = bytes.strip_prefix(&[1]).unwrap_or(bytes);
                let text = std::str::from_utf8(text).map_err(|e| ReadError::Internal(e.to_string()))?;
                Ok(Some(Cow::Borrowed(text)))
            }
            Row::Sqlite(_) => Ok(self.text(at)?.map(Cow::Borrowed)),
        }
    }
    /// A key of one or two columns; `None` when any is null.
    pub fn key(self, columns: KeyColumns) -> Result<Option<Key>> {
        Ok(match columns {
            KeyColumns::One(at) => self.uuid(at)?.map(|key| [key, Uuid::nil()]),
            KeyColumns::Pair(a, b) => self.uuid(a)?.zip(self.uuid(b)?).map(|(a, b)| [a, b]),
        })
    }
}

/// An instant as the database hands it out: SQLite's text is the API's text.
pub enum Instant<'a> {
    /// A value.
    Value(DateTime<Utc>),
    /// `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
    Text(&'a str),
}

fn unreadable(text: &str) -> ReadError {
    ReadError::Internal(format!("a value of {} characters has not the form of its column", text.chars().count()))
}

/// Keys are UUIDs: their bits are random enough.
#[derive(Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = self.0.rotate_left(5) ^ u64::from_le_bytes(word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
}
