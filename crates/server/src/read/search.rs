//! Searching: words that must all occur in what a row is found by.

use async_graphql::Value;
use sea_orm::DbBackend;
use sea_orm::sea_query::{Condition, Expr};

use super::error::{Result, bad_input};
use super::filter::contains;
use super::shape::Filter;

/// Most words, and most characters with the spaces between: more than anybody types, and a bound on a statement's cost.
const WORDS: usize = 8;
const CHARACTERS: usize = 200;

/// The rows in whose folded text every word occurs; all rows for a search without words.
pub fn condition(backend: DbBackend, filter: &Filter, text: &dyn Fn() -> Expr, value: &Value) -> Result<Condition> {
    let name = filter.name;
    let Value::String(search) = value else { return bad_input(format!("`{name}` takes a text.")) };
    if search.trim().chars().count() > CHARACTERS {
        return bad_input(format!("`{name}` takes at most {CHARACTERS} characters: leave some words out."));
    }
    // Folded first: some characters are compatibility forms of a space.
    let folded = entity::search_fold(search);
    let words: Vec<&str> = folded.split_whitespace().collect();
    if words.len() > WORDS {
        return bad_input(format!("`{name}` takes at most {WORDS} words: leave some out."));
    }
    let mut all = Condition::all().add(Expr::cust("1 = 1"));
    for word in words {
        // No text has a NUL, and PostgreSQL takes none.
        all = all.add(if word.contains('\0') { Expr::cust("1 = 0") } else { contains(backend, text(), word.into()) });
    }
    Ok(all)
}
