//! DynamoDB: dynoxide behind a loopback port.
//!
//! The only service here that has a socket: dynoxide keeps its router to itself. Owns the server
//! task, the database and the connections to it. The server ends when this is dropped.

use std::{io, net::Ipv4Addr, path::Path};

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::{
    http::HttpConnector, orchestrator::HttpRequest, result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use dynoxide::{Database, DynoxideError};
use tokio::{net::TcpListener, sync::oneshot};

use super::wire::{Request, Response};

// The name of the database inside the data folder.
const DATABASE_FILE: &str = "dynamodb.sqlite";

/// Why the embedded DynamoDB could not be started.
#[derive(Debug, thiserror::Error)]
pub enum DynamoError {
    /// The data folder could not be made.
    #[error("can't make the folder for the embedded DynamoDB")]
    Folder(#[source] io::Error),
    /// The path of the data folder is no UTF-8 text, which SQLite needs.
    #[error("the path of the data folder is not UTF-8 text")]
    Path,
    /// The database could not be opened.
    #[error("can't open the database of the embedded DynamoDB")]
    Open(#[source] DynoxideError),
    /// No loopback port could be had.
    #[error("can't listen on a loopback port for the embedded DynamoDB")]
    Listen(#[source] io::Error),
}

/// A running DynamoDB.
#[derive(Debug)]
pub(crate) struct Dynamo {
    address: String,
    connector: Connector,
    // Dropping it tells the server to end.
    _stop: oneshot::Sender<()>,
}

impl Dynamo {
    /// Starts the server, in memory or on a file in `folder`.
    pub(crate) async fn start(folder: Option<&Path>) -> Result<Self, DynamoError> {
        let database = open(folder)?;
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(DynamoError::Listen)?;
        let address = listener.local_addr().map_err(DynamoError::Listen)?;
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(async move {
            let dropped = async {
                // The sender is never used, only dropped: this ends with an error, as it should.
                let _ = stopped.await;
            };
            if let Err(reason) =
                dynoxide::server::serve_with_shutdown(listener, database, dropped).await
            {
                tracing::error!(%reason, "the embedded DynamoDB ended");
            }
        });
        let connector = Connector::builder().build_http();
        Ok(Self { address: format!("http://{address}/"), connector, _stop: stop })
    }

    /// Sends a request on to the server.
    pub(crate) async fn call(&self, request: Request) -> Result<Response, ConnectorError> {
        let mut request = HttpRequest::try_from(request.map(SdkBody::from))
            .map_err(|e| ConnectorError::user(e.into()))?;
        request.set_uri(self.address.as_str()).map_err(|e| ConnectorError::user(e.into()))?;
        let response = self.connector.call(request).await?;
        let response =
            response.try_into_http1x().map_err(|e| ConnectorError::other(e.into(), None))?;
        let (parts, body) = response.into_parts();
        let body =
            ByteStream::new(body).collect().await.map_err(|e| ConnectorError::io(e.into()))?;
        Ok(Response::from_parts(parts, body.into_bytes()))
    }
}

fn open(folder: Option<&Path>) -> Result<Database, DynamoError> {
    let Some(folder) = folder else {
        return Database::memory().map_err(DynamoError::Open);
    };
    std::fs::create_dir_all(folder).map_err(DynamoError::Folder)?;
    let file = folder.join(DATABASE_FILE);
    let file = file.to_str().ok_or(DynamoError::Path)?;
    Database::new(file).map_err(DynamoError::Open)
}
