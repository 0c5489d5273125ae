//! A column's name as the words that it is made of.
//!
//! `firstName`, `first_name`, `FIRST-NAME` and `FirstName` are the same two words. Accents are taken
//! off, so that the lists of words need one spelling each.

/// The words of a name, in lower case.
pub(super) struct Words {
    /// `_first_name_`: a word or several in a row are looked for between underscores.
    joined: String,
    /// `firstname`.
    squashed: String,
}

impl Words {
    pub(super) fn of(name: &str) -> Self {
        let mut joined = String::with_capacity(name.len() + 8);
        joined.push('_');
        let mut before = Sort::Other;
        let mut characters = name.chars().peekable();
        while let Some(character) = characters.next() {
            let sort = Sort::of(character);
            let next = characters.peek().map_or(Sort::Other, |next| Sort::of(*next));
            if begins_word(before, sort, next) && !joined.ends_with('_') {
                joined.push('_');
            }
            if sort != Sort::Other {
                push_folded(&mut joined, character);
            }
            before = sort;
        }
        if !joined.ends_with('_') {
            joined.push('_');
        }
        let squashed = joined.chars().filter(|character| *character != '_').collect();
        Self { joined, squashed }
    }

    /// Whether these words stand in it, one behind the other: `first_name`.
    pub(super) fn has(&self, phrase: &str) -> bool {
        self.find(phrase).is_some()
    }

    /// Whether it ends with these words; a number behind them doesn't count.
    pub(super) fn ends_with(&self, phrase: &str) -> bool {
        let words = self.without_number();
        words.strip_suffix(phrase).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    }

    /// Whether its letters have this in them, wherever a word begins or ends.
    pub(super) fn has_stem(&self, stem: &str) -> bool {
        self.squashed.contains(stem)
    }

    /// The last word that is no number.
    pub(super) fn last(&self) -> &str {
        self.without_number().rsplit('_').next().unwrap_or_default()
    }

    /// All of it, with underscores between the words.
    pub(super) fn joined(&self) -> &str {
        self.joined.trim_matches('_')
    }

    /// The first word.
    pub(super) fn first(&self) -> &str {
        self.joined().split('_').next().unwrap_or_default()
    }

    /// The word before the last.
    pub(super) fn last_but_one(&self) -> Option<&str> {
        self.without_number().rsplit('_').nth(1)
    }

    fn without_number(&self) -> &str {
        let whole = self.joined();
        let named = whole.trim_end_matches(|it: char| it.is_ascii_digit() || it == '_');
        if named.is_empty() { whole } else { named }
    }

    fn find(&self, phrase: &str) -> Option<usize> {
        self.joined.match_indices(phrase).map(|(at, _)| at).find(|at| {
            self.joined[..*at].ends_with('_') && self.joined[at + phrase.len()..].starts_with('_')
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Lower,
    Upper,
    Digit,
    Other,
}

impl Sort {
    fn of(character: char) -> Self {
        match character {
            it if it.is_uppercase() => Self::Upper,
            it if it.is_alphabetic() => Self::Lower,
            it if it.is_numeric() => Self::Digit,
            _ => Self::Other,
        }
    }
}

/// `aB` and `a1` begin a word at their second character, `ABc` at its `B`.
fn begins_word(before: Sort, this: Sort, next: Sort) -> bool {
    match (before, this) {
        (Sort::Upper, Sort::Upper) => next == Sort::Lower,
        (Sort::Upper, Sort::Lower) => false,
        (before, this) => before != this,
    }
}

/// The character in lower case, without its accent.
fn push_folded(out: &mut String, character: char) {
    for lower in character.to_lowercase() {
        match lower {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => out.push('a'),
            'ç' => out.push('c'),
            'è' | 'é' | 'ê' | 'ë' => out.push('e'),
            'ì' | 'í' | 'î' | 'ï' => out.push('i'),
            'ñ' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => out.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => out.push('u'),
            'ß' => out.push_str("ss"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn a_name_is_the_same_words_however_it_is_written() {
        for name in
            ["first_name", "firstName", "FirstName", "FIRST_NAME", "first-name", "First Name"]
        {
            assert_eq!(Words::of(name).joined, "_first_name_", "{name}");
        }
        for (name, words) in [
            ("userID", "_user_id_"),
            ("IPAddress", "_ip_address_"),
            ("X2B", "_x_2_b_"),
            ("line1", "_line_1_"),
            ("__id__", "_id_"),
            ("Straße", "_strasse_"),
            ("prénom", "_prenom_"),
            ("$", "_"),
            ("", "_"),
        ] {
            assert_eq!(Words::of(name).joined, words, "{name}");
        }
    }

    #[test]
    fn words_are_found_whole_and_ends_without_numbers() {
        let words = Words::of("home_address2");
        assert!(words.has("address") && words.has("home_address"));
        assert!(!words.has("add") && !words.has("ress") && !words.has("home_add"));
        assert!(words.ends_with("address") && words.ends_with("home_address"));
        assert!(!words.ends_with("ress"));
        assert_eq!((words.first(), words.last()), ("home", "address"));
        assert_eq!(words.last_but_one(), Some("home"));
        assert!(words.has_stem("homeaddr"));
        let number = Words::of("42");
        assert_eq!((number.first(), number.last(), number.last_but_one()), ("42", "42", None));
        assert_eq!(Words::of("").last(), "");
    }
}
