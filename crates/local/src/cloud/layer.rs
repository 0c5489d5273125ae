//! Layers: what stands between an SDK and the services, and sees every call.

use std::fmt::Debug;

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};

/// Sees a call before the services do.
pub(super) trait Layer: Clone + Debug + Send + Sync + 'static {
    /// Answers the request, or passes it on to `inner`.
    fn call(&self, request: HttpRequest, inner: &SharedHttpConnector) -> HttpConnectorFuture;
}

/// A client whose calls go through the layer.
pub(super) fn wrap(layer: impl Layer, inner: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(LayeredClient { layer, inner })
}

#[derive(Debug)]
struct LayeredClient<L> {
    layer: L,
    inner: SharedHttpClient,
}

#[derive(Debug)]
struct LayeredConnector<L> {
    layer: L,
    inner: SharedHttpConnector,
}

impl<L: Layer> HttpClient for LayeredClient<L> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(LayeredConnector { layer: self.layer.clone(), inner })
    }
}

impl<L: Layer> HttpConnector for LayeredConnector<L> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.layer.call(request, &self.inner)
    }
}
