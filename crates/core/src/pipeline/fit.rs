//! Making an event fit the bus: as it is, or with its images in a bucket.

use std::sync::Arc;

use super::{EventId, Outgoing, Pipeline};
use crate::{
    failure::Failure,
    outbound::{DETAIL_TYPE, OutboundEvent, PUT_EVENTS_BYTES_MAX},
    redact::{Redacted, Written},
};

/// The event, and the object that has to be stored before it where it points to one. Its detail is held
/// once: as what is published, or as what is stored.
pub(super) fn outgoing(
    pipeline: &Pipeline,
    event_id: EventId,
    written: Written,
) -> Result<Outgoing, Failure> {
    let bytes = entry_bytes(pipeline, written.detail());
    if bytes <= PUT_EVENTS_BYTES_MAX {
        let event = Arc::new(OutboundEvent::new(DETAIL_TYPE, written.into_detail()));
        return Ok(Outgoing { event_id, event, object: None });
    }
    let rest = written.without_images();
    let Some(checked) = pipeline.buckets.checked_detail(written.into_detail()) else {
        return Err(Failure::validation(format!(
            "the finished event has {bytes} bytes and EventBridge takes {PUT_EVENTS_BYTES_MAX}; set \
             CLAIM_CHECK_BUCKET_NAME, so that its images go to that bucket, or leave large columns \
             out of the table's include list"
        )));
    };
    let detail = Written::pointing_to(&rest, &checked.check);
    let bytes = entry_bytes(pipeline, &detail);
    if bytes > PUT_EVENTS_BYTES_MAX {
        return Err(Failure::validation(format!(
            "the finished event has {bytes} bytes without its images, and EventBridge takes \
             {PUT_EVENTS_BYTES_MAX}; its keys or the names of its columns are too long"
        )));
    }
    let event = Arc::new(OutboundEvent::new(DETAIL_TYPE, detail));
    Ok(Outgoing { event_id, event, object: Some(checked.object) })
}

/// What EventBridge counts for an event of this detail.
fn entry_bytes(pipeline: &Pipeline, detail: &Redacted<String>) -> usize {
    OutboundEvent::bytes_of(&pipeline.event_source, DETAIL_TYPE, detail.get())
}
