//! The settings of the relays, also for commands that need nothing else.

use std::time::Duration;

use super::read::{self, Reader};
use super::{Config, ConfigError, Environment, QueueSettings};
use crate::store::pool::DatabaseSettings;

/// Settings of the relays.
#[derive(Clone, Debug)]
pub struct EventsSettings {
    /// Topic and queues.
    pub queues: QueueSettings,
    /// Name of the environment that the outbox speaks for (decisions C6).
    pub environment: Option<String>,
    /// How long published events are kept.
    pub retention: Duration,
}

impl EventsSettings {
    fn new(queues: QueueSettings, environment: Option<String>, retention_days: u32) -> Self {
        Self { queues, environment, retention: Duration::from_secs(u64::from(retention_days) * 24 * 60 * 60) }
    }

    /// These settings and those of the database, without all the others that `serve` needs.
    ///
    /// # Errors
    /// Every setting of them that is missing or wrong, one line for each.
    pub fn from_env(environment: Environment<'_>) -> Result<(Self, DatabaseSettings), ConfigError> {
        let mut r = Reader::new(environment);
        let database = DatabaseSettings::from_env(environment).map_err(|problems| r.add_problems(problems)).ok();
        let days = r.parsed("EVENTS_RETENTION_DAYS", read::number(0));
        let settings = Self::new(QueueSettings::read(&mut r), r.optional("EVENTS_ENVIRONMENT"), days);
        match (database, r.problems()) {
            (Some(database), problems) if problems.is_empty() => Ok((settings, database)),
            (_, problems) => Err(ConfigError(problems)),
        }
    }
}

impl From<&Config> for EventsSettings {
    fn from(config: &Config) -> Self {
        Self::new(config.queues.clone(), config.events_environment.clone(), config.events_retention_days)
    }
}

#[cfg(test)]
mod tests {
    use super::EventsSettings;
    use std::time::Duration;

    fn read(set: &[(&str, &str)]) -> Result<EventsSettings, Vec<String>> {
        let env = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        EventsSettings::from_env(&env).map(|(settings, _)| settings).map_err(|error| error.0)
    }

    #[test]
    fn a_command_needs_the_database_and_what_concerns_events() {
        let settings = read(&[
            ("DATABASE_URL", "postgresql://u:p@localhost:5432/locations"),
            ("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", "arn:aws:sns:eu-west-2:000000000000:domainevents"),
            ("EVENTS_ENVIRONMENT", "dev"),
            ("EVENTS_RETENTION_DAYS", "2"),
        ])
        .unwrap();
        assert_eq!(settings.environment.as_deref(), Some("dev"));
        assert_eq!(settings.queues.topic_arn.as_deref(), Some("arn:aws:sns:eu-west-2:000000000000:domainevents"));
        assert_eq!(settings.retention, Duration::from_secs(172_800));
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let problems = read(&[("EVENTS_RETENTION_DAYS", "-1"), ("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", "domainevents")])
            .unwrap_err();
        for name in ["DATABASE_URL: ", "EVENTS_RETENTION_DAYS: ", "HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN: "] {
            assert_eq!(problems.iter().filter(|line| line.starts_with(name)).count(), 1, "{name} in {problems:?}");
        }
    }
}
