//! The expressions of custom masks, as far as rules can say the same.
//!
//! A custom mask is an expression in Hive's SQL with `{col}` in the column's place. Those that call
//! Hive's mask functions, cut, or give a constant are read; what any other gives is not known here.

use super::mask::{Characters, Mask, Part};

// The bound that Ranger's database has on it is above this; whoever writes more writes a program.
const CHARS_MAX: usize = 4000;
/// What Hive's functions take where no count is given.
const COUNT_DEFAULT: u32 = 4;
/// A longer text is no placeholder; also the bound of the rules' own `with`.
const CONSTANT_CHARS_MAX: usize = 256;
/// The bound of the rules' own counts: of what is to be withheld, nobody shows more.
const COUNT_MAX: u32 = 1000;

/// What an expression says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) mask: Mask,
    /// Whether that is all: else the mask hides more than the expression does.
    pub(super) exact: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Column,
    Word(String),
    Text(String),
    Number(i64),
    Sign(char),
}

impl Expression {
    /// What the expression says, if rules can say it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.chars().count() > CHARS_MAX {
            return None;
        }
        let tokens = tokens(text)?;
        if let [Token::Word(function), Token::Sign('('), arguments @ .., Token::Sign(')')] =
            tokens.as_slice()
        {
            return call(&function.to_ascii_lowercase(), &list(arguments)?);
        }
        match tokens.as_slice() {
            [Token::Column] => Some(Self::exactly(Mask::Clear)),
            [Token::Word(word)] if word.eq_ignore_ascii_case("null") => {
                Some(Self::exactly(Mask::Null))
            }
            [Token::Text(text)] if text.chars().count() <= CONSTANT_CHARS_MAX => {
                Some(Self::exactly(Mask::Constant(text.clone())))
            }
            _ => None,
        }
    }

    fn exactly(mask: Mask) -> Self {
        Self { mask, exact: true }
    }

    /// The whole value is masked where the expression masks a part that rules can't name.
    fn at_least(mask: Mask) -> Self {
        Self { mask, exact: false }
    }
}

/// A function of the column.
fn call(function: &str, arguments: &[&Token]) -> Option<Expression> {
    let (Token::Column, rest) = arguments.split_first()? else { return None };
    match function {
        "mask" => mask(rest),
        "mask_hash" if rest.is_empty() => Some(Expression::exactly(Mask::Hash)),
        "mask_show_first_n" | "mask_show_last_n" | "mask_first_n" | "mask_last_n" => {
            let kept = match rest.first() {
                // Hive takes a count below 0 for 0.
                Some(token) => u32::try_from(integer(token)?.max(0)).ok()?,
                None => COUNT_DEFAULT,
            };
            let characters = characters(rest.get(1..).unwrap_or_default(), 5)?;
            let kept = Some(kept).filter(|kept| *kept <= COUNT_MAX)?;
            Some(match function {
                "mask_show_first_n" => Expression::exactly(Mask::Characters(Characters {
                    keep_first: kept,
                    ..characters
                })),
                "mask_show_last_n" => Expression::exactly(Mask::Characters(Characters {
                    keep_last: kept,
                    ..characters
                })),
                _ => Expression::at_least(Mask::Characters(characters)),
            })
        }
        "substr" | "substring" => cut(rest),
        _ => None,
    }
}

/// `upper, lower, digit, other, number, day, month, year`; a month counts from 0, -1 keeps.
fn mask(arguments: &[&Token]) -> Option<Expression> {
    let characters = characters(arguments, 8)?;
    let date = arguments.get(5..).unwrap_or_default();
    let date: Vec<i64> = date.iter().map(|token| integer(token)).collect::<Option<_>>()?;
    Some(match date.as_slice() {
        [] => Expression::exactly(Mask::Characters(characters)),
        [1, 0, -1] => Expression::exactly(Mask::Date(Part::Year, characters)),
        [1, -1, -1] => Expression::exactly(Mask::Date(Part::Month, characters)),
        _ => Expression::at_least(Mask::Characters(characters)),
    })
}

/// The first characters: `substr({col}, 1, 4)`. A beginning at 0 is one at 1.
fn cut(arguments: &[&Token]) -> Option<Expression> {
    let [Token::Number(0 | 1), Token::Number(length)] = arguments else { return None };
    let length = u32::try_from(*length).ok().filter(|length| (1..=COUNT_MAX).contains(length))?;
    Some(Expression::exactly(Mask::First(length)))
}

/// What stands for each class, of at most so many arguments. What isn't given is as `mask` has it.
fn characters(arguments: &[&Token], arguments_max: usize) -> Option<Characters> {
    if arguments.len() > arguments_max {
        return None;
    }
    let class = |index: usize, default: Option<char>| match arguments.get(index) {
        Some(token) => character(token, default),
        None => Some(default),
    };
    let of = Characters::MASK;
    // Hive takes what is no digit for 1. A number all of zeros would be none: 1 as well.
    let number = arguments.get(4).map_or(Some(1), |token| integer(token))?;
    let number = u8::try_from(number).ok().filter(|number| (1..=9).contains(number)).unwrap_or(1);
    Some(Characters {
        upper: class(0, of.upper)?,
        lower: class(1, of.lower)?,
        digit: class(2, of.digit)?,
        other: class(3, of.other)?,
        number,
        ..of
    })
}

/// One character of a text, -1 for the character itself (none), another number for the character of that
/// code.
fn character(token: &Token, default: Option<char>) -> Option<Option<char>> {
    let character = match token {
        Token::Text(text) => match text.chars().next() {
            Some(first) => first,
            None => return Some(default),
        },
        Token::Number(-1) => return Some(None),
        Token::Number(code) => char::from_u32(u32::try_from(*code).ok()?)?,
        _ => return None,
    };
    // Hive takes the first UTF-16 unit, which alone is no character beyond these.
    let told = !character.is_control() && u32::from(character) <= 0xffff;
    told.then_some(Some(character))
}

fn integer(token: &Token) -> Option<i64> {
    match token {
        Token::Number(number) => Some(*number),
        Token::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// The arguments between commas, each one token.
fn list(tokens: &[Token]) -> Option<Vec<&Token>> {
    let mut arguments = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match (index % 2, token) {
            (0, Token::Sign(_)) => return None,
            (0, argument) => arguments.push(argument),
            (_, Token::Sign(',')) => {}
            _ => return None,
        }
    }
    // A comma at the end promises one more.
    (tokens.len() % 2 == 1).then_some(arguments)
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut rest = text.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, behind) = match first {
            '{' => (Token::Column, rest.strip_prefix("{col}")?),
            '\'' | '"' => {
                let (inner, behind) = rest[1..].split_once(first)?;
                // An escape, or the quote itself in the text: not read here.
                if inner.contains('\\') || behind.starts_with(first) {
                    return None;
                }
                (Token::Text(inner.to_owned()), behind)
            }
            '-' | '0'..='9' => {
                let (number, behind) = rest.split_at(1 + leading(&rest[1..], char::is_ascii_digit));
                (Token::Number(number.parse().ok()?), behind)
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let letters = |it: &char| it.is_ascii_alphanumeric() || *it == '_';
                let (word, behind) = rest.split_at(leading(rest, letters));
                (Token::Word(word.to_owned()), behind)
            }
            '(' | ')' | ',' => (Token::Sign(first), &rest[1..]),
            _ => return None,
        };
        tokens.push(token);
        rest = behind.trim_start();
    }
    Some(tokens)
}

/// How many bytes of ASCII at the beginning are of a kind.
fn leading(text: &str, is_one: impl Fn(&char) -> bool) -> usize {
    text.chars().take_while(is_one).count()
}

#[cfg(test)]
mod tests {
    use super::{
        super::mask::{Characters, Mask, Part},
        Expression,
    };

    #[track_caller]
    fn check(text: &str, expected: Mask) {
        let exact = Expression { mask: expected, exact: true };
        assert_eq!(Expression::parse(text), Some(exact), "{text}");
    }

    const MASK: Characters = Characters::MASK;
    const SHOW: Characters = Characters::SHOW;

    #[test]
    fn the_transformers_of_the_service_definition_are_read() {
        check("mask({col})", Mask::Characters(MASK));
        check(
            "mask_show_last_n({col}, 4, 'x', 'x', 'x', -1, '1')",
            Mask::Characters(Characters { keep_last: 4, ..SHOW }),
        );
        check(
            "mask_show_first_n({col}, 4, 'x', 'x', 'x', -1, '1')",
            Mask::Characters(Characters { keep_first: 4, ..SHOW }),
        );
        check("mask_hash({col})", Mask::Hash);
        check("mask({col}, 'x', 'x', 'x', -1, '1', 1, 0, -1)", Mask::Date(Part::Year, SHOW));
    }

    #[test]
    fn what_can_be_said_in_rules_is_read_exactly() {
        check("  MASK ( {col} )  ", Mask::Characters(MASK));
        check("mask_show_last_n({col})", Mask::Characters(Characters { keep_last: 4, ..MASK }));
        check("mask_show_last_n({col}, -3)", Mask::Characters(MASK));
        check(
            "mask_show_first_n({col},'2')",
            Mask::Characters(Characters { keep_first: 2, ..MASK }),
        );
        let stars = Some('*');
        let starred = Characters { upper: stars, lower: stars, digit: stars, other: stars, ..MASK };
        check("mask({col}, '*', \"*\", '**', 42)", Mask::Characters(starred));
        check(
            "mask({col}, -1, -1, '#', -1, 7)",
            Mask::Characters(Characters {
                upper: None,
                lower: None,
                digit: Some('#'),
                number: 7,
                ..MASK
            }),
        );
        check("mask({col}, '', '', '', -1, '99')", Mask::Characters(MASK));
        check("mask({col}, 'X', 'x', 'n', -1, 1, 1, -1, -1)", Mask::Date(Part::Month, MASK));
        check("substr({col}, 1, 3)", Mask::First(3));
        check("substring({col}, 0, 3)", Mask::First(3));
        check("NULL", Mask::Null);
        check("{col}", Mask::Clear);
        check("'hidden, for good'", Mask::Constant("hidden, for good".to_owned()));
        check("''", Mask::Constant(String::new()));
    }

    #[test]
    fn where_rules_have_no_word_for_a_part_the_whole_is_masked() {
        for text in [
            "mask_first_n({col}, 4)",
            "mask_last_n({col})",
            "mask({col}, 'X', 'x', 'n', -1, 1, 15, 5, 0)",
        ] {
            let whole = Expression { mask: Mask::Characters(MASK), exact: false };
            assert_eq!(Expression::parse(text), Some(whole), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_understood() {
        for text in [
            "",
            "mask",
            "mask(",
            "mask()",
            "mask({col}",
            "mask({col},)",
            "mask({col} 'x')",
            "mask(,{col})",
            "mask(name)",
            "mask({col}, {col})",
            "mask({col}, -2)",
            "mask({col}, '\\n')",
            "mask({col}, 0)",
            "mask({col}, '\u{1f600}')",
            "mask({col}, 'x', 'x', 'x', -1, '1', 1, 0, -1, 2)",
            "mask({col}) || 'x'",
            "mask(upper({col}))",
            "mask_hash({col}, 1)",
            "mask_show_last_n({col}, 99999999999999999999)",
            "mask_show_last_n({col}, 1001)",
            "substr({col}, 2, 3)",
            "substr({col}, -4)",
            "substr({col}, 1, 0)",
            "concat('xxx-', substr({col}, 8, 4))",
            "'it''s'",
            "'open",
            "42",
            "{column}",
            "case when true then {col} end",
            "null null",
            "\u{e4}",
        ] {
            assert_eq!(Expression::parse(text), None, "{text}");
        }
        assert_eq!(Expression::parse(&format!("'{}'", "x".repeat(257))), None);
        assert_eq!(Expression::parse(&" ".repeat(4001)), None);
    }
}
