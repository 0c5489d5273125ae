//! The function's settings: where it runs, how it logs, and where the keys lie. Nothing in them changes what
//! is redacted.

use cdc_aws::{
    function::settings::{Basics, Environment, Reader},
    keyring::KeyringReference,
};

/// The checked settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it runs, and how it logs.
    pub basics: Basics,
    /// `REDACTION_KEYS`: where the keyring lies; needed where rules name keys.
    pub redaction_keys: Option<KeyringReference>,
}

impl Environment for Settings {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let basics = reader.basics();
        let redaction_keys = reader.redaction_keys();
        reader.redaction_stays();
        Some(Self { basics: basics?, redaction_keys })
    }
}

#[cfg(test)]
mod tests {
    use cdc_aws::function::settings::Environment as _;

    use super::Settings;

    #[test]
    fn a_region_is_enough_and_redaction_stays() {
        for (variables, problems) in [
            (&[("AWS_REGION", "eu-west-1")][..], &[][..]),
            (&[("AWS_REGION", "eu-west-1"), ("ENABLE_DATA_REDACTION", "true")], &[]),
            (
                &[("AWS_REGION", "eu-west-1"), ("ENABLE_DATA_REDACTION", "false")],
                &["ENABLE_DATA_REDACTION"],
            ),
            (&[("AWS_REGION", "eu-west-1"), ("REDACTION_KEYS", "secretsmanager:keys")], &[]),
            (&[("AWS_REGION", "eu-west-1"), ("REDACTION_KEYS", "a key")], &["REDACTION_KEYS"]),
            (&[("LOG_LEVEL", "LOUD")], &["AWS_REGION", "LOG_LEVEL"]),
        ] {
            let find = |name: &str| variables.iter().find(|(it, _)| *it == name);
            let read = Settings::from_env(|name| find(name).map(|(_, value)| (*value).to_owned()));
            let found: Vec<&str> = match &read {
                Ok(settings) => {
                    assert_eq!(settings.basics.region.as_str(), "eu-west-1");
                    Vec::new()
                }
                Err(error) => error.problems().iter().map(|problem| problem.name).collect(),
            };
            assert_eq!(found, problems, "{variables:?}");
        }
    }
}
