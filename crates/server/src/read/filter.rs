//! Filters: a client's `XFilter` as a condition.

use async_graphql::{Name, Value, indexmap::IndexMap};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, IntoCondition};

use super::error::{ReadError, Result, bad_input};
use super::kind::Kind;
use super::search;
use super::shape::{Filter, LeaveOut, Operators, Order, Scope, Shape, Sight, Sql, Target};

/// A filter's condition and the joins it needs.
pub struct Filtered {
    /// Which rows stay.
    pub condition: Condition,
    /// Aliases of the shape's joins.
    pub joins: Vec<&'static str>,
    /// Whether it searches: an index has what it looks at, rows need not be read to be passed over.
    pub searches: bool,
}

/// The condition of a list of `shape`. Where the list takes a filter, rows that are `unless_asked` stay out unless the
/// filter names that.
pub fn condition(scope: &Scope<'_>, shape: &Shape, given: Option<&Value>, leave_out: bool) -> Result<Filtered> {
    let mut reader = Reader { scope, shape, joins: Vec::new(), named: Vec::new(), searches: false };
    let mut condition = match given {
        Some(value) => reader.object(value)?,
        None => Condition::all(),
    };
    if let Some(LeaveOut { unless, keep }) = &shape.list.unless_asked
        && leave_out
        && !reader.named.contains(unless)
    {
        condition = Condition::all().add(condition).add(keep(scope));
    }
    Ok(Filtered { condition, joins: reader.joins, searches: reader.searches })
}

/// How deep `and`, `or` and `not` may be nested: deeper than any person writes.
const DEEPEST: usize = 16;

struct Reader<'a> {
    scope: &'a Scope<'a>,
    shape: &'a Shape,
    joins: Vec<&'static str>,
    named: Vec<&'static str>,
    searches: bool,
}

impl Reader<'_> {
    fn object(&mut self, value: &Value) -> Result<Condition> {
        self.nested(value, 0)
    }

    fn nested(&mut self, value: &Value, depth: usize) -> Result<Condition> {
        let Value::Object(fields) = value else {
            return bad_input(format!("`filter` takes a {}Filter.", self.shape.list.stem));
        };
        if depth > DEEPEST {
            return bad_input(format!("`filter` is nested more than {DEEPEST} levels deep."));
        }
        let mut all = Condition::all();
        for (name, value) in fields {
            if *value == Value::Null {
                continue;
            }
            all = all.add(match name.as_str() {
                "and" => self.several(Condition::all(), "1 = 1", value, depth)?,
                "or" => self.several(Condition::any(), "1 = 0", value, depth)?,
                // The complement: what is unknown does not hold, so its negation does.
                "not" => {
                    let holds = Expr::from(self.nested(value, depth + 1)?);
                    Expr::from(Func::coalesce([holds, Expr::val(false)])).not().into_condition()
                }
                name => match self.shape.list.filters.iter().find(|f| f.name == name) {
                    Some(filter) => self.field(filter, value)?,
                    None => return bad_input(format!("{}Filter has no field `{name}`.", self.shape.list.stem)),
                },
            });
        }
        Ok(all)
    }

    /// The conditions of a list; `empty` is what an empty one means, as in logic.
    fn several(&mut self, mut into: Condition, empty: &'static str, value: &Value, depth: usize) -> Result<Condition> {
        let items = match value {
            Value::List(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        if items.is_empty() {
            return Ok(into.add(Expr::cust(empty)));
        }
        for item in items {
            into = into.add(self.nested(item, depth + 1)?);
        }
        Ok(into)
    }

    fn field(&mut self, filter: &'static Filter, value: &Value) -> Result<Condition> {
        self.named.push(filter.name);
        let condition = self.asked(filter, value)?;
        // Whoever could filter by what they do not read could guess it.
        if self.scope.sight() != Sight::Whole {
            return Err(ReadError::Forbidden(format!("{}Filter.{}", self.shape.list.stem, filter.name)));
        }
        Ok(condition)
    }

    fn asked(&mut self, filter: &'static Filter, value: &Value) -> Result<Condition> {
        if let (Operators::Search, Target::Row(sql)) = (filter.operators, filter.on) {
            self.searches = true;
            return search::condition(self.scope.backend, filter, &|| super::sql::value(self.scope, sql), value);
        }
        let Value::Object(operators) = value else {
            return bad_input(format!("`{}` takes an object of operators.", filter.name));
        };
        match filter.on {
            Target::Row(sql) => {
                if let Sql::Joined(alias, _) = sql
                    && !self.joins.contains(&alias)
                {
                    self.joins.push(alias);
                }
                let sorted = self.shape.list.orders.iter().find(|order| order.null && order.sql.same(sql));
                let value = || super::sql::value(self.scope, sql);
                match sorted {
                    Some(order) => operated(self.scope.backend, filter, operators, &On::Sorted(&value, order)),
                    None => operated(self.scope.backend, filter, operators, &On::Plain(&value)),
                }
            }
            Target::Related(own, select, column) => {
                let inner = operated(self.scope.backend, filter, operators, &On::Plain(&|| Expr::col(column)))?;
                let mut related = select(self.scope);
                related.cond_where(inner);
                Ok(self.scope.own(own).in_subquery(related).into_condition())
            }
        }
    }
}

/// What a condition is on.
enum On<'a> {
    /// A value.
    Plain(&'a dyn Fn() -> Expr),
    /// A value that may be unknown and that lists are sorted by: ranges of it are ranges of the order's index.
    Sorted(&'a dyn Fn() -> Expr, &'a Order),
}

impl On<'_> {
    fn value(&self) -> Expr {
        match self {
            Self::Plain(value) | Self::Sorted(value, _) => value(),
        }
    }
    /// The value in the words of the index, if there is one, to compare with; unknown is the smallest there.
    fn key(&self, backend: DbBackend) -> Expr {
        match self {
            Self::Plain(value) => value(),
            Self::Sorted(value, order) => super::sql::null_as_smallest(value(), order, backend),
        }
    }
    /// The value is below a bound: unknown is not.
    fn below(&self, condition: Expr) -> Expr {
        match self {
            Self::Plain(_) => condition,
            Self::Sorted(value, _) => condition.and(value().is_not_null()),
        }
    }
}

/// All operators of one field, together.
fn operated(backend: DbBackend, filter: &Filter, operators: &IndexMap<Name, Value>, on: &On<'_>) -> Result<Condition> {
    let mut all = Condition::all();
    for (name, value) in operators {
        if *value != Value::Null {
            all = all.add(operator(backend, filter, name, value, on)?);
        }
    }
    Ok(all)
}

fn operator(backend: DbBackend, filter: &Filter, name: &str, value: &Value, on: &On<'_>) -> Result<Condition> {
    let one = |value: &Value| operand(filter, value);
    Ok(match name {
        // A condition as it is, or its negation: compared with a value it could use no index.
        "eq" if matches!(filter.operators, Operators::Flag) => match value {
            Value::Boolean(true) => on.value().into_condition(),
            Value::Boolean(false) => on.value().not().into_condition(),
            _ => return bad_input(format!("`{}` takes true or false.", filter.name)),
        },
        "eq" => match one(value)? {
            Some(value) => on.value().eq(value).into_condition(),
            None => Expr::cust("1 = 0").into_condition(),
        },
        "in" => {
            let items = match value {
                Value::List(items) => items.as_slice(),
                single => std::slice::from_ref(single),
            };
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                values.extend(one(item)?);
            }
            on.value().is_in(values).into_condition()
        }
        "isNull" => match value {
            Value::Boolean(true) => on.value().is_null().into_condition(),
            _ => on.value().is_not_null().into_condition(),
        },
        "contains" => {
            return Ok(match one(value)? {
                Some(part) => contains(backend, on.value(), part).into_condition(),
                None => Expr::cust("1 = 0").into_condition(),
            });
        }
        name => {
            let Some(value) = one(value)? else {
                return bad_input(format!("`{}.{name}` takes a value.", filter.name));
            };
            match name {
                "lt" => on.below(on.key(backend).lt(value)),
                "lte" => on.below(on.key(backend).lte(value)),
                "gt" => on.key(backend).gt(value),
                "gte" => on.key(backend).gte(value),
                _ => return bad_input(format!("`{}` has no operator `{name}`.", filter.name)),
            }
            .into_condition()
        }
    })
}

/// A text with this part in it. Positions instead of LIKE: no character of the client's text means anything else.
pub(super) fn contains(backend: DbBackend, text: Expr, part: sea_orm::Value) -> Expr {
    let position = if backend == DbBackend::Postgres { "strpos" } else { "instr" };
    Expr::from(Func::cust(position).args([text, Expr::val(part)])).gt(0)
}

/// An operand as a bound value; `None` is one that no row has: an id that names nothing, or a text with a NUL, which
/// PostgreSQL does not even take.
fn operand(filter: &Filter, value: &Value) -> Result<Option<sea_orm::Value>> {
    let json = value.clone().into_json().unwrap_or_default();
    if json.as_str().is_some_and(|text| text.contains('\0')) {
        return Ok(None);
    }
    let kind = match filter.operators {
        Operators::Id(prefix) => return Ok(Kind::Id(prefix).bind(&json)),
        Operators::Folded => {
            return match json {
                serde_json::Value::String(text) => Ok(Some(entity::fold(&text).into())),
                _ => bad_input(format!("`{}` takes a text.", filter.name)),
            };
        }
        Operators::Lower => {
            return match json {
                serde_json::Value::String(text) => Ok(Some(text.to_ascii_lowercase().into())),
                _ => bad_input(format!("`{}` takes a text.", filter.name)),
            };
        }
        Operators::Exact | Operators::Search => Kind::Text,
        Operators::Int => Kind::Int,
        Operators::Instant => Kind::Instant,
        Operators::Day => Kind::Day,
        Operators::Flag => Kind::Bool,
        Operators::Word(words) => Kind::Word(words),
    };
    match kind.bind(&json) {
        Some(value) => Ok(Some(value)),
        None => bad_input(format!("`{}` takes values of the type {}.", filter.name, kind.scalar())),
    }
}
