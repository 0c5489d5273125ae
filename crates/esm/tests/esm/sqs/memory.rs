//! The queue in memory by itself.

use std::time::Duration;

use cdc_core::ports::Clock;
use cdc_esm::{
    StartPosition,
    sqs::{
        Deletion, Depth, MESSAGE_BYTES_MAX, Place, Queue, QueueKind, Received,
        memory::{InvalidQueue, MemoryQueue, QueueSettings, Redrive, SendError},
    },
    virtual_time::VirtualClock,
};
use futures_util::future::join;

use super::world::{VirtualQueue, bodies, facts, queues};
use crate::world::{HOUR, at, clock};

const VISIBILITY: Duration = Duration::from_secs(30);

fn queue(kind: QueueKind) -> (VirtualClock, VirtualQueue) {
    let clock = clock(1);
    let (queue, _) = queues(kind, VISIBILITY, 1_000, &clock);
    (clock, queue)
}

fn receive(clock: &VirtualClock, queue: &VirtualQueue, max: usize) -> Received {
    clock.run(queue.receive(max, Duration::ZERO), HOUR).unwrap().unwrap()
}

fn pass(clock: &VirtualClock, time: Duration) {
    clock.run(clock.sleep(time), HOUR).unwrap();
}

fn delete(clock: &VirtualClock, queue: &VirtualQueue, received: &Received) -> Vec<Deletion> {
    let receipts: Vec<_> = received.messages.iter().map(|taken| taken.receipt.clone()).collect();
    clock.run(queue.delete(&receipts), HOUR).unwrap().unwrap()
}

fn seen(received: &Received) -> Vec<(&str, u32)> {
    let messages = received.messages.iter();
    messages.map(|taken| (&*taken.message.body, taken.receive_count)).collect()
}

#[test]
fn a_received_message_is_hidden_until_its_visibility_timeout() {
    let (clock, queue) = queue(QueueKind::Standard);
    let sent = queue.send("a", None, None).unwrap();
    pass(&clock, Duration::from_millis(5));
    let first = receive(&clock, &queue, 10);
    assert_eq!(seen(&first), [("a", 1)]);
    assert_eq!(queue.count(), Depth { waiting: 0, in_flight: 1 });
    pass(&clock, VISIBILITY - Duration::from_millis(1));
    assert_eq!(seen(&receive(&clock, &queue, 10)), []);
    pass(&clock, Duration::from_millis(1));
    let second = receive(&clock, &queue, 10);
    assert_eq!(seen(&second), [("a", 2)]);
    let taken = &second.messages[0];
    assert_eq!((&taken.message.id, taken.message.sent), (&sent.id, at(0)));
    assert_eq!(taken.first_received, at(5));
    assert_eq!(&*taken.message.body_md5, "0cc175b9c0f1b6a831c399e269772661");
    assert_eq!(delete(&clock, &queue, &first), [Deletion::ReceiptExpired]);
    assert_eq!(delete(&clock, &queue, &second), [Deletion::Deleted]);
    assert_eq!(delete(&clock, &queue, &second), [Deletion::ReceiptExpired]);
    assert!(queue.count().is_empty());
}

#[test]
fn the_last_receipt_holds_longer_than_its_time_in_a_standard_queue_alone() {
    for (kind, group, deletion) in [
        (QueueKind::Standard, None, Deletion::Deleted),
        (QueueKind::Fifo, Some("g"), Deletion::ReceiptExpired),
    ] {
        let (clock, queue) = queue(kind);
        queue.send("a", group, group).unwrap();
        let received = receive(&clock, &queue, 1);
        pass(&clock, VISIBILITY);
        assert_eq!(delete(&clock, &queue, &received), [deletion], "{kind:?}");
    }
}

#[test]
fn a_long_poll_waits_for_a_message_for_a_time() {
    let (clock, queue) = queue(QueueKind::Standard);
    let wait = Duration::from_secs(20);
    let nothing = clock.run(queue.receive(10, wait), HOUR).unwrap().unwrap();
    assert_eq!((nothing, clock.now()), (Received::default(), at(20_000)));
    let sending = async {
        clock.sleep(Duration::from_secs(7)).await;
        queue.send("a", None, None).unwrap();
    };
    // Two wait, and one has it.
    let both = join(queue.receive(10, wait), queue.receive(10, wait));
    let ((first, second), ()) = clock.run(join(both, sending), HOUR).unwrap();
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.messages.len() + second.messages.len(), 1);
    let again = clock.run(queue.receive(10, wait), HOUR).unwrap().unwrap();
    assert_eq!((seen(&again), clock.now()), (vec![("a", 2)], at(57_000)));
}

#[test]
fn a_receive_brings_at_most_ten_messages_and_one_mebibyte() {
    let (clock, queue) = queue(QueueKind::Standard);
    for _ in 0..12 {
        queue.send("a", None, None).unwrap();
    }
    assert_eq!(receive(&clock, &queue, 1_000).messages.len(), 10);
    assert_eq!(receive(&clock, &queue, 10).messages.len(), 2);
    for bytes in [MESSAGE_BYTES_MAX, 1, MESSAGE_BYTES_MAX - 1, 1] {
        queue.send(&"x".repeat(bytes), None, None).unwrap();
    }
    let counts = [1, 2, 1].map(|_| receive(&clock, &queue, 10).messages.len());
    assert_eq!(counts, [1, 2, 1]);
}

#[test]
fn a_duplicate_is_taken_and_not_added_for_five_minutes() {
    let (clock, queue) = queue(QueueKind::Fifo);
    let first = queue.send("a", Some("g"), Some("d")).unwrap();
    let again = queue.send("b", Some("h"), Some("d")).unwrap();
    assert_eq!((first.duplicate, again.duplicate, &again.id), (false, true, &first.id));
    let received = receive(&clock, &queue, 10);
    delete(&clock, &queue, &received);
    pass(&clock, Duration::from_millis(299_999));
    assert!(queue.send("c", Some("g"), Some("d")).unwrap().duplicate, "deleted or not");
    pass(&clock, Duration::from_millis(1));
    assert!(!queue.send("d", Some("g"), Some("d")).unwrap().duplicate);
    assert_eq!(bodies(&queue), "d");
}

#[test]
fn sequence_numbers_have_twenty_digits_and_rise() {
    let (_, queue) = queue(QueueKind::Fifo);
    for id in ["1", "2", "3"] {
        queue.send("a", Some("g"), Some(id)).unwrap();
    }
    let numbers = queue.look().into_iter().map(|message| match message.place {
        Place::Fifo { sequence, .. } => sequence,
        Place::Standard => unreachable!("a FIFO queue"),
    });
    let numbers: Vec<_> = numbers.collect();
    assert!(numbers.iter().all(|number| number.len() == 20), "{numbers:?}");
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
}

#[test]
fn a_message_received_too_often_moves_with_its_name_and_time() {
    let clock = clock(1);
    let (queue, dead) = queues(QueueKind::Fifo, VISIBILITY, 2, &clock);
    let sent = queue.send("a", Some("g"), Some("d")).unwrap();
    for count in [1, 2] {
        assert_eq!(seen(&receive(&clock, &queue, 1)), [("a", count)]);
        pass(&clock, VISIBILITY);
    }
    let last = receive(&clock, &queue, 1);
    assert_eq!((last.messages.len(), last.redriven), (0, vec![sent.id.clone()]));
    assert!(queue.count().is_empty());
    let found = dead.look();
    assert_eq!((&found[0].id, found[0].sent), (&sent.id, at(0)));
    assert_eq!(seen(&receive(&clock, &dead, 1)), [("a", 1)]);
    assert_eq!(queue.make_visible_again(StartPosition::TrimHorizon), 0, "it was not deleted");
}

#[test]
fn deleted_messages_are_kept_if_asked_and_visible_again_as_never_received() {
    let (clock, queue) = queue(QueueKind::Standard);
    queue.send("a", None, None).unwrap();
    pass(&clock, Duration::from_millis(10));
    queue.send("b", None, None).unwrap();
    let first = receive(&clock, &queue, 10);
    assert_eq!(delete(&clock, &queue, &first), [Deletion::Deleted; 2]);
    assert_eq!(queue.make_visible_again(StartPosition::Latest), 0);
    assert_eq!(queue.make_visible_again(StartPosition::AtTimestamp(at(10))), 1);
    assert_eq!(bodies(&queue), "b");
    assert_eq!(queue.make_visible_again(StartPosition::TrimHorizon), 1);
    assert_eq!(delete(&clock, &queue, &first), [Deletion::ReceiptExpired; 2]);
    assert_eq!(seen(&receive(&clock, &queue, 10)), [("a", 1), ("b", 1)]);

    let settings = QueueSettings {
        facts: facts("q", QueueKind::Standard, VISIBILITY),
        redrive: None,
        keep_deleted: false,
    };
    let forgetful = MemoryQueue::new(settings, clock.clone()).unwrap();
    forgetful.send("a", None, None).unwrap();
    let received = receive(&clock, &forgetful, 10);
    delete(&clock, &forgetful, &received);
    assert_eq!(forgetful.make_visible_again(StartPosition::TrimHorizon), 0);
}

#[test]
fn what_sqs_refuses_is_refused() {
    let (_, standard) = queue(QueueKind::Standard);
    let (_, fifo) = queue(QueueKind::Fifo);
    let long = "x".repeat(MESSAGE_BYTES_MAX + 1);
    let name = "n".repeat(129);
    for (queue, body, group, id, error) in [
        (&standard, long.as_str(), None, None, SendError::TooLarge),
        (&standard, "a\u{1}", None, None, SendError::Character),
        (&standard, "\u{ffff}", None, None, SendError::Character),
        (&standard, "a", Some("g"), None, SendError::NotFifo),
        (&standard, "a", None, Some("d"), SendError::NotFifo),
        (&fifo, "a", None, Some("d"), SendError::NoGroup),
        (&fifo, "a", Some("g"), None, SendError::NoDeduplicationId),
        (&fifo, "a", Some(""), Some("d"), SendError::Name),
        (&fifo, "a", Some("g"), Some(name.as_str()), SendError::Name),
        (&fifo, "a", Some("g h"), Some("d"), SendError::Name),
    ] {
        assert_eq!(queue.send(body, group, id), Err(error));
    }
    assert!(standard.count().is_empty() && fifo.count().is_empty());
    assert!(standard.send("", None, None).is_ok(), "a producer's tombstone");
}

#[test]
fn a_queue_that_cannot_be_is_not_made() {
    let make = |visibility, redrive| {
        let settings = QueueSettings {
            facts: facts("q", QueueKind::Standard, visibility),
            redrive,
            keep_deleted: false,
        };
        MemoryQueue::new(settings, clock(1)).err()
    };
    let day = Duration::from_secs(86_400);
    let to = |kind, receive_count_max| Some(Redrive { receive_count_max, queue: queue(kind).1 });
    assert_eq!(make(VISIBILITY, to(QueueKind::Standard, 1)), None);
    assert_eq!(make(day, None), Some(InvalidQueue::VisibilityTimeout));
    assert_eq!(make(VISIBILITY, to(QueueKind::Standard, 0)), Some(InvalidQueue::ReceiveCount));
    assert_eq!(make(VISIBILITY, to(QueueKind::Standard, 1_001)), Some(InvalidQueue::ReceiveCount));
    assert_eq!(make(VISIBILITY, to(QueueKind::Fifo, 1)), Some(InvalidQueue::DeadLetterKind));
}
