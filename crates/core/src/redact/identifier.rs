//! What producers tell of a transaction and of a place in a log: published where it looks like one.
//!
//! Databases make these of letters, digits and a few marks. In some of the members a client's own words can
//! stand (the native envelope's are whatever its producer writes), and words can be anybody's. So a text with
//! white space, quotes, letters that are none of ASCII's or an `@` in it is no identifier, and not told. What
//! looks like one is told by contract, be it a number that means somebody.

/// Longest identifier: DMS' positions have some 130 characters, a set of GTIDs more.
const CHARS_MAX: usize = 512;

/// The text, where it looks like the identifier of a transaction or of a position.
#[must_use]
pub fn identifier(text: &str) -> Option<&str> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b":./_-+=,#".contains(&byte);
    (text.len() <= CHARS_MAX && text.bytes().all(is_part)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn what_databases_write_is_an_identifier_and_words_are_none() {
        for told in [
            "771",
            "txn-456",
            "571:53195832",
            "00000027:00000758:0003/00000027:00000758:0005/1",
            "6.28.807",
            "0600280027030000",
            "3E11FA47-71CA-11E1-9E33-C80AA9429562:loads_1:23",
            "file=mysql-bin.000003,pos=1234",
            "mysql-bin-changelog.002171:36912271:0:36912333:9324410911751:mysql-bin-changelog.002171:36912209",
            "00000000020000004120",
            "NzE4IGJhc2U2NA==",
        ] {
            assert_eq!(identifier(told), Some(told));
        }
        for words in
            ["Ada Lovelace", "ada@example.com", "Ada\u{a0}L", "Žofie", "'x'", "{\"a\":1}", "a\tb"]
        {
            assert_eq!(identifier(words), None, "{words}");
        }
        assert_eq!(identifier(&"7".repeat(600)), None);
    }
}
