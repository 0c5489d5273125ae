//! The reference model under `config/tables`: how many tables it has and how they are named, that
//! nothing personal is published in the clear, and that the dialler's tables stand apart.

use std::collections::{BTreeMap, BTreeSet};

use cdc_core::{
    arena::Arena,
    envelope::{self, Context, Unit},
    event::Operation,
    json::Document,
    rules::{ConfigFile, Operations, Rules},
};

use crate::schemas::workspace;

/// Families and their tables; a family's files begin with its name. The first five are CoreDB.
const FAMILIES: [(&str, usize); 7] = [
    ("users", 18),
    ("agents", 15),
    ("communication", 18),
    ("queues", 14),
    ("reporting", 10),
    ("orders", 2),
    ("dialler", 5),
];

const COREDB: usize = 75;

/// What a column is called that may say something about a person: whole words of its name.
const PERSONAL: &[&str] = &[
    // who somebody is
    "name",
    "ssn",
    "national",
    "passport",
    "tax",
    "birth",
    "dob",
    "gender",
    "nationality",
    "religion",
    "relation",
    "vin",
    "plate",
    // how to reach somebody
    "email",
    "phone",
    "mobile",
    "fax",
    "number",
    "address",
    "line1",
    "line2",
    "street",
    "city",
    "postal",
    "zip",
    "ip",
    "user_agent",
    // money
    "card",
    "account",
    "holder",
    // what people write, and links that open something
    "subject",
    "summary",
    "comment",
    "comments",
    "note",
    "notes",
    "description",
    "label",
    "bio",
    "reason",
    "text",
    "value",
    "url",
    // judgement of somebody
    "score",
    "rating",
];

/// Words of columns that aren't published at all, not even redacted.
const NEVER: &[&str] = &[
    "body",
    "transcript",
    "digits",
    "cvv",
    "pin",
    "iban",
    "bic",
    "token",
    "password",
    "passphrase",
    "secret",
    "hash",
    "fingerprint",
    "voice_print",
    "latitude",
    "longitude",
    "location",
    "salary",
    "diagnosis",
    "query",
    "headers",
];

/// Columns with such a name that are published in the clear all the same, each with a reason.
const EXCUSED: &[(&str, &[&str])] = &[
    (
        "the name by which a person is shown to others",
        &["users.name", "profiles.display_name", "agents.name", "dialler.users.name"],
    ),
    ("what users show of themselves", &["users.bio", "profiles.avatar_url"]),
    (
        "the name of a thing",
        &[
            "preferences.name",
            "tags.name",
            "teams.name",
            "skills.name",
            "campaigns.name",
            "queues.name",
            "holidays.name",
            "ivr_menus.name",
            "reports.name",
        ],
    ),
    (
        "one of a list, or a figure",
        &[
            "preferences.value",
            "agent_states.reason",
            "agent_state_history.reason",
            "dispositions.label",
            "survey_responses.score",
            "targets.value",
            "alerts.value",
        ],
    ),
    (
        "counts or identifies something that is no person",
        &[
            "call_legs.leg_number",
            "call_events.leg_number",
            "orders.order_number",
            "order_items.line_number",
        ],
    ),
    ("describes a product", &["order_items.description"]),
    ("what colleagues go by in CoreDB", &["agents.employee_number"]),
    ("the company's own", &["entry_points.address", "campaigns.caller_number"]),
    ("refers to a row", &["payment_methods.billing_address_id"]),
];

const DIALLER: [&str; 5] =
    ["users", "claims", "claim_requirements", "addresses", "vehicle_packages"];

fn compiled_in() -> Rules {
    Rules::compiled_in().unwrap().rules
}

/// The files under `config/tables`, by family.
fn families() -> BTreeMap<String, Vec<ConfigFile>> {
    let mut families = BTreeMap::<_, Vec<_>>::new();
    for entry in std::fs::read_dir(workspace("config/tables")).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let family = stem.split('-').next().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let path = path.display().to_string();
        families.entry(family).or_default().push(ConfigFile { path, text });
    }
    families
}

#[test]
fn coredb_is_seventy_five_tables_in_five_families() {
    let families = families();
    let head = std::fs::read_to_string(workspace("config/pipeline.yaml")).unwrap();
    let mut names = BTreeSet::new();
    let mut counts = BTreeMap::new();
    for (family, mut files) in families {
        files.push(ConfigFile { path: "pipeline.yaml".to_owned(), text: head.clone() });
        let rules = Rules::parse(&files).unwrap_or_else(|problems| panic!("{problems}")).rules;
        counts.insert(family, rules.tables().len());
        names.extend(rules.tables().map(|table| table.name().to_owned()));
    }
    let expected = FAMILIES.map(|(family, tables)| (family.to_owned(), tables));
    assert_eq!(counts, BTreeMap::from(expected));
    assert_eq!(FAMILIES[..5].iter().map(|(_, tables)| tables).sum::<usize>(), COREDB);
    let compiled_in = compiled_in();
    assert_eq!(names, compiled_in.tables().map(|table| table.name().to_owned()).collect());
}

#[test]
fn an_event_type_is_a_noun_and_what_befell_it_and_is_one_tables_alone() {
    let only_inserts = Operations::NONE.with(Operation::Insert);
    let mut seen = BTreeSet::new();
    for table in compiled_in().tables() {
        let event_type = table.event_type().to_owned();
        let (noun, verb) = event_type.split_once('.').unwrap();
        let name = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(!noun.is_empty() && noun.chars().all(name), "{event_type}");
        let grows = table.operations() == only_inserts;
        assert_eq!(verb, if grows { "recorded" } else { "changed" }, "{event_type}");
        assert!(seen.insert(event_type), "{} repeats an event type", table.name());
    }
}

#[test]
fn what_is_personal_is_redacted_or_excused() {
    let excused = EXCUSED.iter().flat_map(|(_, columns)| *columns);
    let excused: BTreeSet<String> = excused.map(|column| (*column).to_owned()).collect();
    let in_the_clear = published(&compiled_in(), PERSONAL, false);
    let forgotten: Vec<_> = in_the_clear.difference(&excused).collect();
    assert_eq!(forgotten, [""; 0], "redact these, or say above why not");
    let needless: Vec<_> = excused.difference(&in_the_clear).collect();
    assert_eq!(needless, [""; 0], "these need no excuse");
}

#[test]
fn what_was_said_and_what_opens_doors_is_not_published_at_all() {
    assert_eq!(published(&compiled_in(), NEVER, true), BTreeSet::new());
}

#[test]
fn a_forgotten_redaction_would_be_noticed() {
    let text = "version: 1\npipeline: test\ntables:\n  t:\n    keys: [Phone_Number]\n    \
                include: [id, work_email, home_phone, MESSAGE_BODY, ship, recipe]\n    \
                redact: [home_phone, message_body]\n";
    let file = ConfigFile { path: "test.yaml".to_owned(), text: text.to_owned() };
    let rules = Rules::parse(&[file]).unwrap().rules;
    let names = |names: &[&str]| names.iter().map(|name| format!("t.{name}")).collect();
    let in_the_clear: BTreeSet<String> = names(&["phone_number", "work_email"]);
    assert_eq!(published(&rules, PERSONAL, false), in_the_clear);
    let never: BTreeSet<String> = names(&["message_body"]);
    assert_eq!(published(&rules, NEVER, true), never);
}

/// `table.column` of what is published, keys included, under a name with one of these words: in
/// the clear, or redacted as well.
fn published(rules: &Rules, words: &[&str], redacted: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for table in rules.tables() {
        for (column, rule) in table.columns().iter() {
            let is_published = rule.include || rule.key.is_some();
            let is_seen = redacted || rule.redact.is_none();
            let has_word =
                words.iter().any(|word| format!("_{column}_").contains(&format!("_{word}_")));
            if is_published && is_seen && has_word {
                found.insert(format!("{}.{column}", table.name()));
            }
        }
    }
    found
}

#[test]
fn the_diallers_tables_are_found_under_its_name_and_shadow_none_of_coredbs() {
    let rules = compiled_in();
    let find = |database, schema, table| rules.find(database, schema, table).map(|it| it.name());
    for table in DIALLER {
        let own = format!("dialler.{table}");
        for (database, schema) in [(Some("dialler"), None), (None, Some("dialler"))] {
            assert_eq!(find(database, schema, table), Some(own.as_str()));
        }
        // The claims are nobody else's; CoreDB has users and addresses of its own.
        let plain = ["users", "addresses"].contains(&table).then_some(table);
        for (database, schema) in [(None, None), (Some("coredb"), None), (None, Some("public"))] {
            assert_eq!(find(database, schema, table), plain);
        }
        assert_eq!(find(Some("coredb"), Some("public"), table), plain);
    }
}

/// They name a table and no database. Whoever decodes them has to say whose they are.
#[test]
fn messages_of_the_diallers_queue_never_meet_coredbs_rules() {
    let rules = compiled_in();
    for table in DIALLER {
        let message = format!(
            r#"{{"eventName":"INSERT","tableName":"{table}",
                "dynamodb":{{"NewImage":{{"id":{{"N":"9748"}}}}}}}}"#
        );
        let document = Document::parse(message.as_bytes(), Vec::new()).unwrap();
        let arena = Arena::default();
        let context = Context::documented(&arena);
        for unit in envelope::decode(Some(&document), context).unwrap_or_default() {
            let Unit::Change(event) = unit else { continue };
            let (database, schema) = (event.database.as_deref(), event.schema.as_deref());
            let found = rules.find(database, schema, &event.table).map(|it| it.name());
            assert_eq!(found, Some(format!("dialler.{table}").as_str()));
        }
    }
}
