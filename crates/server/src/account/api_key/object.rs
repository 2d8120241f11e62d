//! What a program's key is in the API: everything but the key.

use sea_orm::sea_query::{BinOper, Expr, ExprTrait};

use super::access;
use crate::read::kind::Kind::{Id, Instant, Int, Text, Words};
use crate::read::record::Concept;
use crate::read::shape::{List, Scope, Shape, ShapeRef, Sql, made, optional, order, required};
use crate::vocabulary::API_KEY_SCOPE;

/// [`API_KEY`] as an answer.
pub struct ApiKey;

impl Concept for ApiKey {
    const SHAPE: ShapeRef = &API_KEY;
}

/// A program's key.
pub static API_KEY: Shape = Shape {
    name: "ApiKey",
    about: "A key by which a program is known; the key itself is shown once, when it is made.",
    table: "api_keys",
    key: "id",
    prefix: Some("key"),
    unions: &[],
    access: access::visible_to,
    columns: access::columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("key"), "Names the key, for good; it is not the key."),
        required("name", "name", Text, "What the key is for, in people's words."),
        required("hint", "hint", Text, "The last characters of the key, to tell it from others."),
        made("scopes", Words(&API_KEY_SCOPE), scopes, "What the key lets the program do."),
        optional("expiresAt", "expires_at", Instant, "When the key ends by itself."),
        optional("revokedAt", "revoked_at", Instant, "Since when the key is revoked."),
        required("createdAt", "created_at", Instant, "When the key was made."),
        required("updatedAt", "updated_at", Instant, "When the key was last changed."),
        required("version", "version", Int, "The edit lock: give it back when you revoke the key."),
    ],
    relations: &[],
    list: List {
        stem: "ApiKey",
        newest_first: true,
        orders: &[order("CREATED_AT", Sql::Own("created_at"), Instant, "When the key was made.")],
        filters: &[],
        unless_asked: None,
    },
};

/// The words of what the key may do.
fn scopes(scope: &Scope<'_>) -> Expr {
    let word = |column: &'static str, word: &'static str| {
        Expr::case(scope.own(column), Expr::cust(word)).finally(Expr::cust("''"))
    };
    let words = [word("may_predict", "'predict '"), word("may_report", "'report'")];
    let first: Expr = word("may_intake", "'intake '").into();
    words.into_iter().fold(first, |all, one| all.binary(BinOper::Custom("||"), one))
}
