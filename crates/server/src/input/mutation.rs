//! Root mutation fields and their payloads, in one form: one `input`, one transaction, one payload that has what was
//! written, or `userErrors`.

use async_graphql::{Context, Error};

/// Declares an object of root mutation fields. Each line is a field: its input, which [`super::Input`] parses, which roles
/// may use it (a function of [`rights`](crate::auth::rights)), and its payload, which is made of what was done or of the
/// user's errors. A field that fails is null: beside it stands what
/// the fields before it have committed, and those after it run.
macro_rules! mutations {
    ($(#[$about:meta])* $root:ident { $(
        $(#[$field_about:meta])* $field:ident($input:ty, $input_about:literal) for $who:ident -> $payload:ty;
    )+ }) => {
        $(#[$about])*
        #[derive(Default)]
        pub struct $root;

        impl $root {
            /// Which roles may use which of its fields.
            pub const RIGHTS: &[(&str, $crate::auth::rights::Allowed)] =
                &[$((stringify!($field), $crate::auth::rights::$who)),+];
        }

        #[async_graphql::Object]
        impl $root {$(
            $(#[$field_about])*
            async fn $field(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = $input_about)] input: $input,
            ) -> async_graphql::Result<Option<$payload>> {
                let done = match $crate::input::Act::of(ctx).and_then(|act| act.permitted($crate::auth::rights::$who)) {
                    Ok(act) => act.mutate(input).await,
                    Err(error) => Err(error),
                };
                match done {
                    Ok(done) => Ok(Some(done.into())),
                    Err(error) => Ok($crate::input::field_failed(ctx, error)),
                }
            }
        )+}
    };
}

/// What a field that failed answers. Told by the library, its error would make null of all that was written beside it.
pub(crate) fn field_failed<T>(ctx: &Context<'_>, error: Error) -> Option<T> {
    ctx.add_error(ctx.set_error_path(error.into_server_error(ctx.item.pos)));
    None
}

/// Declares payloads of one field beside `userErrors`: a [`One`](crate::read::record::One) or a
/// [`Deleted`](crate::read::record::Deleted), null when there are errors.
macro_rules! payloads {
    ($( $(#[$about:meta])* $payload:ident { $(#[$field_about:meta])* $field:ident: $answer:ty } )+) => {$(
        $(#[$about])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            $(#[$field_about])*
            $field: Option<$answer>,
            /// What is wrong and what to do; empty when it was done.
            user_errors: Vec<$crate::input::UserError>,
        }

        impl From<Result<entity::Key, Vec<$crate::input::UserError>>> for $payload {
            fn from(done: Result<entity::Key, Vec<$crate::input::UserError>>) -> Self {
                match done {
                    Ok(key) => Self { $field: Some(<$answer>::new(key.0)), user_errors: Vec::new() },
                    Err(user_errors) => Self { $field: None, user_errors },
                }
            }
        }
    )+};
}

/// Declares inputs that are nothing but the `id` and `version` of a record, and the change that each asks for.
macro_rules! targets {
    ($( $(#[$about:meta])* $input:ident($record:ty) -> $change:ty = $make:expr; )+) => {$(
        $(#[$about])*
        #[derive(async_graphql::InputObject)]
        pub struct $input {
            /// The record.
            pub id: async_graphql::ID,
            /// The version that was read; an older one changes nothing.
            pub version: i32,
        }

        impl $crate::input::Input for $input {
            type Change = $change;

            fn parse(self, _: &$crate::input::Act) -> $change {
                $make($crate::input::Target::new::<$record>(&self.id, self.version))
            }
        }
    )+};
}

pub(crate) use {mutations, payloads, targets};
