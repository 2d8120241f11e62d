//! Writes the answer: rows become JSON in selection order, in one buffer.

use async_graphql::PathSegment;
use uuid::Uuid;

use super::cursor;
use super::error::ReadError;
use super::exec::{Loaded, Row};
use super::json;
use super::kind::Kind;
use super::plan::{Connection, Node, Object, PageField, Part, Plan, Rows, Side};
use super::shape::Moment;

/// The answer of one root field.
pub struct Answer {
    /// JSON.
    pub json: Vec<u8>,
    /// Fields that could not be answered: where below the root field, and why. For the log; clients get the place.
    pub holes: Vec<Hole>,
    /// Whether the root field itself could not be answered.
    pub failed: bool,
}

/// A value that should be there and is not.
#[derive(Debug)]
pub struct Hole {
    /// Where, from the inside out.
    path: Vec<PathSegment>,
    /// Why.
    pub why: String,
}

impl Hole {
    fn new(why: impl Into<String>) -> Self {
        Self { path: Vec::new(), why: why.into() }
    }
    fn below(mut self, segment: PathSegment) -> Self {
        self.path.push(segment);
        self
    }
    /// Where, from the root field inwards.
    pub fn path(&self) -> impl Iterator<Item = PathSegment> + '_ {
        self.path.iter().rev().cloned()
    }
}

impl From<ReadError> for Hole {
    fn from(error: ReadError) -> Self {
        Self::new(error.to_string())
    }
}

type Written = std::result::Result<(), Hole>;

/// The row at hand: node and place.
type At = Option<(usize, usize)>;

/// Writes the answer of a plan from its rows.
pub fn write(plan: &Plan, loaded: &[Loaded], moment: &Moment) -> Answer {
    let mut writer =
        Writer { nodes: &plan.nodes, loaded, moment, out: Vec::with_capacity(16 * 1024), holes: Vec::new() };
    let failed = match writer.part(&plan.root, None) {
        Ok(()) => false,
        Err(hole) => {
            writer.holes.push(hole);
            true
        }
    };
    Answer { json: writer.out, holes: writer.holes, failed }
}

struct Writer<'a> {
    nodes: &'a [Node],
    loaded: &'a [Loaded],
    moment: &'a Moment,
    out: Vec<u8>,
    holes: Vec<Hole>,
}

impl<'a> Writer<'a> {
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn row(&self, at: At) -> std::result::Result<(usize, Row<'a>), Hole> {
        let (node, row) = at.ok_or_else(|| Hole::new("a value outside of a row"))?;
        Ok((node, self.loaded[node].row(row)))
    }

    fn group(&self, rows: Rows, at: At) -> std::result::Result<std::ops::Range<usize>, Hole> {
        let loaded = &self.loaded[rows.node];
        Ok(match rows.key {
            None => loaded.all(),
            Some(key) => loaded.of(self.row(at)?.1.key(key)?),
        })
    }

    /// Runs `write`; where it leaves a hole, takes back what it wrote, writes null and reports the hole.
    fn nullable(&mut self, write: impl FnOnce(&mut Self) -> Written) {
        let start = self.out.len();
        if let Err(hole) = write(self) {
            self.out.truncate(start);
            self.push("null");
            self.holes.push(hole);
        }
    }

    fn object(&mut self, object: &Object, at: At) -> Written {
        self.out.push(b'{');
        for (i, (key, part)) in object.parts.iter().enumerate() {
            if i > 0 {
                self.out.push(b',');
            }
            self.push(key);
            self.part(part, at).map_err(|hole| hole.below(segment(key)))?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn part(&mut self, part: &Part, at: At) -> Written {
        match part {
            Part::Null => self.push("null"),
            Part::Typename(name) => {
                self.out.push(b'"');
                self.push(name);
                self.out.push(b'"');
            }
            Part::Scalar { column, kind, null } => return self.scalar(*column, *kind, *null, at),
            Part::Days { columns, value } => {
                let (_, row) = self.row(at)?;
                let days = columns.iter().map(|c| row.day(*c)).collect::<Result<Vec<_>, _>>()?;
                json::optional(&mut self.out, value(&days, self.moment), json::int);
            }
            Part::Cursor { tag, column, kind } => return self.cursor(tag, *column, *kind, at),
            Part::Inline { present, object } => {
                let (_, row) = self.row(at)?;
                let mut there = present.is_empty();
                for column in present {
                    there |= row.text(*column)?.is_some();
                }
                if there {
                    return self.object(object, at);
                }
                self.push("null");
            }
            Part::One { rows, object, required } => {
                let group = self.group(*rows, at)?;
                let row = (!group.is_empty()).then_some((rows.node, group.start));
                match (row, required) {
                    (Some(_), true) => return self.object(object, row),
                    (None, true) => return Err(Hole::new(format!("no {} there", self.nodes[rows.node].shape.name))),
                    (Some(_), false) => self.nullable(|writer| writer.object(object, row)),
                    (None, false) => self.push("null"),
                }
            }
            Part::Pick { node, key, object } => {
                let group = self.loaded[*node].of(Some([*key, Uuid::nil()]));
                match group.is_empty() {
                    true => self.push("null"),
                    false => self.nullable(|writer| writer.object(object, Some((*node, group.start)))),
                }
            }
            Part::Sequence(parts) => {
                self.out.push(b'[');
                for (i, part) in parts.iter().enumerate() {
                    if i > 0 {
                        self.out.push(b',');
                    }
                    self.nullable(|writer| writer.part(part, at));
                }
                self.out.push(b']');
            }
            Part::Union { tag, members } => {
                let (_, row) = self.row(at)?;
                let word = row.text(*tag)?;
                let member = members.iter().find(|(w, ..)| Some(*w) == word);
                let Some((_, rows, object)) = member else {
                    self.push("null");
                    return Ok(());
                };
                let group = self.group(*rows, at)?;
                match group.is_empty() {
                    true => self.push("null"),
                    false => self.nullable(|writer| writer.object(object, Some((rows.node, group.start)))),
                }
            }
            Part::List { rows, object } => {
                let group = self.group(*rows, at)?;
                return self.list(object, rows.node, group);
            }
            Part::Connection(connection) => return self.connection(connection, at),
        }
        Ok(())
    }

    fn scalar(&mut self, column: usize, kind: Kind, null: bool, at: At) -> Written {
        let (node, row) = self.row(at)?;
        let start = self.out.len();
        let written = json::scalar(&mut self.out, row, column, kind);
        let why = match written {
            Ok(true) => return Ok(()),
            Ok(false) if null => {
                self.push("null");
                return Ok(());
            }
            Ok(false) => "there is no value".to_owned(),
            Err(error) => error.to_string(),
        };
        self.out.truncate(start);
        let hole = Hole::new(self.named(node, row, column, &why));
        if !null {
            return Err(hole);
        }
        self.push("null");
        self.holes.push(hole);
        Ok(())
    }

    /// A complaint about a value that names table, row and column, for the log.
    fn named(&self, node: usize, row: Row<'_>, column: usize, why: &str) -> String {
        let Node { shape, bind, columns, .. } = &self.nodes[node];
        let own = bind.keys();
        let key = row.uuid(own).ok().flatten().unwrap_or_default();
        let name = match column.checked_sub(own + 1).and_then(|i| columns.get(i)).map(|c| c.sql) {
            Some(
                super::shape::Sql::Own(name) | super::shape::Sql::Joined(_, name) | super::shape::Sql::Make(name, _),
            ) => name,
            None => shape.key,
        };
        format!("{}.{name} of row {key}: {why}", shape.table)
    }

    fn cursor(&mut self, tag: &str, column: usize, kind: Kind, at: At) -> Written {
        let (node, row) = self.row(at)?;
        let mut value = Vec::new();
        if !json::scalar(&mut value, row, column, kind)? {
            value.extend_from_slice(b"null");
        }
        let key = row.uuid(self.nodes[node].bind.keys())?.unwrap_or_default();
        self.out.push(b'"');
        cursor::write(&mut self.out, tag, &value, key);
        self.out.push(b'"');
        Ok(())
    }

    fn list(&mut self, object: &Object, node: usize, rows: impl Iterator<Item = usize>) -> Written {
        self.out.push(b'[');
        for (i, row) in rows.enumerate() {
            if i > 0 {
                self.out.push(b',');
            }
            self.object(object, Some((node, row))).map_err(|hole| hole.below(PathSegment::Index(i)))?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn connection(&mut self, connection: &Connection, at: At) -> Written {
        let Connection { rows, size, backwards, bounded, count, parts } = connection;
        let all = self.group(*rows, at)?;
        let more = all.len() > *size;
        let page = all.start..all.end.min(all.start + size);
        // In the order of the list; pages counted from the end were read in reverse.
        let place = |i: usize| if *backwards { page.end - 1 - i } else { page.start + i };
        self.out.push(b'{');
        for (i, (key, side)) in parts.iter().enumerate() {
            if i > 0 {
                self.out.push(b',');
            }
            self.push(key);
            let written = match side {
                Side::Typename(name) => self.part(&Part::Typename(name.clone()), None),
                Side::Total => self.total(*count, at),
                Side::Nodes(object) | Side::Edges(object) => self.list(object, rows.node, (0..page.len()).map(place)),
                Side::PageInfo(fields) => {
                    let (next, previous) = if *backwards { (bounded.1, more) } else { (more, bounded.0) };
                    let ends = (!page.is_empty()).then(|| (place(0), place(page.len() - 1)));
                    self.page_info(fields, next, previous, rows.node, ends)
                }
            };
            written.map_err(|hole| hole.below(segment(key)))?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn total(&mut self, count: Option<Rows>, at: At) -> Written {
        let rows = count.ok_or_else(|| Hole::new("a total that was not counted"))?;
        let group = self.group(rows, at)?;
        let column = self.nodes[rows.node].bind.keys();
        let total =
            if group.is_empty() { 0 } else { self.loaded[rows.node].row(group.start).int(column)?.unwrap_or(0) };
        json::int(&mut self.out, total);
        Ok(())
    }

    fn page_info(
        &mut self,
        fields: &[(String, PageField)],
        next: bool,
        previous: bool,
        node: usize,
        ends: Option<(usize, usize)>,
    ) -> Written {
        self.out.push(b'{');
        for (i, (key, field)) in fields.iter().enumerate() {
            if i > 0 {
                self.out.push(b',');
            }
            self.push(key);
            match (field, ends) {
                (PageField::Typename, _) => self.push("\"PageInfo\""),
                (PageField::HasNext, _) => self.push(if next { "true" } else { "false" }),
                (PageField::HasPrevious, _) => self.push(if previous { "true" } else { "false" }),
                (PageField::Start(cursor), Some((start, _))) => self.part(cursor, Some((node, start)))?,
                (PageField::End(cursor), Some((_, end))) => self.part(cursor, Some((node, end)))?,
                (_, None) => self.push("null"),
            }
        }
        self.out.push(b'}');
        Ok(())
    }
}

/// The path segment of a written key.
fn segment(key: &str) -> PathSegment {
    PathSegment::Field(key.trim_matches(['"', ':']).to_owned())
}
