//! The words of the database: one enum per vocabulary. The database checks them; a word that is here unknown all the
//! same is an error that names table, row and column, never a guess.

use sea_orm::{
    ActiveValue, ColIdx, IntoActiveValue, QueryResult, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr},
};

use crate::{Malformed, value::cell};

/// A text that is none of a vocabulary's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown {vocabulary}; expected one of: {}", .words.join(", "))]
pub struct UnknownWord {
    /// Which vocabulary was asked.
    pub vocabulary: &'static str,
    /// What it knows.
    pub words: &'static [&'static str],
}

/// Reads a word of a vocabulary from a row.
fn read<T, I: ColIdx>(
    row: &QueryResult,
    index: I,
    from_word: fn(&str) -> Option<T>,
    of: UnknownWord,
) -> Result<T, TryGetError> {
    let text: String = cell(row, index, "a word")?;
    from_word(&text).ok_or_else(|| {
        // A word is no free text, and who repairs it wants to see it; but what stands there may be anything.
        let shown: String = text.chars().take(32).collect();
        Malformed::at(row, index, format!("{shown:?} is an {of}")).into()
    })
}

macro_rules! vocabulary {
    ($(#[$doc:meta])* $type:ident ($what:literal) { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($(#[$vdoc])* $variant,)+
        }

        impl $type {
            /// Every word, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            const UNKNOWN: UnknownWord = UnknownWord { vocabulary: $what, words: &[$($word),+] };

            /// The word as the database has it.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// What a word of the database means; None when it is none of these.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $type {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::from_word(word).ok_or(Self::UNKNOWN)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::String(Some(value.word().to_owned()))
            }
        }

        impl TryGetable for $type {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                read(row, index, Self::from_word, Self::UNKNOWN)
            }
        }

        impl ValueType for $type {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                let word = <String as ValueType>::try_from(value)?;
                Self::from_word(&word).ok_or(ValueTypeErr)
            }

            fn type_name() -> String {
                stringify!($type).to_owned()
            }

            fn array_type() -> ArrayType {
                ArrayType::String
            }

            fn column_type() -> ColumnType {
                ColumnType::String(StringLen::None)
            }
        }

        impl Nullable for $type {
            fn null() -> Value {
                Value::String(None)
            }
        }

        impl IntoActiveValue<$type> for $type {
            fn into_active_value(self) -> ActiveValue<$type> {
                ActiveValue::Set(self)
            }
        }
    };
}

mod people;
mod record;

pub use people::{AssignmentType, Gender, Role, Scope};
pub use record::{
    BinaryResult, ConsultationStatus, ConsultationType, DiseaseStatus, EventType, FailureCause, FileType,
    ProcessingStatus, ReportFormat, ReportStatus, ReportType, RequestStatus, SessionStatus, Severity,
};

#[cfg(test)]
mod tests;
