//! Which tables the policies are about, and what holds for all of them.
//!
//! A policy names tables, or says `*`, a pattern, all but some. Names become tables of the configuration;
//! what else a policy says is looked for among the tables that are known: those configured, those that
//! other policies name. What can't be found so is a note, and where `*` stands for the tables, a default.

use std::collections::{HashMap, HashSet};

use super::{
    Import, ImportedColumn, NotAnExport, Note, NoteKind,
    mask::{Characters, Mask},
    read::Policy,
    rule::Rule,
    table::{Claim, Subject},
};
use crate::{
    rules::{Written, WrittenTable, fold},
    yaml,
};

/// What a configuration may have.
const TABLES_MAX: usize = 5000;
/// Of all tables together: far more than people have policies for.
const COLUMNS_MAX: usize = 100_000;

/// A table that is known.
struct Place<'c> {
    name: String,
    /// Of its database and its schema, as far as its name has them.
    outers: Vec<String>,
    /// The table's own name. All of these are folded.
    plain: String,
    written: Option<&'c WrittenTable>,
    /// Claims on a table of another place that can't be anywhere else.
    taken: Vec<usize>,
}

impl Place<'_> {
    fn of(name: &str) -> Self {
        let mut outers: Vec<String> = name.split('.').map(|part| fold(part).into_owned()).collect();
        let plain = outers.pop().unwrap_or_default();
        Self { name: name.to_owned(), outers, plain, written: None, taken: Vec::new() }
    }

    /// A name without its database may be that of any.
    fn is_claimed(&self, claim: Claim<'_>) -> bool {
        let resources = claim.resources;
        resources.table.matches(&self.plain) && {
            let outer = &resources.outer;
            outer.is_any()
                || self.outers.is_empty()
                || self.outers.iter().any(|it| outer.matches(it))
        }
    }
}

/// Decides about every table.
pub(super) fn resolve<'c>(
    policies: &[Policy],
    notes: Vec<Note>,
    configured: Option<&'c Written>,
) -> Result<Import<'c>, NotAnExport> {
    let claims = policies.iter().flat_map(|policy| {
        policy.resources.iter().map(move |resources| Claim { policy, resources })
    });
    let claims: Vec<Claim<'_>> = claims.collect();
    let mut known = Known::new(configured);
    let mut import = Import { tables: Vec::new(), defaults: Vec::new(), notes, configured };
    for (number, claim) in claims.iter().enumerate() {
        known.add(number, *claim, &mut import.notes)?;
    }
    let mut hits = vec![false; claims.len()];
    let mut columns = 0;
    for place in &known.places {
        let about = claims.iter().copied().enumerate();
        let about = about
            .filter(|(number, claim)| place.is_claimed(*claim) || place.taken.contains(number));
        let written = configured.zip(place.written);
        let subject =
            Subject { name: &place.name, plain: &place.plain, claims: about.collect(), written };
        let outcome = subject.decide();
        columns += outcome.table.columns.len();
        if columns > COLUMNS_MAX {
            return Err(NotAnExport::TooMany { what: "columns", found: columns, max: COLUMNS_MAX });
        }
        outcome.hits.iter().for_each(|hit| hits[*hit] = true);
        import.notes.extend(outcome.notes);
        import.tables.push(outcome.table);
    }
    if configured.is_some() {
        import
            .notes
            .extend(claims.iter().zip(hits).filter(|(_, hit)| !hit).map(|(it, _)| missed(*it)));
    } else {
        let (columns, notes) = defaults(&claims);
        import.defaults = columns;
        import.notes.extend(notes);
        import.notes.extend(claims.iter().filter_map(|claim| open(*claim)));
        // A table of which no column is known: there is nothing to write.
        import.tables.retain(|table| !table.columns.is_empty());
    }
    import.notes.extend(differences(&import));
    // Several tables may have got the same sentence.
    import.notes.dedup();
    Ok(import)
}

/// The tables that are known.
struct Known<'c> {
    places: Vec<Place<'c>>,
    /// By the table's own name.
    by_plain: HashMap<String, Vec<usize>>,
}

impl<'c> Known<'c> {
    fn new(configured: Option<&'c Written>) -> Self {
        let mut known = Self { places: Vec::new(), by_plain: HashMap::new() };
        for table in configured.into_iter().flat_map(|it| &it.tables) {
            known.push(Place { written: Some(table), ..Place::of(&table.name) });
        }
        known
    }

    fn push(&mut self, place: Place<'c>) {
        self.by_plain.entry(place.plain.clone()).or_default().push(self.places.len());
        self.places.push(place);
    }

    /// Sees to it that each table that a policy names is known.
    fn add(
        &mut self,
        number: usize,
        claim: Claim<'_>,
        notes: &mut Vec<Note>,
    ) -> Result<(), NotAnExport> {
        let resources = claim.resources;
        for table in resources.table.literals() {
            let mut outers: Vec<Option<&str>> = resources.outer.literals().map(Some).collect();
            if outers.is_empty() {
                outers.push(None);
            }
            for outer in outers {
                self.add_table(number, claim, (outer, table), notes);
                if self.places.len() > TABLES_MAX {
                    let found = self.places.len();
                    return Err(NotAnExport::TooMany { what: "tables", found, max: TABLES_MAX });
                }
            }
        }
        Ok(())
    }

    fn add_table(
        &mut self,
        number: usize,
        claim: Claim<'_>,
        (outer, table): (Option<&str>, &str),
        notes: &mut Vec<Note>,
    ) {
        let (plain, folded) = (fold(table).into_owned(), outer.map(|it| fold(it).into_owned()));
        let same = self.by_plain.get(&plain).map_or(&[][..], Vec::as_slice);
        let is_it = |place: &Place<'_>| match &folded {
            Some(outer) if place.written.is_some() => {
                place.outers.is_empty() || place.outers.contains(outer)
            }
            Some(outer) => place.outers.contains(outer),
            None => place.written.is_some() || place.outers.is_empty(),
        };
        if same.iter().any(|index| is_it(&self.places[*index])) {
            return;
        }
        // Named by one outer name, which may be the schema: then nobody says which database it is of.
        let may_be = same.iter().copied().filter(|index| {
            let place = &self.places[*index];
            place.written.is_some() && place.outers.len() == 1
        });
        let may_be: Vec<usize> = may_be.collect();
        let name = match outer {
            Some(outer) => format!("{outer}.{table}"),
            None => table.to_owned(),
        };
        for index in &may_be {
            let place = &mut self.places[*index];
            place.taken.push(number);
            let why = format!(
                "{name} is taken for the configured table {}, which may be another",
                place.name
            );
            notes.push(Note::of_policy(NoteKind::Stricter, &claim.policy.name, &why));
        }
        if !may_be.is_empty() {
            return;
        }
        if !name.split('.').all(yaml::is_listable) || !yaml::is_listable(&name) {
            let why =
                format!("{name} can't be the name of a table in rules: nothing of it is published");
            notes.push(Note::of_policy(NoteKind::LeftOut, &claim.policy.name, &why));
            return;
        }
        self.push(Place::of(&name));
    }
}

/// The columns that are named for every table: as if there were one with all of them.
fn defaults(claims: &[Claim<'_>]) -> (Vec<ImportedColumn>, Vec<Note>) {
    let claims = claims.iter().copied().enumerate();
    let about: Vec<_> = claims.filter(|(_, it)| it.resources.table.is_any()).collect();
    let mut seen = HashSet::new();
    let mut columns = Vec::new();
    for name in about.iter().flat_map(|(_, it)| it.resources.column.literals()) {
        if seen.insert(fold(name).into_owned()) {
            columns.push(name.to_owned());
        }
    }
    let subject = Subject { name: "every table", plain: "", claims: about, written: None };
    let outcome = subject.decide_about(&columns);
    let mut columns = outcome.table.columns;
    // What stays as it is needs no default.
    columns.retain(|column| column.rule.is_some());
    (columns, outcome.notes)
}

/// What is said of a claim of which no column was found in the configuration.
fn missed(claim: Claim<'_>) -> Note {
    let why = format!("nothing that is configured is {}", told(claim));
    Note::of_policy(NoteKind::LeftOut, &claim.policy.name, &why)
}

/// `column ssn* of table cust* in coredb`
fn told(claim: Claim<'_>) -> String {
    let it = claim.resources;
    format!("column {} of table {} in {}", it.column.told(), it.table.told(), it.outer.told())
}

/// What is said of a claim where nobody tells which tables and columns there are.
fn open(claim: Claim<'_>) -> Option<Note> {
    let (table, column, outer) =
        (&claim.resources.table, &claim.resources.column, &claim.resources.outer);
    let in_defaults = table.is_any() && !column.is_any() && column.is_told();
    let (kind, why) = if in_defaults && outer.is_any() {
        return None;
    } else if in_defaults {
        let why =
            format!("in defaults, so for tables of every database, in place of {}", outer.told());
        (NoteKind::Stricter, why)
    } else if table.is_any() || !table.is_told() {
        let why = "only tables that other policies name are known; tell others with --config";
        (NoteKind::LeftOut, format!("{}: {why}", told(claim)))
    } else if column.excludes() {
        let why = format!(
            "every column is masked, in place of {}; tell them with --config",
            column.told()
        );
        (NoteKind::Stricter, why)
    } else if !column.is_told() {
        let why = "only columns that other policies name are known; tell others with --config";
        (NoteKind::LeftOut, format!("{}: {why}", told(claim)))
    } else if !outer.is_told() {
        let why =
            format!("for tables of that name in every database, in place of {}", outer.told());
        (NoteKind::Stricter, why)
    } else {
        return None;
    };
    Some(Note::of_policy(kind, &claim.policy.name, &why))
}

/// What comes out otherwise than Hive's functions have it, each once.
fn differences(import: &Import<'_>) -> Vec<Note> {
    let added = || import.tables.iter().flat_map(|it| &it.columns).chain(&import.defaults);
    let any = |is: &dyn Fn(&ImportedColumn) -> bool| added().any(|it| !it.kept && is(it));
    let characters = |it: &ImportedColumn| match &it.mask {
        Mask::Characters(characters) => Some(characters.clone()),
        _ => None,
    };
    let shows = |it: &Characters| it.keep_first > 0 || it.keep_last > 0;
    let mut notes = Vec::new();
    let mut remark = |why: &str| notes.push(Note::of_all(NoteKind::Remark, why));
    if any(&|it| characters(it).is_some_and(|it| shows(&it))) {
        remark(
            "a value no longer than what a mask shows of it is shown whole by Hive, and hidden whole here",
        );
    }
    if any(&|it| characters(it).is_some()) {
        remark(
            "letters without case and symbols beyond ASCII, which Hive shows, are masked as lower-case letters",
        );
    }
    if any(&|it| it.rule.as_ref().is_some_and(Rule::is_hash)) {
        remark(
            "Ranger's hash has no key, so anybody can guess the value back; here it has the keyring's key \"ranger\": \
             equal values stay equal in all columns, the texts are others",
        );
    }
    if any(&|it| it.holds.is_none() && matches!(it.mask, Mask::Characters(_) | Mask::Hash)) {
        remark(
            "columns whose type nobody tells are taken for text; Hive gives other digits for whole numbers, \
             0000-01-01 for dates, and NULL for other types: tell types with --config",
        );
    }
    if any(&|it| it.holds.is_none() && matches!(it.mask, Mask::Date(..))) {
        remark(
            "columns under MASK_DATE_SHOW_YEAR are taken for dates: a value that is none is a dead letter",
        );
    }
    notes
}
