//! Event patterns, as far as the matcher doesn't know them itself: `$or`.
//!
//! quamina matches a pattern that is an AND over its fields. A pattern with `$or` becomes several
//! of those: any of them matching is the pattern matching. Refuses what would become too many.

use serde_json::{Map, Value};

// EventBridge refuses a pattern whose `$or`s make more than 1,000 combinations.
const COMBINATIONS_MAX: usize = 1_000;

const OR: &str = "$or";

/// Why a pattern can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum PatternError {
    #[error("the pattern is not a JSON object")]
    NotAnObject,
    #[error("`$or` takes an array of objects")]
    BadOr,
    #[error("the `$or`s of the pattern make more than {COMBINATIONS_MAX} combinations")]
    TooMany,
    #[error("`{0}` stands inside and beside an `$or`, which can't be combined")]
    Clash(String),
}

/// The patterns without `$or` that together mean `pattern`.
pub(super) fn expand(pattern: &str) -> Result<Vec<String>, PatternError> {
    let pattern: Map<String, Value> =
        serde_json::from_str(pattern).map_err(|_| PatternError::NotAnObject)?;
    let expanded = expand_object(&pattern)?;
    Ok(expanded.into_iter().map(|object| Value::Object(object).to_string()).collect())
}

type Object = Map<String, Value>;

// Recursion ends: serde_json refuses text nested deeper than 128.
fn expand_object(object: &Object) -> Result<Vec<Object>, PatternError> {
    let mut all = vec![Object::new()];
    for (name, value) in object {
        let choices = match value {
            Value::Array(alternatives) if name == OR => expand_or(alternatives)?,
            _ if name == OR => return Err(PatternError::BadOr),
            Value::Object(inner) => {
                let inner = expand_object(inner)?.into_iter();
                inner.map(|inner| one(name, Value::Object(inner))).collect()
            }
            leaf => vec![one(name, leaf.clone())],
        };
        all = combine(&all, &choices)?;
    }
    Ok(all)
}

fn expand_or(alternatives: &[Value]) -> Result<Vec<Object>, PatternError> {
    let mut choices = Vec::new();
    for alternative in alternatives {
        let Value::Object(alternative) = alternative else { return Err(PatternError::BadOr) };
        choices.extend(expand_object(alternative)?);
    }
    if choices.is_empty() { Err(PatternError::BadOr) } else { Ok(choices) }
}

fn one(name: &str, value: Value) -> Object {
    Object::from_iter([(name.to_owned(), value)])
}

fn combine(left: &[Object], right: &[Object]) -> Result<Vec<Object>, PatternError> {
    if left.len().saturating_mul(right.len()) > COMBINATIONS_MAX {
        return Err(PatternError::TooMany);
    }
    let pairs = left.iter().flat_map(|l| right.iter().map(move |r| merge(l, r)));
    pairs.collect()
}

fn merge(left: &Object, right: &Object) -> Result<Object, PatternError> {
    let mut merged = left.clone();
    for (name, value) in right {
        let both = match (merged.get(name), value) {
            (None, value) => value.clone(),
            (Some(Value::Object(l)), Value::Object(r)) => Value::Object(merge(l, r)?),
            (Some(_), _) => return Err(PatternError::Clash(name.clone())),
        };
        merged.insert(name.clone(), both);
    }
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn or_becomes_one_pattern_for_each_combination() {
        let cases: [(&str, &[&str]); 5] = [
            (r#"{"source":["a"]}"#, &[r#"{"source":["a"]}"#]),
            (
                r#"{"$or":[{"source":["a"]},{"detail-type":["b"]}]}"#,
                &[r#"{"source":["a"]}"#, r#"{"detail-type":["b"]}"#],
            ),
            (
                r#"{"detail":{"$or":[{"x":[1]},{"y":[2]}],"z":[3]}}"#,
                &[r#"{"detail":{"x":[1],"z":[3]}}"#, r#"{"detail":{"y":[2],"z":[3]}}"#],
            ),
            (
                r#"{"$or":[{"detail":{"x":[1]}},{"source":["s"]}],"detail":{"z":[3]}}"#,
                &[r#"{"detail":{"x":[1],"z":[3]}}"#, r#"{"detail":{"z":[3]},"source":["s"]}"#],
            ),
            (r#"{}"#, &["{}"]),
        ];
        for (pattern, expected) in cases {
            let mut got = expand(pattern).unwrap();
            got.sort();
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(got, expected, "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_expanded_says_why() {
        let eleven = format!(
            "{{{}}}",
            (0..10)
                .map(|i| format!(r#""f{i}":{{"$or":[{{"a":[1]}},{{"b":[1]}}]}}"#))
                .collect::<Vec<_>>()
                .join(",")
        );
        let cases = [
            ("[]", "the pattern is not a JSON object"),
            (r#"{"$or":3}"#, "`$or` takes an array of objects"),
            (r#"{"$or":[]}"#, "`$or` takes an array of objects"),
            (
                r#"{"$or":[{"x":[1]}],"x":[2]}"#,
                "`x` stands inside and beside an `$or`, which can't be combined",
            ),
            (&eleven, "the `$or`s of the pattern make more than 1000 combinations"),
        ];
        for (pattern, expected) in cases {
            assert_eq!(expand(pattern).unwrap_err().to_string(), expected, "{pattern}");
        }
    }
}
