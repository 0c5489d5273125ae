//! The gateway, over real sockets on loopback.

use std::net::SocketAddr;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kinesis::primitives::Blob;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{accepted, cloud, put, subscribed};
use crate::cloud::{Cloud, Gateway};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn over_http(cloud: &Cloud, gateway: &Gateway) -> SdkConfig {
    let client = aws_smithy_http_client::Builder::new().build_http();
    let config = cloud.sdk_config_with(client).to_builder();
    config.endpoint_url(gateway.url()).build()
}

#[tokio::test]
async fn all_services_answer_over_http() {
    let (cloud, made) = cloud().await;
    let gateway = cloud.listen(ANY).await.unwrap();
    let config = over_http(&cloud, &gateway);

    let kinesis = aws_sdk_kinesis::Client::new(&config);
    let record = kinesis.put_record().stream_arn(&made.stream_arn).partition_key("k");
    record.data(Blob::new("{}")).send().await.unwrap();

    let dynamo = aws_sdk_dynamodb::Client::new(&config);
    let item = dynamo.put_item().table_name("cdc-state").item("pk", AttributeValue::S("p".into()));
    item.send().await.unwrap();
    assert_eq!(dynamo.scan().table_name("cdc-state").send().await.unwrap().count(), 1);

    put(&config, &[r#"{"n":1e400}"#]).await.unwrap();
    assert_eq!(accepted(&cloud), [r#"{"n":1e400}"#]);

    let sqs = aws_sdk_sqs::Client::new(&config);
    let received = sqs.receive_message().queue_url(&made.subscriber_queue_url).send().await;
    let received = received.unwrap().messages.unwrap();
    assert!(received[0].body().unwrap().ends_with(r#""detail":{"n":1e400}}"#));
    let handle = received[0].receipt_handle().unwrap();
    let delete = sqs.delete_message().queue_url(&made.subscriber_queue_url);
    delete.receipt_handle(handle).send().await.unwrap();
    assert!(subscribed(&cloud).is_empty());

    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let secret = secrets.get_secret_value().secret_id("cdc-id-key").send().await.unwrap();
    assert_eq!(secret.name(), Some("cdc-id-key"));

    let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    let buckets = aws_sdk_s3::Client::from_conf(config);
    let listed = buckets.list_buckets().send().await.unwrap();
    let listed: Vec<_> = listed.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(listed, ["cdc-claim-check", "cdc-dead-letters", "cdc-on-failure"]);
    let put = buckets.put_object().bucket("cdc-claim-check").key("a/b c");
    put.body(vec![7; 100_000].into()).send().await.unwrap();
    let head = buckets.head_object().bucket("cdc-claim-check").key("a/b c").send().await.unwrap();
    assert_eq!(head.content_length(), Some(100_000), "a HEAD tells the length, as the CLI needs");
    let got = buckets.get_object().bucket("cdc-claim-check").key("a/b c").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().into_bytes(), vec![7; 100_000]);
    gateway.stop().await;
}

/// What the gateway answers to a hand-written request.
async fn raw(gateway: &Gateway, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    let length = body.len();
    let request = format!("{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn only_this_machine_is_answered() {
    let (cloud, _) = cloud().await;
    let gateway = cloud.listen(ANY).await.unwrap();
    let port = gateway.address().port();
    let cases = [
        (format!("Host: 127.0.0.1:{port}"), "200"),
        (format!("Host: localhost:{port}"), "200"),
        (format!("Host: [::1]:{port}"), "200"),
        ("Host: localhost".into(), "403"),
        ("Host: 127.0.0.1:1".into(), "403"),
        (format!("Host: evil.example:{port}"), "403"),
        (format!("Host: 127.0.0.1.evil.example:{port}"), "403"),
        (format!("Host: localhost:{port}\r\nOrigin: http://evil.example"), "403"),
        (format!("Host: localhost:{port}\r\nOrigin: http://localhost:{port}"), "403"),
    ];
    for (headers, status) in cases {
        let answer = raw(&gateway, &format!("GET / HTTP/1.1\r\n{headers}"), "").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{headers}: {answer}");
    }
    let answer = raw(&gateway, "GET / HTTP/1.1\r\nHost: evil.example", "").await;
    assert!(
        answer.contains(&format!(
            "the Host header is \\\"evil.example\\\"; this gateway answers only to 127.0.0.1:{port}"
        )),
        "{answer}"
    );
}

#[tokio::test]
async fn what_is_not_served_is_told() {
    let (cloud, _) = cloud().await;
    let gateway = cloud.listen(ANY).await.unwrap();
    let head = |more: &str| format!("POST / HTTP/1.1\r\nHost: {}\r\n{more}", gateway.address());
    let scope = "Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0";
    let answer = raw(&gateway, &head(scope), "Action=ListQueues").await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("signed for: Sqs"), "{answer}");
    let answer = raw(&gateway, &head("X-Amz-Target: Logs_20140328.PutLogEvents"), "{}").await;
    assert!(answer.starts_with("HTTP/1.1 501 ") && answer.contains("Logs_20140328"), "{answer}");
    let target = "X-Amz-Target: Kinesis_20131202.SubscribeToShard";
    let answer = raw(&gateway, &head(target), "{}").await;
    assert!(answer.contains("no enhanced fan-out"), "{answer}");
    // Announces too much and is told before it sends it.
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    let long = head("X-Amz-Target: AmazonSQS.ListQueues\r\nContent-Length: 17000000\r\n\r\n");
    stream.write_all(long.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn the_gateway_listens_on_loopback_only() {
    let (cloud, _) = cloud().await;
    for address in ["0.0.0.0:0", "[::]:0", "192.168.0.1:4566", "8.8.8.8:80"] {
        let address: SocketAddr = address.parse().unwrap();
        let error = cloud.listen(address).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("{address} is not a loopback address")), "{error}");
    }
    let gateway = cloud.listen(ANY).await.unwrap();
    let taken = cloud.listen(gateway.address()).await.unwrap_err();
    assert_eq!(taken.to_string(), format!("can't listen on {}", gateway.address()));
}

#[tokio::test]
async fn a_stopped_gateway_lets_go_of_its_port() {
    let (cloud, _) = cloud().await;
    let gateway = cloud.listen(ANY).await.unwrap();
    put(&over_http(&cloud, &gateway), &["{}"]).await.unwrap();
    let address = gateway.address();
    gateway.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}
