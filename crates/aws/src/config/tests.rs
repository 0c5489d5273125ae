use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use aws_credential_types::{
    credential_fn::provide_credentials_fn,
    provider::{SharedCredentialsProvider, error::CredentialsError},
};
use cdc_core::{
    delivery::CallErrorKind,
    ports::{Burial, DeadLetters as _},
};

use super::{Connection, SdkHttp, local_credentials};
use crate::{
    canned::{Answer, Canned},
    dead_letters::SqsDeadLetters,
    endpoint::{Endpoint, Region},
};

const ANSWER: &str = r#"{"Successful":[{"Id":"0","MessageId":"m","MD5OfMessageBody":"5"}]}"#;

fn region() -> Region {
    Region::parse("eu-west-1").unwrap()
}

fn connect(
    canned: &Canned,
    endpoint: Option<&str>,
    credentials: SharedCredentialsProvider,
) -> Connection {
    let endpoint = endpoint.map(|url| Endpoint::parse(url, &region()).unwrap());
    let http = SdkHttp::new(canned.clone()).0;
    Connection::build(region(), endpoint.as_ref(), http, credentials)
}

fn no_credentials() -> SharedCredentialsProvider {
    let none = || async { Err(CredentialsError::not_loaded("none")) };
    SharedCredentialsProvider::new(provide_credentials_fn(none))
}

fn queue(connection: &Connection) -> SqsDeadLetters {
    SqsDeadLetters::new(connection, "https://elsewhere.example/123456789012/queue")
}

#[tokio::test]
async fn calls_go_to_the_regions_endpoint_or_to_the_one_given() {
    for (endpoint, credentials, host) in [
        (None, local_credentials(), "sqs.eu-west-1.amazonaws.com"),
        (Some("http://127.0.0.1:4566"), no_credentials(), "127.0.0.1:4566"),
        (
            Some("https://sqs.eu-west-1.amazonaws.com"),
            local_credentials(),
            "sqs.eu-west-1.amazonaws.com",
        ),
    ] {
        let canned = Canned::new([Answer::Lost]);
        let connection = connect(&canned, endpoint, credentials);
        queue(&connection).bury(vec!["letter".into()]).await.unwrap_err();
        let hosts: Vec<_> = canned.requests().into_iter().map(|asked| asked.host).collect();
        assert_eq!(hosts, [host], "{endpoint:?}");
    }
}

#[tokio::test]
async fn missing_credentials_are_named() {
    let canned = Canned::new([Answer::Lost]);
    let connection = connect(&canned, None, no_credentials());
    let error = queue(&connection).bury(vec!["letter".into()]).await.unwrap_err();
    let found = (error.kind, error.code.as_deref(), canned.requests().len());
    assert_eq!(found, (CallErrorKind::Denied, Some("NoCredentials"), 0));
}

#[tokio::test]
async fn a_connection_shows_no_credentials_and_opens_without_any_call() {
    let operator = Connection::of_operator(region(), None).await;
    assert_eq!(format!("{operator:?}"), "Connection(eu-west-1)");
    let embedded = Connection::embedded(region(), SdkHttp::new(Canned::new([])));
    assert_eq!(format!("{embedded:?}"), "Connection(eu-west-1, local)");
}

/// The real transport, to a server on this machine that takes a single connection.
#[tokio::test]
async fn two_calls_share_one_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || serve(listener.accept().unwrap().0, 2));
    let endpoint = Endpoint::parse(&url, &region()).unwrap();
    let queue = queue(&Connection::of_function(region(), Some(&endpoint)));
    for _ in 0..2 {
        let buried = queue.bury(vec!["letter".into()]).await;
        assert_eq!(buried, Ok(vec![Burial::Confirmed]));
    }
    server.join().unwrap();
}

/// Answers so many requests on one connection.
fn serve(stream: TcpStream, requests: usize) {
    let mut reader = BufReader::new(stream);
    for _ in 0..requests {
        let mut body = vec![0; content_length(&mut reader)];
        reader.read_exact(&mut body).unwrap();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", ANSWER.len());
        reader.get_mut().write_all((head + ANSWER).as_bytes()).unwrap();
    }
}

fn content_length(reader: &mut BufReader<TcpStream>) -> usize {
    let lines = reader.by_ref().lines().map(Result::unwrap);
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
    length.unwrap().parse().unwrap()
}
