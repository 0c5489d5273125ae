//! S3: winterbaume, with what its clients could trip over kept in front of it.
//!
//! Buckets are found by the host (`BUCKET.s3.REGION.amazonaws.com`, as SDKs in this process ask) or by
//! the path (as over the gateway). Refuses, and says so, what winterbaume would answer wrongly: bodies
//! in chunks with signatures between them, which it would store as they are, and keys outside ASCII,
//! which it misreads. Objects live in memory.

use std::borrow::Cow;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use http::{HeaderValue, StatusCode, Uri, header};
use winterbaume_core::{MockRequest, MockService as _};
use winterbaume_s3::S3Service;

use super::wire::{self, Request, Response};

// The longest key that S3 takes, in bytes.
const KEY_BYTES_MAX: usize = cdc_core::objects::OBJECT_KEY_BYTES_MAX;

/// The service's name in the scope of a signature, and of an operation in [`target`].
const S3: &str = "S3";

/// What a request asks for, as `x-amz-target` would name it: `S3.PutObject`. SDKs name most operations
/// of S3 in the query.
pub(crate) fn target(request: &HttpRequest) -> Cow<'_, str> {
    if let Some(target) = request.headers().get(wire::TARGET) {
        return target.into();
    }
    let query = request.uri().split_once('?').map_or("", |(_, query)| query);
    let named = query.split('&').find_map(|pair| pair.strip_prefix("x-id="));
    match named {
        Some(operation) => format!("{S3}.{operation}").into(),
        None if query.contains("list-type=2") => "S3.ListObjectsV2".into(),
        None => "".into(),
    }
}

/// Answers a request. `host` is where S3 lives in this cloud's region.
pub(crate) async fn answer(service: &S3Service, host: &str, request: Request) -> Response {
    if let Some(refusal) = refusal(&request, host) {
        return refusal;
    }
    let (parts, body) = request.into_parts();
    let uri = address(&parts.uri, host);
    let request =
        MockRequest { method: parts.method.to_string(), uri, headers: parts.headers, body };
    wire::from_mock(service.handle(request).await)
}

/// The address with a host that winterbaume reads: the client's, where it names a bucket of S3.
fn address(uri: &Uri, host: &str) -> String {
    let host = if names_a_bucket(uri, host) { uri.host().unwrap_or_default() } else { host };
    // A plus in a path is a plus; winterbaume would read a space.
    let path = uri.path().replace('+', "%2B");
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("https://{host}{path}{query}")
}

fn names_a_bucket(uri: &Uri, host: &str) -> bool {
    uri.host().and_then(|asked| asked.strip_suffix(host)).is_some_and(|rest| rest.ends_with('.'))
}

/// The key as it stands in the path, escaped.
fn escaped_key<'a>(uri: &'a Uri, host: &str) -> &'a str {
    let path = uri.path().trim_start_matches('/');
    if names_a_bucket(uri, host) { path } else { path.split_once('/').map_or("", |(_, key)| key) }
}

fn refusal(request: &Request, host: &str) -> Option<Response> {
    let headers = request.headers();
    let chunked = wire::text(headers, "x-amz-content-sha256").starts_with("STREAMING-")
        || wire::text(headers, header::CONTENT_ENCODING.as_str()).contains("aws-chunked");
    if chunked {
        let message = "the embedded S3 takes whole bodies only, not \"aws-chunked\" ones";
        return Some(error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message));
    }
    let key = escaped_key(request.uri(), host);
    let escaped_beyond_ascii = key
        .as_bytes()
        .windows(2)
        .any(|pair| pair[0] == b'%' && matches!(pair[1], b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F'));
    if !key.is_ascii() || escaped_beyond_ascii {
        let message = "the embedded S3 takes keys in ASCII only";
        return Some(error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message));
    }
    // Three characters for an escaped byte.
    if key.len() - 2 * key.matches('%').count() > KEY_BYTES_MAX {
        return Some(error(StatusCode::BAD_REQUEST, "KeyTooLongError", "Your key is too long"));
    }
    None
}

/// An error as S3 writes it.
pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/xml");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Uri;

    use super::{address, refusal};

    const HOST: &str = "s3.us-east-1.amazonaws.com";

    #[test]
    fn a_bucket_is_found_by_host_or_path() {
        for (asked, expected) in [
            ("/bucket/a", "https://s3.us-east-1.amazonaws.com/bucket/a"),
            ("/bucket?list-type=2", "https://s3.us-east-1.amazonaws.com/bucket?list-type=2"),
            ("/bucket/a+b", "https://s3.us-east-1.amazonaws.com/bucket/a%2Bb"),
            ("https://b.s3.us-east-1.amazonaws.com/a", "https://b.s3.us-east-1.amazonaws.com/a"),
            ("https://s3.us-east-1.amazonaws.com/b/a", "https://s3.us-east-1.amazonaws.com/b/a"),
            ("http://localhost:4566/b/a", "https://s3.us-east-1.amazonaws.com/b/a"),
            ("https://b.s3.eu-west-1.amazonaws.com/a", "https://s3.us-east-1.amazonaws.com/a"),
        ] {
            assert_eq!(address(&asked.parse::<Uri>().unwrap(), HOST), expected, "{asked}");
        }
    }

    #[test]
    fn what_would_be_answered_wrongly_is_refused() {
        let long = format!("/bucket/{}", "k".repeat(1025));
        let longest = format!("/bucket/{}%20", "k".repeat(1023));
        for (path, header, expected) in [
            ("/bucket/a%20b", ("accept", "x"), None),
            ("/bucket/a%C3%A9", ("accept", "x"), Some("ASCII")),
            (&longest, ("accept", "x"), None),
            (&long, ("accept", "x"), Some("KeyTooLongError")),
            ("/bucket/a", ("content-encoding", "gzip"), None),
            ("/bucket/a", ("content-encoding", "aws-chunked"), Some("whole bodies")),
            (
                "/bucket/a",
                ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
                Some("whole bodies"),
            ),
        ] {
            let request = http::Request::builder().uri(path).header(header.0, header.1);
            let found = refusal(&request.body(Bytes::new()).unwrap(), HOST);
            let text = found.map(|response| String::from_utf8(response.body().to_vec()).unwrap());
            match expected {
                None => assert_eq!(text, None, "{path} {header:?}"),
                Some(part) => assert!(text.unwrap().contains(part), "{path} {header:?}"),
            }
        }
    }
}
