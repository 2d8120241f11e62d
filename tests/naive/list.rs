//! Lists: filtered, ordered, cut into pages.

use std::rc::Rc;

use serde_json::Value;

use super::cursor::Position;
use super::execute::{Arguments, word};
use super::filter;
use super::json::Json;
use super::model::{Kind, kind};
use super::reading::{Clinic, Found, Object};
use super::schema::Field;
use super::tables::Row;

/// A list before its arguments.
#[derive(Debug)]
pub struct List<'c> {
    /// The name of its type.
    pub connection: String,
    pub kind: &'static Kind,
    pub rows: Vec<&'c Row>,
    /// Whether it can be filtered; only such lists leave archived people out.
    pub filtered: bool,
    /// For the doctors of a patient and the patients of a doctor: whose.
    pub people: Option<People<'c>>,
}

/// The one whose doctors or patients are listed.
#[derive(Debug)]
pub struct People<'c> {
    kind: &'static Kind,
    row: &'c Row,
    ever: bool,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<'c>(Rc<Cut<'c>>);

#[derive(Debug)]
struct Cut<'c> {
    list: List<'c>,
    order: String,
    entries: Vec<Entry<'c>>,
    more_before: bool,
    more_after: bool,
    total: usize,
}

type Key = (Option<String>, String);
type Entry<'c> = (Key, &'c Row);

const DEFAULT_SIZE: usize = 20;

/// What tells the cursors of one order from those of others.
pub fn order_name(kind: &Kind, field: &str, descending: bool) -> String {
    format!("{} by {field} {}", kind.name, if descending { "DESC" } else { "ASC" })
}

impl<'c> List<'c> {
    /// An empty list.
    pub fn new(field: &Field, kind: &'static Kind) -> Self {
        let filtered = field.arguments.iter().any(|argument| argument.name == "filter");
        Self { connection: field.type_name.clone(), kind, rows: vec![], filtered, people: None }
    }

    /// The doctors of a patient or the patients of a doctor: by open assignment; ever: by any, and by completed visits.
    pub fn people(clinic: &Clinic<'c>, of: &'static Kind, row: &'c Row, ever: bool, field: &Field) -> Self {
        let others = kind(if of.name == "Patient" { "Doctor" } else { "Patient" });
        let people = People { kind: of, row, ever };
        let assigned = people.assignments(clinic).map(|assignment| &assignment[others.key]);
        let visits = clinic.tables.rows("consultations").iter();
        let visits = visits.filter(|visit| ever && visit[of.key] == row[of.key] && visit["status"] == "completed");
        let keys: Vec<&Value> = assigned.chain(visits.map(|visit| &visit[others.key])).collect();
        let rows = clinic.tables.rows(others.table).iter().filter(|other| keys.contains(&&other[others.key]));
        Self { rows: rows.collect(), people: Some(people), ..Self::new(field, others) }
    }
}

impl<'c> People<'c> {
    fn assignments(&self, clinic: &Clinic<'c>) -> impl Iterator<Item = &'c Row> {
        let (key, row, ever) = (self.kind.key, self.row, self.ever);
        let assignments = clinic.tables.rows("doctor_patient_assignments").iter();
        assignments.filter(move |assignment| assignment[key] == row[key] && (ever || assignment["ended_at"].is_null()))
    }
}

impl<'c> Page<'c> {
    /// Applies filter, order and the four page arguments.
    pub fn new(clinic: &Clinic<'c>, list: List<'c>, arguments: &Arguments) -> Self {
        let filter = arguments.object("filter");
        let in_list = |row: &&Row| !list.filtered || filter::lists(clinic, list.kind, row, filter);
        let rows = list.rows.iter().copied().filter(in_list);

        let (field, descending) = match arguments.object("orderBy") {
            Some(order) => {
                let part = |name: &str| order.get(name).and_then(word).unwrap_or_default();
                (part("field").to_owned(), part("direction") == "DESC")
            }
            None => (list.kind.orders[0].0.to_owned(), list.kind.newest_first),
        };
        let (_, column) = list
            .kind
            .orders
            .iter()
            .find(|(name, _)| *name == field)
            .unwrap_or_else(|| panic!("{} has no order {field}", list.kind.name));
        let key = |row: &Row| {
            let key = clinic.value(list.kind, row, column).as_str().map(str::to_owned);
            (key, row[list.kind.key].as_str().expect("a key").to_owned())
        };
        let mut all: Vec<Entry<'c>> = rows.map(|row| (key(row), row)).collect();
        all.sort_by(|(one, _), (other, _)| if descending { other.cmp(one) } else { one.cmp(other) });

        let place = |argument: &str| arguments.text(argument).map(|cursor| &clinic.cursors.position(cursor).key);
        let precedes = |one: &Key, other: &Key| if descending { one > other } else { one < other };
        let start = place("after").map_or(0, |after| all.partition_point(|(key, _)| !precedes(after, key)));
        let end = place("before").map_or(all.len(), |before| all.partition_point(|(key, _)| precedes(key, before)));
        let end = end.max(start);
        // As the Relay specification has it: what lies beyond a given cursor is taken to be there.
        let ((from, to), more_before, more_after) = match (arguments.number("first"), arguments.number("last")) {
            (None, Some(last)) => {
                let from = end.saturating_sub(last).max(start);
                ((from, end), from > start, arguments.text("before").is_some())
            }
            (first, _) => {
                let to = end.min(start + first.unwrap_or(DEFAULT_SIZE));
                ((start, to), arguments.text("after").is_some(), to < end)
            }
        };
        Self(Rc::new(Cut {
            order: order_name(list.kind, &field, descending),
            more_before,
            more_after,
            total: all.len(),
            entries: all[from..to].to_vec(),
            list,
        }))
    }

    /// A field of the connection.
    pub fn connection_field(&self, field: &str) -> Found<'c> {
        match field {
            "nodes" => Found::List(self.0.entries.iter().map(|(_, row)| self.node(row)).collect()),
            "edges" => {
                let edges = 0..self.0.entries.len();
                Found::List(edges.map(|number| Found::Object(Object::Edge(self.clone(), number))).collect())
            }
            "pageInfo" => Found::Object(Object::PageInfo(self.clone())),
            "totalCount" => Found::Leaf(Json::Number(self.0.total as f64)),
            other => panic!("a connection has no {other}"),
        }
    }

    /// A field of the entry of a number.
    pub fn edge_field(&self, clinic: &Clinic<'c>, number: usize, field: &str) -> Found<'c> {
        let (key, row) = &self.0.entries[number];
        match (field, &self.0.list.people) {
            ("node", _) => self.node(row),
            ("cursor", _) => Found::Leaf(self.cursor(key)),
            ("assignments", Some(people)) => {
                let other = self.0.list.kind.key;
                let both = people.assignments(clinic).filter(|assignment| assignment[other] == row[other]);
                let mut both: Vec<&Row> = both.collect();
                let newest = |row: &Row| (row["assignment_date"].to_string(), row["id"].to_string());
                both.sort_by_key(|row| std::cmp::Reverse(newest(row)));
                Found::List(both.into_iter().map(|row| Found::Object(Object::Row(kind("Assignment"), row))).collect())
            }
            (other, _) => panic!("an edge has no {other}"),
        }
    }

    /// A field of the page's description.
    pub fn info_field(&self, field: &str) -> Found<'c> {
        let cursor = |entry: Option<&Entry<'c>>| entry.map_or(Json::Null, |(key, _)| self.cursor(key));
        Found::Leaf(match field {
            "hasNextPage" => Json::Bool(self.0.more_after),
            "hasPreviousPage" => Json::Bool(self.0.more_before),
            "startCursor" => cursor(self.0.entries.first()),
            "endCursor" => cursor(self.0.entries.last()),
            other => panic!("a page has no {other}"),
        })
    }

    /// The name of the connection's type.
    pub fn type_name(&self) -> &str {
        &self.0.list.connection
    }

    fn node(&self, row: &'c Row) -> Found<'c> {
        Found::Object(Object::Row(self.0.list.kind, row))
    }

    fn cursor(&self, key: &Key) -> Json {
        Json::Cursor(Position { list: self.0.order.clone(), key: key.clone() })
    }
}
