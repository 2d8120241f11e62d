//! What an account is in the API.

use super::access;
use super::api_key::API_KEY;
use crate::doctor::DOCTOR;
use crate::patient::PATIENT;
use crate::read::kind::Kind::{Bool, Id, Instant, Int, Text, Word};
use crate::read::record::Concept;
use crate::read::shape::{
    List, Operators, Shape, ShapeRef, Sql, UNLISTED, filter, many, maybe_one, optional, order, required,
};
use crate::vocabulary::USER_ROLE;

/// [`USER`] as an answer.
pub struct User;

impl Concept for User {
    const SHAPE: ShapeRef = &USER;
}

/// An account.
pub static USER: Shape = Shape {
    name: "User",
    about: "An account. People named in records appear as `Actor` instead.",
    table: "users",
    key: "id",
    prefix: Some("usr"),
    unions: &[],
    access: access::visible_to,
    columns: access::columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("usr"), "Names the account, for good."),
        required("username", "username", Text, "The unique name to sign in with."),
        optional("email", "email", Text, "The e-mail address, unique where given."),
        required("name", "name", Text, "The person's or program's name."),
        required("role", "role", Word(&USER_ROLE), "What the account is to the clinic."),
        required("isActive", "is_active", Bool, "Whether it can sign in."),
        optional("lastLogin", "last_login", Instant, "When it last signed in."),
        required("createdAt", "created_at", Instant, "When it was made."),
        required("updatedAt", "updated_at", Instant, "When it was last changed."),
        required("version", "version", Int, "The edit lock: give it back when you change the account."),
    ],
    relations: &[
        maybe_one("doctor", &DOCTOR, "id", "user_id", "The doctor whose account it is."),
        maybe_one("patient", &PATIENT, "id", "user_id", "The patient whose account it is."),
        many("apiKeys", &API_KEY, "id", "user_id", "The keys of a program, also those that have ended, newest first."),
    ],
    list: List {
        stem: "User",
        newest_first: false,
        orders: &[
            order("USERNAME", Sql::Own("username"), Text, "The name to sign in with."),
            order("CREATED_AT", Sql::Own("created_at"), Instant, "When it was made."),
        ],
        filters: &[
            filter("username", Sql::Own("username"), Operators::Exact, "The name to sign in with."),
            filter("email", Sql::Own("email"), Operators::Exact, "The e-mail address."),
            filter("role", Sql::Own("role"), Operators::Word(&USER_ROLE), "What it is to the clinic."),
            filter("isActive", Sql::Own("is_active"), Operators::Flag, "Whether it can sign in."),
        ],
        unless_asked: None,
    },
};

/// Whoever is named in a record.
pub static ACTOR: Shape = Shape {
    name: "Actor",
    about: "Whoever did something that a record names: a person or a program.",
    table: "users",
    key: "id",
    prefix: None,
    unions: &[],
    access: access::named_in_records,
    columns: access::actor_columns,
    joins: &[],
    fields: &[
        required("name", "name", Text, "The name."),
        required("role", "role", Word(&USER_ROLE), "What they are to the clinic."),
    ],
    relations: &[],
    list: UNLISTED,
};
