//! `docs/delivery.md` against the tree: it shows the reference consumer as it is, and what it points
//! to is there.

use std::fs;

use crate::schemas::workspace;

const DOCUMENT: &str = "docs/delivery.md";
const CONSUMER: &str = "crates/simulation/src/consumer.rs";

fn read(path: &str) -> String {
    fs::read_to_string(workspace(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of Rust in a page.
fn rust_blocks(page: &str) -> Vec<&str> {
    page.split("\n```rust\n").skip(1).filter_map(|text| text.split("\n```").next()).collect()
}

/// The targets of a page's links.
fn links(page: &str) -> Vec<&str> {
    page.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect()
}

/// The names that headings of a page can be linked by.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter_map(|line| line.strip_prefix('#'));
    let named = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || " -".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(named).collect()
}

#[test]
fn the_document_shows_the_reference_consumer_as_it_is() {
    let (page, source) = (read(DOCUMENT), read(CONSUMER));
    let blocks = rust_blocks(&page);
    let [block] = blocks[..] else { panic!("{DOCUMENT} has {} blocks of Rust", blocks.len()) };
    for part in ["pub struct Consumer {", "pub fn take(", "fn rise("] {
        assert!(block.contains(part), "the consumer in {DOCUMENT} lacks {part}");
    }
    let told = format!("{DOCUMENT} and {CONSUMER} differ: copy the source into the page");
    assert!(source.contains(block), "{told}");
}

#[test]
fn what_the_document_links_to_is_there() {
    let page = read(DOCUMENT);
    let links = links(&page);
    assert!(links.len() > 20, "{links:?}");
    for link in links.into_iter().filter(|link| !link.starts_with("https://")) {
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        let file = if path.is_empty() { DOCUMENT.to_owned() } else { format!("docs/{path}") };
        let target = read(&file);
        assert!(anchor.is_empty() || anchors(&target).iter().any(|it| it == anchor), "{link}");
    }
}

#[test]
fn files_that_the_document_names_are_there() {
    let page = read(DOCUMENT);
    let is_path = |word: &&str| word.contains('/') && word.ends_with(".rs");
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(is_path).collect();
    assert!(named.len() > 5, "{named:?}");
    for path in named {
        let in_crates = workspace(&format!("crates/{path}")).exists();
        assert!(in_crates || workspace(path).exists(), "{DOCUMENT} names {path}");
    }
}
