//! One request and one answer as every embedded service sees them: whole bodies, no streams.
//!
//! The SDK's in-process client and the loopback gateway both end here, so that a service is
//! written once. Owns the conversions to and from the SDK's own HTTP types, and the shape of an
//! AWS JSON error. Knows no service.

use std::convert::Infallible;

use aws_smithy_runtime_api::client::{
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use winterbaume_core::{MockRequest, MockResponse, MockService};

/// A request to an embedded service.
pub(crate) type Request = http::Request<Bytes>;

/// What an embedded service answers.
pub(crate) type Response = http::Response<Bytes>;

/// The header that names service and operation in AWS' JSON protocols.
pub(crate) const TARGET: &str = "x-amz-target";

/// The value of a header as text, empty where it is missing or no text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// The operation in `x-amz-target`: what stands behind the last dot.
pub(crate) fn operation(headers: &HeaderMap) -> &str {
    text(headers, TARGET).rsplit('.').next().unwrap_or("")
}

/// An answer in the AWS JSON protocol.
pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// An error in the AWS JSON protocol: `{"__type":code,"message":message}`.
pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = serde_json::json!({"__type": code, "message": message});
    json(status, body.to_string())
}

/// Asks a winterbaume service, which takes region and service from the host of the address: they
/// are always ours, whatever endpoint the client was given.
pub(crate) async fn ask(service: &impl MockService, host: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let uri = format!("https://{host}/");
    let request =
        MockRequest { method: parts.method.to_string(), uri, headers: parts.headers, body };
    from_mock(service.handle(request).await)
}

/// What a winterbaume service answered.
pub(crate) fn from_mock(response: MockResponse) -> Response {
    let MockResponse { status, headers, body } = response;
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}

/// Takes a request of an SDK client. Refuses a body that is a stream: no API served here has one.
pub(crate) fn from_sdk(request: HttpRequest) -> Result<Request, ConnectorError> {
    let (parts, body) =
        request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?.into_parts();
    let Some(bytes) = body.bytes() else {
        return Err(ConnectorError::user("the embedded cloud takes no streamed body".into()));
    };
    Ok(Request::from_parts(parts, Bytes::copy_from_slice(bytes)))
}

/// Gives an SDK client its answer.
pub(crate) fn to_sdk(response: Response) -> Result<HttpResponse, ConnectorError> {
    HttpResponse::try_from(response.map(SdkBody::from))
        .map_err(|e| ConnectorError::other(e.into(), None))
}

/// Unwraps what cannot fail: an in-process router always answers.
pub(crate) fn infallible<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}
