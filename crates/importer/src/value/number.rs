//! Numbers and truth values.

use entity::Cents;
use rusqlite::types::ValueRef;

use super::text::exact;
use super::word::words;

/// A cell as a finite number, also where it is written as text.
pub(crate) fn number(cell: ValueRef<'_>) -> Option<f64> {
    let number = match cell {
        #[expect(clippy::cast_precision_loss, reason = "what is counted or paid for is far below the limit")]
        ValueRef::Integer(number) => number as f64,
        ValueRef::Real(number) => number,
        ValueRef::Text(_) => exact(cell)?.trim().parse().ok()?,
        ValueRef::Null | ValueRef::Blob(_) => return None,
    };
    number.is_finite().then_some(number)
}

/// A cell as a whole number from `least` to `most`; what is behind its point is cut off.
pub(crate) fn whole(cell: ValueRef<'_>, least: i64, most: i64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is then out of bounds")]
    let whole = number(cell)? as i64;
    (least..=most).contains(&whole).then_some(whole)
}

/// An amount of money, rounded to hundredths.
pub(crate) fn cents(cell: ValueRef<'_>) -> Option<Cents> {
    let hundredths = (number(cell)? * 100.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "bounded")]
    (0.0..1e15).contains(&hundredths).then_some(Cents(hundredths as i64))
}

/// A share of one.
pub(crate) fn share(cell: ValueRef<'_>) -> Option<f64> {
    number(cell).filter(|share| (0.0..=1.0).contains(share))
}

/// A cell as a truth value.
pub(crate) fn truth(cell: ValueRef<'_>) -> Option<bool> {
    let word = match cell {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        _ => words(exact(cell)?),
    };
    match word.as_str() {
        "1" | "1.0" | "true" | "t" | "yes" | "y" => Some(true),
        "0" | "0.0" | "false" | "f" | "no" | "n" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_rounded_and_not_cut() {
        assert_eq!(cents(ValueRef::Real(150.5)), Some(Cents(15_050)));
        assert_eq!(cents(ValueRef::Real(19.99)), Some(Cents(1_999)));
        assert_eq!(cents(ValueRef::Real(0.29)), Some(Cents(29)));
        assert_eq!(cents(ValueRef::Integer(150)), Some(Cents(15_000)));
        assert_eq!(cents(ValueRef::Text(b"80.005")), Some(Cents(8_001)));
        for none in [ValueRef::Real(-1.0), ValueRef::Text(b"free"), ValueRef::Null, ValueRef::Real(f64::INFINITY)] {
            assert_eq!(cents(none), None);
        }
    }

    #[test]
    fn truth_has_few_words() {
        assert_eq!(truth(ValueRef::Integer(1)), Some(true));
        assert_eq!(truth(ValueRef::Real(0.0)), Some(false));
        assert_eq!(truth(ValueRef::Text(b" Yes ")), Some(true));
        assert_eq!(truth(ValueRef::Text(b"perhaps")), None);
        assert_eq!(truth(ValueRef::Null), None);
    }
}
