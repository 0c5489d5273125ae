//! Lines: bytes up to a bound, whatever they are.
//!
//! A file that is one JSON object over several lines (an indented Lambda event, say) is handed out as
//! one line. It is known by its first line, which ends inside a value.

use std::io::{self, BufRead as _, BufReader, Chain, Cursor, Read};

use cdc_core::json::{Document, JsonErrorKind};

/// Longest line: base64 of the 32 MiB that a record may inflate to, and room for its envelope.
const LINE_BYTES_MAX: usize = 64 << 20;

/// Largest file that is read whole: a Lambda event has at most 6 MB.
const WHOLE_BYTES_MAX: usize = 64 << 20;

const BUFFER_BYTES: usize = 64 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A line that is not blank.
pub(crate) struct Line {
    /// From 1.
    pub(crate) number: u64,
    /// The bytes; none where there are more than [`LINE_BYTES_MAX`].
    pub(crate) bytes: Option<Vec<u8>>,
}

/// The lines of a source.
pub(crate) struct Lines {
    /// What was read to find out what the file is, and what follows.
    source: Chain<Cursor<Vec<u8>>, BufReader<Box<dyn Read>>>,
    /// Lines read so far.
    number: u64,
    /// Whether what was read ahead is one document.
    whole: bool,
}

impl Lines {
    /// Reads the first line that is not blank, to see what the file is.
    pub(crate) fn open(source: Box<dyn Read>) -> io::Result<Self> {
        let mut source = BufReader::with_capacity(BUFFER_BYTES, source);
        let mut head = Vec::new();
        let mut number = 0;
        loop {
            source.by_ref().take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut head)?;
            if number == 0 && head.starts_with(BYTE_ORDER_MARK) {
                head.drain(..BYTE_ORDER_MARK.len());
            }
            if head.is_empty() || !is_blank(&head) {
                break;
            }
            number += 1;
            head.clear();
        }
        let mut whole = false;
        if ends_inside_a_value(&head) {
            source.by_ref().take(WHOLE_BYTES_MAX as u64).read_to_end(&mut head)?;
            let document = Document::parse(&head, Vec::new());
            whole = document.is_ok_and(|document| document.root().as_object().is_some());
        }
        Ok(Self { source: Cursor::new(head).chain(source), number, whole })
    }

    /// Whether the next line may not be there yet.
    pub(super) fn would_wait(&self) -> bool {
        let (head, rest) = self.source.get_ref();
        let unread = usize::try_from(head.position()).unwrap_or(usize::MAX);
        unread >= head.get_ref().len() && !rest.buffer().contains(&b'\n')
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        if std::mem::take(&mut self.whole) {
            let head = std::mem::take(self.source.get_mut().0.get_mut());
            self.number += 1;
            return Ok(Some(Line { number: self.number, bytes: Some(head) }));
        }
        loop {
            let mut bytes = Vec::new();
            self.source.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut bytes)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            self.number += 1;
            let number = self.number;
            if bytes.len() > LINE_BYTES_MAX && !bytes.ends_with(b"\n") {
                self.skip_line()?;
                return Ok(Some(Line { number, bytes: None }));
            }
            if !is_blank(&bytes) {
                return Ok(Some(Line { number, bytes: Some(bytes) }));
            }
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.source.fill_buf()?;
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let used = end.map_or(buffer.len(), |at| at + 1);
            self.source.consume(used);
            if end.is_some() || used == 0 {
                return Ok(());
            }
        }
    }
}

impl Iterator for Lines {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

fn ends_inside_a_value(line: &[u8]) -> bool {
    let document = Document::parse(line, Vec::new());
    document.is_err_and(|error| error.kind == JsonErrorKind::UnexpectedEnd)
}
