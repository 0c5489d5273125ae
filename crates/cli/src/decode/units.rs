//! From a line to the units that it says.
//!
//! A Kinesis record goes the way that it goes in the pipeline ([`cdc_core::reading`]): aggregates are
//! taken apart, each part inflated and decoded. Every other line is decoded as it stands.

use std::io;

use cdc_core::{
    arena::Arena,
    envelope::{self, Context, Conventions, Unit},
    failure::Failure,
    json::Document,
    reading::Contents,
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

/// Shows every unit of a line to `visit`, in order.
pub(super) fn of_line(
    line: &Line,
    conventions: &Conventions,
    visit: &mut dyn FnMut(Place, Found<'_, '_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut parts = Parts { place: Place { line: line.number, part: 0 }, visit };
    let Some(bytes) = &line.bytes else {
        return parts.tell(Err(Failure::parse("the line is too long for a record")));
    };
    let document = match Document::parse(bytes, Vec::new()) {
        Ok(document) => document,
        Err(error) => return parts.tell(Err(Failure::parse(format!("the line is {error}")))),
    };
    match Contents::of_json(bytes) {
        None => {
            let arena = Arena::default();
            let context = Context { conventions, arena: &arena };
            parts.tell(envelope::decode(Some(&document), context))
        }
        Some(contents) => contents.by(conventions).try_for_each(|content| match content {
            Ok(content) => parts.tell(content.units()),
            Err(failure) => parts.show(Err(&failure)),
        }),
    }
}

/// Numbers the units of a line and shows them.
struct Parts<'v> {
    place: Place,
    visit: &'v mut dyn FnMut(Place, Found<'_, '_>) -> io::Result<()>,
}

impl Parts<'_> {
    fn tell(&mut self, units: Result<Vec<Unit<'_>>, Failure>) -> io::Result<()> {
        match units {
            Ok(units) => units.iter().try_for_each(|unit| self.show(Ok(unit))),
            Err(failure) => self.show(Err(&failure)),
        }
    }

    fn show(&mut self, found: Found<'_, '_>) -> io::Result<()> {
        (self.visit)(self.place, found)?;
        self.place.part += 1;
        Ok(())
    }
}
