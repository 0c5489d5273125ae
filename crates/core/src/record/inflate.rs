//! Inflation: gzip and zstd, bounded per record, per batch and in layers.

use std::{
    fmt,
    io::{self, Read},
};

use bytes::Bytes;
use ruzstd::decoding::StreamingDecoder;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Largest size that one record may inflate to: three times Kinesis's largest record.
pub const INFLATED_RECORD_BYTES_MAX: usize = 32 << 20;

/// Most bytes that the records of one batch may inflate to together: about a second's work. Beyond it
/// the rest of the batch waits for another delivery, so that bombs cannot use up a function's time.
pub const INFLATED_BATCH_BYTES_MAX: usize = 256 << 20;

/// Compression inside compression is followed this deep.
pub const LAYERS_MAX: usize = 2;

/// Most frames of one zstd stream: each needs a decoder of its own, however little is in it.
const ZSTD_FRAMES_MAX: usize = 1024;

/// Largest window a zstd frame may ask for (zstd's own default limit for decoders is 128 MB).
const ZSTD_WINDOW_BYTES_MAX: u64 = 32 << 20;

/// Inflates the records of one batch.
pub struct Inflater {
    budget: usize,
    /// Used again for each record: fresh memory would cost more than inflating into it.
    scratch: Vec<u8>,
}

/// A compressed record that cannot be inflated.
#[derive(Debug, thiserror::Error)]
pub enum InflateError {
    /// Larger than one record may get.
    #[error("inflates to more than {INFLATED_RECORD_BYTES_MAX} bytes")]
    TooLarge,
    /// The budget that the batch's records share is used up: nothing is wrong with this one.
    #[error(
        "the records of this batch together inflate to more than {INFLATED_BATCH_BYTES_MAX} bytes"
    )]
    Exhausted,
    /// Compressed more than [`LAYERS_MAX`] times over.
    #[error("is compressed more than {LAYERS_MAX} times over")]
    TooManyLayers,
    /// More frames than a real stream has.
    #[error("has more than {ZSTD_FRAMES_MAX} zstd frames")]
    TooManyFrames,
    /// Broken.
    #[error("starts like {0} and is broken")]
    Broken(&'static str, #[source] io::Error),
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inflater({} bytes left)", self.budget)
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self { budget: INFLATED_BATCH_BYTES_MAX, scratch: Vec::new() }
    }
}

impl Inflater {
    /// The record's content: itself, where it is not compressed.
    ///
    /// # Errors
    /// [`InflateError`] where a bound is passed or the stream is broken.
    pub fn inflate(&mut self, data: &Bytes) -> Result<Bytes, InflateError> {
        let mut content = data.clone();
        for _ in 0..LAYERS_MAX {
            let mut out = std::mem::take(&mut self.scratch);
            out.clear();
            let inflated = if content.starts_with(&GZIP_MAGIC) {
                let stream = flate2::read::MultiGzDecoder::new(&content[..]);
                self.read_into(&mut out, "gzip", stream)
            } else if content.starts_with(&ZSTD_MAGIC) {
                self.zstd(&mut out, &content)
            } else {
                self.scratch = out;
                return Ok(content);
            };
            let copy = inflated.map(|()| Bytes::copy_from_slice(&out));
            self.scratch = out;
            content = copy?;
        }
        if content.starts_with(&GZIP_MAGIC) || content.starts_with(&ZSTD_MAGIC) {
            return Err(InflateError::TooManyLayers);
        }
        Ok(content)
    }

    /// All frames of a zstd stream, one behind the other.
    fn zstd(&mut self, out: &mut Vec<u8>, content: &[u8]) -> Result<(), InflateError> {
        let mut rest = content;
        for _ in 0..ZSTD_FRAMES_MAX {
            if rest.is_empty() {
                return Ok(());
            }
            let mut frame =
                StreamingDecoder::new_with_max_window_size(&mut rest, ZSTD_WINDOW_BYTES_MAX)
                    .map_err(|error| broken_zstd(&error))?;
            self.read_into(out, "zstd", &mut frame)?;
            let decoder = frame.into_frame_decoder();
            let (stored, computed) =
                (decoder.get_checksum_from_data(), decoder.get_calculated_checksum());
            if stored.is_some() && computed.is_some() && stored != computed {
                return Err(broken_zstd(&"checksum mismatch"));
            }
        }
        if rest.is_empty() { Ok(()) } else { Err(InflateError::TooManyFrames) }
    }

    /// Reads a stream to its end. What it produced counts against the budget, whatever comes of it:
    /// a bomb that fails has cost as much as one that does not.
    fn read_into(
        &mut self,
        out: &mut Vec<u8>,
        format: &'static str,
        stream: impl Read,
    ) -> Result<(), InflateError> {
        let before = out.len();
        let bound = self.budget.min(INFLATED_RECORD_BYTES_MAX - before);
        let read = stream.take(bound as u64 + 1).read_to_end(out);
        let produced = out.len() - before;
        let exhausted = produced > self.budget;
        self.budget = self.budget.saturating_sub(produced);
        read.map_err(|error| InflateError::Broken(format, error))?;
        if out.len() > INFLATED_RECORD_BYTES_MAX {
            return Err(InflateError::TooLarge);
        }
        if exhausted { Err(InflateError::Exhausted) } else { Ok(()) }
    }
}

fn broken_zstd(error: &dyn std::fmt::Display) -> InflateError {
    InflateError::Broken("zstd", io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::Inflater;

    #[test]
    fn frames_of_a_zstd_stream_are_bounded() {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        let frame = ruzstd::encoding::compress_to_vec(&b"x"[..], level);
        let inflate = |frames| Inflater::default().inflate(&frame.repeat(frames).into());
        assert_eq!(inflate(1024).unwrap().len(), 1024);
        assert_eq!(inflate(1025).unwrap_err().to_string(), "has more than 1024 zstd frames");
    }
}
