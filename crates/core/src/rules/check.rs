//! The trees of all files → rules, or everything that is wrong with them.

use std::collections::HashMap;

use super::{
    DriftRule, Rules, SnapshotRule, TableRules, UnlistedTables,
    fields::{Checker, Findings, Settings},
    problem::{Place, Problem, shown, shown_path},
    read::{Body, Node, Source},
    redaction::Redaction,
    settings::{
        self, DEFAULT, DEFAULTS, DRIFT, DRIFT_CHOICES, PIPELINE, PRODUCER, REDACT, SNAPSHOT,
        SNAPSHOT_CHOICES, TABLES, UNLISTED_TABLES, UNLISTED_TABLES_CHOICES, VERSION,
        VERSION_SUPPORTED,
    },
};
use crate::envelope::Conventions;

/// Far more than any database has models; bounds what a folder of files can grow to.
pub(super) const TABLES_MAX: usize = 5000;
/// A CloudWatch dimension holds 255 characters; people read this one.
const PIPELINE_CHARS_MAX: usize = 64;

/// What holds for all tables.
pub(super) struct Head<'a> {
    pub(super) pipeline: Box<str>,
    pub(super) unlisted_tables: UnlistedTables,
    pub(super) conventions: Conventions,
    pub(super) snapshot: SnapshotRule,
    pub(super) drift: DriftRule,
    pub(super) redact: Vec<Redaction<'a>>,
    /// The file that it stands in.
    pub(super) path: &'a str,
}

/// Checks all files together. `readable` is whether every file could be read: a head may stand in
/// one that couldn't. The rules mean something only where there is no problem.
pub(super) fn check(sources: &[Source<'_>], readable: bool, findings: &mut Findings) -> Rules {
    let files: Vec<_> = sources.iter().map(|source| file(source, findings)).collect();
    let head_index = find_head(&files);
    let head = match head_index {
        Some(index) => head(&sources[index], &files[index], findings),
        None => Head::absent(),
    };
    match head_index {
        Some(index) => refuse_other_heads(sources, &files, index, findings),
        None if readable => report_missing_head(sources, findings),
        None => {}
    }
    let tables = tables(sources, &files, &head, readable, findings);
    Rules::new(head.pipeline, head.unlisted_tables, head.conventions, tables)
}

type File<'n> = Option<Settings<'n>>;

fn file<'n>(source: &'n Source<'n>, findings: &mut Findings) -> File<'n> {
    let mut checker = Checker { source, findings };
    // What a head must have is checked where it is known which file is the head.
    let optional: Vec<_> = settings::FILE
        .iter()
        .map(|setting| settings::Setting { required: false, ..*setting })
        .collect();
    checker.settings(&source.root, &optional, "the file", Place::START)
}

/// The file with a version, else the first with any setting of a head.
fn find_head(files: &[File<'_>]) -> Option<usize> {
    let has =
        |file: &File<'_>, setting| file.as_ref().is_some_and(|file| file.get(setting).is_some());
    let versioned = files.iter().position(|file| has(file, VERSION));
    versioned.or_else(|| files.iter().position(|file| first_head_setting(file).is_some()))
}

fn first_head_setting<'n>(file: &File<'n>) -> Option<(&'static str, &'n Node)> {
    let file = file.as_ref()?;
    let head = settings::FILE.iter().filter(|setting| setting.name != TABLES.name);
    head.filter_map(|setting| Some((setting.name, file.get(*setting)?))).next()
}

fn report_missing_head(sources: &[Source<'_>], findings: &mut Findings) {
    let Some(first) = sources.first() else { return };
    let text = "no file has the head of the configuration; write version: 1 and pipeline: NAME \
                into exactly one of them, usually pipeline.yaml";
    findings.problems.push(Problem::new(first.path, Place::default(), text.to_owned()));
}

fn refuse_other_heads(
    sources: &[Source<'_>],
    files: &[File<'_>],
    head: usize,
    findings: &mut Findings,
) {
    for (index, (source, file)) in sources.iter().zip(files).enumerate() {
        let Some((name, node)) = first_head_setting(file).filter(|_| index != head) else {
            continue;
        };
        let first = shown(sources[head].path);
        let text = format!(
            "found {name} in a second file, the head of the configuration is {first}; move it \
             there, or remove it"
        );
        Checker { source, findings: &mut *findings }.problem(node, text);
    }
}

impl Head<'_> {
    /// What is checked against where there is no head to go by.
    fn absent() -> Self {
        Self {
            pipeline: Box::default(),
            unlisted_tables: UnlistedTables::Reject,
            conventions: Conventions::default(),
            snapshot: SnapshotRule::Publish,
            drift: DriftRule::Allow,
            redact: Vec::new(),
            path: "",
        }
    }
}

fn head<'n>(source: &'n Source<'n>, file: &File<'n>, findings: &mut Findings) -> Head<'n> {
    let mut head = Head { path: source.path, ..Head::absent() };
    let Some(file) = file else { return head };
    let mut checker = Checker { source, findings };
    for setting in [VERSION, PIPELINE] {
        if file.get(setting).is_none() {
            let settings::Setting { name, expected, .. } = setting;
            let text = format!("the head has no {name}; expected {name}: {expected}");
            checker.problem_at(Place::START, text);
        }
    }
    if let Some(node) = file.get(VERSION) {
        checker.version(node);
    }
    if let Some(pipeline) = file.get(PIPELINE).and_then(|node| checker.pipeline(node)) {
        head.pipeline = pipeline.into();
    }
    if let Some(node) = file.get(UNLISTED_TABLES) {
        head.unlisted_tables = checker.unlisted_tables(node);
    }
    if let Some(node) = file.get(PRODUCER) {
        head.conventions = checker.producer(node);
    }
    if let Some(node) = file.get(DEFAULTS) {
        checker.defaults(node, &mut head);
    }
    head
}

impl Checker<'_> {
    fn version(&mut self, node: &Node) {
        if !matches!(node.body, Body::Number(Some(VERSION_SUPPORTED))) {
            let advice = "; this program reads no other version";
            self.wrong(node, VERSION.name, VERSION.expected, advice);
        }
    }

    fn pipeline<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let name = self.name(node, PIPELINE.name)?.name;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.chars().all(allowed) && name.len() <= PIPELINE_CHARS_MAX {
            return Some(name);
        }
        let expected = format!("{}, at most {PIPELINE_CHARS_MAX}", PIPELINE.expected);
        self.wrong(node, PIPELINE.name, &expected, "");
        None
    }

    fn unlisted_tables(&mut self, node: &Node) -> UnlistedTables {
        match self.choice(node, UNLISTED_TABLES.name, UNLISTED_TABLES_CHOICES) {
            Some(1) => UnlistedTables::Skip,
            _ => UnlistedTables::Reject,
        }
    }

    /// The rule that stands at `snapshot`.
    pub(super) fn snapshot(&mut self, node: &Node, what: &str) -> SnapshotRule {
        match self.choice(node, what, SNAPSHOT_CHOICES) {
            Some(1) => SnapshotRule::Skip,
            _ => SnapshotRule::Publish,
        }
    }

    /// The rule that stands at `drift`.
    pub(super) fn drift(&mut self, node: &Node, what: &str) -> DriftRule {
        match self.choice(node, what, DRIFT_CHOICES) {
            Some(1) => DriftRule::Warn,
            Some(2) => DriftRule::Quarantine,
            _ => DriftRule::Allow,
        }
    }

    fn defaults<'n>(&mut self, node: &'n Node, head: &mut Head<'n>) {
        let Some(defaults) = self.settings(node, DEFAULT, DEFAULTS.name, node.place()) else {
            return;
        };
        if let Some(node) = defaults.get(SNAPSHOT) {
            head.snapshot = self.snapshot(node, "snapshot of defaults");
        }
        if let Some(node) = defaults.get(DRIFT) {
            head.drift = self.drift(node, "drift of defaults");
        }
        if let Some(node) = defaults.get(REDACT) {
            head.redact = self.redactions(node, "defaults");
        }
    }
}

/// The tables of all files. A name that is there twice is reported with both places.
fn tables<'n>(
    sources: &'n [Source<'n>],
    files: &[File<'n>],
    head: &Head<'_>,
    readable: bool,
    findings: &mut Findings,
) -> Vec<TableRules> {
    let mut seen: HashMap<&str, (&str, Place)> = HashMap::new();
    let mut tables = Vec::new();
    for (source, file) in sources.iter().zip(files) {
        let Some(node) = file.as_ref().and_then(|file| file.get(TABLES)) else { continue };
        let mut checker = Checker { source, findings: &mut *findings };
        for (key, value) in checker.table_entries(node) {
            let Some(name) = checker.table_name(key) else { continue };
            if let Some(first) = seen.get(name) {
                checker.duplicate_table(name, key, *first);
            } else {
                seen.insert(name, (source.path, key.place()));
                tables.extend(checker.table(name, key, value, head));
            }
        }
    }
    report_table_count(sources, seen.len(), readable, findings);
    tables
}

fn report_table_count(
    sources: &[Source<'_>],
    count: usize,
    readable: bool,
    findings: &mut Findings,
) {
    let Some(first) = sources.first() else { return };
    let text = match count {
        // A table that was refused has been reported; so has a file that couldn't be read.
        0 if readable && findings.problems.is_empty() => {
            "no table is configured; write its keys and columns under tables:".to_owned()
        }
        0..=TABLES_MAX => return,
        _ => format!("found {count} tables, expected at most {TABLES_MAX}"),
    };
    findings.problems.push(Problem::new(first.path, Place::default(), text));
}

impl Checker<'_> {
    fn table_entries<'n>(&mut self, node: &'n Node) -> &'n [(Node, Node)] {
        let Body::Map(entries) = &node.body else {
            self.wrong(node, TABLES.name, TABLES.expected, "");
            return &[];
        };
        entries
    }

    /// `table`, `schema.table` or `database.schema.table`. A part may itself have dots in it
    /// (DynamoDB), so they aren't counted.
    fn table_name<'n>(&mut self, key: &'n Node) -> Option<&'n str> {
        let name = self.name(key, TABLES.name)?.name;
        if name.split('.').all(|part| !part.trim().is_empty() && !part.contains('*')) {
            return Some(name);
        }
        self.wrong(key, TABLES.name, "table, schema.table or database.schema.table", "");
        None
    }

    fn duplicate_table(&mut self, name: &str, key: &Node, (path, place): (&str, Place)) {
        let (name, path, Place { line, column }) = (shown(name), shown_path(path), place);
        let text = format!(
            "table {name} is configured twice, first at {path}:{line}:{column}; keep one of the two"
        );
        self.problem(key, text);
    }
}
