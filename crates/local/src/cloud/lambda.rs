//! Lambda's `Invoke` and `ListFunctions`, for the functions of this process.
//!
//! The one REST API here: the operation stands in method and path. Owns the wire, not the functions:
//! a [`Host`] has those, and without one nothing is deployed. Invocations are synchronous; `Event`
//! is refused, since nothing would ever tell what became of it.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock, Weak},
};

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, Uri, header};

use super::wire::{Request, Response, text};

/// Where all of Lambda's operations on functions stand.
const FUNCTIONS: &str = "/2015-03-31/functions";

// Lambda refuses a larger payload, either way (6 MB; quotas, "Invocation payload").
const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;

/// What a function came to.
#[derive(Debug)]
pub struct Answered {
    /// Its answer, or Lambda's account of its failure.
    pub payload: Bytes,
    /// Whether it failed.
    pub failed: bool,
}

/// Has the functions.
pub trait Host: Send + Sync {
    /// The functions' names.
    fn names(&self) -> Vec<&'static str>;

    /// Invokes one by an alias or a version of it, if a qualifier is told; `None` where there is none of that
    /// name.
    fn invoke(&self, name: &str, qualifier: Option<&str>, payload: Bytes) -> Invocation<'_>;
}

/// A running invocation.
pub type Invocation<'h> = Pin<Box<dyn Future<Output = Option<Answered>> + Send + 'h>>;

/// Lambda, as far as it is served here. The functions use the cloud that serves them, so the cloud
/// holds them weakly: they end with whoever runs them.
#[derive(Default)]
pub(crate) struct Lambda(OnceLock<Weak<dyn Host>>);

impl Lambda {
    /// Deploys the functions, once.
    pub(crate) fn deploy(&self, host: &Arc<dyn Host>) {
        let _ = self.0.set(Arc::downgrade(host));
    }

    /// Whether a request is for this API.
    pub(crate) fn serves(uri: &Uri) -> bool {
        uri.path()
            .strip_prefix(FUNCTIONS)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    pub(crate) async fn answer(&self, request: Request) -> Response {
        let host = self.0.get().and_then(Weak::upgrade);
        let path = request.uri().path().strip_prefix(FUNCTIONS).unwrap_or_default();
        let path = path.trim_matches('/').to_owned();
        match (request.method(), path.strip_suffix("/invocations")) {
            (&Method::GET, None) if path.is_empty() => list(host.as_deref()),
            (&Method::POST, Some(function)) => invoke(host.as_deref(), function, request).await,
            _ => refusal(
                StatusCode::NOT_IMPLEMENTED,
                "UnknownOperationException",
                "served are Invoke and ListFunctions",
            ),
        }
    }
}

async fn invoke(host: Option<&dyn Host>, function: &str, request: Request) -> Response {
    match text(request.headers(), "x-amz-invocation-type") {
        "" | "RequestResponse" => {}
        "DryRun" => return status(StatusCode::NO_CONTENT),
        _ => {
            let message = "only RequestResponse and DryRun are served";
            return refusal(StatusCode::BAD_REQUEST, "InvalidParameterValueException", message);
        }
    }
    if request.body().len() > PAYLOAD_BYTES_MAX {
        let message = "the payload is larger than 6 MB";
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", message);
    }
    let (name, qualifier) = name_and_qualifier(function);
    let asked = qualifier_asked(request.uri());
    if qualifier.is_some() && asked.is_some() && qualifier != asked {
        let message = "the function's name and the parameter Qualifier name two of them";
        return refusal(StatusCode::BAD_REQUEST, "InvalidParameterValueException", message);
    }
    let qualifier = asked.or(qualifier);
    let answered = match host {
        Some(host) => host.invoke(&name, qualifier.as_deref(), request.into_body()).await,
        None => None,
    };
    let Some(answered) = answered else {
        let message = format!("Function not found: {}", name.escape_debug());
        return refusal(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message);
    };
    let mut response = json(StatusCode::OK, answered.payload);
    let headers = response.headers_mut();
    headers.insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    if answered.failed {
        headers.insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    response
}

/// Name and qualifier of `NAME`, `NAME:QUALIFIER`, and of an ARN with or without one, percent-encoded or not.
fn name_and_qualifier(function: &str) -> (String, Option<String>) {
    let decoded = decoded(function);
    let name = decoded.rsplit_once(":function:").map_or(&*decoded, |(_, name)| name);
    match name.split_once(':') {
        Some((name, qualifier)) => (name.to_owned(), Some(qualifier.to_owned())),
        None => (name.to_owned(), None),
    }
}

/// The parameter of that name in the query: what the CLI and the SDKs make of `--qualifier`.
fn qualifier_asked(uri: &Uri) -> Option<String> {
    let parameters = uri.query().unwrap_or_default().split('&');
    let mut named = parameters.filter_map(|parameter| parameter.strip_prefix("Qualifier="));
    named.next().map(decoded)
}

/// What names and qualifiers can have encoded.
fn decoded(text: &str) -> String {
    text.replace("%3A", ":").replace("%3a", ":").replace("%24", "$")
}

fn list(host: Option<&dyn Host>) -> Response {
    let names = host.map(Host::names).unwrap_or_default();
    let functions: Vec<_> = names
        .into_iter()
        .map(|name| {
            serde_json::json!({"FunctionName": name, "Version": "$LATEST",
                "Runtime": "provided.al2023", "Handler": "bootstrap", "PackageType": "Zip"})
        })
        .collect();
    json(StatusCode::OK, serde_json::json!({"Functions": functions}).to_string())
}

fn json(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// An error in the AWS REST-JSON protocol: its code stands in a header.
fn refusal(status: StatusCode, code: &'static str, message: &str) -> Response {
    let body = serde_json::json!({"Type": "User", "Message": message}).to_string();
    let mut response = json(status, body);
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(code));
    response
}

#[cfg(test)]
mod tests {
    use super::{name_and_qualifier, qualifier_asked};

    #[test]
    fn a_function_is_found_by_name_alias_or_arn() {
        for (given, qualifier) in [
            ("health-check", None),
            ("health-check:live", Some("live")),
            ("health-check:$LATEST", Some("$LATEST")),
            ("health-check%3A%24LATEST", Some("$LATEST")),
            ("arn:aws:lambda:us-east-1:123456789012:function:health-check", None),
            (
                "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahealth-check%3Alive",
                Some("live"),
            ),
        ] {
            let (name, found) = name_and_qualifier(given);
            assert_eq!((&*name, found.as_deref()), ("health-check", qualifier), "{given}");
        }
    }

    #[test]
    fn a_qualifier_stands_in_the_query_too() {
        for (query, qualifier) in [
            ("", None),
            ("?Qualifier=reveal", Some("reveal")),
            ("?a=b&Qualifier=%24LATEST", Some("$LATEST")),
            ("?NoQualifier=reveal", None),
        ] {
            let uri = format!("/2015-03-31/functions/f/invocations{query}").parse().unwrap();
            assert_eq!(qualifier_asked(&uri).as_deref(), qualifier, "{query}");
        }
    }
}
