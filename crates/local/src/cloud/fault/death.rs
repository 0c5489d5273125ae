//! The death of an invocation at one of its calls.
//!
//! A process dies between two instructions; what can be told apart from outside is which of its
//! calls it made. What it had sent takes effect, all of it: the harsher case. Calls are known to be
//! an invocation's by the task that makes them, so that others beside it live on.

use std::{
    future::{Future, pending},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::ConnectorError};
use tokio::sync::Notify;

use super::Port;

tokio::task_local! {
    static DYING: Death;
}

/// The death that an invocation is going to die. Clones are the same death.
#[derive(Clone, Debug)]
pub(crate) struct Death(Arc<State>);

#[derive(Debug)]
struct State {
    /// At which call, from 1 on.
    call: u64,
    /// Whether that call is made first.
    after: bool,
    made: AtomicU64,
    dead: AtomicBool,
    stopped: Notify,
}

/// What a call of a dying invocation meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meets {
    /// It is made, and the invocation lives on.
    Life,
    /// It is made, and the invocation dies of it.
    DeathAfter,
    /// It is not made any more.
    DeathBefore,
    /// The invocation is dead already.
    Dead,
}

impl Death {
    /// At its `call`th call, from 1 on, before or after that was made; at its end where it makes fewer.
    pub(crate) fn at(call: u64, after: bool) -> Self {
        let (made, dead, stopped) = Default::default();
        Self(Arc::new(State { call, after, made, dead, stopped }))
    }

    /// The death of the invocation whose task this is.
    pub(super) fn of_this_task() -> Option<Self> {
        DYING.try_with(Clone::clone).ok()
    }

    /// Lives until death; `None` where that came before the end.
    ///
    /// An invocation that dies between the ledger's answer and its own comes to its end all the same,
    /// with what it would have answered: nobody can tell the difference but whoever counts what became
    /// of its records. The caller must not hear it.
    pub(crate) async fn of<T>(&self, life: impl Future<Output = T>) -> Option<T> {
        let lived = DYING.scope(self.clone(), life);
        tokio::select! {
            biased;
            () = self.0.stopped.notified() => None,
            end = lived => Some(end),
        }
    }

    /// A call is about to be made.
    pub(super) fn meets(&self) -> Meets {
        let State { call, after, made, dead, .. } = &*self.0;
        let number = made.fetch_add(1, Ordering::Relaxed) + 1;
        match number == *call {
            _ if dead.load(Ordering::Relaxed) => Meets::Dead,
            true if *after => Meets::DeathAfter,
            true => {
                dead.store(true, Ordering::Relaxed);
                Meets::DeathBefore
            }
            false => Meets::Life,
        }
    }

    /// Makes the call, unless the invocation is dead, and dies of it where it has to.
    pub(super) async fn call(
        self,
        meets: Meets,
        port: Port,
        sent: impl Future<Output = Result<HttpResponse, ConnectorError>> + Send,
    ) -> Result<HttpResponse, ConnectorError> {
        match meets {
            Meets::Life => sent.await,
            Meets::DeathAfter => {
                let answer = sent.await;
                self.0.dead.store(true, Ordering::Relaxed);
                // The claims are an invocation's last call: what is left is its answer.
                if port == Port::LedgerWrite { answer } else { self.stop().await }
            }
            Meets::DeathBefore => self.stop().await,
            // After the claims, to write those that DynamoDB handed back: too late.
            Meets::Dead => Err(ConnectorError::user("injected: the process is dead".into())),
        }
    }

    async fn stop<T>(&self) -> T {
        self.0.stopped.notify_one();
        pending().await
    }
}
