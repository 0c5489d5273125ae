//! The shapes of values that are personal whatever their column is called.

use std::net::IpAddr;

use super::columns::Personal;

/// What a text can look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Email,
    Iban,
    SocialSecurity,
    Secret,
    Phone,
    Card,
    Network,
}

impl Shape {
    pub(super) const ALL: [Self; 7] = [
        Self::Email,
        Self::Iban,
        Self::SocialSecurity,
        Self::Secret,
        Self::Phone,
        Self::Card,
        Self::Network,
    ];

    /// What it is.
    pub(super) fn is(self) -> Personal {
        match self {
            Self::Email => Personal::Email,
            Self::Iban | Self::Card => Personal::Bank,
            Self::SocialSecurity => Personal::Identity,
            Self::Secret => Personal::Secret,
            Self::Phone => Personal::Phone,
            Self::Network => Personal::Network,
        }
    }

    /// Whether nothing else looks like it by chance.
    pub(super) fn is_certain(self) -> bool {
        matches!(self, Self::Email | Self::Iban | Self::SocialSecurity | Self::Secret)
    }

    /// Whether the whole text has this shape. ([`has_email`] looks for e-mail addresses inside.)
    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::Email => false,
            Self::Iban => is_iban(text),
            Self::SocialSecurity => is_social_security(text),
            Self::Secret => is_secret(text),
            Self::Phone => is_phone(text),
            Self::Card => is_card(text),
            Self::Network => is_network(text),
        }
    }
}

/// Whether an e-mail address stands anywhere in it.
pub(super) fn has_email(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| {
        let local = text[..at].chars().next_back();
        let mut domain =
            text[at + 1..].split(|it: char| !it.is_alphanumeric() && !".-".contains(it));
        let domain = domain.next().unwrap_or_default().trim_end_matches(['.', '-']);
        let top = domain.rsplit_once('.').map(|(host, top)| !host.is_empty() && is_top(top));
        local.is_some_and(|it| it.is_alphanumeric() || "_-+".contains(it)) && top == Some(true)
    })
}

fn is_top(label: &str) -> bool {
    label.chars().count() >= 2 && label.chars().all(|it| it.is_alphabetic() || it == '-')
}

/// Country, two check digits, up to 30 letters and digits, and the remainder is right (ISO 13616).
fn is_iban(text: &str) -> bool {
    let compact: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let well_formed = matches!(compact.len(), 15..=34)
        && compact.iter().all(u8::is_ascii_alphanumeric)
        && compact[..2].iter().all(u8::is_ascii_uppercase)
        && compact[2..4].iter().all(u8::is_ascii_digit);
    if !well_formed {
        return false;
    }
    let (head, tail) = compact.split_at(4);
    let rest = tail.iter().chain(head).fold(0u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    rest == 1
}

/// 13 to 16 digits of a known issuer whose check digit is right (ISO/IEC 7812), bare or in groups.
pub(super) fn is_card(text: &str) -> bool {
    let grouped = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'));
    let digits: Vec<u8> =
        text.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    grouped
        && text.starts_with(|it: char| it.is_ascii_digit())
        && is_issued(&digits)
        && luhn(&digits)
}

/// Visa, Mastercard, American Express, Diners Club, Discover, JCB, UnionPay: by first digits and
/// length. Times in milli- or microseconds since 1970 begin with 1.
fn is_issued(digits: &[u8]) -> bool {
    matches!(
        (digits, digits.len()),
        ([4, ..], 13 | 16)
            | ([5 | 6, ..] | [2, 2..=7, ..] | [3, 5, ..], 16)
            | ([3, 4 | 7, ..], 15)
            | ([3, 0 | 6 | 8, ..], 14)
    )
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = (digits.iter().rev().enumerate())
        .map(|(index, digit)| match (index % 2, *digit) {
            (1, digit @ 5..) => u32::from(digit) * 2 - 9,
            (1, digit) => u32::from(digit) * 2,
            (_, digit) => u32::from(digit),
        })
        .sum();
    sum.is_multiple_of(10)
}

/// 123-45-6789, in the ranges that are given out.
fn is_social_security(text: &str) -> bool {
    let [area, group, serial] = text.split('-').collect::<Vec<_>>()[..] else { return false };
    let digits =
        |part: &str, length| part.len() == length && part.bytes().all(|it| it.is_ascii_digit());
    digits(area, 3)
        && digits(group, 2)
        && digits(serial, 4)
        && !matches!(area, "000" | "666")
        && !area.starts_with('9')
        && group != "00"
        && serial != "0000"
}

/// Password hashes, private keys, signed tokens and the keys of well-known services.
fn is_secret(text: &str) -> bool {
    const STARTS: [&str; 14] = [
        "$2a$",
        "$2b$",
        "$2y$",
        "$argon2",
        "$pbkdf2",
        "$scrypt$",
        "$6$",
        "{bcrypt}",
        "-----BEGIN ",
        "sk_live_",
        "ghp_",
        "github_pat_",
        "xoxb-",
        "AKIA",
    ];
    let token = text.starts_with("eyJ") && text.split('.').count() == 3;
    token || STARTS.iter().any(|start| text.starts_with(start) && text.len() >= start.len() + 12)
}

/// `+49 30 1234567`, `(555) 123-4567`, `555-123-4567`, `030 / 1234567`. Bare digits are no phone
/// number by themselves, and neither is a date.
fn is_phone(text: &str) -> bool {
    let known = text.chars().all(|it| it.is_ascii_digit() || " -./()+".contains(it));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !known || !(8..=15).contains(&digits) {
        return false;
    }
    let groups: Vec<&str> =
        text.split(|it: char| !it.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    if let Some(rest) = text.strip_prefix('+') {
        return !rest.contains('+') && rest.starts_with(|it: char| "123456789(".contains(it));
    }
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let american = lengths == [3, 3, 4] || lengths == [1, 3, 3, 4];
    let national = text.starts_with(['0', '(']) && groups.len() > 1 && digits >= 9;
    american || national && !text.contains('.')
}

/// An IP address, perhaps with its mask, or a MAC address.
fn is_network(text: &str) -> bool {
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    let ip = address.parse::<IpAddr>().is_ok();
    let separator = if text.contains(':') { ':' } else { '-' };
    let parts: Vec<&str> = text.split(separator).collect();
    let hexadecimal =
        |part: &&str| part.len() == 2 && part.bytes().all(|it| it.is_ascii_hexdigit());
    ip || parts.len() == 6 && parts.iter().all(hexadecimal)
}

/// Whether a text is a date with a time, and if so whether that isn't midnight.
pub(super) fn instant(text: &str) -> Option<bool> {
    let bytes = text.as_bytes();
    let date = bytes.len() >= 19
        && [4, 7].iter().all(|at| bytes[*at] == b'-')
        && [13, 16].iter().all(|at| bytes[*at] == b':')
        && matches!(bytes[10], b'T' | b' ' | b't')
        && [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
            .iter()
            .all(|at| bytes[*at].is_ascii_digit());
    let rest = bytes.get(19..).unwrap_or_default();
    let zone = rest.iter().all(|byte| byte.is_ascii_digit() || b".+-:Zz ".contains(byte));
    let midnight = || text[11..19].bytes().all(|byte| matches!(byte, b'0' | b':'));
    (date && zone).then(|| !midnight())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is: fn(&str) -> bool, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(is(text), "{text}");
        }
        for text in no {
            assert!(!is(text), "{text}");
        }
    }

    #[test]
    fn email_addresses_are_found_in_texts() {
        check(
            has_email,
            &[
                "ada@example.com",
                "Ada <a.l+x@mail.example.org>.",
                "müller@beispiel.de",
                "x@y.co, z",
            ],
            &["", "@", "a@b", "@example.com", "a @ b.com", "npm i @types/node", "a@b.c", "a@1.22"],
        );
    }

    #[test]
    fn ibans_have_right_check_digits() {
        check(
            is_iban,
            &["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NO9386011117947"],
            &[
                "DE88370400440532013000",
                "de89370400440532013000",
                "DE89",
                "",
                "DE8937040044053201300é",
            ],
        );
    }

    #[test]
    fn cards_have_a_known_issuer_and_a_right_check_digit() {
        check(
            is_card,
            &["4111111111111111", "4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"],
            &["4111111111111112", "1700000000000", "0000000000000000", "411111111111111", "-4", ""],
        );
    }

    #[test]
    fn social_security_numbers_are_in_the_ranges_given_out() {
        check(
            is_social_security,
            &["123-45-6789", "001-01-0001"],
            &[
                "000-45-6789",
                "666-45-6789",
                "900-45-6789",
                "123-00-6789",
                "123-45-0000",
                "123456789",
            ],
        );
    }

    #[test]
    fn phone_numbers_are_no_dates_versions_or_bare_digits() {
        check(
            is_phone,
            &[
                "+49 30 1234567",
                "+14155552671",
                "(555) 123-4567",
                "555-123-4567",
                "555.123.4567",
                "0171 2345678",
                "030/12345678",
                "1-800-555-0199",
            ],
            &[
                "2024-01-15",
                "01-02-2024",
                "2024-01-15 10",
                "1234567890",
                "1.2.3.4",
                "12345-6789",
                "+",
                "++49 30 1234567",
                "0.123456789",
                "00:01:03",
                "",
            ],
        );
    }

    #[test]
    fn addresses_of_networks() {
        check(
            is_network,
            &[
                "10.0.0.1",
                "192.168.0.0/16",
                "2001:db8::1",
                "aa:bb:cc:dd:ee:0f",
                "AA-BB-CC-DD-EE-0F",
            ],
            &["1.2.3", "256.1.1.1", "10:30:00", "aa:bb:cc:dd:ee:zz", "2024-01-15", ""],
        );
    }

    #[test]
    fn secrets_are_known_by_their_beginnings() {
        check(
            is_secret,
            &[
                "$2b$12$abcdefghijklmnopqrstuv",
                "eyJhbGciOi.eyJzdWIi.c2ln",
                "-----BEGIN RSA PRIVATE KEY-----",
            ],
            &["$2b$", "eyJ", "AKIA", "hello"],
        );
    }

    #[test]
    fn instants_are_told_from_days() {
        for (text, expected) in [
            ("2024-01-15T10:30:00Z", Some(true)),
            ("2024-01-15 10:30:00.123456+02:00", Some(true)),
            ("1980-05-01T00:00:00Z", Some(false)),
            ("1980-05-01T00:00:00.000+01:00", Some(false)),
            ("2024-01-15", None),
            ("2024-01-15T10:30:00 and more", None),
            ("2024é01-15T10:30:00Z", None),
            ("", None),
        ] {
            assert_eq!(instant(text), expected, "{text}");
        }
    }
}
