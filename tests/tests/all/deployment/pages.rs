//! The functions' pages against the template: what a page says that a function may and must be told
//! is what it is deployed with.

use std::{collections::BTreeSet, fs};

use super::{FUNCTIONS, each, settings, statements, template::Template};
use crate::schemas::workspace;

/// Of every function, said or not: its own log, and the key where there is one.
const OF_ALL: [&str; 2] = ["logs:", "kms:"];

#[test]
fn pages_tell_the_permissions_that_the_template_gives() {
    let template = Template::with_every_source();
    for (id, name) in FUNCTIONS {
        let role = template.properties(&format!("{id}Role"));
        let actions =
            statements(&role).into_iter().flat_map(|statement| each(&statement["Action"]));
        let told = words(&section(name, "Permissions"), is_action);
        assert_eq!(told, actions.filter(|action| is_action(action)).collect(), "{name}");
    }
}

#[test]
fn pages_tell_the_settings_that_the_template_gives() {
    let template = Template::by_default();
    for (id, name) in FUNCTIONS {
        let told = words(&section(name, "Settings"), settings::is_name);
        for setting in settings::environment(&template, id).into_keys() {
            assert!(told.contains(&setting), "{name}: {setting} is not on its page");
        }
    }
}

/// What a page says under a heading.
fn section(function: &str, heading: &str) -> String {
    let path = workspace("docs/lambdas").join(format!("{function}.md"));
    let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{function}: {error}"));
    let sections = page.split("\n## ").map(|section| section.split_once('\n').unwrap_or_default());
    let found = sections.filter(|(title, _)| title.trim() == heading).map(|(_, text)| text);
    let all: Vec<&str> = found.collect();
    assert_eq!(all.len(), 1, "{function}: one section \"{heading}\"");
    all.concat()
}

/// The words in backquotes that are of a kind.
fn words(text: &str, of_kind: fn(&str) -> bool) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).filter(|word| of_kind(word)).map(str::to_owned).collect()
}

fn is_action(word: &str) -> bool {
    let (service, action) = word.split_once(':').unwrap_or_default();
    let named = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    named(service)
        && named(action)
        && action.starts_with(|first: char| first.is_ascii_uppercase())
        && !OF_ALL.iter().any(|of_all| word.starts_with(of_all))
}
