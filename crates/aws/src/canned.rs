//! For tests: a service that answers from a list and remembers what it was asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;

use crate::{
    config::{Connection, SdkHttp},
    endpoint::Region,
};

/// One answer.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A status and a body.
    Status(u16, String),
    /// None: the request may have arrived, the answer did not.
    Lost,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<String>) -> Self {
        Self::Status(200, body.into())
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The host it went to, with its port.
    pub(crate) host: String,
    /// Service and operation, as in `x-amz-target`.
    pub(crate) target: String,
    /// The body as JSON; null where it is none.
    pub(crate) body: serde_json::Value,
    /// Method, path and query, as S3 is asked.
    pub(crate) line: String,
    /// The body, byte for byte.
    pub(crate) bytes: Vec<u8>,
    /// The headers, by their names in lower case.
    pub(crate) headers: HashMap<String, String>,
}

/// The service. The last answer is repeated for as long as it is asked.
#[derive(Clone, Debug)]
pub(crate) struct Canned(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    answers: VecDeque<Answer>,
    asked: Vec<Asked>,
}

impl Canned {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = answers.into_iter().collect();
        Self(Arc::new(Mutex::new(State { answers, asked: Vec::new() })))
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection::embedded(Region::parse("eu-west-1").unwrap(), SdkHttp::new(self.clone()))
    }

    pub(crate) fn requests(&self) -> Vec<Asked> {
        self.0.lock().unwrap().asked.clone()
    }

    fn answer(&self, asked: Asked) -> Answer {
        let mut state = self.0.lock().unwrap();
        state.asked.push(asked);
        if state.answers.len() > 1 {
            return state.answers.pop_front().unwrap();
        }
        state.answers[0].clone()
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let host = request.uri().split('/').nth(2).unwrap_or_default().to_owned();
        let bytes = request.body().bytes().unwrap().to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        let path = request.uri().splitn(4, '/').nth(3).unwrap_or_default();
        let line = format!("{} /{path}", request.method());
        let headers = request.headers().iter().map(|(name, value)| (name.into(), value.into()));
        let headers = headers.collect();
        let asked = Asked { host, target, body, line, bytes, headers };
        HttpConnectorFuture::ready(match self.answer(asked) {
            Answer::Status(status, body) => {
                Ok(HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body)))
            }
            Answer::Lost => Err(ConnectorError::timeout("the answer got lost".into())),
        })
    }
}

impl HttpClient for Canned {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
