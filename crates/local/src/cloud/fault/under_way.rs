//! Requests that are under way although nobody waits for their answers: late ones, and those of a
//! process that has died. They take effect all the same.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_smithy_runtime_api::client::{
    http::SharedHttpConnector,
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use tokio::{sync::oneshot, task::JoinHandle};

use super::{Kind, Port, entries};

/// What is under way. Clones share it.
#[derive(Clone, Default)]
pub(super) struct UnderWay(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    late: Vec<Late>,
    sent: Vec<JoinHandle<()>>,
}

/// A request that arrives late.
pub(super) struct Late {
    pub(super) port: Port,
    /// With which later call of its port.
    pub(super) calls: u32,
    /// By entry: what strikes it then.
    pub(super) entries: Vec<Option<Kind>>,
    pub(super) request: HttpRequest,
    pub(super) inner: SharedHttpConnector,
}

/// Puts a late request under way once its caller has given up, which is when this is dropped.
pub(super) struct UntilGivenUp {
    under_way: UnderWay,
    late: Option<Late>,
}

impl Drop for UntilGivenUp {
    fn drop(&mut self) {
        self.under_way.inner().late.extend(self.late.take());
    }
}

impl Late {
    /// What becomes of it nobody asks.
    async fn arrive(self) {
        let Self { port, entries, request, inner, .. } = self;
        let _ = entries::send(port, entries, inner, request).await;
    }
}

impl UnderWay {
    /// Keeps a late request until its caller gives up.
    pub(super) fn until_given_up(&self, late: Late) -> UntilGivenUp {
        UntilGivenUp { under_way: self.clone(), late: Some(late) }
    }

    /// A call of that port is made: what is to arrive with it does, in its own time. Ends once it has.
    pub(super) fn arriving_with(&self, port: Port) -> impl Future<Output = ()> + Send + use<> {
        let arriving = self.due(port);
        let arrived = (!arriving.is_empty()).then(|| {
            let (tell, told) = oneshot::channel();
            self.keep(tokio::spawn(async move {
                for late in arriving {
                    late.arrive().await;
                }
                // Nobody may wait any more.
                let _ = tell.send(());
            }));
            told
        });
        async {
            if let Some(told) = arrived {
                let _ = told.await;
            }
        }
    }

    fn due(&self, port: Port) -> Vec<Late> {
        let mut inner = self.inner();
        for late in inner.late.iter_mut().filter(|late| late.port == port) {
            late.calls = late.calls.saturating_sub(1);
        }
        let is_due = |late: &mut Late| late.port == port && late.calls == 0;
        inner.late.extract_if(.., is_due).collect()
    }

    /// The answer to what is sent; it goes on where nobody waits for that any more.
    pub(super) async fn detached(
        &self,
        sent: impl Future<Output = Result<HttpResponse, ConnectorError>> + Send + 'static,
    ) -> Result<HttpResponse, ConnectorError> {
        let (tell, told) = oneshot::channel();
        self.keep(tokio::spawn(async move {
            // Nobody may listen any more.
            let _ = tell.send(sent.await);
        }));
        let lost = |_| ConnectorError::other("the embedded service died".into(), None);
        told.await.map_err(lost)?
    }

    fn keep(&self, task: JoinHandle<()>) {
        let mut inner = self.inner();
        inner.sent.retain(|sent| !sent.is_finished());
        inner.sent.push(task);
    }

    /// Waits until all has arrived, what is late too.
    pub(super) async fn all_arrived(&self) {
        loop {
            let late = std::mem::take(&mut self.inner().late);
            for late in late {
                late.arrive().await;
            }
            let Some(sent) = self.inner().sent.pop() else { return };
            let _ = sent.await;
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
