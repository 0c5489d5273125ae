//! YAML that people read: names plain where every reader takes them for the same text and in quotes
//! elsewhere, comments over as many lines as they need.

use std::fmt::Write as _;

/// Comments end here.
pub(crate) const WIDTH: usize = 100;
// What a configuration takes for a name.
const NAME_CHARS_MAX: usize = 255;
// YAML reads a key in one line of at most 1024 characters.
const WRITTEN_CHARS_MAX: usize = 1000;

/// What some reader of YAML takes for something else than text.
const WORDS: [&str; 12] =
    ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "none"];

/// Whether a configuration takes the name as that of a table or column.
pub(crate) fn is_listable(name: &str) -> bool {
    !name.trim().is_empty()
        && !name.contains('*')
        && !name.chars().any(char::is_control)
        && name.chars().count() <= NAME_CHARS_MAX
        && scalar(name).len() <= WRITTEN_CHARS_MAX
}

/// The name as a YAML scalar that every reader takes for this text.
pub(crate) fn scalar(name: &str) -> String {
    if is_plain(name) {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len() + 2);
    out.push('"');
    for character in name.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            shown if is_shown(shown) => out.push(shown),
            other => {
                let _ = write!(out, "\\U{:08X}", u32::from(other));
            }
        }
    }
    out.push('"');
    out
}

/// `[a, b]`
pub(crate) fn flow<'n>(names: impl Iterator<Item = &'n str>) -> String {
    format!("[{}]", names.map(scalar).collect::<Vec<_>>().join(", "))
}

/// A comment over as many lines as it needs. Names in it are already fit to be shown.
pub(crate) fn comment(out: &mut String, indent: usize, text: &str) {
    let mut width = WIDTH;
    for word in text.split(' ') {
        let length = word.chars().count();
        if width + 1 + length > WIDTH {
            if !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&format!("{:indent$}#", ""));
            width = indent + 1;
        }
        out.push(' ');
        out.push_str(word);
        width += 1 + length;
    }
    out.push('\n');
}

/// A letter or underscore, then letters, digits and what means nothing to YAML.
fn is_plain(name: &str) -> bool {
    let first = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    let rest =
        name.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.'));
    first && rest && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// Not what a terminal or an editor would obey, turn around or not show at all.
fn is_shown(character: char) -> bool {
    matches!(character, ' ' | '\'') || character.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::{is_listable, scalar};

    #[test]
    fn names_are_quoted_where_any_reader_could_take_them_for_something_else() {
        for (name, written) in [
            ("id", "id"),
            ("_id", "_id"),
            ("public.users", "public.users"),
            ("a-b", "a-b"),
            ("null", "\"null\""),
            ("On", "\"On\""),
            ("y", "\"y\""),
            ("1e3", "\"1e3\""),
            ("2024-01-15", "\"2024-01-15\""),
            ("-", "\"-\""),
            ("a b", "\"a b\""),
            (" a", "\" a\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("it's", "\"it's\""),
            ("say \"a\\b\"", "\"say \\\"a\\\\b\\\"\""),
            ("straße", "\"straße\""),
            ("a\u{202e}b", "\"a\\U0000202Eb\""),
            ("", "\"\""),
        ] {
            assert_eq!(scalar(name), written);
        }
    }

    #[test]
    fn what_a_configuration_refuses_is_not_listable() {
        let long = "x".repeat(256);
        let written = "\u{202e}".repeat(101);
        for name in ["", "  ", "a*", "*", "a\nb", "\u{7}", &long, &written] {
            assert!(!is_listable(name), "{name:?}");
        }
        for name in ["id", "null", "a b", "é", "#", &"x".repeat(255)] {
            assert!(is_listable(name), "{name:?}");
        }
    }
}
