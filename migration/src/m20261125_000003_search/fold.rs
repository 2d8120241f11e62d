//! The fold of this migration, as the server's was when it was written. It is never changed: another fold is another
//! migration.

use unicode_normalization::UnicodeNormalization;

/// How many characters of a text are kept.
const LINE: usize = 100;

/// Compatibility forms, accents and case away, and the letters that have no plain one in them as people type them.
pub(super) fn fold(text: &str) -> String {
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
    folded.nfc().take(LINE).collect()
}
