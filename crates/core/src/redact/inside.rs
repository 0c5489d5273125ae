//! Members inside a column: what the rules' paths hit is withheld, all else stays byte for byte.
//!
//! Elements of an array stand in the array's place. A text is looked into where there is JSON in it. Where a
//! path leads by names alone there have to be members: what is meant may stand there as plain text.

use super::{
    method::{Subject, Unfit, apply, kind_name},
    spot::Spot,
};
use crate::{
    failure::shown,
    json::{Document, Kind, Object, Value, write_string},
    rules::{ColumnRules, NodeId},
};

/// JSON in a text, in JSON in a text, and so on: most layers that are looked into.
const LAYERS_MAX: usize = 4;

/// Appends a value in which the rules' paths go on at `node`; whether anything in it was withheld.
///
/// # Errors
/// [`Unfit`], and `spot` is where.
pub(super) fn write(
    out: &mut String,
    json: &str,
    (rules, node): (&ColumnRules, NodeId),
    spot: &mut Spot<'_>,
) -> Result<bool, Unfit> {
    // Most columns are no objects, and a path that begins with a wildcard goes into each.
    let plain = match Kind::of_text(json) {
        Kind::Object | Kind::Array => false,
        Kind::String => !may_be_json(json),
        Kind::Number | Kind::Bool | Kind::Null => true,
    };
    if plain && !rules.expects_members(node) {
        out.push_str(json);
        return Ok(false);
    }
    Walk { rules, spot, layers: 0 }.text(out, json, node)
}

/// Whether the content of a text may begin with an object or an array; an escape may stand for anything.
fn may_be_json(json: &str) -> bool {
    json[1..].trim_start().starts_with(['{', '[', '\\'])
}

/// Bytes of a text for each name or value in it, about.
const BYTES_A_NODE: usize = 6;

struct Walk<'w, 's> {
    rules: &'w ColumnRules,
    spot: &'w mut Spot<'s>,
    layers: usize,
}

/// A text of which parts are copied and parts are replaced.
struct Copying<'o> {
    out: &'o mut String,
    /// How much of the text is done.
    done: usize,
    altered: bool,
}

impl Copying<'_> {
    /// Copies what stands before `value`, and leaves it out.
    fn up_to(&mut self, value: Value<'_, '_>) {
        self.out.push_str(&value.around()[self.done..value.offset()]);
        self.done = value.offset() + value.text().len();
    }
}

impl Walk<'_, '_> {
    /// A text that is JSON by itself.
    fn text(&mut self, out: &mut String, json: &str, node: NodeId) -> Result<bool, Unfit> {
        // Names and values are longer than that, so that the list seldom grows.
        let nodes = Vec::with_capacity(json.len() / BYTES_A_NODE);
        let document = Document::parse(json.as_bytes(), nodes);
        let document = document.map_err(|_| Unfit::BrokenJson)?;
        let mut copying = Copying { out, done: 0, altered: false };
        self.value(&mut copying, document.root(), node)?;
        copying.out.push_str(&json[copying.done..]);
        Ok(copying.altered)
    }

    /// Recursive, and no deeper than [`crate::json::DEPTH_MAX`] in each layer.
    fn value(
        &mut self,
        copying: &mut Copying<'_>,
        value: Value<'_, '_>,
        node: NodeId,
    ) -> Result<(), Unfit> {
        if let Some(object) = value.as_object() {
            return self.object(copying, object, node);
        }
        match value.kind() {
            Kind::Array => value.elements().try_for_each(|it| self.value(copying, it, node)),
            Kind::String => self.string(copying, value, node),
            kind @ (Kind::Number | Kind::Bool) if self.rules.expects_members(node) => {
                Err(Unfit::NoMembers(kind_name(kind)))
            }
            Kind::Object | Kind::Number | Kind::Bool | Kind::Null => Ok(()),
        }
    }

    fn object(
        &mut self,
        copying: &mut Copying<'_>,
        object: Object<'_, '_>,
        node: NodeId,
    ) -> Result<(), Unfit> {
        if let Some(name) = object.duplicate() {
            return Err(Unfit::Duplicate(shown(&name.unescaped())));
        }
        for (name, value) in object.members() {
            let name = name.unescaped();
            let (method, inside) = self.rules.member(node, &name);
            if method.is_none() && inside.is_none() {
                continue;
            }
            let outer = self.spot.enter(&name);
            match (method, inside) {
                (Some(method), _) if !value.is_null() => {
                    copying.up_to(value);
                    let subject = Subject { json: value.text(), spot: self.spot };
                    apply(method, &subject, copying.out)?;
                    copying.altered = true;
                }
                (None, Some(inside)) => self.value(copying, value, inside)?,
                _ => {}
            }
            self.spot.leave(outer);
        }
        Ok(())
    }

    /// A text, in which there may be JSON.
    fn string(
        &mut self,
        copying: &mut Copying<'_>,
        value: Value<'_, '_>,
        node: NodeId,
    ) -> Result<(), Unfit> {
        let content = value.as_str().unwrap_or_default();
        let expected = self.rules.expects_members(node);
        if !begins_like_json(&content) {
            return if expected { Err(Unfit::NoMembers("plain text")) } else { Ok(()) };
        }
        if Document::parse(content.as_bytes(), Vec::new()).is_err() {
            let is_text = !expected && !is_broken_json(&content);
            return if is_text { Ok(()) } else { Err(Unfit::BrokenJson) };
        }
        if self.layers == LAYERS_MAX {
            return Err(Unfit::TooManyLayers);
        }
        self.layers += 1;
        let mut written = String::with_capacity(content.len());
        if self.text(&mut written, &content, node)? {
            copying.up_to(value);
            write_string(copying.out, &written);
            copying.altered = true;
        }
        self.layers -= 1;
        Ok(())
    }
}

/// Whether it may be an object or an array.
fn begins_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Whether a text that is no JSON was meant to be an object or a list of some: cut off, perhaps.
fn is_broken_json(text: &str) -> bool {
    let mut characters = text.chars().filter(|character| !character.is_whitespace());
    matches!(
        (characters.next(), characters.next()),
        (Some('{'), None | Some('"' | '}')) | (Some('['), Some('{'))
    )
}
