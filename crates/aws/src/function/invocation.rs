//! One invocation, as far as a handler needs to know of it.

use std::error::Error;

use jiff::Timestamp;

/// What is asked, under which name, and until when there is time to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Lambda's id of the request.
    pub request_id: String,
    /// When the function would be killed.
    pub deadline: Timestamp,
    /// The alias it was invoked by, if it was one: who may use an alias is a permission of its own.
    pub alias: Option<String>,
}

/// What stands before a qualifier in a function's ARN: `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`.
const ARN_PARTS: usize = 7;

impl Invocation {
    /// An invocation with the deadline that Lambda gives it, in milliseconds since 1970.
    ///
    /// # Errors
    /// Where that is no time.
    pub fn of(request_id: String, deadline_ms: u64) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let deadline = Timestamp::from_millisecond(i64::try_from(deadline_ms)?)?;
        Ok(Self { request_id, deadline, alias: None })
    }

    /// The same, invoked by that ARN. A version, or `$LATEST`, is no alias.
    #[must_use]
    pub fn by_arn(self, invoked_function_arn: &str) -> Self {
        let qualifier = invoked_function_arn.split(':').nth(ARN_PARTS);
        // Lambda lets no alias be a number.
        let is_version = |it: &&str| *it == "$LATEST" || it.bytes().all(|it| it.is_ascii_digit());
        Self { alias: qualifier.filter(|it| !is_version(it)).map(str::to_owned), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::Invocation;

    #[test]
    fn an_alias_is_the_end_of_an_arn_and_no_version() {
        for (end, alias) in [
            ("", None),
            (":", None),
            (":$LATEST", None),
            (":17", None),
            (":reveal", Some("reveal")),
            (":v17", Some("v17")),
        ] {
            let arn = format!("arn:aws:lambda:eu-west-1:123456789012:function:data-redactor{end}");
            let invocation = Invocation::of("r".to_owned(), 0).unwrap().by_arn(&arn);
            assert_eq!(invocation.alias.as_deref(), alias, "{arn}");
        }
        let none = Invocation::of("r".to_owned(), 0).unwrap().by_arn("");
        assert_eq!(none.alias, None);
    }
}
