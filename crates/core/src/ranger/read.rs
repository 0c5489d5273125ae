//! An export's text → the masking policies in it.
//!
//! Takes what Ranger gives out: the export (`/service/plugins/policies/exportJson`, with `metaDataInfo`
//! and `policies`), what a plugin downloads (with `tagPolicies` beside), the list of the public API
//! (`/service/public/v2/api/policy`) and a single policy. Members that it doesn't know are left alone:
//! the file is others'. Whatever keeps a policy from being read is a note on that policy, never the end.

use super::{
    NotAnExport, Note, NoteKind, PolicyName, TOLD_CHARS_MAX,
    expression::Expression,
    mask::{Characters, Mask, Part},
    resource::Resources,
};
use crate::{
    failure::told,
    json::{Document, Kind, Object, Value},
};

/// More than an installation has; bounds the work on a file of nonsense.
const POLICIES_MAX: usize = 20_000;

/// `policyType`, by `RangerPolicy.java`.
const ACCESS: i64 = 0;
const DATA_MASK: i64 = 1;
const ROW_FILTER: i64 = 2;

/// A masking policy that is in force.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) name: PolicyName,
    /// Its resources, and what `additionalResources` has beside them; at least one.
    pub(super) resources: Vec<Resources>,
    /// In their order; at least one.
    pub(super) items: Vec<Item>,
}

/// Which mask some readers get.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) mask: Mask,
    /// The mask type as Ranger names it.
    pub(super) kind: String,
    /// `group analysts, user ada`.
    pub(super) readers: String,
    /// Whether these are everybody.
    pub(super) everybody: bool,
}

/// The policies of the text, and notes on those that are not among them.
pub(super) fn policies(text: &[u8]) -> Result<(Vec<Policy>, Vec<Note>), NotAnExport> {
    let document = Document::parse(text, Vec::new())?;
    let root = document.root();
    let (list, tagged) = lists(root)?;
    let count = list.len() + tagged.len();
    match count {
        0 => return Err(NotAnExport::Empty),
        1..=POLICIES_MAX => {}
        _ => {
            return Err(NotAnExport::TooMany { what: "policies", found: count, max: POLICIES_MAX });
        }
    }
    let mut reader = Reader::default();
    let policies = list.into_iter().enumerate().filter_map(|it| reader.policy(it)).collect();
    tagged.into_iter().for_each(|value| reader.tagged(value));
    Ok((policies, reader.notes()))
}

type Values<'d, 'a> = Vec<Value<'d, 'a>>;

/// The policies, and those of tags that a plugin downloads beside them.
fn lists<'d, 'a>(root: Value<'d, 'a>) -> Result<(Values<'d, 'a>, Values<'d, 'a>), NotAnExport> {
    let shape = |value: Value<'_, '_>| NotAnExport::Shape { offset: value.offset() };
    if root.kind() == Kind::Array {
        return Ok((root.elements().collect(), Vec::new()));
    }
    let object = root.as_object().ok_or_else(|| shape(root))?;
    let tagged = object.get("tagPolicies").and_then(Value::as_object);
    let tagged = tagged.and_then(|it| it.get("policies")).into_iter().flat_map(Value::elements);
    match object.get("policies") {
        Some(list) if list.kind() == Kind::Array => {
            Ok((list.elements().collect(), tagged.collect()))
        }
        Some(other) => Err(shape(other)),
        None if object.get("resources").is_some() => Ok((vec![root], Vec::new())),
        None => Err(shape(root)),
    }
}

#[derive(Default)]
struct Reader {
    notes: Vec<Note>,
    access: usize,
    row_filters: usize,
}

impl Reader {
    fn policy(&mut self, (index, value): (usize, Value<'_, '_>)) -> Option<Policy> {
        let Some(policy) = value.as_object() else {
            let why = format!("the policy at number {} of the list is no JSON object", index + 1);
            self.notes.push(Note::of_all(NoteKind::LeftOut, why));
            return None;
        };
        let items = policy.get("dataMaskPolicyItems").into_iter().flat_map(Value::elements);
        let items: Vec<_> = items.filter_map(Value::as_object).collect();
        let kind = policy.get("policyType").and_then(Value::as_i64);
        match kind.unwrap_or(if items.is_empty() { ACCESS } else { DATA_MASK }) {
            DATA_MASK => self.masks(policy, &items),
            ROW_FILTER => {
                self.row_filters += 1;
                None
            }
            _ => {
                self.access += 1;
                None
            }
        }
    }

    fn masks(&mut self, policy: Object<'_, '_>, items: &[Object<'_, '_>]) -> Option<Policy> {
        let name = PolicyName::of(policy);
        if !is_enabled(policy) {
            self.note(NoteKind::Remark, &name, "disabled, so it masks nothing: left out");
            return None;
        }
        let resources = self.resources(policy, &name);
        if items.is_empty() && !resources.is_empty() {
            self.note(
                NoteKind::LeftOut,
                &name,
                "it has no dataMaskPolicyItems, so it masks nothing",
            );
        }
        if resources.is_empty() || items.is_empty() {
            return None;
        }
        self.conditions(policy, items, &name);
        let items = items.iter().map(|item| self.item(*item, &name)).collect();
        Some(Policy { name, resources, items })
    }

    fn resources(&mut self, policy: Object<'_, '_>, name: &PolicyName) -> Vec<Resources> {
        let more =
            policy.get("additionalResources").into_iter().flat_map(Value::elements).map(Some);
        let mut resources = Vec::new();
        for value in std::iter::once(policy.get("resources")).chain(more) {
            match Resources::of(value) {
                Ok(found) => resources.push(found),
                Err(kinds) if kinds.split(", ").any(|kind| kind == "tag") => self.tag_note(name),
                Err(kinds) => {
                    let why = format!(
                        "its resources are {kinds}, expected database, table and column; nothing is masked by it"
                    );
                    self.note(NoteKind::LeftOut, name, &why);
                }
            }
        }
        resources
    }

    fn tagged(&mut self, value: Value<'_, '_>) {
        let Some(policy) = value.as_object() else { return };
        if is_enabled(policy) && policy.get("policyType").and_then(Value::as_i64) == Some(DATA_MASK)
        {
            self.tag_note(&PolicyName::of(policy));
        }
    }

    fn tag_note(&mut self, name: &PolicyName) {
        let why = "it is about a tag, and which columns have the tag stands in Atlas, not in the export; \
                   name them in redact";
        self.note(NoteKind::LeftOut, name, why);
    }

    /// What makes a policy hold at times or in places only.
    fn conditions(&mut self, policy: Object<'_, '_>, items: &[Object<'_, '_>], name: &PolicyName) {
        let has = |object: Object<'_, '_>, member: &str| {
            object.get(member).is_some_and(|it| it.elements().next().is_some())
        };
        let mut limits = Vec::new();
        if has(policy, "validitySchedules") {
            limits.push("at the times of its validitySchedules");
        }
        if has(policy, "conditions") || items.iter().any(|item| has(*item, "conditions")) {
            limits.push("under its conditions");
        }
        let zone = policy.get("zoneName").and_then(Value::as_str).unwrap_or_default();
        if !zone.is_empty() {
            limits.push("in its security zone");
        }
        if !limits.is_empty() {
            let why = format!("Ranger masks only {}; here it holds always", limits.join(" and "));
            self.note(NoteKind::Stricter, name, &why);
        }
    }

    fn item(&mut self, item: Object<'_, '_>, name: &PolicyName) -> Item {
        let info = item.get("dataMaskInfo").and_then(Value::as_object);
        let text = |member: &str| info.and_then(|it| it.get(member)).and_then(Value::as_str);
        let kind = told(&text("dataMaskType").unwrap_or_default(), TOLD_CHARS_MAX);
        let mask = self.mask(&kind, text("valueExpr").as_deref(), name);
        let (readers, everybody) = readers(item);
        Item { mask, kind, readers, everybody }
    }

    /// The mask of a type of `ranger-servicedef-hive.json`.
    fn mask(&mut self, kind: &str, expression: Option<&str>, name: &PolicyName) -> Mask {
        let show = Characters::SHOW;
        match kind {
            "MASK" => Mask::Characters(Characters::MASK),
            "MASK_SHOW_LAST_4" => Mask::Characters(Characters { keep_last: 4, ..show }),
            "MASK_SHOW_FIRST_4" => Mask::Characters(Characters { keep_first: 4, ..show }),
            "MASK_HASH" => Mask::Hash,
            "MASK_NULL" => Mask::Null,
            "MASK_NONE" => Mask::Clear,
            "MASK_DATE_SHOW_YEAR" => Mask::Date(Part::Year, show),
            "CUSTOM" => self.custom(expression, name),
            other => {
                let why = format!(
                    "its mask type is \"{other}\", which isn't known: \"[REDACTED]\" instead"
                );
                self.note(NoteKind::Stricter, name, &why);
                Mask::Withheld
            }
        }
    }

    fn custom(&mut self, expression: Option<&str>, name: &PolicyName) -> Mask {
        // Hive gives NULL where a custom mask has no expression.
        let Some(text) = expression.filter(|text| !text.trim().is_empty()) else {
            return Mask::Null;
        };
        match Expression::parse(text) {
            Some(Expression { mask, exact: true }) => mask,
            Some(Expression { mask, exact: false }) => {
                let why = format!(
                    "rules can't mask a part as \"{text}\" does: all of the value is masked"
                );
                self.note(NoteKind::Stricter, name, &why);
                mask
            }
            None => {
                let why = format!("rules can't say what \"{text}\" says: \"[REDACTED]\" instead");
                self.note(NoteKind::Stricter, name, &why);
                Mask::Withheld
            }
        }
    }

    fn note(&mut self, kind: NoteKind, policy: &PolicyName, why: &str) {
        self.notes.push(Note::of_policy(kind, policy, why));
    }

    /// All notes, those on the kinds of policies that aren't about masks at the end.
    fn notes(self) -> Vec<Note> {
        let mut notes = self.notes;
        if self.row_filters > 0 {
            let why = format!(
                "{} of row filters: rules filter no rows, every change of a table is published",
                counted(self.row_filters)
            );
            notes.push(Note::of_all(NoteKind::LeftOut, why));
        }
        if self.access > 0 {
            let why = format!(
                "{} of access: who may read the events is the bus's business",
                counted(self.access)
            );
            notes.push(Note::of_all(NoteKind::Remark, why));
        }
        notes
    }
}

/// A policy that doesn't say so is.
fn is_enabled(policy: Object<'_, '_>) -> bool {
    !matches!(policy.get("isEnabled").map(Value::text), Some("false" | "\"false\""))
}

fn counted(count: usize) -> String {
    format!("{count} {}", if count == 1 { "policy" } else { "policies" })
}

/// Who an item is for, and whether that is everybody.
fn readers(item: Object<'_, '_>) -> (String, bool) {
    let mut told = Vec::new();
    let mut everybody = false;
    for (member, one) in [("groups", "group"), ("users", "user"), ("roles", "role")] {
        for name in item.get(member).into_iter().flat_map(Value::elements).filter_map(Value::as_str)
        {
            // Every user is a member of this group.
            everybody |= member == "groups" && name == "public";
            told.push(format!("{one} {name}"));
        }
    }
    let told = if told.is_empty() { "nobody".to_owned() } else { told.join(", ") };
    (told, everybody)
}
