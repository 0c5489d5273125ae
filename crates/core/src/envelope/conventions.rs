//! What a producer's users may have named otherwise. The documented defaults hold unless the
//! pipeline's configuration says something else.

use std::sync::LazyLock;

use crate::event::Envelope;

/// The names and forms that decoding goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conventions {
    /// The only envelope that records have; where it is none, each is recognised by its shape.
    pub envelope: Option<Envelope>,
    /// What AWS DMS puts before the name of a before-image column (`BeforeImagePrefix`… of the task).
    pub before_prefix: Box<str>,
    /// What AWS DMS puts behind the name of a before-image column.
    pub before_suffix: Box<str>,
    /// The attribute that AWS DMS writes the before image to.
    pub before_image: Box<str>,
    /// Debezium's `unavailable.value.placeholder`.
    pub unavailable: Box<str>,
    /// What Debezium's `ExtractNewRecordState` puts before the fields that it adds to a row
    /// (`add.fields.prefix`).
    pub flattened_prefix: Box<str>,
    /// The last part of Debezium's `signal.data.collection`: rows of a table so named are signals.
    pub signal_table: Box<str>,
}

impl Conventions {
    /// What producers document, nothing renamed.
    #[must_use]
    pub fn documented() -> &'static Self {
        static DOCUMENTED: LazyLock<Conventions> = LazyLock::new(Conventions::default);
        &DOCUMENTED
    }

    /// The column that a before-image column of AWS DMS is about, in any case: by the names told here
    /// or by the documented ones, because to hit is the safe side where something is withheld.
    pub(crate) fn before_column<'n>(&self, name: &'n str) -> Option<&'n str> {
        let documented = Self::documented();
        stripped(name, &self.before_prefix, &self.before_suffix)
            .or_else(|| stripped(name, &documented.before_prefix, &documented.before_suffix))
    }

    /// Whether a member of that name is a before image: as told here, or as documented.
    pub(crate) fn is_before_image(&self, name: &str) -> bool {
        name == &*self.before_image || name == &*Self::documented().before_image
    }

    /// Most bytes that [`Conventions::before_column`] takes off a name.
    pub(crate) fn affix_bytes_max(&self) -> usize {
        let documented = Self::documented().before_prefix.len();
        documented.max(self.before_prefix.len() + self.before_suffix.len())
    }
}

/// A name without prefix and suffix, where it has both, one of them is something and so is the rest.
fn stripped<'n>(name: &'n str, prefix: &str, suffix: &str) -> Option<&'n str> {
    let end = name.len().checked_sub(suffix.len()).filter(|&end| end > prefix.len())?;
    let (start, middle) = (name.get(..prefix.len())?, name.get(prefix.len()..end)?);
    let is_affixed = start.eq_ignore_ascii_case(prefix) && name[end..].eq_ignore_ascii_case(suffix);
    (is_affixed && prefix.len() + suffix.len() > 0).then_some(middle)
}

impl Default for Conventions {
    fn default() -> Self {
        Self {
            envelope: None,
            before_prefix: "BI_".into(),
            before_suffix: "".into(),
            before_image: "before-image".into(),
            unavailable: "__debezium_unavailable_value".into(),
            flattened_prefix: "__".into(),
            signal_table: "debezium_signal".into(),
        }
    }
}
