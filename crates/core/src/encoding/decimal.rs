//! Decimals: bytes of an unscaled number, and a scale.

use base64_simd::STANDARD as BASE64;

/// Longest unscaled value in bytes, some 600 digits. What databases declare ends at 1,000 digits and is
/// hardly ever above 65; writing digits takes time with the square of the length.
pub const DECIMAL_BYTES_MAX: usize = 256;

/// Largest scale, either way: Oracle's reach from -84 to 127, MySQL's to 30. It decides how many zeros
/// are written, and whoever writes the record chooses it.
pub const SCALE_MAX: i32 = 128;

/// The largest power of ten in 32 bits, and its zeros.
const CHUNK: (u64, usize) = (1_000_000_000, 9);

/// The plain decimal of base64 bytes; none where these are no such thing or beyond the bounds.
pub(super) fn plain(base64: &str, scale: i32) -> Option<String> {
    if base64.is_empty() || base64.len() > DECIMAL_BYTES_MAX.div_ceil(3) * 4 {
        return None;
    }
    let bytes = BASE64.decode_to_vec(base64.as_bytes()).ok()?;
    let fits = (1..=DECIMAL_BYTES_MAX).contains(&bytes.len());
    (fits && (-SCALE_MAX..=SCALE_MAX).contains(&scale)).then(|| pointed(&bytes, scale))
}

/// The number with its point.
fn pointed(bytes: &[u8], scale: i32) -> String {
    let negative = bytes[0] & 0x80 != 0;
    let digits = digits(magnitude(bytes, negative));
    let mut out = String::with_capacity(digits.len() + SCALE_MAX as usize + 3);
    if negative {
        out.push('-');
    }
    let behind = usize::try_from(scale).unwrap_or(0);
    if behind == 0 {
        out.push_str(&digits);
        let zeros = if digits == "0" { 0 } else { scale.unsigned_abs() as usize };
        out.extend(std::iter::repeat_n('0', zeros));
        return out;
    }
    let before = digits.len().saturating_sub(behind);
    out.push_str(if before == 0 { "0" } else { &digits[..before] });
    out.push('.');
    out.extend(std::iter::repeat_n('0', behind.saturating_sub(digits.len())));
    out.push_str(&digits[before..]);
    out
}

/// The absolute value of a two's complement, in 32-bit limbs, the most significant first.
fn magnitude(bytes: &[u8], negative: bool) -> Vec<u32> {
    let fill = if negative { 0xff } else { 0 };
    let missing = bytes.len().next_multiple_of(4) - bytes.len();
    let filled = std::iter::repeat_n(fill, missing).chain(bytes.iter().copied());
    let mut limbs = vec![0u32; bytes.len().div_ceil(4)];
    filled.enumerate().for_each(|(at, byte)| limbs[at / 4] = limbs[at / 4] << 8 | u32::from(byte));
    if negative {
        let mut carry = true;
        for limb in limbs.iter_mut().rev() {
            (*limb, carry) = (!*limb).overflowing_add(u32::from(carry));
        }
    }
    limbs
}

/// The decimal digits of a number, without leading zeros.
fn digits(mut limbs: Vec<u32>) -> String {
    let mut chunks = Vec::new();
    while limbs.iter().any(|&limb| limb != 0) {
        let mut rest = 0;
        for limb in &mut limbs {
            let value = rest << 32 | u64::from(*limb);
            *limb = (value / CHUNK.0) as u32;
            rest = value % CHUNK.0;
        }
        chunks.push(rest);
    }
    let mut out = chunks.pop().unwrap_or(0).to_string();
    for chunk in chunks.iter().rev() {
        out.push_str(&format!("{chunk:0width$}", width = CHUNK.1));
    }
    out
}
