//! What a failed call means, the same for all services.
//!
//! Owns the one table from error codes and statuses to [`CallErrorKind`]. The service's message is
//! never kept: it can repeat what was sent.

use std::{error::Error, future::Future, time::Duration};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use cdc_core::delivery::{CallError, CallErrorKind};

/// Our own code for a call that nobody could sign.
const NO_CREDENTIALS: &str = "NoCredentials";

/// Translates a failed call of `operation`.
pub(crate) fn call_error<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if lacks_credentials(error) {
        return CallError::new(operation, CallErrorKind::Denied, Some(NO_CREDENTIALS));
    }
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    let status = error.raw_response().map(|response| response.status().as_u16());
    let kind = match error {
        SdkError::ConstructionFailure(_) => CallErrorKind::Invalid,
        _ => kind(code, status),
    };
    CallError::new(operation, kind, code)
}

/// Gives `call` that much time, and reports a call without an answer after it.
///
/// The call is boxed: an SDK's futures have tens of kilobytes each, which every future around them
/// would hold too, and a thread's stack is soon used up by a few of these inside each other.
pub(crate) fn within<T>(
    operation: &'static str,
    limit: Duration,
    call: impl Future<Output = Result<T, CallError>>,
) -> impl Future<Output = Result<T, CallError>> {
    let late = move |_| Err(CallError::new(operation, CallErrorKind::Unavailable, None));
    let call = Box::pin(call);
    async move { tokio::time::timeout(limit, call).await.unwrap_or_else(late) }
}

/// An answer that does not fit the request: nothing can be concluded from it.
pub(crate) fn unusable(operation: &'static str, code: &str) -> CallError {
    CallError::new(operation, CallErrorKind::Unavailable, Some(code))
}

/// Codes first, because services choose their statuses freely; no status is no answer.
fn kind(code: Option<&str>, status: Option<u16>) -> CallErrorKind {
    match (code.unwrap_or_default(), status.unwrap_or_default()) {
        (code, _) if THROTTLING.contains(&code) => CallErrorKind::Throttled,
        (code, _) if DENIED.contains(&code) => CallErrorKind::Denied,
        (code, _) if UNAVAILABLE.contains(&code) => CallErrorKind::Unavailable,
        (_, 429) => CallErrorKind::Throttled,
        (_, 401 | 403 | 404) => CallErrorKind::Denied,
        (_, 408) => CallErrorKind::Unavailable,
        (_, 400..=499) => CallErrorKind::Invalid,
        _ => CallErrorKind::Unavailable,
    }
}

// The lists: the SDK's own classification of throttling (aws-runtime 1.10), and the service
// models of the services that are called.
const THROTTLING: [&str; 14] = [
    "BandwidthLimitExceeded",
    "KMSThrottlingException",
    "KmsThrottled",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

const DENIED: [&str; 26] = [
    "AWS.SimpleQueueService.NonExistentQueue",
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "KMS.DisabledException",
    "KMS.KMSInvalidStateException",
    "KMS.NotFoundException",
    "KMSAccessDeniedException",
    "KMSDisabledException",
    "KMSInvalidStateException",
    "KMSNotFoundException",
    "KmsAccessDenied",
    "KmsDisabled",
    "KmsNotFound",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NoSuchBucket",
    "PermanentRedirect",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
];

// S3 calls some of its own faults, and the network's, a bad request.
const UNAVAILABLE: [&str; 3] = ["BadDigest", "RequestTimeout", "XAmzContentChecksumMismatch"];

fn lacks_credentials<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.any(|cause| cause.is::<CredentialsError>())
}

#[cfg(test)]
mod tests {
    use super::{CallErrorKind, kind};

    #[test]
    fn codes_and_statuses_become_kinds() {
        use CallErrorKind::{Denied, Invalid, Throttled, Unavailable};
        for (code, status, expected) in [
            (Some("ThrottlingException"), Some(400), Throttled),
            (Some("ProvisionedThroughputExceededException"), Some(400), Throttled),
            (Some("SlowDown"), Some(503), Throttled),
            (None, Some(429), Throttled),
            (Some("InternalFailure"), Some(500), Unavailable),
            (Some("ServiceUnavailable"), Some(503), Unavailable),
            (None, Some(200), Unavailable),
            (None, Some(408), Unavailable),
            (None, None, Unavailable),
            (Some("AccessDeniedException"), Some(400), Denied),
            (Some("ResourceNotFoundException"), Some(400), Denied),
            (Some("AWS.SimpleQueueService.NonExistentQueue"), Some(400), Denied),
            (Some("ExpiredTokenException"), Some(403), Denied),
            (Some("SomethingNew"), Some(403), Denied),
            (Some("PermanentRedirect"), Some(301), Denied),
            (Some("AuthorizationHeaderMalformed"), Some(400), Denied),
            (Some("KMS.DisabledException"), Some(400), Denied),
            (Some("NoSuchBucket"), Some(404), Denied),
            (Some("RequestTimeout"), Some(400), Unavailable),
            (Some("ValidationException"), Some(400), Invalid),
            (Some("EntityTooLarge"), Some(400), Invalid),
            (Some("RequestEntityTooLarge"), Some(413), Invalid),
            (None, Some(413), Invalid),
        ] {
            assert_eq!(kind(code, status), expected, "{code:?} {status:?}");
        }
    }
}
