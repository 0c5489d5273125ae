//! The loopback gateway: the embedded services for other processes of this machine.
//!
//! The AWS CLI, a real Lambda binary or a `cdc` in another terminal get the same objects as the
//! clients in this process. It checks no signature, so it must not be reachable by anybody else.
//! Refuses to listen on anything but loopback; refuses requests whose `Host` is not a loopback
//! name with this port (a web page could point its own name here) and requests with an `Origin`
//! (a web page could send them straight). HTTP only.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::State,
};
use http::{HeaderMap, Method, StatusCode, header};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::{
    lambda::Lambda,
    services::{Service, Services},
    wire::{self, Request, Response},
};

// The largest request of the served APIs: DynamoDB takes 16 MB, PutRecords 14 MiB in base64.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

// Requests under way get this long to end; a ReceiveMessage may wait for 20 s, and need not.
const STOP_WAIT_MAX: Duration = Duration::from_secs(2);

/// Why the gateway can't listen.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The address would let other machines in.
    #[error(
        "{0} is not a loopback address: the gateway checks no signatures and serves this machine only"
    )]
    NotLoopback(SocketAddr),
    /// The address can't be had.
    #[error("can't listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// A listening gateway. Dropping it ends it without waiting for requests under way.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

struct Shared {
    services: Arc<Services>,
    port: u16,
}

impl Gateway {
    /// Where the gateway listens unless told otherwise: the port that local clouds commonly use.
    pub const DEFAULT: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4566);

    pub(crate) async fn start(
        services: Arc<Services>,
        address: SocketAddr,
    ) -> Result<Self, GatewayError> {
        if !address.ip().is_loopback() {
            return Err(GatewayError::NotLoopback(address));
        }
        let failed = |source| GatewayError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Shared { services, port: address.port() };
        let router = Router::new().fallback(serve).with_state(Arc::new(shared));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let stopped = async {
                // Sent or dropped: both mean to stop.
                let _ = stopped.await;
            };
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await
            {
                tracing::error!(%error, "the gateway ended");
            }
        });
        Ok(Self { address, stop, task })
    }

    /// The address it listens on, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint to give to an SDK or to `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no more requests, lets those under way end, at most for two seconds, and returns.
    pub async fn stop(self) {
        let Self { stop, mut task, .. } = self;
        drop(stop);
        if tokio::time::timeout(STOP_WAIT_MAX, &mut task).await.is_err() {
            task.abort();
        }
    }
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    request: http::Request<Body>,
) -> http::Response<Body> {
    let is_head = request.method() == Method::HEAD;
    let response = answer(&shared, request).await.unwrap_or_else(Refused::into_response);
    let (mut parts, body) = response.into_parts();
    for name in FRAMING {
        // The answer to a HEAD tells the length of what it does not bring.
        if !(is_head && name == header::CONTENT_LENGTH) {
            parts.headers.remove(name);
        }
    }
    http::Response::from_parts(parts, Body::from(body))
}

// What frames a body on its connection; on the next connection it is framed anew.
const FRAMING: [header::HeaderName; 3] =
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];

struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refused {
    fn into_response(self) -> Response {
        wire::error(self.status, self.code, &self.message)
    }
}

async fn answer(shared: &Shared, request: http::Request<Body>) -> Result<Response, Refused> {
    let (mut parts, body) = request.into_parts();
    check_caller(&parts.headers, shared.port)?;
    let is_s3 = Service::of(&parts.headers) == Some(Service::S3);
    if parts.method == Method::GET && parts.uri.path() == "/" && !is_s3 {
        let served =
            r#"{"services":["kinesis","dynamodb","sqs","events","s3","secretsmanager","lambda"]}"#;
        return Ok(wire::json(StatusCode::OK, served));
    }
    check_protocol(&parts)?;
    let body = whole(body).await?;
    for name in FRAMING.into_iter().chain([header::HOST]) {
        parts.headers.remove(name);
    }
    shared.services.call(Request::from_parts(parts, body)).await.map_err(|error| {
        tracing::error!(%error, "an embedded service can't be reached");
        let message = "an embedded service can't be reached".into();
        Refused { status: StatusCode::BAD_GATEWAY, code: "ServiceUnavailable", message }
    })
}

/// Reads a body, unless it is too long or, by what it announces, is going to be.
async fn whole(body: Body) -> Result<Bytes, Refused> {
    let refused = || Refused {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        code: "RequestEntityTooLarge",
        message: format!("the body is cut off or longer than {BODY_BYTES_MAX} bytes"),
    };
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(refused());
    }
    axum::body::to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| refused())
}

fn check_caller(headers: &HeaderMap, port: u16) -> Result<(), Refused> {
    let refused =
        |message| Err(Refused { status: StatusCode::FORBIDDEN, code: "AccessDenied", message });
    let host = wire::text(headers, header::HOST.as_str());
    let loopback = ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
        let port = port.to_string();
        host.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')) == Some(&port)
    });
    if !loopback {
        return refused(format!(
            "the Host header is \"{}\"; this gateway answers only to 127.0.0.1:{port}, \
             localhost:{port} and [::1]:{port}",
            host.escape_debug()
        ));
    }
    if headers.contains_key(header::ORIGIN) {
        let message = "the request has an Origin header; this gateway does not serve web pages";
        return refused(message.into());
    }
    Ok(())
}

/// Every served API but S3's and Lambda's has a JSON protocol, which names its operation in a header.
fn check_protocol(parts: &http::request::Parts) -> Result<(), Refused> {
    let service = Service::of(&parts.headers);
    let named = parts.headers.contains_key(wire::TARGET) || service == Some(Service::S3);
    if named || Lambda::serves(&parts.uri) {
        return Ok(());
    }
    let message = format!(
        "the request has no X-Amz-Target header (signed for: {}, path: \"{}\"); this gateway speaks \
         the AWS JSON protocols (and S3's own), which SDKs and CLIs use for these services since 2023",
        service.map_or("no served service".into(), |service| format!("{service:?}")),
        parts.uri.path().escape_debug()
    );
    Err(Refused { status: StatusCode::BAD_REQUEST, code: "InvalidAction", message })
}
