//! What a type of our own needs to be a column's type.

use sea_orm::{ColIdx, DbErr, QueryResult, RuntimeErr, SqlxError, TryGetError, TryGetable};

use crate::Malformed;

/// Reads a cell as `T`, one of the types the drivers know. A cell that is not of that type is a malformed value; one
/// that is NULL or is not there stays what it is, because `Option` asks for it.
pub(crate) fn cell<T: TryGetable, I: ColIdx>(row: &QueryResult, index: I, form: &str) -> Result<T, TryGetError> {
    match T::try_get_by(row, index) {
        Err(TryGetError::DbErr(DbErr::Query(RuntimeErr::SqlxError(error))))
            if matches!(*error, SqlxError::ColumnDecode { .. }) =>
        {
            Err(Malformed::at(row, index, format!("expected {form}")).into())
        }
        read => read,
    }
}

/// Makes a `Clone` newtype the type of columns: `$value` is the variant of `Value` that carries it, `$inner` what that
/// variant holds; `From` for both directions and `TryGetable` are the type's own.
macro_rules! column_value {
    ($type:ident, $inner:ty, $value:ident, $column:expr) => {
        impl From<$type> for sea_orm::Value {
            fn from(value: $type) -> Self {
                Self::$value(Some(value.into()))
            }
        }

        impl sea_orm::sea_query::ValueType for $type {
            fn try_from(value: sea_orm::Value) -> Result<Self, sea_orm::sea_query::ValueTypeErr> {
                <$inner as sea_orm::sea_query::ValueType>::try_from(value)
                    .and_then(|inner| TryInto::<Self>::try_into(inner).map_err(|_| sea_orm::sea_query::ValueTypeErr))
            }

            fn type_name() -> String {
                stringify!($type).to_owned()
            }

            fn array_type() -> sea_orm::sea_query::ArrayType {
                sea_orm::sea_query::ArrayType::$value
            }

            fn column_type() -> sea_orm::sea_query::ColumnType {
                $column
            }
        }

        impl sea_orm::sea_query::Nullable for $type {
            fn null() -> sea_orm::Value {
                sea_orm::Value::$value(None)
            }
        }

        impl sea_orm::IntoActiveValue<$type> for $type {
            fn into_active_value(self) -> sea_orm::ActiveValue<$type> {
                sea_orm::ActiveValue::Set(self)
            }
        }
    };
}
pub(crate) use column_value;
