//! Who may see and do what, as a table: asked of the rules themselves, for a viewer of each role.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, NaiveDate};
use entity::Key;
use sea_orm::DbBackend;
use uuid::Uuid;

use super::schema::{self, Clinic};
use crate::auth::rights::{self, Allowed};
use crate::auth::{Role, Scopes, Viewer};
use crate::identity::IdentityMutation;
use crate::read::root::{RootRead, Roots};
use crate::read::shape::{Link, Moment, Scope, Seen, Shape, ShapeRef, Sight, Source, Sql, Target};
use crate::read::sql;

/// What stands before the tables.
const HEAD: &str = include_str!("access_head.md");

/// The columns.
const ROLES: [&str; 4] = ["administrator", "doctor", "patient", "program"];
/// The column of root fields for those who are not signed in: they reach nothing else.
const STRANGER: &str = "not signed in";

/// What the tables say.
const YES: &str = "yes";
const OWN: &str = "own row";
const RELEASED: &str = "released";
const NO: &str = "–";

/// The table as Markdown.
pub(super) fn markdown() -> String {
    let viewers = viewers();
    let mut out = HEAD.to_owned();
    section(&mut out, "Queries", &[&ROLES[..], &[STRANGER]].concat());
    for (name, mut verdicts) in queries(&viewers) {
        verdicts.push(if name == "viewer" { YES } else { NO });
        row(&mut out, name, &verdicts);
    }
    section(&mut out, "Mutations", &[&ROLES[..], &[STRANGER]].concat());
    for (name, who) in schema::rights() {
        row(&mut out, &camel(name), &[allowed(&viewers, who), vec![NO]].concat());
    }
    for name in IdentityMutation::WITHOUT_VIEWER {
        row(&mut out, &camel(name), &[YES; 5]);
    }
    section(&mut out, "Subscriptions", &[&ROLES[..], &[STRANGER]].concat());
    for (name, who) in schema::followers() {
        row(&mut out, name, &[allowed(&viewers, who), vec![NO]].concat());
    }
    for shape in shapes().values() {
        section(&mut out, shape.name, &ROLES);
        for (name, verdicts) in fields(&viewers, shape) {
            row(&mut out, name, &verdicts);
        }
        for (name, verdicts) in filters_and_orders(&viewers, shape) {
            row(&mut out, &name, &verdicts);
        }
    }
    out
}

/// A viewer of each role, in the order of the columns.
fn viewers() -> [Viewer; 4] {
    let key = Some(Key(Uuid::nil()));
    let scopes = Scopes { intake: true, predict: true, report: true };
    let roles = [Role::Admin, Role::Doctor(key), Role::Patient(key), Role::Agent(scopes)];
    roles.map(|role| Viewer { name: String::new(), role, user: key, sign_in: None })
}

type Verdicts = Vec<&'static str>;

fn each(viewers: &[Viewer], verdict: impl Fn(&Viewer) -> &'static str) -> Verdicts {
    viewers.iter().map(verdict).collect()
}

fn allowed(viewers: &[Viewer], who: Allowed) -> Verdicts {
    each(viewers, |viewer| if who(viewer.role) { YES } else { NO })
}

fn queries(viewers: &[Viewer]) -> Vec<(&'static str, Verdicts)> {
    let reads = Clinic::fields().map(|root| {
        let verdicts = match root.reads {
            RootRead::List(shape) | RootRead::ById(shape) | RootRead::ByIdOr(shape, ..) => {
                each(viewers, |viewer| reads_type(viewer, shape))
            }
            RootRead::Node | RootRead::Nodes => each(viewers, |_| YES),
        };
        (root.name, verdicts)
    });
    let others = [
        ("viewer", each(viewers, |_| YES)),
        ("dashboard", allowed(viewers, rights::doctors)),
        ("livePosition", each(viewers, |_| YES)),
    ];
    reads.chain(others).collect()
}

/// All shapes that the roots lead to, by name.
fn shapes() -> BTreeMap<&'static str, ShapeRef> {
    let mut found = BTreeMap::new();
    let mut open: Vec<ShapeRef> = Clinic::nodes().to_vec();
    while let Some(shape) = open.pop() {
        if found.insert(shape.name, shape).is_none() {
            open.extend(shape.relations.iter().map(|relation| relation.shape));
        }
    }
    found
}

fn fields(viewers: &[Viewer], shape: ShapeRef) -> Vec<(&'static str, Verdicts)> {
    let leaves = shape.fields.iter().map(|field| {
        let verdict = |viewer: &Viewer| match field.source {
            Source::Sql(sql) => seen(viewer, shape, sql),
            Source::Days(columns, _) => least(columns.iter().map(|column| seen(viewer, shape, Sql::Own(column)))),
        };
        (field.name, each(viewers, verdict))
    });
    let relations = shape.relations.iter().map(|relation| {
        let from = match &relation.link {
            Link::Inline { .. } => shape.key,
            Link::One { from, .. } | Link::Union { from, .. } | Link::Many { from, .. } | Link::ManyBy { from, .. } => {
                from
            }
            Link::Through(through) => through.from,
        };
        let verdict =
            |viewer: &Viewer| least([seen(viewer, shape, Sql::Own(from)), reads_type(viewer, relation.shape)]);
        (relation.name, each(viewers, verdict))
    });
    leaves.chain(relations).collect()
}

fn filters_and_orders(viewers: &[Viewer], shape: ShapeRef) -> Vec<(String, Verdicts)> {
    // Whoever sees a value in some rows alone cannot ask all rows for it.
    let asked = |viewer: &Viewer, sql| match seen(viewer, shape, sql) {
        OWN => NO,
        verdict => verdict,
    };
    let filters = shape.list.filters.iter().map(|filter| {
        let verdict = |viewer: &Viewer| match filter.on {
            Target::Row(sql) => asked(viewer, sql),
            Target::Related(own, ..) => asked(viewer, Sql::Own(own)),
        };
        (format!("filtered by {}", filter.name), each(viewers, verdict))
    });
    let orders = shape.list.orders.iter();
    let orders =
        orders.map(|order| (format!("sorted by {}", order.name), each(viewers, |viewer| asked(viewer, order.sql))));
    filters.chain(orders).collect()
}

fn reads_type(viewer: &Viewer, shape: ShapeRef) -> &'static str {
    seen(viewer, shape, Sql::Own(shape.key))
}

fn seen(viewer: &Viewer, shape: ShapeRef, sql: Sql) -> &'static str {
    let moment = Moment { now: DateTime::UNIX_EPOCH, today: NaiveDate::MIN, zone: chrono_tz::UTC };
    let scope = Scope::new(viewer, DbBackend::Sqlite, &moment, shape, "t");
    sql::value(&scope, sql);
    match scope.sight() {
        Sight::Whole if is_another(viewer, shape, sql) => RELEASED,
        Sight::Whole => YES,
        Sight::SomeRows => OWN,
        Sight::Hidden => NO,
    }
}

/// Whether the viewer reads another column in the place of this one.
fn is_another(viewer: &Viewer, shape: &Shape, sql: Sql) -> bool {
    let rule = match sql {
        Sql::Own(column) => Some((shape.columns, column)),
        Sql::Joined(alias, column) => {
            shape.joins.iter().find(|join| join.alias == alias).map(|join| (join.columns, column))
        }
        Sql::Make(..) => None,
    };
    rule.is_some_and(|(rule, column)| matches!(rule(viewer, "t", column), Seen::Instead(_)))
}

fn least(verdicts: impl IntoIterator<Item = &'static str>) -> &'static str {
    let rank = |verdict: &&'static str| [YES, RELEASED, OWN, NO].iter().position(|known| known == verdict);
    verdicts.into_iter().max_by_key(rank).unwrap_or(NO)
}

fn section(out: &mut String, title: &str, columns: &[&str]) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\n## {title}\n\n| field | {} |\n|---|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
}

fn row(out: &mut String, name: &str, verdicts: &[&str]) {
    let _ = writeln!(out, "| {name} | {} |", verdicts.join(" | "));
}

fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        name + &initial.to_uppercase() + rest
    })
}
