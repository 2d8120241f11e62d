//! Money.

use std::fmt;

use sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable, sea_query::ColumnType};
use serde::{Deserialize, Serialize};

use super::{cell, column_value};

/// An amount in hundredths of the clinic's currency; the currency is a setting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(pub i64);

impl From<i64> for Cents {
    fn from(hundredths: i64) -> Self {
        Self(hundredths)
    }
}

impl From<Cents> for i64 {
    fn from(amount: Cents) -> Self {
        amount.0
    }
}

impl fmt::Display for Cents {
    /// As a decimal number: `-12.05`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let hundredths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

impl TryGetable for Cents {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        cell(row, index, "hundredths as an integer").map(Self)
    }
}

column_value!(Cents, i64, BigInt, ColumnType::BigInteger);

#[cfg(test)]
mod tests {
    use super::Cents;

    #[test]
    fn an_amount_shows_two_decimals() {
        assert_eq!(Cents(12_050).to_string(), "120.50");
        assert_eq!(Cents(7).to_string(), "0.07");
        assert_eq!(Cents(-105).to_string(), "-1.05");
        assert_eq!(Cents(i64::MIN).to_string(), "-92233720368547758.08");
    }
}
