//! What the command prints: data to standard output, everything else to standard error.
//!
//! Colour is decided once, for each of the two: a terminal gets it unless `--no-color` or `NO_COLOR`
//! says otherwise, a pipe never does. Texts carry their styles in any case; what must not have them
//! has them taken out on the way.

use std::{
    fmt::Display,
    io::{self, BufWriter, IsTerminal as _, Stderr, Stdout, Write as _},
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// What wants to be seen first.
pub(crate) const HEAD: Style = Style::new().bold();
/// What went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What wants attention.
pub(crate) const CARE: Style = AnsiColor::Yellow.on_default();
/// What went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What can be passed over.
pub(crate) const DIM: Style = Style::new().dimmed();

// A pipe gets its lines in writes of this size; more gains nothing.
const BUFFER_BYTES: usize = 64 << 10;

/// Both streams.
pub(crate) struct Output {
    out: BufWriter<AutoStream<Stdout>>,
    error: AutoStream<Stderr>,
    /// Whether a person watches standard output, so that each line is shown at once.
    immediate: bool,
    discarded: bool,
}

impl Output {
    pub(crate) fn new(no_color: bool) -> Self {
        if no_color {
            ColorChoice::Never.write_global();
        }
        let (out, error) = (io::stdout(), io::stderr());
        let immediate = out.is_terminal();
        let choice = AutoStream::choice(&out);
        Self {
            out: BufWriter::with_capacity(BUFFER_BYTES, AutoStream::new(out, choice)),
            error: AutoStream::auto(error),
            immediate,
            discarded: false,
        }
    }

    /// A line of data.
    pub(crate) fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.out, "{text}")?;
        if self.immediate { self.out.flush() } else { Ok(()) }
    }

    /// A line for the person, behind the data so far. Where it can't be told, nobody is there.
    pub(crate) fn note(&mut self, text: impl Display) {
        if !self.discarded {
            let _ = self.out.flush();
        }
        let _ = writeln!(self.error, "{text}");
    }

    /// Hands over what was written so far.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Forgets what nobody will read.
    pub(crate) fn discard(&mut self) {
        self.discarded = true;
    }

    /// A line for the person that the next one is drawn over; where [`Output::can_redraw`].
    pub(crate) fn redraw(&mut self, text: impl Display) {
        if !self.discarded {
            let _ = self.out.flush();
        }
        let _ = write!(self.error, "\r\u{1b}[K{text}");
        let _ = self.error.flush();
    }

    /// Whether lines on standard error can be drawn over: a terminal that takes escape sequences.
    pub(crate) fn can_redraw(&self) -> bool {
        let choice = AutoStream::choice(&io::stderr());
        io::stderr().is_terminal() && !matches!(choice, ColorChoice::Never)
    }
}

/// Text out of input, fit for one line of a terminal or of NDJSON, and the same JSON where it is
/// JSON: white space between tokens becomes blanks, and what a terminal would obey or what
/// reverses text becomes an escape.
pub(crate) fn one_line(text: &mut String) {
    let obeyed = |character: char| {
        character.is_control()
            || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(obeyed) {
        return;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => out.push(' '),
            // All of these are below U+10000, so four digits do.
            other if obeyed(other) => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => out.push(other),
        }
    }
    *text = out;
}
