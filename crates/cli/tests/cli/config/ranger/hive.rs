//! What Hive's mask functions give, told again: `GenericUDFMask` and its siblings of Apache Hive 4.
//!
//! Independent of the rules. A text is looked at by UTF-16 units, as Java does; of the classes of
//! characters only those that the tests' texts have are known.

/// What stands for an upper-case letter, a lower-case one, a digit; all else stays.
#[derive(Clone, Copy)]
pub(super) struct Classes(pub(super) char, pub(super) char, pub(super) char);

/// `mask({col})`
pub(super) const MASK: Classes = Classes('X', 'x', 'n');
/// `'x', 'x', 'x', -1, '1'`
pub(super) const SHOW: Classes = Classes('x', 'x', 'x');

pub(super) fn mask(text: &str, classes: Classes) -> String {
    masked(text, classes, |_, _| true)
}

/// A text that is no longer than what is shown stays as it is.
pub(super) fn show_last(text: &str, count: usize, classes: Classes) -> String {
    masked(text, classes, |at, length| at + count < length)
}

pub(super) fn show_first(text: &str, count: usize, classes: Classes) -> String {
    masked(text, classes, |at, _| at >= count)
}

/// `substr({col}, 1, count)`
pub(super) fn substr(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}

/// `mask({col}, 'x', 'x', 'x', -1, '1', 1, 0, -1)` of a date.
pub(super) fn show_year(date: &str) -> String {
    format!("{}-01-01", &date[..date.len() - "-05-13".len()])
}

fn masked(text: &str, classes: Classes, is_masked: impl Fn(usize, usize) -> bool) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    let masked = units.iter().enumerate().map(|(at, unit)| {
        if is_masked(at, units.len()) { transformed(*unit, classes) } else { *unit }
    });
    String::from_utf16(&masked.collect::<Vec<_>>()).expect("units of two stay together or apart")
}

/// By `Character.getType`: half of a character is none of the classes.
fn transformed(unit: u16, Classes(upper, lower, digit): Classes) -> u16 {
    let Some(character) = char::from_u32(u32::from(unit)) else { return unit };
    let by_class = match character {
        '0'..='9' | '\u{660}'..='\u{669}' => digit,
        it if it.is_uppercase() => upper,
        it if it.is_lowercase() => lower,
        it => it,
    };
    u16::try_from(u32::from(by_class)).expect("a character of one unit")
}

/// A whole number's digits, each 1 but for some of the last.
pub(super) fn number_show_last(number: i64, count: u32) -> i64 {
    digits(number, |at, _| at >= count)
}

/// The same but for some of the first.
pub(super) fn number_show_first(number: i64, count: u32) -> i64 {
    digits(number, |at, length| at + count < length)
}

/// `mask({col})` of a whole number.
pub(super) fn number_mask(number: i64) -> i64 {
    digits(number, |_, _| true)
}

/// `at` counts from the last digit.
fn digits(number: i64, is_masked: impl Fn(u32, u32) -> bool) -> i64 {
    if number == 0 {
        return i64::from(is_masked(0, 1));
    }
    let length = number.unsigned_abs().ilog10() + 1;
    let digit = |at: u32| {
        let own = number.unsigned_abs() / 10_u64.pow(at) % 10;
        i64::try_from(if is_masked(at, length) { 1 } else { own }).expect("a digit")
    };
    number.signum() * (0..length).map(|at| digit(at) * 10_i64.pow(at)).sum::<i64>()
}

#[test]
fn the_examples_of_hives_own_tests() {
    // udf_mask.q.out, udf_mask_show_last_n.q.out, udf_mask_show_first_n.q.out
    assert_eq!(mask("TestString-123", Classes('X', 'x', '0')), "XxxxXxxxxx-000");
    assert_eq!(show_last("TestString-123", 4, MASK), "XxxxXxxxxx-123");
    assert_eq!(show_first("TestString-123", 4, MASK), "TestXxxxxx-nnn");
    assert_eq!((number_mask(12345), number_mask(-12345), number_mask(0)), (11111, -11111, 1));
    assert_eq!((number_show_last(98765, 4), number_show_last(-98765, 0)), (18765, -11111));
    assert_eq!((number_show_first(98765, 4), number_show_first(0, 4)), (98761, 0));
    assert_eq!(show_year("2016-04-20"), "2016-01-01");
}
