//! Counting calls: what a batch costs, by API operation.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};

use super::wire;

/// Counts the calls that go through the clients it wrapped. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct CallCounts(Arc<Mutex<BTreeMap<String, u64>>>);

impl CallCounts {
    /// A client whose calls are counted, those that fail too.
    pub fn wrap(&self, client: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Counted { counts: self.clone(), inner: client })
    }

    /// Calls so far, by operation (`PutEvents`).
    #[must_use]
    pub fn by_operation(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, request: &HttpRequest) {
        let target = request.headers().get(wire::TARGET).unwrap_or("");
        let operation = target.rsplit('.').next().unwrap_or(target);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(operation.to_owned()).or_default() += 1;
    }
}

#[derive(Debug)]
struct Counted {
    counts: CallCounts,
    inner: SharedHttpClient,
}

#[derive(Debug)]
struct CountedConnector {
    counts: CallCounts,
    inner: SharedHttpConnector,
}

impl HttpClient for Counted {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(CountedConnector { counts: self.counts.clone(), inner })
    }
}

impl HttpConnector for CountedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.counts.count(&request);
        self.inner.call(request)
    }
}
