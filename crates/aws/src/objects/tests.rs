//! The adapter against a service that answers what it is told to.

use cdc_core::{
    delivery::{CallError, CallErrorKind},
    objects::{BucketName, Listed, Listing, NewObject},
    ports::{ObjectFolder as _, ObjectReader as _, ObjectStore as _},
};

use super::S3Objects;
use crate::{
    canned::{Answer, Canned},
    config::{Connection, SdkHttp},
    endpoint::{Endpoint, Region},
};

fn bucket() -> BucketName {
    BucketName::parse("claim-check").unwrap()
}

fn objects(answers: impl IntoIterator<Item = Answer>) -> (Canned, S3Objects) {
    let canned = Canned::new(answers);
    let objects = S3Objects::new(&canned.connection());
    (canned, objects)
}

fn lines(canned: &Canned) -> Vec<String> {
    canned.requests().into_iter().map(|asked| asked.line).collect()
}

fn xml_error(status: u16, code: &str) -> Answer {
    Answer::Status(
        status,
        format!("<Error><Code>{code}</Code><Message>secret</Message><Key>k</Key></Error>"),
    )
}

fn kind<T>(result: Result<T, CallError>) -> Result<T, CallErrorKind> {
    result.map_err(|error| {
        assert!(!error.to_string().contains("secret"), "{error}");
        error.kind
    })
}

#[tokio::test]
async fn an_object_is_put_in_one_attempt_byte_for_byte() {
    use CallErrorKind::{Denied, Invalid, Throttled, Unavailable};
    for (name, answer, expected) in [
        ("stored", Answer::ok(""), Ok(())),
        ("lost", Answer::Lost, Err(Unavailable)),
        ("throttled", xml_error(503, "SlowDown"), Err(Throttled)),
        ("its own fault", xml_error(500, "InternalError"), Err(Unavailable)),
        ("cut off", xml_error(400, "RequestTimeout"), Err(Unavailable)),
        ("no bucket", xml_error(404, "NoSuchBucket"), Err(Denied)),
        ("no right", xml_error(403, "AccessDenied"), Err(Denied)),
        ("elsewhere", xml_error(301, "PermanentRedirect"), Err(Denied)),
        ("no key of KMS", xml_error(400, "KMS.DisabledException"), Err(Denied)),
        ("too large", xml_error(400, "EntityTooLarge"), Err(Invalid)),
    ] {
        let (canned, objects) = objects([answer]);
        let object = NewObject {
            bucket: bucket(),
            key: "events/ab c+é/12.json".into(),
            body: "{\"n\": 1.50}".into(),
            content_type: "application/json",
        };
        assert_eq!(kind(objects.put(object).await), expected, "{name}");
        let requests = canned.requests();
        assert_eq!(requests.len(), 1, "{name}: one attempt");
        assert_eq!(
            requests[0].line,
            "PUT /claim-check/events/ab%20c%2B%C3%A9/12.json?x-id=PutObject"
        );
        assert_eq!(requests[0].bytes, b"{\"n\": 1.50}");
        assert_eq!(requests[0].headers["content-type"], "application/json");
        assert!(requests[0].headers.contains_key("x-amz-checksum-crc32"), "S3 checks what arrives");
    }
}

#[tokio::test]
async fn a_bucket_is_part_of_the_host_on_aws_and_of_the_path_on_this_machine() {
    let region = Region::parse("eu-west-1").unwrap();
    for (endpoint, host, path) in [
        (None, "claim-check.s3.eu-west-1.amazonaws.com", "/k"),
        (
            Some("https://s3.eu-west-1.amazonaws.com"),
            "claim-check.s3.eu-west-1.amazonaws.com",
            "/k",
        ),
        (Some("http://127.0.0.1:4566"), "127.0.0.1:4566", "/claim-check/k"),
    ] {
        let canned = Canned::new([Answer::ok("")]);
        let endpoint = endpoint.map(|url| Endpoint::parse(url, &region).unwrap());
        let connection =
            Connection::canned(&region, endpoint.as_ref(), SdkHttp::new(canned.clone()));
        let _ = S3Objects::new(&connection).get(&bucket(), "k", 10).await;
        let asked = &canned.requests()[0];
        assert_eq!(
            (&*asked.host, asked.line.split('?').next().unwrap()),
            (host, &*format!("GET {path}"))
        );
    }
}

#[tokio::test]
async fn an_object_is_read_up_to_a_bound() {
    use CallErrorKind::{Denied, Invalid, Unavailable};
    let found = |text: &'static str| Ok(Some(bytes::Bytes::from_static(text.as_bytes())));
    for (name, answer, expected) in [
        ("there", Answer::ok("0123456789"), found("0123456789")),
        ("empty", Answer::ok(""), found("")),
        ("longer", Answer::ok("0123456789x"), Err(Invalid)),
        ("gone", xml_error(404, "NoSuchKey"), Ok(None)),
        ("no bucket", xml_error(404, "NoSuchBucket"), Err(Denied)),
        ("no right", xml_error(403, "AccessDenied"), Err(Denied)),
        ("lost", Answer::Lost, Err(Unavailable)),
    ] {
        let (canned, objects) = objects([answer]);
        assert_eq!(kind(objects.get(&bucket(), "a/b", 10).await), expected, "{name}");
        assert_eq!(lines(&canned), ["GET /claim-check/a/b?x-id=GetObject"], "{name}");
    }
}

fn page(keys: &[&str], more: bool) -> Answer {
    let contents: String = keys
        .iter()
        .map(|key| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-11-02T10:00:00.123Z</LastModified>\
                 <Size>7</Size></Contents>"
            )
        })
        .collect();
    Answer::ok(format!(
        "<ListBucketResult><IsTruncated>{more}</IsTruncated>{contents}</ListBucketResult>"
    ))
}

fn listed(key: &str) -> Listed {
    Listed { key: key.into(), size: 7, stored: "2026-11-02T10:00:00.123Z".parse().unwrap() }
}

#[tokio::test]
async fn a_folder_is_listed_page_by_page() {
    let (canned, objects) = objects([page(&["d/1", "d/2"], true), page(&["d/3"], false)]);
    let first = objects.list(&bucket(), "d/", None, 2).await.unwrap();
    assert_eq!(first, Listing { objects: vec![listed("d/1"), listed("d/2")], more: true });
    let second = objects.list(&bucket(), "d/", Some("d/2"), 5000).await.unwrap();
    assert_eq!(second, Listing { objects: vec![listed("d/3")], more: false });
    assert_eq!(
        lines(&canned),
        [
            "GET /claim-check/?list-type=2&max-keys=2&prefix=d%2F",
            "GET /claim-check/?list-type=2&max-keys=1000&prefix=d%2F&start-after=d%2F2",
        ]
    );
}

#[tokio::test]
async fn a_listing_that_cannot_be_believed_is_no_listing() {
    let keyless =
        Answer::ok("<ListBucketResult><Contents><Size>7</Size></Contents></ListBucketResult>");
    for (name, answer, expected) in [
        ("empty", page(&[], false), Ok(Listing::default())),
        ("empty, with more", page(&[], true), Err(CallErrorKind::Unavailable)),
        ("incomplete", keyless, Err(CallErrorKind::Unavailable)),
        ("no bucket", xml_error(404, "NoSuchBucket"), Err(CallErrorKind::Denied)),
    ] {
        let (_, objects) = objects([answer]);
        assert_eq!(kind(objects.list(&bucket(), "", None, 10).await), expected, "{name}");
    }
}

#[tokio::test]
async fn an_object_is_deleted() {
    let (canned, objects) = objects([Answer::Status(204, String::new())]);
    objects.delete(&bucket(), "a/b").await.unwrap();
    assert_eq!(lines(&canned), ["DELETE /claim-check/a/b?x-id=DeleteObject"]);
}

#[tokio::test]
async fn an_object_is_copied_before_it_is_deleted() {
    use CallErrorKind::{Denied, Unavailable};
    let copied = || Answer::ok("<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>");
    let deleted = || Answer::Status(204, String::new());
    const BOTH: &[&str] =
        &["PUT /claim-check/parked/b?x-id=CopyObject", "DELETE /claim-check/a/b?x-id=DeleteObject"];
    for (name, answers, expected, calls) in [
        ("moved", vec![copied(), deleted()], Ok(true), 2),
        ("gone", vec![xml_error(404, "NoSuchKey")], Ok(false), 1),
        ("no right", vec![xml_error(403, "AccessDenied")], Err(Denied), 1),
        ("200 with an error", vec![xml_error(200, "InternalError")], Err(Unavailable), 1),
        ("200 with nothing", vec![Answer::ok("<CopyObjectResult/>")], Err(Unavailable), 1),
        ("not deleted", vec![copied(), xml_error(500, "InternalError")], Err(Unavailable), 2),
    ] {
        let (canned, objects) = objects(answers);
        assert_eq!(kind(objects.move_to(&bucket(), "a/b", "parked/b").await), expected, "{name}");
        assert_eq!(lines(&canned), BOTH[..calls], "{name}");
    }
    let (canned, objects) = objects([copied(), deleted()]);
    objects.move_to(&bucket(), "a/é +%", "b").await.unwrap();
    let source = &canned.requests()[0].headers["x-amz-copy-source"];
    assert_eq!(source, "claim-check/a/%C3%A9%20%2B%25");
}

#[tokio::test]
async fn an_object_does_not_move_onto_itself() {
    let (canned, objects) = objects([Answer::Lost]);
    let moved = objects.move_to(&bucket(), "a", "a").await;
    assert_eq!(kind(moved), Err(CallErrorKind::Invalid));
    assert!(canned.requests().is_empty());
}
