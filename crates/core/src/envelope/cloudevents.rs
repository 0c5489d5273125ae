//! Debezium in a structured CloudEvent: the images in `data` (or `data.payload`), the source in
//! `iodebezium*` extensions.

use super::debezium::{self, Columns, Parts, Source};
use super::{Context, Unit, object_or_null, text, unique};
use crate::{
    event::{Envelope, Reading, SourceTime, TimeFrom},
    failure::Failure,
    json::{Object, Value},
};

const TYPE_PREFIX: &str = "io.debezium.";

const EXTENSION_PREFIX: &str = "iodebezium";

pub(super) fn decode<'a>(event: Object<'_, 'a>, context: Context<'a>) -> Result<Unit<'a>, Failure> {
    let kind = text(event.get("type"));
    if !kind.is_some_and(|kind| kind.starts_with(TYPE_PREFIX)) {
        return Err(Failure::parse("a CloudEvent whose type is not Debezium's (io.debezium.…)"));
    }
    let data = object_or_null(event.get("data"), "data")?
        .ok_or_else(|| Failure::parse("a Debezium CloudEvent without data"))?;
    unique(data, "data")?;
    let images = match data.get("payload").and_then(Value::as_object) {
        Some(payload) => {
            unique(payload, "data.payload")?;
            payload
        }
        None => data,
    };
    let Extensions { op, transaction, source } = extensions(event);
    let parts = Parts {
        envelope: Envelope::CloudEvents,
        op,
        before: images.get("before"),
        after: images.get("after"),
        source,
        message_time: text(event.get("time"))
            .map(|time| SourceTime { from: TimeFrom::Message, reading: Reading::Rfc3339(time) }),
        transaction,
    };
    let schema = data.get("schema").filter(|_| data.get("payload").is_some());
    debezium::decode(parts, &Columns::of(schema), context)
}

/// What Debezium's extensions say.
#[derive(Default)]
struct Extensions<'d, 'a> {
    op: Option<Value<'d, 'a>>,
    transaction: Option<Value<'d, 'a>>,
    source: Source<'d, 'a>,
}

fn extensions<'d, 'a>(event: Object<'d, 'a>) -> Extensions<'d, 'a> {
    let mut found = Extensions::default();
    let mut collection = None;
    for (name, value) in event.members() {
        let name = name.unescaped();
        let Some(name) = name.strip_prefix(EXTENSION_PREFIX) else { continue };
        match (name, Some(value).filter(|value| !value.is_null())) {
            ("op", _) => found.op = Some(value),
            ("txid", transaction) => found.transaction = transaction,
            ("collection", table) => collection = table,
            ("tsms", time) => found.source.time = time.and_then(source_time),
            ("commitlsn", lsn) => found.source.commit_lsn = lsn,
            ("changelsn", lsn) => found.source.change_lsn = lsn,
            ("eventserialno", number) => found.source.event_serial_no = number,
            (name, Some(value)) => {
                found.source.take(name, value);
            }
            (_, None) => {}
        }
    }
    found.source.table = found.source.table.or(collection);
    found
}

fn source_time<'a>(value: Value<'_, 'a>) -> Option<SourceTime<'a>> {
    let units = value.as_i64().filter(|&units| units > 0)?;
    Some(SourceTime { from: TimeFrom::Source, reading: Reading::Epoch { units, digits: 3 } })
}
