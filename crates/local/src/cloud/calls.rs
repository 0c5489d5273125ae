//! Counting calls: what a batch costs, by API operation.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector},
    orchestrator::HttpRequest,
};

use super::{
    layer::{self, Layer},
    s3,
};

/// Counts the calls that go through the clients it wrapped. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct CallCounts(Arc<Mutex<BTreeMap<String, u64>>>);

impl CallCounts {
    /// A client whose calls are counted, those that fail too.
    pub fn wrap(&self, client: SharedHttpClient) -> SharedHttpClient {
        layer::wrap(self.clone(), client)
    }

    /// Calls so far, by operation (`PutEvents`).
    #[must_use]
    pub fn by_operation(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, request: &HttpRequest) {
        let target = s3::target(request);
        let operation = target.rsplit('.').next().unwrap_or(&target);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(operation.to_owned()).or_default() += 1;
    }
}

impl Layer for CallCounts {
    fn call(&self, request: HttpRequest, inner: &SharedHttpConnector) -> HttpConnectorFuture {
        self.count(&request);
        inner.call(request)
    }
}
