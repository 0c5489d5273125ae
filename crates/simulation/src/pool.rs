//! What runs beside the mapping: invocations that outlive their poller, requests on their way, and
//! the other actors. One thread; the order is fixed by who wakes whom.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use futures_util::{Stream as _, stream::FuturesUnordered};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Takes tasks; clones are the same pool.
#[derive(Clone, Default)]
pub(crate) struct Pool(Arc<Mutex<Vec<Task>>>);

impl Pool {
    /// Runs a task beside all others from the next turn on.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.new_tasks().push(Box::pin(task));
    }

    /// Runs `main` and all tasks until `main` ends and no task is left.
    pub(crate) async fn run(&self, main: impl Future<Output = ()>) {
        let mut main = pin!(main);
        let mut tasks: FuturesUnordered<Task> = FuturesUnordered::new();
        let mut ended = false;
        poll_fn(|context| {
            loop {
                tasks.extend(self.new_tasks().drain(..));
                while let Poll::Ready(Some(())) = Pin::new(&mut tasks).poll_next(context) {}
                ended = ended || main.as_mut().poll(context).is_ready();
                if self.new_tasks().is_empty() {
                    break;
                }
            }
            if ended && tasks.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn new_tasks(&self) -> std::sync::MutexGuard<'_, Vec<Task>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
