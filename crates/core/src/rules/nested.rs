//! What the rules say about members inside columns: all paths of a table as one automaton, so that a
//! member is looked up once, however many paths there are.
//!
//! A node stands for all that is still open where a value is looked into. Compiled once; whoever walks
//! through a row asks [`Nested::step`] for each member, and leaves alone what has no node.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
};

use foldhash::fast::FixedState;

use super::{
    names::fold,
    path::{FieldPath, Segment},
};

/// Most nodes of a table: `**` in many paths can multiply them.
const NODES_MAX: usize = 4096;

/// Where in the paths a value stands that has to be looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId(u16);

/// What becomes of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// The number of the path that hits it as a whole.
    pub(crate) hit: Option<u16>,
    /// Where to go on inside it.
    pub(crate) inside: Option<NodeId>,
}

/// All nodes.
#[derive(Clone, Default)]
pub(crate) struct Nested {
    nodes: Vec<Node>,
}

#[derive(Clone)]
struct Node {
    members: HashMap<Box<str>, Step, FixedState>,
    /// The same, where there are at most [`FEW`].
    few: Vec<(Box<str>, Step)>,
    /// Of all other names.
    other: Step,
    /// Whether a path leads here by names alone: then there have to be members.
    expected: bool,
}

impl Nested {
    /// What becomes of a member of that name, already unescaped. A name with dots in it may be several
    /// names of a path.
    pub(crate) fn step(&self, node: NodeId, name: &str) -> Step {
        if let Some(step) = self.nodes[usize::from(node.0)].step_among_few(name) {
            return step;
        }
        let folded = fold(name);
        let step = self.step_folded(node, &folded);
        if step.hit.is_some() || !folded.contains('.') {
            return step;
        }
        let parts = self.steps(Step { hit: None, inside: Some(node) }, &folded);
        Step { hit: parts.hit, inside: parts.inside.or(step.inside) }
    }

    /// Whether a path leads there by names alone.
    pub(crate) fn is_expected(&self, node: NodeId) -> bool {
        self.nodes[usize::from(node.0)].expected
    }

    /// The parts of a dotted name, one after the other.
    fn steps(&self, from: Step, folded: &str) -> Step {
        folded.split('.').fold(from, |step, part| match (step.hit, step.inside) {
            (None, Some(node)) => self.step_folded(node, part),
            _ => step,
        })
    }

    fn step_folded(&self, node: NodeId, folded: &str) -> Step {
        let node = &self.nodes[usize::from(node.0)];
        node.members.get(folded).copied().unwrap_or(node.other)
    }
}

/// Names of a node that are compared one by one rather than hashed.
const FEW: usize = 8;

impl Node {
    /// The step of a name that is nothing but one name in ASCII, where the node has few.
    fn step_among_few(&self, name: &str) -> Option<Step> {
        let is_plain = |byte: u8| byte.is_ascii() && byte != b'.';
        if self.few.is_empty() || !name.bytes().all(is_plain) {
            return None;
        }
        let found = self.few.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        Some(found.map_or(self.other, |(_, step)| *step))
    }
}

impl fmt::Debug for Nested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nested({} nodes)", self.nodes.len())
    }
}

/// The paths of a table, compiled.
#[derive(Clone, Default)]
pub(super) struct Compiled {
    pub(super) nested: Nested,
    /// The columns that paths name.
    pub(super) columns: BTreeMap<Box<str>, Step>,
    /// What becomes of all other columns.
    pub(super) other: Step,
}

/// Too many nodes.
pub(super) struct TooMany;

/// A path's number, and how many of its segments are behind.
type State = (u16, u8);

/// Compiles paths, each with its number: where two hit one member, the lower one counts.
pub(super) fn compile(paths: &[(u16, &FieldPath)]) -> Result<Compiled, TooMany> {
    if paths.is_empty() {
        return Ok(Compiled::default());
    }
    let mut compiler = Compiler {
        paths: paths.iter().copied().collect(),
        known: BTreeMap::new(),
        nodes: Vec::new(),
        open: Vec::new(),
    };
    let root = compiler.closed(paths.iter().map(|(number, _)| (*number, 0)));
    let other = compiler.step(&root, None)?;
    let mut columns = BTreeMap::new();
    for name in compiler.names(&root) {
        let step = compiler.step(&root, Some(&name))?;
        columns.insert(name, step);
    }
    while let Some((id, states)) = compiler.open.pop() {
        compiler.node(id, &states)?;
    }
    let nested = Nested { nodes: compiler.nodes };
    add_dotted(&nested, paths, &mut columns);
    Ok(Compiled { nested, columns, other })
}

/// The columns whose own names have the dots of a path in them.
fn add_dotted(
    nested: &Nested,
    paths: &[(u16, &FieldPath)],
    columns: &mut BTreeMap<Box<str>, Step>,
) {
    for (_, path) in paths.iter().filter(|(_, path)| path.is_plain()) {
        let names: Vec<&str> = path.segments().iter().filter_map(name_of).collect();
        let first = names.first().and_then(|first| columns.get(*first)).copied();
        for end in 2..=names.len() {
            let step = || nested.steps(first.unwrap_or_default(), &names[1..end].join("."));
            columns.entry(names[..end].join(".").into()).or_insert_with(step);
        }
    }
}

fn name_of(segment: &Segment) -> Option<&str> {
    match segment {
        Segment::Name(name) => Some(name),
        Segment::Any | Segment::Deep => None,
    }
}

struct Compiler<'p> {
    paths: BTreeMap<u16, &'p FieldPath>,
    known: BTreeMap<BTreeSet<State>, NodeId>,
    nodes: Vec<Node>,
    /// Nodes that have a number and nothing else yet.
    open: Vec<(NodeId, BTreeSet<State>)>,
}

impl Compiler<'_> {
    fn segment(&self, (path, at): State) -> Option<&Segment> {
        self.paths.get(&path)?.segments().get(usize::from(at))
    }

    /// These states, and those behind each `**`: it may stand for no name.
    fn closed(&self, states: impl Iterator<Item = State>) -> BTreeSet<State> {
        let mut closed = BTreeSet::new();
        for mut state in states {
            closed.insert(state);
            while matches!(self.segment(state), Some(Segment::Deep)) {
                state.1 += 1;
                closed.insert(state);
            }
        }
        closed
    }

    /// The names that make a difference there.
    fn names(&self, states: &BTreeSet<State>) -> BTreeSet<Box<str>> {
        let segments = states.iter().filter_map(|state| self.segment(*state));
        segments.filter_map(name_of).map(Box::from).collect()
    }

    /// What becomes of the member of that name, or of one that no path names.
    fn step(&mut self, states: &BTreeSet<State>, name: Option<&str>) -> Result<Step, TooMany> {
        let next = states.iter().filter_map(|state| match self.segment(*state)? {
            Segment::Name(own) => (name == Some(own)).then_some((state.0, state.1 + 1)),
            Segment::Any => Some((state.0, state.1 + 1)),
            Segment::Deep => Some(*state),
        });
        let next = self.closed(next);
        let ended = |state: &&State| self.segment(**state).is_none();
        let hit = next.iter().filter(ended).map(|state| state.0).min();
        if hit.is_some() || next.is_empty() {
            return Ok(Step { hit, inside: None });
        }
        Ok(Step { hit: None, inside: Some(self.id(next)?) })
    }

    fn id(&mut self, states: BTreeSet<State>) -> Result<NodeId, TooMany> {
        if let Some(id) = self.known.get(&states) {
            return Ok(*id);
        }
        let next = u16::try_from(self.known.len()).map_err(|_| TooMany)?;
        if usize::from(next) >= NODES_MAX {
            return Err(TooMany);
        }
        let id = NodeId(next);
        let expected = states.iter().any(|(path, at)| {
            let behind = self.paths.get(path).map(|path| &path.segments()[..usize::from(*at)]);
            behind.is_some_and(|behind| {
                !behind.is_empty() && behind.iter().all(|it| name_of(it).is_some())
            })
        });
        let members = HashMap::with_hasher(FixedState::default());
        self.nodes.push(Node { members, few: Vec::new(), other: Step::default(), expected });
        self.known.insert(states.clone(), id);
        self.open.push((id, states));
        Ok(id)
    }

    fn node(&mut self, id: NodeId, states: &BTreeSet<State>) -> Result<(), TooMany> {
        let other = self.step(states, None)?;
        let mut members = HashMap::with_hasher(FixedState::default());
        for name in self.names(states) {
            let step = self.step(states, Some(&name))?;
            members.insert(name, step);
        }
        let node = &mut self.nodes[usize::from(id.0)];
        if members.len() <= FEW {
            node.few = members.iter().map(|(name, step)| (name.clone(), *step)).collect();
        }
        (node.members, node.other) = (members, other);
        Ok(())
    }
}
