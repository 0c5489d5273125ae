//! The scanner: one pass over the text, no recursion, eight bytes of a string at a time.

use super::value::Kind;

/// Deepest nesting of objects and arrays. serde_json and many subscribers' parsers stop at 128;
/// real rows nest a handful of levels.
pub const DEPTH_MAX: usize = 128;

/// Longest text in bytes. Node offsets are 32 bits wide; records are bounded far below it.
pub const LENGTH_MAX: usize = 1 << 30;

/// Most values and member names of one text. Their notes take sixteen bytes each, up to eight times
/// what the text takes; a real row has thousands.
pub const NODES_MAX: usize = 1 << 21;

/// Where a value stands in the text. Nodes are in document order: a container's children follow
/// it, in objects as pairs of a key and a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    /// The index of the first node behind this value.
    pub(super) skip: u32,
    pub(super) kind: Kind,
    pub(super) escaped: bool,
}

/// Why a text was refused, and at which byte. Its content is not repeated: it may be a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not valid JSON at byte {offset}: {kind}")]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// Zero-based offset in bytes.
    pub offset: usize,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonErrorKind {
    /// The text ends inside a value.
    #[error("the text ends too early")]
    UnexpectedEnd,
    /// No value starts here.
    #[error("a value is expected")]
    ValueExpected,
    /// An object's member must start here.
    #[error("a member name in quotes is expected")]
    NameExpected,
    /// A colon must stand between a name and its value.
    #[error("':' is expected")]
    ColonExpected,
    /// A container goes on or ends here.
    #[error("',' or the closing bracket is expected")]
    CommaOrEndExpected,
    /// A control character inside a string.
    #[error("a control character inside a string must be escaped")]
    ControlCharacter,
    /// A backslash before something that is no escape.
    #[error("unknown escape sequence")]
    BadEscape,
    /// A number off JSON's grammar.
    #[error("malformed number")]
    BadNumber,
    /// Something behind the value.
    #[error("nothing but white space may follow the value")]
    Trailing,
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// Longer than [`LENGTH_MAX`].
    #[error("longer than {LENGTH_MAX} bytes")]
    TooLong,
    /// More values and names than [`NODES_MAX`].
    #[error("more than {NODES_MAX} values and names")]
    TooManyNodes,
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
}

/// Scans `text` into `nodes` (cleared first).
pub(super) fn scan(text: &str, nodes: &mut Vec<Node>) -> Result<(), JsonError> {
    nodes.clear();
    if text.len() > LENGTH_MAX {
        return Err(JsonError { kind: JsonErrorKind::TooLong, offset: LENGTH_MAX });
    }
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        nodes,
        open: [0; DEPTH_MAX],
        depth: 0,
        inside: Kind::Null,
    };
    scanner.document()
}

struct Scanner<'s> {
    bytes: &'s [u8],
    at: usize,
    nodes: &'s mut Vec<Node>,
    /// Indexes of the containers that are not closed yet.
    open: [u32; DEPTH_MAX],
    depth: usize,
    /// What the innermost of them is; of no meaning where there is none.
    inside: Kind,
}

type Scanned = Result<(), JsonError>;

impl Scanner<'_> {
    fn document(&mut self) -> Scanned {
        self.white_space();
        loop {
            if self.value()? {
                continue;
            }
            if self.finished()? {
                break;
            }
        }
        self.white_space();
        if self.at < self.bytes.len() { Err(self.error(JsonErrorKind::Trailing)) } else { Ok(()) }
    }

    /// One value, or the opening of a container: `true` if its first child's value comes next.
    fn value(&mut self) -> Result<bool, JsonError> {
        if self.nodes.len() >= NODES_MAX {
            return Err(self.error(JsonErrorKind::TooManyNodes));
        }
        match self.peek() {
            Some(b'"') => self.string().map(|()| false),
            Some(b'{') => self.open(Kind::Object),
            Some(b'[') => self.open(Kind::Array),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| false),
            Some(b't') => self.literal(b"true", Kind::Bool),
            Some(b'f') => self.literal(b"false", Kind::Bool),
            Some(b'n') => self.literal(b"null", Kind::Null),
            Some(_) => Err(self.error(JsonErrorKind::ValueExpected)),
            None => Err(self.error(JsonErrorKind::UnexpectedEnd)),
        }
    }

    fn open(&mut self, kind: Kind) -> Result<bool, JsonError> {
        if self.depth == DEPTH_MAX {
            return Err(self.error(JsonErrorKind::TooDeep));
        }
        self.open[self.depth] = self.nodes.len() as u32;
        self.depth += 1;
        self.inside = kind;
        self.push(kind, self.at, self.at, false);
        self.at += 1;
        self.white_space();
        let end = if kind == Kind::Object { b'}' } else { b']' };
        if self.peek() == Some(end) {
            self.close();
            return Ok(false);
        }
        if kind == Kind::Object {
            self.name()?;
        }
        Ok(true)
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
        let behind = self.nodes.len() as u32;
        let node = &mut self.nodes[self.open[self.depth] as usize];
        node.end = self.at as u32;
        node.skip = behind;
        if let Some(outer) = self.depth.checked_sub(1) {
            self.inside = self.nodes[self.open[outer] as usize].kind;
        }
    }

    /// Behind a value: closes what ends here; `true` once the outermost value is complete.
    fn finished(&mut self) -> Result<bool, JsonError> {
        while self.depth > 0 {
            self.white_space();
            match (self.peek(), self.inside) {
                (Some(b','), Kind::Object) => {
                    self.at += 1;
                    self.white_space();
                    self.name()?;
                    return Ok(false);
                }
                (Some(b','), _) => {
                    self.at += 1;
                    self.white_space();
                    return Ok(false);
                }
                (Some(b'}'), Kind::Object) | (Some(b']'), Kind::Array) => self.close(),
                (Some(_), _) => return Err(self.error(JsonErrorKind::CommaOrEndExpected)),
                (None, _) => return Err(self.error(JsonErrorKind::UnexpectedEnd)),
            }
        }
        Ok(true)
    }

    fn name(&mut self) -> Scanned {
        match self.peek() {
            Some(b'"') => self.string()?,
            Some(_) => return Err(self.error(JsonErrorKind::NameExpected)),
            None => return Err(self.error(JsonErrorKind::UnexpectedEnd)),
        }
        self.white_space();
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(_) => return Err(self.error(JsonErrorKind::ColonExpected)),
            None => return Err(self.error(JsonErrorKind::UnexpectedEnd)),
        }
        self.white_space();
        Ok(())
    }

    fn string(&mut self) -> Scanned {
        let start = self.at;
        let mut end = start + 1;
        end += plain_length(&self.bytes[end..]);
        let escaped = self.bytes.get(end) != Some(&b'"');
        if escaped {
            self.at = end;
            self.rest_of_string()?;
            end = self.at;
        }
        self.at = end + 1;
        self.push(Kind::String, start, self.at, escaped);
        Ok(())
    }

    /// Goes on to the closing quote of a string in which something does not stand for itself.
    #[cold]
    fn rest_of_string(&mut self) -> Scanned {
        loop {
            match self.peek() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.error(JsonErrorKind::ControlCharacter)),
                None => return Err(self.error(JsonErrorKind::UnexpectedEnd)),
            }
            self.at += plain_length(&self.bytes[self.at..]);
        }
    }

    fn escape(&mut self) -> Scanned {
        let width = match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => match self.bytes.get(self.at + 2..self.at + 6) {
                Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => 6,
                _ => return Err(self.error(JsonErrorKind::BadEscape)),
            },
            Some(_) => return Err(self.error(JsonErrorKind::BadEscape)),
            None => return Err(self.error(JsonErrorKind::UnexpectedEnd)),
        };
        self.at += width;
        Ok(())
    }

    fn number(&mut self) -> Scanned {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        self.push(Kind::Number, start, self.at, false);
        Ok(())
    }

    fn digits(&mut self) -> Scanned {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return Err(self.error(JsonErrorKind::BadNumber));
        }
        self.at += count;
        Ok(())
    }

    fn literal(&mut self, word: &[u8], kind: Kind) -> Result<bool, JsonError> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(self.error(JsonErrorKind::ValueExpected));
        }
        let start = self.at;
        self.at += word.len();
        self.push(kind, start, self.at, false);
        Ok(false)
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, escaped: bool) {
        let skip = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { start: start as u32, end: end as u32, skip, kind, escaped });
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn white_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError { kind, offset: self.at }
    }
}

/// How many bytes at the start of `bytes` stand for themselves in a JSON string: up to the first
/// quote, backslash or control character.
#[inline]
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(chunk) = bytes[length..].first_chunk() {
        let special = special_bytes(u64::from_le_bytes(*chunk));
        if special != 0 {
            return length + (special.trailing_zeros() / 8) as usize;
        }
        length += chunk.len();
    }
    let rest = bytes[length..].iter();
    length + rest.take_while(|&&byte| byte >= 0x20 && byte != b'"' && byte != b'\\').count()
}

/// The high bit of each byte that is a quote, a backslash or a control character. (Bits above the
/// lowest one set may be wrong by the borrow; only the lowest is read.)
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // With this bit turned a quote stands right behind the control characters, and they are as before.
    const TURNED: u8 = 0x02;
    let less = |x: u64, than: u8| x.wrapping_sub(ONES * u64::from(than)) & !x;
    let control_or_quote = less(word ^ (ONES * TURNED as u64), (b'"' ^ TURNED) + 1);
    let backslash = less(word ^ (ONES * u64::from(b'\\')), 1);
    (control_or_quote | backslash) & HIGHS
}
