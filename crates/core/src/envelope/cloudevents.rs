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
    let parts = Parts {
        envelope: Envelope::CloudEvents,
        op: event.get("iodebeziumop"),
        before: images.get("before"),
        after: images.get("after"),
        source: source(event),
        message_time: text(event.get("time"))
            .map(|time| SourceTime { from: TimeFrom::Message, reading: Reading::Rfc3339(time) }),
        transaction: event.get("iodebeziumtxid").filter(|value| !value.is_null()),
    };
    let schema = data.get("schema").filter(|_| data.get("payload").is_some());
    debezium::decode(parts, &Columns::of(schema), context)
}

fn source<'d, 'a>(event: Object<'d, 'a>) -> Source<'d, 'a> {
    let member = |name| event.get(name).filter(|value| !value.is_null());
    let time = member("iodebeziumtsms").and_then(Value::as_i64).filter(|&units| units > 0);
    Source {
        connector: member("iodebeziumconnector"),
        name: member("iodebeziumname"),
        database: member("iodebeziumdb"),
        schema: member("iodebeziumschema"),
        table: member("iodebeziumtable").or_else(|| member("iodebeziumcollection")),
        snapshot: member("iodebeziumsnapshot"),
        time: time.map(|units| SourceTime {
            from: TimeFrom::Source,
            reading: Reading::Epoch { units, digits: 3 },
        }),
        transaction: member("iodebeziumtxId"),
        gtid: member("iodebeziumgtid"),
        lsn: member("iodebeziumlsn"),
        file: member("iodebeziumfile"),
        pos: member("iodebeziumpos"),
        row: member("iodebeziumrow"),
        commit_lsn: member("iodebeziumcommitlsn"),
        change_lsn: member("iodebeziumchangelsn"),
        event_serial_no: member("iodebeziumeventserialno"),
        scn: member("iodebeziumscn"),
        ord: member("iodebeziumord"),
    }
}
