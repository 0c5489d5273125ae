//! Which service a request is for, and asking it.
//!
//! The one switchboard behind the in-process client and the loopback gateway. Decides by
//! `x-amz-target`; where that is missing, by the path (Lambda) or by the scope that the request was
//! signed for. Refuses what no embedded service serves, with a sentence that says so.

use aws_smithy_runtime_api::client::result::ConnectorError;
use http::{HeaderMap, StatusCode, header};
use winterbaume_s3::S3Service;
use winterbaume_secretsmanager::SecretsManagerService;
use winterbaume_sqs::SqsService;

use super::{
    bus::Bus,
    dynamo::Dynamo,
    kinesis::Kinesis,
    lambda::Lambda,
    s3, sqs,
    wire::{self, Request, Response},
};

/// An API that is served here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Kinesis,
    DynamoDb,
    Sqs,
    EventBridge,
    S3,
    SecretsManager,
}

impl Service {
    /// The service a request is for: by target, else by the scope of its signature.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        Self::of_target(wire::text(headers, wire::TARGET)).or_else(|| Self::of_scope(headers))
    }

    fn of_target(target: &str) -> Option<Self> {
        match target.split('.').next()? {
            "Kinesis_20131202" => Some(Self::Kinesis),
            "DynamoDB_20120810" | "DynamoDBStreams_20120810" => Some(Self::DynamoDb),
            "AmazonSQS" => Some(Self::Sqs),
            "AWSEvents" => Some(Self::EventBridge),
            "secretsmanager" => Some(Self::SecretsManager),
            _ => None,
        }
    }

    /// `Authorization: AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/sqs/aws4_request, …`
    fn of_scope(headers: &HeaderMap) -> Option<Self> {
        let authorization = wire::text(headers, header::AUTHORIZATION.as_str());
        let credential = authorization.split("Credential=").nth(1)?.split(',').next()?;
        match credential.split('/').nth(3)? {
            "kinesis" => Some(Self::Kinesis),
            "dynamodb" => Some(Self::DynamoDb),
            "sqs" => Some(Self::Sqs),
            "events" => Some(Self::EventBridge),
            "s3" => Some(Self::S3),
            "secretsmanager" => Some(Self::SecretsManager),
            _ => None,
        }
    }
}

/// All services of one cloud.
pub(crate) struct Services {
    pub(crate) bus: Bus,
    pub(crate) lambda: Lambda,
    kinesis: Kinesis,
    dynamo: Dynamo,
    sqs: SqsService,
    objects: S3Service,
    secrets: SecretsManagerService,
    sqs_host: String,
    s3_host: String,
    secrets_host: String,
}

impl Services {
    pub(crate) fn new(
        region: &str,
        kinesis: Kinesis,
        dynamo: Dynamo,
        sqs: SqsService,
        bus: Bus,
    ) -> Self {
        Self {
            bus,
            lambda: Lambda::default(),
            kinesis,
            dynamo,
            sqs,
            objects: S3Service::new(),
            secrets: SecretsManagerService::new(),
            sqs_host: format!("sqs.{region}.amazonaws.com"),
            s3_host: format!("s3.{region}.amazonaws.com"),
            secrets_host: format!("secretsmanager.{region}.amazonaws.com"),
        }
    }

    /// Answers a request. An error means that a service could not be reached, not that it refused.
    pub(crate) async fn call(&self, request: Request) -> Result<Response, ConnectorError> {
        if Lambda::serves(request.uri()) {
            return Ok(self.lambda.answer(request).await);
        }
        match Service::of(request.headers()) {
            Some(Service::Kinesis) => self.kinesis.call(request).await,
            Some(Service::DynamoDb) => self.dynamo.call(request).await,
            Some(Service::Sqs) => Ok(sqs::answer(&self.sqs, &self.sqs_host, request).await),
            Some(Service::EventBridge) => Ok(self.bus.answer(request).await),
            Some(Service::S3) => Ok(s3::answer(&self.objects, &self.s3_host, request).await),
            Some(Service::SecretsManager) => {
                Ok(wire::ask(&self.secrets, &self.secrets_host, request).await)
            }
            None => Ok(unknown(request.headers())),
        }
    }
}

fn unknown(headers: &HeaderMap) -> Response {
    let target = wire::text(headers, wire::TARGET);
    let message = format!(
        "no embedded service answers to the target \"{}\"; served are Kinesis, DynamoDB, SQS, \
         EventBridge and Secrets Manager in their JSON protocols, S3, and Lambda's Invoke",
        target.escape_debug()
    );
    wire::error(StatusCode::NOT_IMPLEMENTED, "UnknownOperationException", &message)
}
