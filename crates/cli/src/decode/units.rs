//! From a line to the units that it says.
//!
//! A Kinesis record goes the way that it goes in the pipeline ([`cdc_core::reading`]): aggregates are
//! taken apart, each part inflated and decoded. Every other line is decoded as it stands.

use std::io;

use cdc_core::{
    arena::Arena,
    envelope::{self, Context, Unit},
    failure::Failure,
    json::Document,
    pipeline::interpret,
    reading::Contents,
    rules::Rules,
};

use super::lines::Line;

/// Where a unit stands: the line, and its place among all units of the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) part: u32,
}

/// A unit, or why there is none.
pub(super) type Found<'f, 'a> = Result<&'f Unit<'a>, &'f Failure>;

/// Shows every unit of a line to `visit`, in order; typed columns as the rules have them.
pub(super) fn of_line(
    line: &Line,
    rules: &Rules,
    visit: &mut dyn FnMut(Place, Found<'_, '_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut parts = Parts { place: Place { line: line.number, part: 0 }, rules, visit };
    let Some(bytes) = &line.bytes else {
        return parts.show(Err(&Failure::parse("the line is too long for a record")));
    };
    let document = match Document::parse(bytes, Vec::new()) {
        Ok(document) => document,
        Err(error) => {
            return parts.show(Err(&Failure::parse(format!("the line is {error}"))));
        }
    };
    match Contents::of_json(bytes) {
        None => {
            let arena = Arena::default();
            let context = Context { conventions: rules.conventions(), arena: &arena };
            parts.tell(envelope::decode(Some(&document), context), &arena)
        }
        Some(contents) => contents.by(rules.conventions()).try_for_each(|content| match content {
            Ok(content) => parts.tell(content.units(), content.arena()),
            Err(failure) => parts.show(Err(&failure)),
        }),
    }
}

/// Numbers the units of a line and shows them.
struct Parts<'v> {
    place: Place,
    rules: &'v Rules,
    visit: &'v mut dyn FnMut(Place, Found<'_, '_>) -> io::Result<()>,
}

impl Parts<'_> {
    fn tell<'a>(
        &mut self,
        units: Result<Vec<Unit<'a>>, Failure>,
        arena: &'a Arena,
    ) -> io::Result<()> {
        let mut units = match units {
            Ok(units) => units,
            Err(failure) => return self.show(Err(&failure)),
        };
        for unit in &mut units {
            if let Unit::Change(event) = unit
                && let Some(table) = self.rules.find(
                    event.database.as_deref(),
                    event.schema.as_deref(),
                    &event.table,
                )
            {
                interpret(event, table.columns(), arena);
            }
        }
        units.iter().try_for_each(|unit| self.show(Ok(unit)))
    }

    fn show(&mut self, found: Found<'_, '_>) -> io::Result<()> {
        (self.visit)(self.place, found)?;
        self.place.part += 1;
        Ok(())
    }
}
