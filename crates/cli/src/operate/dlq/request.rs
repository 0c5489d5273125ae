//! The request to dlq-processor that the arguments stand for.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::arguments::{FilterArguments, From};
use crate::failure::CommandError;

/// What is done with the letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    List,
    Show,
    Replay,
    Park,
    Purge,
}

impl Action {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Show => "show",
            Self::Replay => "replay",
            Self::Park => "park",
            Self::Purge => "purge",
        }
    }
}

/// The request, without what only some actions know.
pub(super) fn request(action: Action, filter: &FilterArguments) -> Result<Value, CommandError> {
    let from = match filter.from {
        From::Letters => "letters",
        From::Documents => "documents",
    };
    let mut members = serde_json::Map::new();
    for (name, value) in [
        ("code", &filter.code),
        ("table", &filter.table),
        ("eventId", &filter.event_id),
        ("shard", &filter.shard),
    ] {
        if let Some(value) = value {
            members.insert(name.to_owned(), value.as_str().into());
        }
    }
    for (name, value) in [("since", &filter.since), ("until", &filter.until)] {
        if let Some(value) = value {
            let time = time(value, Timestamp::now()).ok_or_else(|| {
                CommandError::usage(format_args!(
                    "--{name}: a time such as 2026-01-15T10:30:00Z, or an age such as 2h, is expected"
                ))
            })?;
            members.insert(name.to_owned(), time.to_string().into());
        }
    }
    Ok(json!({"action": action.as_str(), "from": from, "limit": filter.limit, "filter": members}))
}

/// A time as it is written, or that long before now.
fn time(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let age: SignedDuration = text.parse().ok()?;
    now.checked_sub(age).ok()
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn a_time_is_written_out_or_an_age() {
        let now = "2026-01-15T10:30:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-01-15T08:00:00Z", Some("2026-01-15T08:00:00Z")),
            ("2026-01-15T08:00:00+02:00", Some("2026-01-15T06:00:00Z")),
            ("2h", Some("2026-01-15T08:30:00Z")),
            ("1h30m", Some("2026-01-15T09:00:00Z")),
            ("yesterday", None),
            ("2026-01-15", None),
            ("", None),
        ] {
            assert_eq!(time(text, now).map(|time| time.to_string()).as_deref(), expected, "{text}");
        }
    }
}
