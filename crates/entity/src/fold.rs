//! The folded form of names: what they are ordered and searched by.

use unicode_normalization::UnicodeNormalization;

/// Unicode NFKC, then lower case. `name_folded` holds it on both databases, so that order and search do not depend on
/// what a database thinks of letters.
pub fn fold(name: &str) -> String {
    name.nfkc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn compatibility_forms_and_case_disappear() {
        assert_eq!(fold("ÅSE Ødegård"), "åse ødegård");
        assert_eq!(fold("A\u{30a}SE"), "åse");
        assert_eq!(fold("ﬁona"), "fiona");
        assert_eq!(fold("Ａｎｎａ"), "anna");
        assert_eq!(fold("王小明"), "王小明");
    }

    #[test]
    fn what_is_folded_stays_as_it_is() {
        for name in ["İpek", "ΣΊΣΥΦΟΣ", "Straße", "Émilie de Rosnay"] {
            assert_eq!(fold(&fold(name)), fold(name));
        }
    }
}
