//! Kinesis records in files: one on a line, or those of a Lambda event.
//!
//! A member named `kinesis` makes nothing a Kinesis record: a row or an envelope may have one. Only
//! an object that has no other members than Lambda gives a record, each once, is taken for one;
//! everything else stays what it is.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};

/// A Lambda event of Kinesis records and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LambdaEvent<'a> {
    #[serde(rename = "Records", borrow)]
    records: Vec<LambdaRecord<'a>>,
}

/// One of its records, or a line of its own; all but `kinesis` may be left out
/// (docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LambdaRecord<'a> {
    #[serde(borrow)]
    kinesis: JsonRecord<'a>,
    #[serde(rename = "eventSource")]
    _event_source: Option<IgnoredAny>,
    #[serde(rename = "eventVersion")]
    _event_version: Option<IgnoredAny>,
    #[serde(rename = "eventID")]
    _event_id: Option<IgnoredAny>,
    #[serde(rename = "eventName")]
    _event_name: Option<IgnoredAny>,
    #[serde(rename = "invokeIdentityArn")]
    _invoke_identity_arn: Option<IgnoredAny>,
    #[serde(rename = "awsRegion")]
    _aws_region: Option<IgnoredAny>,
    #[serde(rename = "eventSourceARN")]
    _event_source_arn: Option<IgnoredAny>,
}

/// What a Kinesis record in JSON says that matters to a reader of files.
#[derive(Deserialize)]
pub struct JsonRecord<'a> {
    /// Base64, unchecked.
    #[serde(borrow)]
    pub data: Cow<'a, str>,
    /// The partition key as given; an empty one is none.
    #[serde(rename = "partitionKey")]
    pub partition_key: Option<String>,
    /// The sequence number as given, unchecked.
    #[serde(rename = "sequenceNumber")]
    pub sequence_number: Option<String>,
}

impl std::fmt::Debug for JsonRecord<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JsonRecord({} bytes of base64)", self.data.len())
    }
}

/// The Kinesis record that a line is, if it is one.
#[must_use]
pub fn json_record(line: &[u8]) -> Option<JsonRecord<'_>> {
    serde_json::from_slice::<LambdaRecord<'_>>(line).ok().map(|record| record.kinesis)
}

/// The records of a Lambda event, if the content is one.
#[must_use]
pub fn json_records(content: &[u8]) -> Option<Vec<JsonRecord<'_>>> {
    let event: LambdaEvent<'_> = serde_json::from_slice(content).ok()?;
    Some(event.records.into_iter().map(|record| record.kinesis).collect())
}
