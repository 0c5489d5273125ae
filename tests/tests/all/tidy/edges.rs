//! The arrows between our crates, as the design draws them; dev-dependencies aside.

use super::tree::File;

const CORE: &str = "cdc-core";
const AWS: &str = "cdc-aws";
const ESM: &str = "cdc-esm";
const SIMULATION: &str = "cdc-simulation";
const LOCAL: &str = "cdc-local";
const COMMAND: &str = "cdc";
const TESTS: &str = "cdc-tests";

/// The Lambda functions; they never depend on each other.
const FUNCTIONS: [&str; 5] =
    ["cdc-processor", "data-redactor", "dlq-processor", "health-check", "state-manager"];

/// A dependency as a manifest names it.
struct Dependency {
    package: String,
    optional: bool,
}

fn is_ours(package: &str) -> bool {
    [CORE, AWS, ESM, SIMULATION, LOCAL, COMMAND, TESTS].contains(&package)
        || FUNCTIONS.contains(&package)
}

/// Whether one of our crates may depend on another; `None` where the design has no such crate.
fn allowed(from: &str, to: &str) -> Option<bool> {
    Some(match from {
        CORE | TESTS => false,
        AWS | ESM => to == CORE,
        SIMULATION | LOCAL => [CORE, AWS, ESM].contains(&to) || FUNCTIONS.contains(&to),
        COMMAND => [CORE, AWS, LOCAL].contains(&to),
        function if FUNCTIONS.contains(&function) => [CORE, AWS].contains(&to),
        _ => return None,
    })
}

pub(super) fn edges(file: &File) -> Vec<String> {
    let member = file.path.starts_with("crates/") || file.path.starts_with("tests/");
    if !member || !file.path.ends_with("/Cargo.toml") {
        return Vec::new();
    }
    let (from, dependencies) = manifest(&file.text);
    let mut faults = Vec::new();
    for dependency in dependencies.iter().filter(|dependency| is_ours(&dependency.package)) {
        let to = &dependency.package;
        match allowed(&from, to) {
            Some(true) if from == COMMAND && to == LOCAL && !dependency.optional => {
                faults.push(format!(
                    "{from} needs {to} always; an operator's build carries no emulator"
                ));
            }
            Some(true) => {}
            Some(false) => faults.push(format!("{from} depends on {to}")),
            None => faults.push(format!("{from} is no crate of the design")),
        }
    }
    if allowed(&from, CORE).is_none() && dependencies.is_empty() {
        faults.push(format!("{from} is no crate of the design"));
    }
    faults
}

/// The package's name and its dependencies. Reads the forms that our manifests have: a line each,
/// or a section each.
fn manifest(text: &str) -> (String, Vec<Dependency>) {
    let (mut name, mut dependencies, mut section) = (String::new(), Vec::new(), "");
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = header;
            if let Some(package) = section_dependency(section) {
                dependencies.push(Dependency { package: package.to_owned(), optional: false });
            }
        } else if let Some((key, value)) = line.split_once('=') {
            let (key, value) = (key.trim(), value.trim());
            if section == "package" && key == "name" {
                name = value.trim_matches('"').to_owned();
            } else if is_dependencies(section) {
                dependencies.push(dependency(key, value));
            } else if section_dependency(section).is_some() && key == "optional" {
                dependencies.last_mut().unwrap().optional = value == "true";
            }
        }
    }
    (name, dependencies)
}

fn is_dependencies(section: &str) -> bool {
    let kind = section.rsplit('.').next().unwrap_or(section);
    kind == "dependencies" || kind == "build-dependencies"
}

/// `cdc-core` of `[dependencies.cdc-core]`.
fn section_dependency(section: &str) -> Option<&str> {
    let (kind, package) = section.rsplit_once('.')?;
    is_dependencies(kind).then_some(package)
}

/// `cdc-core.workspace = true`, `cdc-local = { workspace = true, optional = true }`, or an alias
/// with its `package = "…"`.
fn dependency(key: &str, value: &str) -> Dependency {
    let alias = value.split_once("package = \"").and_then(|(_, rest)| rest.split('"').next());
    let package = alias.unwrap_or(key.trim_end_matches(".workspace"));
    Dependency { package: package.to_owned(), optional: value.contains("optional = true") }
}
