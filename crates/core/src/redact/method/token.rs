//! Tokens: of a text in its form, of a whole number another one.

use super::{Scalar, Unfit, key, write_as};
use crate::{keyring::TokenForm, rules::Tokenize};

pub(super) fn write(tokenize: &Tokenize, json: &str, out: &mut String) -> Result<(), Unfit> {
    let key = key(&tokenize.keyed)?;
    let scalar = Scalar::of(json, "tokenize", "text and whole numbers")?;
    let form = form(tokenize, matches!(scalar, Scalar::Number(_)));
    let token = match &scalar {
        Scalar::Text(text) => form.token(key, text)?,
        Scalar::Number(number) if is_whole(number) => form.token(key, number)?,
        Scalar::Number(_) => return Err(Unfit::NotA("a whole number")),
    };
    write_as(&scalar, &token, out);
    Ok(())
}

pub(in crate::redact) fn form(tokenize: &Tokenize, number: bool) -> TokenForm<'_> {
    TokenForm {
        alphabet: tokenize.alphabet,
        domain: &tokenize.keyed.domain,
        same_length: tokenize.same_length,
        number,
    }
}

pub(in crate::redact) fn is_whole(number: &str) -> bool {
    number.strip_prefix('-').unwrap_or(number).bytes().all(|byte| byte.is_ascii_digit())
}
