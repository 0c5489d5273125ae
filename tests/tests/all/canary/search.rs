//! That the search finds: each form of each value, wherever it lies, and nothing else.

use std::io::Write as _;

use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use cdc_tests::canary::{Kind, Search, Seeds};
use md5::Md5;
use serde_json::json;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

const KINDS: [Kind; 7] = [
    Kind::Name,
    Kind::Email,
    Kind::Phone,
    Kind::NineDigits,
    Kind::Address,
    Kind::Unicode,
    Kind::Quirk,
];

/// Ways to write a value, as other programs do it, and what each is called.
fn written(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let json = json!(value).to_string();
    let units = value.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<String>();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let url = value.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let (digest, of_json) = (Sha256::digest(value), Sha256::digest(&json));
    let debug = value.escape_debug().to_string();
    let of_debug = if debug == value { "plain text" } else { "escaped text" };
    vec![
        ("plain text", format!("<{value}>").into()),
        ("plain text", value.to_ascii_uppercase().into()),
        ("escaped text", units.into()),
        (of_debug, json!(debug).to_string().into()),
        ("base64", STANDARD.encode_to_string(value).into()),
        ("base64", STANDARD.encode_to_string(format!("?{value}?")).into()),
        ("base64", URL_SAFE_NO_PAD.encode_to_string(format!("??{value}")).into()),
        ("hex", format!("x'{}'", hex(value.as_bytes())).into()),
        ("bytes as numbers", format!("{:?}", value.as_bytes()).into()),
        ("bytes as numbers", json!(value.as_bytes()).to_string().into()),
        ("URL encoding", url.into()),
        ("SHA-256", digest.to_vec()),
        ("SHA-256", hex(&digest).into()),
        ("SHA-256", hex(&of_json[..16]).into()),
        ("SHA-256", STANDARD.encode_to_string(of_json).into()),
        ("SHA-1", hex(&Sha1::digest(value)).into()),
        ("MD5", hex(&Md5::digest(&json)).into()),
    ]
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(data).unwrap();
    gzip.finish().unwrap()
}

/// The same in wrappers.
fn wrapped(bytes: &[u8]) -> Vec<Vec<u8>> {
    let line =
        |inner: &str| format!("INFO batch settled why={inner} n=7\nnext line\n").into_bytes();
    let zipped = STANDARD.encode_to_string(gzip(bytes));
    let deep = json!([{"b": json!({"c": zipped}).to_string()}]).to_string();
    let mut wrapped = vec![
        gzip(bytes),
        line(&zipped),
        json!({"a": [zipped]}).to_string().into(),
        format!("2024 {}\n{{\"x\":1}}\n", json!({"a": deep})).into(),
        line(
            &STANDARD
                .encode_to_string([b"a longer text, and then: ", bytes, b" and more"].concat()),
        ),
    ];
    if let Ok(text) = std::str::from_utf8(bytes) {
        wrapped.push(line(text));
        wrapped.push(json!({"a": {text: 1}}).to_string().into());
        wrapped.push(json!({"a": json!({"b": text}).to_string()}).to_string().into());
        wrapped.push(format!("{text:?}").into());
    }
    wrapped
}

#[test]
fn every_form_of_every_value_is_found_wherever_it_lies() {
    let mut seeds = Seeds::default();
    for kind in KINDS {
        seeds.plant(kind, format!("{kind:?}"));
    }
    let search = Search::of(&seeds);
    for canary in seeds.planted() {
        for (form, bytes) in written(&canary.value) {
            let found = |bytes: &[u8]| {
                let leaks = search.look("here", bytes);
                leaks.into_iter().filter(|leak| leak.place == canary.place).collect::<Vec<_>>()
            };
            let leaks = found(&bytes);
            assert!(leaks.iter().any(|leak| leak.form == form), "{form} of {canary:?}: {leaks:?}");
            for wrapped in wrapped(&bytes) {
                let text = String::from_utf8_lossy(&wrapped);
                assert!(!found(&wrapped).is_empty(), "{form} of {canary:?} in {text}");
            }
        }
    }
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let mut seeds = Seeds::default();
    let number = seeds.number("a number");
    seeds.plant(Kind::Email, "an address");
    let search = Search::of(&seeds);
    for text in [
        format!("1{number} {number}2 3{number}4"),
        "quirina@canary.example, [REDACTED]".to_owned(),
        json!({"sha256": "0".repeat(64), "data": STANDARD.encode_to_string("nobody")}).to_string(),
    ] {
        assert!(search.look("here", text.as_bytes()).is_empty(), "{text}");
    }
    assert_eq!(search.look("here", format!("a{number}b").as_bytes()).len(), 1);
}
