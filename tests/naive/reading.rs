//! What a field of a row is.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::cursor::Cursors;
use super::execute::Arguments;
use super::json::Json;
use super::list::{List, Page};
use super::model::{Kind, ROOT_LISTS, SOURCES, kind};
use super::schema::{Field, Schema};
use super::tables::{Row, Tables};
use crate::support::factory;

/// All there is to read, at one instant.
#[derive(Debug)]
pub struct Clinic<'c> {
    pub schema: &'c Schema,
    pub tables: &'c Tables,
    /// The cursors given so far.
    pub cursors: &'c Cursors,
    pub now: DateTime<Utc>,
    pub zone: Tz,
}

/// What a field was read as.
#[derive(Debug)]
pub enum Found<'c> {
    Leaf(Json),
    List(Vec<Found<'c>>),
    Object(Object<'c>),
}

/// Something with fields.
#[derive(Debug)]
pub enum Object<'c> {
    Query,
    Row(&'static Kind, &'c Row),
    Connection(Page<'c>),
    /// Of the page, the entry of this number.
    Edge(Page<'c>, usize),
    PageInfo(Page<'c>),
}

impl Found<'_> {
    const NULL: Self = Self::Leaf(Json::Null);
}

impl Object<'_> {
    /// The name of its type.
    pub fn type_name(&self) -> String {
        match self {
            Self::Query => "Query".to_owned(),
            Self::Row(kind, _) => kind.name.to_owned(),
            Self::Connection(page) => page.type_name().to_owned(),
            Self::Edge(page, _) => page.type_name().replace("Connection", "Edge"),
            Self::PageInfo(_) => "PageInfo".to_owned(),
        }
    }
}

impl<'c> Clinic<'c> {
    /// Reads a field of an object.
    pub fn read(&self, object: &Object<'c>, field: &Field, arguments: &Arguments) -> Found<'c> {
        match object {
            Object::Query => self.root(field, arguments),
            Object::Row(kind, row) => self.field(kind, row, field, arguments),
            Object::Connection(page) => page.connection_field(&field.name),
            Object::Edge(page, number) => page.edge_field(self, *number, &field.name),
            Object::PageInfo(page) => page.info_field(&field.name),
        }
    }

    fn root(&self, field: &Field, arguments: &Arguments) -> Found<'c> {
        match field.name.as_str() {
            "node" => self.node(arguments.text("id")),
            "nodes" => Found::List(arguments.texts("ids").into_iter().map(|id| self.node(Some(id))).collect()),
            "doctor" => self.node_of("Doctor", arguments.text("id")),
            "patient" => match arguments.text("mrn") {
                Some(mrn) => self.row("Patient", self.tables.find("patients", "mrn", &Value::from(mrn))),
                None => self.node_of("Patient", arguments.text("id")),
            },
            list => {
                let (_, type_name) = ROOT_LISTS.iter().find(|(name, _)| *name == list).expect("a root field");
                let kind = kind(type_name);
                self.list(field, kind, self.tables.rows(kind.table).iter().collect(), arguments)
            }
        }
    }

    fn node(&self, id: Option<&str>) -> Found<'c> {
        let prefix = id.and_then(|id| id.split_once('_')).map(|(prefix, _)| prefix);
        let known = factory::PREFIXES.iter().find(|(_, candidate)| Some(*candidate) == prefix);
        known.map_or(Found::NULL, |(type_name, _)| self.node_of(type_name, id))
    }

    fn node_of(&self, type_name: &str, id: Option<&str>) -> Found<'c> {
        let kind = kind(type_name);
        let row = self.tables.rows(kind.table).iter().find(|row| Some(global_id(kind, row).as_str()) == id);
        self.row(type_name, row)
    }

    fn row(&self, type_name: &str, row: Option<&'c Row>) -> Found<'c> {
        row.map_or(Found::NULL, |row| Found::Object(Object::Row(kind(type_name), row)))
    }

    fn list(&self, field: &Field, kind: &'static Kind, rows: Vec<&'c Row>, arguments: &Arguments) -> Found<'c> {
        let list = List { rows, ..List::new(field, kind) };
        Found::Object(Object::Connection(Page::new(self, list, arguments)))
    }

    fn field(&self, of: &'static Kind, row: &'c Row, field: &Field, arguments: &Arguments) -> Found<'c> {
        let name = field.name.as_str();
        match (of.name, name) {
            (_, "id") => Found::Leaf(Json::String(global_id(of, row))),
            ("Patient", "age") => self.age(row).map_or(Found::NULL, |age| Found::Leaf(Json::Number(f64::from(age)))),
            ("Patient", "emergencyContact")
                if row["emergency_contact_name"].is_null() && row["emergency_contact_phone"].is_null() =>
            {
                Found::NULL
            }
            ("Patient", "doctors") | ("Doctor", "patients") => {
                let list = List::people(self, of, row, arguments.text("scope") == Some("EVER"), field);
                Found::Object(Object::Connection(Page::new(self, list, arguments)))
            }
            ("PatientStatistics", "nextVisitDate") => {
                let dates = self.visits_booked(row).filter_map(|date| date.as_str().map(str::to_owned));
                dates
                    .filter(|date| *date >= self.now_text())
                    .min()
                    .map_or(Found::NULL, |date| Found::Leaf(Json::String(date)))
            }
            ("PatientStatistics", "overdueVisits") => {
                let late = self.visits_booked(row).filter(|date| date.as_str() < Some(&self.now_text()));
                Found::Leaf(Json::Number(late.count() as f64))
            }
            ("TimelineEvent", "source") => {
                let source = SOURCES.iter().find(|(table, _)| row["related_table"] == *table);
                source.map_or(Found::NULL, |(table, type_name)| {
                    self.row(type_name, self.tables.find(table, "id", &row["related_id"]))
                })
            }
            ("Report", "supersededBy") => {
                self.row("Report", self.tables.find("medical_reports", "supersedes_id", &row["id"]))
            }
            ("Report", "predictions") => {
                let shown =
                    self.tables.rows("report_predictions").iter().filter(|shown| shown["report_id"] == row["id"]);
                let rows = shown.filter_map(|shown| self.tables.find("predictions", "id", &shown["prediction_id"]));
                self.list(field, kind("Prediction"), rows.collect(), arguments)
            }
            ("ApiKey", "scopes") => Found::Leaf(scopes(row)),
            ("User", "doctor") => self.row("Doctor", self.tables.find("doctors", "user_id", &row["id"])),
            ("User", "patient") => self.row("Patient", self.tables.find("patients", "user_id", &row["id"])),
            _ => {
                if let Some((_, column, type_name)) = of.ones.iter().find(|(one, ..)| *one == name) {
                    let target = kind(type_name);
                    return self.row(type_name, self.tables.find(target.table, target.key, &row[*column]));
                }
                if let Some((_, type_name)) = of.lists.iter().find(|(list, _)| *list == name) {
                    let target = kind(type_name);
                    let rows = self.tables.rows(target.table).iter();
                    let rows = rows.filter(|child| child[of.named_as] == row[of.key]).collect();
                    return self.list(field, target, rows, arguments);
                }
                Found::Leaf(self.leaf(&field.type_name, &self.value(of, row, &of.column(name))))
            }
        }
    }

    /// A column of a row, or what is derived from columns or kept beside them.
    pub fn value(&self, of: &Kind, row: &Row, column: &str) -> Value {
        match (of.name, column) {
            ("Scan", "acquired_at or upload_timestamp") if row["acquired_at"].is_null() => {
                row["upload_timestamp"].clone()
            }
            ("Scan", "acquired_at or upload_timestamp") => row["acquired_at"].clone(),
            ("Consultation", "is_overdue") => {
                Value::Bool(row["status"] == "scheduled" && row["consultation_date"].as_str() < Some(&self.now_text()))
            }
            ("Report", "is_latest") => {
                Value::Bool(self.tables.find("medical_reports", "supersedes_id", &row["id"]).is_none())
            }
            ("Prediction", "released") => Value::Bool(!row["released_at"].is_null()),
            ("Patient", "last_visit_date" | "disease_status" | "disease_stage" | "total_consultations") => {
                let statistics = self.tables.find("patient_statistics", "patient_id", &row["patient_id"]);
                statistics.expect("every patient has statistics")[column].clone()
            }
            _ => row.get(column).unwrap_or_else(|| panic!("{} has no column {column}", of.table)).clone(),
        }
    }

    fn leaf(&self, type_name: &str, value: &Value) -> Json {
        match (type_name, value) {
            (_, Value::Null) => Json::Null,
            ("JSON", value) => Json::Any(value.clone()),
            ("Decimal", Value::Number(cents)) => {
                let cents = cents.as_i64().expect("hundredths");
                Json::String(format!("{}.{:02}", cents / 100, cents % 100))
            }
            (_, Value::Bool(value)) => Json::Bool(*value),
            (_, Value::Number(number)) => Json::Number(number.as_f64().expect("a number")),
            (_, Value::String(word)) if self.schema.enums.contains_key(type_name) => {
                Json::String(word.to_uppercase().replace('-', "_"))
            }
            (_, Value::String(text)) => Json::String(text.clone()),
            (_, value) => panic!("{type_name} cannot be {value}"),
        }
    }

    /// The present as instants are written.
    pub fn now_text(&self) -> String {
        self.now.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
    }

    fn visits_booked(&self, statistics: &'c Row) -> impl Iterator<Item = &'c Value> {
        let visits = self.tables.rows("consultations").iter();
        let booked =
            visits.filter(|visit| visit["patient_id"] == statistics["patient_id"] && visit["status"] == "scheduled");
        booked.map(|visit| &visit["consultation_date"])
    }

    /// Whole years from birth to the clinic's day, or to death.
    fn age(&self, row: &Row) -> Option<i32> {
        let day = |column: &str| row[column].as_str().map(|day| day.parse::<NaiveDate>().expect("a day"));
        let born = day("date_of_birth")?;
        let until = day("date_of_death").unwrap_or_else(|| self.now.with_timezone(&self.zone).date_naive());
        let birthday_to_come = (until.month(), until.day()) < (born.month(), born.day());
        Some(until.year() - born.year() - i32::from(birthday_to_come))
    }
}

/// What a program's key is for.
fn scopes(row: &Row) -> Json {
    let words = [("may_intake", "INTAKE"), ("may_predict", "PREDICT"), ("may_report", "REPORT")];
    let has = words.iter().filter(|(column, _)| row[*column] == true);
    Json::List(has.map(|(_, word)| Json::String((*word).to_owned())).collect())
}

/// The id of a row in the API.
pub fn global_id(kind: &Kind, row: &Row) -> String {
    factory::id(kind.name, row[kind.key].as_str().expect("a key"))
}
