//! Names from the places that a clinic's patients come from.

use super::dice::Dice;
use entity::vocabulary::Gender;

/// How one part of the world names people.
struct Culture {
    /// How many in a hundred patients.
    share: u64,
    form: Form,
    female: &'static [&'static str],
    male: &'static [&'static str],
    family: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Form {
    /// Given name, family name.
    Western,
    /// Given name, two family names.
    TwoFamilies,
    /// Family name, given name, without a space.
    FamilyFirst,
}

/// A name for a person of that gender; either kind where the gender does not say.
pub(super) fn name(dice: &mut Dice, gender: Gender) -> String {
    let shares: Vec<(u64, &Culture)> = CULTURES.iter().map(|culture| (culture.share, culture)).collect();
    let culture = dice.weighted(&shares);
    let female = match gender {
        Gender::Female => true,
        Gender::Male => false,
        Gender::Other | Gender::Unknown => dice.chance(50),
    };
    let given = dice.pick(if female { culture.female } else { culture.male });
    let family = dice.pick(culture.family);
    match culture.form {
        Form::Western => format!("{given} {family}"),
        Form::TwoFamilies => format!("{given} {family} {}", dice.pick(culture.family)),
        Form::FamilyFirst => format!("{family}{given}"),
    }
}

/// The beginning of a mail address: a name in small ASCII letters, without what has no such letter.
pub(super) fn mailbox(name: &str) -> String {
    let mut mailbox = String::new();
    for letter in entity::fold(name).chars() {
        match letter {
            'a'..='z' => mailbox.push(letter),
            ' ' | '-' => mailbox.push('.'),
            _ => mailbox.push_str(ascii(letter)),
        }
    }
    let kept = mailbox.trim_matches('.');
    if kept.is_empty() { "patient".to_owned() } else { kept.to_owned() }
}

fn ascii(letter: char) -> &'static str {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ă' | 'å' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' => "o",
        'ö' | 'ø' => "oe",
        'ś' | 'ş' | 'š' => "s",
        'ß' => "ss",
        'ù' | 'ú' | 'û' => "u",
        'ü' => "ue",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

const CULTURES: &[Culture] = &[
    Culture {
        share: 28,
        form: Form::Western,
        female: &[
            "Margaret", "Dorothy", "Patricia", "Barbara", "Jean", "Sheila", "Maureen", "Linda", "Susan", "Eileen",
            "Mary-Ann", "Grace",
        ],
        male: &[
            "John", "William", "Robert", "Kenneth", "Ronald", "Peter", "David", "George", "Thomas", "Alan", "Walter",
            "Desmond",
        ],
        family: &[
            "Smith",
            "Taylor",
            "Walker",
            "Hughes",
            "Thompson",
            "O'Brien",
            "MacLeod",
            "Wright",
            "Hall",
            "Bennett",
            "Clarke",
            "Ashworth-Lane",
            "Fletcher",
            "Murray",
            "Okafor",
        ],
    },
    Culture {
        share: 14,
        form: Form::Western,
        female: &["Ingeborg", "Gisela", "Renate", "Helga", "Ursula", "Brigitte", "Käthe", "Anneliese", "Jürgine"],
        male: &["Günter", "Horst", "Klaus-Dieter", "Jürgen", "Wolfgang", "Manfred", "Björn", "Karl-Heinz", "Rolf"],
        family: &[
            "Müller",
            "Schäfer",
            "Groß",
            "Weiß",
            "Köhler",
            "von der Heide",
            "Hoffmann",
            "Jäger",
            "Böhm",
            "Lange",
            "Vogel",
            "Schröder-Lenz",
        ],
    },
    Culture {
        share: 12,
        form: Form::Western,
        female: &["Geneviève", "Anne-Marie", "Odette", "Hélène", "Thérèse", "Françoise", "Zoé", "Élodie"],
        male: &["Jean-Pierre", "René", "Gérard", "François", "Émile", "Loïc", "André", "Théophile"],
        family: &[
            "Lefèvre",
            "Dubois",
            "Béranger",
            "de La Tour",
            "Moreau",
            "Gauthier",
            "Chevalier",
            "Noël",
            "Garçon",
            "Delacroix",
        ],
    },
    Culture {
        share: 12,
        form: Form::TwoFamilies,
        female: &["María José", "Carmen", "Pilar", "Dolores", "Concepción", "Inés", "Lucía", "Rosario"],
        male: &["José Luis", "Antonio", "Ramón", "Joaquín", "Ángel", "Jesús", "Íñigo", "Juan Carlos"],
        family: &[
            "García",
            "Núñez",
            "Peña",
            "Rodríguez",
            "Martínez",
            "de la Cruz",
            "Ibáñez",
            "Sánchez",
            "Muñoz",
            "Castro",
            "Vázquez",
        ],
    },
    Culture {
        share: 7,
        form: Form::Western,
        female: &["Ingrid", "Åse", "Solveig", "Birgitta", "Karin", "Astrid", "Þóra"],
        male: &["Bjørn", "Lars", "Håkon", "Göran", "Søren", "Åke", "Leif"],
        family: &["Ødegård", "Lindström", "Sørensen", "Ångström", "Nyström", "Kjær", "Sandvik", "Þorsteinsson"],
    },
    Culture {
        share: 7,
        form: Form::Western,
        female: &["Zofia", "Jadwiga", "Małgorzata", "Krystyna", "Božena", "Ludmila"],
        male: &["Stanisław", "Kazimierz", "Zbigniew", "Jiří", "Miloš", "Wojciech"],
        family: &["Wiśniewski", "Dąbrowski", "Łukasik", "Novák", "Dvořák", "Kowalczyk", "Żak", "Šimůnek"],
    },
    Culture {
        share: 5,
        form: Form::Western,
        female: &["Ayşe", "Gülsüm", "Şerife", "Emine", "İpek"],
        male: &["Mehmet", "Hüseyin", "Çetin", "İsmail", "Oğuz"],
        family: &["Yılmaz", "Öztürk", "Şahin", "Çelik", "Güneş", "Aydın"],
    },
    Culture {
        share: 5,
        form: Form::Western,
        female: &["فاطمة", "مريم", "عائشة", "Layla", "Nadia", "Samira"],
        male: &["محمد", "أحمد", "يوسف", "Khalid", "Omar", "Abd al-Rahman"],
        family: &["الحسن", "العلي", "منصور", "al-Hassan", "Haddad", "ben Youssef"],
    },
    Culture {
        share: 4,
        form: Form::FamilyFirst,
        female: &["秀英", "丽华", "桂兰", "玉珍", "淑贞"],
        male: &["建国", "志强", "小明", "德明", "国栋"],
        family: &["王", "李", "张", "陈", "刘", "欧阳", "司马"],
    },
    Culture {
        share: 6,
        form: Form::Western,
        female: &["Lakshmi", "Saraswati", "Kamala", "Thị Hương", "Haruko", "Meera"],
        male: &["Rajesh", "Venkatesh", "Suresh", "Văn Minh", "Kenji", "Arjun"],
        family: &["Iyer", "Patel", "Krishnamurthy", "Nguyễn", "Trần", "Watanabe", "Chatterjee", "Singh"],
    },
];

#[cfg(test)]
mod tests {
    use super::super::dice::Stream;
    use super::*;

    #[test]
    fn shares_add_up_to_a_hundred() {
        assert_eq!(CULTURES.iter().map(|culture| culture.share).sum::<u64>(), 100);
    }

    #[test]
    fn a_mailbox_is_ascii_and_never_empty() {
        assert_eq!(mailbox("Jean-Pierre Béranger"), "jean.pierre.beranger");
        assert_eq!(mailbox("王小明"), "patient");
        let mut dice = Dice::new(3, Stream::Office);
        for _ in 0..2000 {
            let mailbox = mailbox(&name(&mut dice, Gender::Unknown));
            assert!(mailbox.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.'), "{mailbox}");
            assert!(!mailbox.is_empty() && !mailbox.starts_with('.') && !mailbox.ends_with('.'), "{mailbox}");
        }
    }
}
