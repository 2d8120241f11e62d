//! The folded forms of texts: what names are ordered by, and what people are searched by.

use unicode_normalization::UnicodeNormalization;

/// Unicode NFKC, then lower case. `name_folded` holds it on both databases, so that order and search do not depend on
/// what a database thinks of letters.
pub fn fold(name: &str) -> String {
    name.nfkc().collect::<String>().to_lowercase()
}

/// What texts are searched by: without accents, in lower case, and ligatures and letters with a stroke as the letters
/// that people type for them. Only the marks of Latin, Greek and Cyrillic letters go: those of other scripts carry
/// meaning. What is left is composed again, so that a Hangul syllable is not found by its beginning.
pub fn search_fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !('\u{300}'..='\u{36f}').contains(letter)).flat_map(char::to_lowercase) {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            '’' | 'ʼ' => folded.push('\''),
            letter => folded.push(letter),
        }
    }
    folded.nfc().collect()
}

/// How much of each text `search_text` holds, in characters: more than people search by, and an index entry, to which
/// PostgreSQL gives 2,700 bytes, has room for the three beside the longest folded name.
const LINE: usize = 100;

/// What `search_text` holds of a patient or a doctor: name, record or licence number, and e-mail address, folded, a line
/// each. Whoever writes one of them writes this.
pub fn search_text(name: &str, number: Option<&str>, email: Option<&str>) -> String {
    let texts = [Some(name), number, email].into_iter().flatten();
    texts.map(|text| search_fold(text).chars().take(LINE).collect()).collect::<Vec<String>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{fold, search_fold, search_text};

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

    #[test]
    fn accents_and_letters_of_their_own_become_what_people_type() {
        for (text, folded) in [
            ("Émile ZOLA", "emile zola"),
            ("E\u{301}mile", "emile"),
            ("Nguyễn Thị Hường", "nguyen thi huong"),
            ("Straße, STRAẞE", "strasse, strasse"),
            ("Ægir Œuvre Þór Ðóra", "aegir oeuvre thor dora"),
            ("Łukasz Đorđe Ødegård", "lukasz dorde odegard"),
            ("İpek IŞIK ışık", "ipek isik isik"),
            ("ΟΔΥΣΣΕΎΣ Οδυσσεύς", "οδυσσευσ οδυσσευσ"),
            ("Ёлкин", "елкин"),
            ("O’Brien Oʼbrien", "o'brien o'brien"),
            ("ﬁne Ａ½", "fine a1⁄2"),
        ] {
            assert_eq!(search_fold(text), folded);
        }
    }

    #[test]
    fn marks_of_other_scripts_and_syllables_stay() {
        for text in ["王小明", "한지민", "がっこう", "हिन्दी", "שָׁלוֹם", "ไทย"] {
            let composed = search_fold(text);
            assert_eq!(fold(&composed), fold(text));
        }
        assert!(!search_fold("한").contains(&search_fold("하")));
        assert_ne!(search_fold("が"), search_fold("か"));
        assert_eq!(search_fold("ｶﾞ"), search_fold("ガ"));
    }

    #[test]
    fn no_character_is_folded_twice() {
        // Beyond the tertiary plane Unicode has no letters.
        for letter in (0..0x4_0000).filter_map(char::from_u32) {
            let folded = search_fold(&letter.to_string());
            assert_eq!(search_fold(&folded), folded, "{}", letter.escape_unicode());
        }
    }

    #[test]
    fn a_row_is_searched_by_what_is_known_of_it() {
        assert_eq!(search_text("Åsa", Some("M-1"), Some("Asa@Example.org")), "asa\nm-1\nasa@example.org");
        assert_eq!(search_text("Åsa", None, Some("a@b")), "asa\na@b");
        assert_eq!(search_text("Åsa", None, None), "asa");
        assert_eq!(search_text(&"é".repeat(101), Some("M-1"), None), format!("{}\nm-1", "e".repeat(100)));
    }
}
