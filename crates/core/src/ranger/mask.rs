//! What a mask lets through, and which of two lets through less.
//!
//! An event has no reader: of the masks that Ranger has for a column, one is published to all. Two masks
//! of which neither hides what the other shows become one that hides both ([`Mask::and`]).

/// What becomes of a column's value, by Ranger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mask {
    /// It stays as it is.
    Clear,
    /// A date down to its year or month; what is no date is masked by its characters.
    Date(Part, Characters),
    /// Its first characters.
    First(u32),
    /// Each character by its class, but for the ends.
    Characters(Characters),
    /// A hash without key.
    Hash,
    /// The same text for every value.
    Constant(String),
    /// What can't be carried over: nothing of the value is left.
    Withheld,
    /// Nothing.
    Null,
}

/// What is left of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    Month,
}

/// What stands for a character of each class, and how many are kept at the ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Characters {
    pub(super) keep_first: u32,
    pub(super) keep_last: u32,
    pub(super) upper: Option<char>,
    pub(super) lower: Option<char>,
    pub(super) digit: Option<char>,
    pub(super) other: Option<char>,
    /// The digit in the place of each of a number's.
    pub(super) number: u8,
}

impl Characters {
    /// `mask({col})`: Hive's own defaults. (The description in Ranger's service definition says that
    /// digits become 0; the function that it calls makes an n of them.)
    pub(super) const MASK: Self = Self {
        keep_first: 0,
        keep_last: 0,
        upper: Some('X'),
        lower: Some('x'),
        digit: Some('n'),
        other: None,
        number: 1,
    };
    /// `'x', 'x', 'x', -1, '1'`: what the transformers of `ranger-servicedef-hive.json` give to the rest.
    pub(super) const SHOW: Self =
        Self { upper: Some('x'), lower: Some('x'), digit: Some('x'), ..Self::MASK };

    fn shows(&self) -> bool {
        let kept = self.upper.is_none() || self.lower.is_none() || self.digit.is_none();
        kept || self.keep_first > 0 || self.keep_last > 0
    }

    /// All of it hidden. Punctuation stays where it stayed.
    pub(super) fn whole(self) -> Self {
        Self {
            keep_first: 0,
            keep_last: 0,
            upper: self.upper.or(Self::SHOW.upper),
            lower: self.lower.or(Self::SHOW.lower),
            digit: self.digit.or(Self::SHOW.digit),
            ..self
        }
    }

    fn and(self, other: &Self) -> Self {
        Self {
            keep_first: self.keep_first.min(other.keep_first),
            keep_last: self.keep_last.min(other.keep_last),
            upper: self.upper.or(other.upper),
            lower: self.lower.or(other.lower),
            digit: self.digit.or(other.digit),
            other: self.other.or(other.other),
            number: self.number,
        }
    }
}

impl Mask {
    /// The mask that shows nothing that either of the two hides.
    pub(super) fn and(self, other: Self) -> Self {
        let (strict, loose) =
            if self.rank() < other.rank() { (other, self) } else { (self, other) };
        match (strict, loose) {
            (Self::Characters(one), Self::Characters(other)) => Self::Characters(one.and(&other)),
            (Self::First(one), Self::First(other)) => Self::First(one.min(other)),
            (Self::Date(Part::Month, _), year @ Self::Date(Part::Year, _)) => year,
            (Self::Characters(one), Self::First(_) | Self::Date(..))
            | (Self::First(_) | Self::Date(..), Self::Characters(one)) => {
                Self::Characters(one.whole())
            }
            (Self::Date(_, one), Self::First(_)) | (Self::First(_), Self::Date(_, one)) => {
                Self::Characters(one.whole())
            }
            (strict, _) => strict,
        }
    }

    /// How much is hidden, roughly: masks of one rank are compared by what they show.
    fn rank(&self) -> u8 {
        match self {
            Self::Clear => 0,
            Self::Date(..) | Self::First(_) => 1,
            Self::Characters(characters) if characters.shows() => 1,
            Self::Characters(_) => 2,
            Self::Hash => 3,
            Self::Constant(_) => 4,
            Self::Withheld => 5,
            Self::Null => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Characters, Mask, Part};

    fn show(keep_first: u32, keep_last: u32) -> Mask {
        Mask::Characters(Characters { keep_first, keep_last, ..Characters::SHOW })
    }

    fn mask() -> Mask {
        Mask::Characters(Characters::MASK)
    }

    fn year() -> Mask {
        Mask::Date(Part::Year, Characters::SHOW)
    }

    #[track_caller]
    fn check(one: &Mask, other: &Mask, expected: &Mask) {
        assert_eq!(one.clone().and(other.clone()), *expected);
        assert_eq!(other.clone().and(one.clone()), *expected, "the other way round");
    }

    #[test]
    fn the_stricter_of_two_wins() {
        let by_strength = [
            Mask::Clear,
            show(0, 4),
            mask(),
            Mask::Hash,
            Mask::Constant("x".to_owned()),
            Mask::Withheld,
            Mask::Null,
        ];
        for (index, loose) in by_strength.iter().enumerate() {
            for strict in &by_strength[index..] {
                check(loose, strict, strict);
            }
        }
    }

    #[test]
    fn two_that_show_different_parts_become_one_that_shows_neither() {
        check(&show(0, 4), &show(4, 0), &show(0, 0));
        check(&show(0, 4), &show(0, 2), &show(0, 2));
        check(&year(), &show(0, 4), &show(0, 0));
        check(&Mask::First(3), &show(4, 0), &show(0, 0));
        check(&Mask::First(3), &Mask::First(2), &Mask::First(2));
        check(&Mask::First(3), &year(), &show(0, 0));
        check(&year(), &Mask::Date(Part::Month, Characters::SHOW), &year());
    }

    #[test]
    fn a_class_of_characters_is_kept_where_both_keep_it() {
        let letters = |digit| {
            Mask::Characters(Characters { upper: None, lower: None, digit, ..Characters::MASK })
        };
        check(&letters(Some('n')), &letters(None), &letters(Some('n')));
        check(&letters(Some('n')), &mask(), &mask());
    }
}
