//! The pipeline's own adapter over the embedded S3.

use bytes::Bytes;
use cdc_aws::{
    config::{Connection, SdkHttp},
    endpoint::Region,
    objects::S3Objects,
};
use cdc_core::{
    delivery::CallErrorKind,
    objects::{BucketName, NewObject},
    ports::{ObjectFolder as _, ObjectReader as _, ObjectStore as _},
};

use super::cloud;
use crate::cloud::{Cloud, Resource};

fn objects(cloud: &Cloud) -> S3Objects {
    let region = Region::parse(cloud.region()).unwrap();
    S3Objects::new(&Connection::embedded(region, SdkHttp::new(cloud.http_client())))
}

fn bucket() -> BucketName {
    BucketName::parse("cdc-on-failure").unwrap()
}

fn object(key: &str, body: impl Into<Bytes>) -> NewObject {
    NewObject {
        bucket: bucket(),
        key: key.into(),
        body: body.into(),
        content_type: "application/json",
    }
}

async fn keys(objects: &S3Objects, prefix: &str, at_most: usize) -> Vec<String> {
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let page = objects.list(&bucket(), prefix, after.as_deref(), at_most).await.unwrap();
        keys.extend(page.objects.iter().map(|listed| listed.key.to_string()));
        after = keys.last().cloned();
        if !page.more {
            return keys;
        }
    }
}

#[tokio::test]
async fn what_was_put_is_got_byte_for_byte_up_to_a_bound() {
    let (cloud, _) = cloud().await;
    let objects = objects(&cloud);
    // Larger than any record; no text.
    let large = Bytes::from((0..11 << 20).map(|n: u32| n as u8).collect::<Vec<u8>>());
    for (key, body) in [("large", large.clone()), ("aws/a b+c%2F&=.json", "{}".into())] {
        objects.put(object(key, body.clone())).await.unwrap();
        assert_eq!(objects.get(&bucket(), key, 12 << 20).await.unwrap(), Some(body), "{key}");
        objects.delete(&bucket(), key).await.unwrap();
    }
    let error = objects.put(object("é", "{}")).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("NotImplemented"), "told, and not stored elsewhere");
    objects.put(object("large", large.clone())).await.unwrap();
    let error = objects.get(&bucket(), "large", large.len() - 1).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Invalid);
    objects.put(object("large", "smaller")).await.unwrap();
    assert_eq!(objects.get(&bucket(), "large", 10).await.unwrap(), Some("smaller".into()));
    assert_eq!(objects.get(&bucket(), "none", 10).await.unwrap(), None);
    assert_eq!(
        cloud.objects("cdc-on-failure").await.unwrap(),
        [("large".into(), "smaller".into())]
    );
}

#[tokio::test]
async fn a_folder_is_listed_in_pages_and_moved_from() {
    let (cloud, _) = cloud().await;
    let objects = objects(&cloud);
    for key in ["d/3", "d/1", "e/1", "d/2+ %", "d/10", "d/<&>"] {
        objects.put(object(key, key.to_owned())).await.unwrap();
    }
    let all = ["d/1", "d/10", "d/2+ %", "d/3", "d/<&>"];
    for at_most in 1..=6 {
        assert_eq!(keys(&objects, "d/", at_most).await, all, "{at_most} a page");
    }
    assert!(keys(&objects, "none/", 3).await.is_empty());
    for (from, moved) in [("d/2+ %", true), ("d/2+ %", false), ("d/none", false)] {
        let to = from.replacen("d/", "parked/", 1);
        assert_eq!(objects.move_to(&bucket(), from, &to).await, Ok(moved), "{from}");
    }
    let parked = objects.get(&bucket(), "parked/2+ %", 100).await.unwrap();
    assert_eq!(parked, Some("d/2+ %".into()));
    objects.delete(&bucket(), "d/3").await.unwrap();
    objects.delete(&bucket(), "d/3").await.unwrap();
    assert_eq!(keys(&objects, "d/", 100).await, ["d/1", "d/10", "d/<&>"]);
    assert_eq!(keys(&objects, "", 100).await.len(), 5);
}

#[tokio::test]
async fn a_missing_bucket_is_a_missing_resource() {
    let (cloud, _) = cloud().await;
    let objects = objects(&cloud);
    objects.put(object("a", "b")).await.unwrap();
    cloud.delete(Resource::Bucket("cdc-on-failure")).await.unwrap();
    let put = objects.put(object("a", "b")).await.unwrap_err();
    let get = objects.get(&bucket(), "a", 10).await.unwrap_err();
    let list = objects.list(&bucket(), "", None, 10).await.unwrap_err();
    let copy = objects.move_to(&bucket(), "a", "b").await.unwrap_err();
    for error in [put, get, list, copy] {
        assert_eq!(
            (error.kind, error.code.as_deref()),
            (CallErrorKind::Denied, Some("NoSuchBucket"))
        );
    }
}
