//! The queues: winterbaume's SQS over a store of ours.
//!
//! winterbaume brings the API and the state of a queue ([`SqsState`]); the store is ours because
//! its own one can only be emptied message by message, each a search through the whole queue:
//! 10,000 messages are 10,000 times 10,000 steps. Here the bus puts an event without a request
//! ([`Queues::deliver`]) and a reader takes everything at once ([`Queues::drain`]).
//!
//! Promises: messages of one queue lie in the order in which they were sent. Refuses nothing by
//! itself; the limits of SQS are checked in front ([`super::sqs`]). Messages are never dropped
//! for their age.

use std::{
    collections::HashMap,
    future::{Future, ready},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use winterbaume_core::StateViewError;
use winterbaume_sqs::{
    SendMessageOutput, SqsBackend, SqsState, SqsStateView,
    state::SqsError,
    types::{Message, MessageAttribute, MessageMoveTask, Queue},
};

/// A message taken from a queue by [`Queues::drain`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMessage {
    /// The id SQS gave it.
    pub message_id: String,
    /// Its body, byte for byte.
    pub body: String,
    /// Whether a reader has it in flight: received and neither deleted nor given back.
    pub in_flight: bool,
}

/// All queues of the one account and region.
#[derive(Clone, Default)]
pub struct Queues {
    state: Arc<Mutex<SqsState>>,
}

impl Queues {
    /// Puts a message at the end of a queue. False where there is no such queue.
    pub fn deliver(&self, queue: &str, body: &str) -> bool {
        self.lock().send_message(queue, body, None, HashMap::new(), None, None).is_ok()
    }

    /// Takes all messages of a queue, oldest first, those in flight too: afterwards it is empty.
    /// `None` where there is no such queue.
    pub fn drain(&self, queue: &str) -> Option<Vec<QueueMessage>> {
        let messages = std::mem::take(&mut self.lock().queues.get_mut(queue)?.messages);
        Some(messages.into_iter().map(taken).collect())
    }

    /// How many messages a queue holds, those in flight too. `None` where there is no such queue.
    pub fn len(&self, queue: &str) -> Option<usize> {
        self.lock().queues.get(queue).map(|queue| queue.messages.len())
    }

    /// The messages of a queue as they lie there, oldest first: nothing is taken. `None` where there
    /// is no such queue.
    pub fn peek(&self, queue: &str) -> Option<Vec<QueueMessage>> {
        let state = self.lock();
        Some(state.queues.get(queue)?.messages.iter().cloned().map(taken).collect())
    }

    /// Ends every visibility timeout of a queue, as time would: what a reader had in flight can be
    /// received again. False where there is no such queue.
    pub fn end_timeouts(&self, queue: &str) -> bool {
        let mut state = self.lock();
        let Some(queue) = state.queues.get_mut(queue) else { return false };
        queue.messages.iter_mut().for_each(|message| message.visible_at = 0);
        true
    }

    fn lock(&self) -> MutexGuard<'_, SqsState> {
        // Every change is one call of `SqsState`; after a panic in one the rest is still sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn done<T: Send + 'static>(&self, act: impl FnOnce(&mut SqsState) -> T) -> Answer<T> {
        Box::pin(ready(act(&mut self.lock())))
    }
}

fn taken(message: Message) -> QueueMessage {
    let in_flight = !message.is_visible() && message.approximate_receive_count > 0;
    QueueMessage { message_id: message.message_id, body: message.body, in_flight }
}

type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Answered<T> = Answer<Result<T, SqsError>>;
type Texts = HashMap<String, String>;

// One account and one region: both arguments are the same in every call.
impl SqsBackend for Queues {
    fn create_queue(
        &self,
        account: String,
        region: String,
        name: String,
        attributes: Texts,
        tags: Option<Texts>,
    ) -> Answered<Queue> {
        self.done(|s| s.create_queue(&name, &region, &account, &attributes, tags.as_ref()).cloned())
    }

    fn delete_queue(&self, _: String, _: String, queue: String) -> Answered<()> {
        self.done(|s| s.delete_queue(&queue))
    }

    fn get_queue_url(&self, _: String, _: String, queue: String) -> Answered<String> {
        self.done(|s| s.get_queue_url(&queue).map(str::to_owned))
    }

    fn get_queue_attributes(&self, _: String, _: String, queue: String) -> Answered<Texts> {
        self.done(|s| {
            let mut attributes = s.get_queue_attributes(&queue)?;
            // winterbaume leaves out what was received before and given back since.
            if let Some(queue) = s.queues.get(&queue) {
                let visible = queue.messages.iter().filter(|message| message.is_visible());
                let count = visible.count();
                attributes.insert("ApproximateNumberOfMessages".to_owned(), count.to_string());
            }
            Ok(attributes)
        })
    }

    fn set_queue_attributes(
        &self,
        _: String,
        _: String,
        queue: String,
        attributes: Texts,
    ) -> Answered<()> {
        self.done(|s| s.set_queue_attributes(&queue, &attributes))
    }

    fn list_queues(&self, _: String, _: String, prefix: Option<String>) -> Answered<Vec<Queue>> {
        self.done(|s| Ok(s.list_queues(prefix.as_deref()).into_iter().cloned().collect()))
    }

    fn send_message(
        &self,
        _: String,
        _: String,
        queue: String,
        body: String,
        delay: Option<u32>,
        attributes: HashMap<String, MessageAttribute>,
        group: Option<String>,
        dedup: Option<String>,
    ) -> Answered<SendMessageOutput> {
        self.done(|s| {
            s.send_message(&queue, &body, delay, attributes, group.as_deref(), dedup.as_deref())
                .map(|o| SendMessageOutput { message_id: o.message_id, body_md5: o.body_md5 })
        })
    }

    fn receive_messages(
        &self,
        _: String,
        _: String,
        queue: String,
        max: usize,
        visibility: Option<u32>,
    ) -> Answered<Vec<Message>> {
        self.done(|s| s.receive_message(&queue, max, visibility))
    }

    fn delete_message(&self, _: String, _: String, queue: String, handle: String) -> Answered<()> {
        self.done(|s| s.delete_message(&queue, &handle))
    }

    fn purge_queue(&self, _: String, _: String, queue: String) -> Answered<()> {
        self.done(|s| s.purge_queue(&queue))
    }

    fn change_message_visibility(
        &self,
        _: String,
        _: String,
        queue: String,
        handle: String,
        timeout: u32,
    ) -> Answered<()> {
        self.done(|s| s.change_message_visibility(&queue, &handle, timeout))
    }

    fn change_message_visibility_batch(
        &self,
        _: String,
        _: String,
        queue: String,
        entries: Vec<(String, String, u32)>,
    ) -> Answered<Vec<String>> {
        self.done(|s| s.change_message_visibility_batch(&queue, &entries))
    }

    fn list_queue_tags(&self, _: String, _: String, queue: String) -> Answered<Texts> {
        self.done(|s| s.list_queue_tags(&queue))
    }

    fn tag_queue(&self, _: String, _: String, queue: String, tags: Texts) -> Answered<()> {
        self.done(|s| s.tag_queue(&queue, &tags))
    }

    fn untag_queue(&self, _: String, _: String, queue: String, keys: Vec<String>) -> Answered<()> {
        self.done(|s| s.untag_queue(&queue, &keys))
    }

    fn add_permission(
        &self,
        _: String,
        _: String,
        queue: String,
        label: String,
        accounts: Vec<String>,
        actions: Vec<String>,
    ) -> Answered<()> {
        self.done(|s| s.add_permission(&queue, &label, accounts, actions))
    }

    fn remove_permission(
        &self,
        _: String,
        _: String,
        queue: String,
        label: String,
    ) -> Answered<()> {
        self.done(|s| s.remove_permission(&queue, &label))
    }

    fn list_dead_letter_source_queues(
        &self,
        _: String,
        _: String,
        queue: String,
    ) -> Answered<Vec<String>> {
        self.done(|s| s.list_dead_letter_source_queues(&queue))
    }

    fn start_message_move_task(
        &self,
        _: String,
        _: String,
        source: String,
        destination: Option<String>,
        rate: Option<i32>,
    ) -> Answered<String> {
        self.done(|s| s.start_message_move_task(&source, destination.as_deref(), rate))
    }

    fn cancel_message_move_task(&self, _: String, _: String, handle: String) -> Answered<i64> {
        self.done(|s| s.cancel_message_move_task(&handle))
    }

    fn list_message_move_tasks(
        &self,
        _: String,
        _: String,
        source: String,
    ) -> Answered<Vec<MessageMoveTask>> {
        self.done(|s| Ok(s.list_message_move_tasks(&source).into_iter().cloned().collect()))
    }

    fn scopes_with_state(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn snapshot(&self, _: String, _: String) -> Answer<SqsStateView> {
        self.done(|s| SqsStateView::from(&*s))
    }

    fn restore(
        &self,
        _: String,
        _: String,
        view: SqsStateView,
    ) -> Answer<Result<(), StateViewError>> {
        self.done(|s| {
            *s = SqsState::from(view);
            Ok(())
        })
    }

    fn merge(
        &self,
        _: String,
        _: String,
        view: SqsStateView,
    ) -> Answer<Result<(), StateViewError>> {
        self.done(|s| {
            s.queues.extend(SqsState::from(view).queues);
            Ok(())
        })
    }
}
