//! The function's settings: where it runs and how it logs. Nothing in them changes what is redacted.

use cdc_aws::function::settings::{Basics, Reader, SettingsError, process_env, read};

/// The checked settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it runs, and how it logs.
    pub basics: Basics,
}

impl Settings {
    /// The settings of this process.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem.
    pub fn from_process_env() -> Result<Self, SettingsError> {
        Self::from_env(process_env)
    }

    /// The settings that `lookup` finds by the variables' names.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        read(lookup, settings)
    }
}

/// `None` only after noting a problem.
fn settings(reader: &mut Reader<'_>) -> Option<Settings> {
    let basics = reader.basics();
    reader.redaction_stays();
    Some(Settings { basics: basics? })
}

#[cfg(test)]
mod tests {
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
