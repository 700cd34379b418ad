//! What the relays are told by the environment (07 section 9.1, decisions C).

use std::time::Duration;

use crate::store::outbox::control::Identity;

/// Days for which published events are kept when no setting says otherwise.
const RETENTION_DAYS: u32 = 7;

/// The queues that we listen to, by the names that the settings know them by (07 section 9.1).
const INBOUND: [&str; 3] = ["UPDATEFROMEXTERNALSYSTEMEVENTS", "UPDATECELLCERTIFICATE", "LOCATIONSINSIDEPRISON"];

/// Where SNS and SQS are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// AWS, or what `AWS_ENDPOINT_URL` names; credentials from the default chain.
    Aws,
    /// A local stand-in at this URL: any credentials, and what is missing is made at start (07 section 4.3 rule 4).
    Localstack(String),
}

/// A queue and where its failures go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueNames {
    /// The queue.
    pub name: String,
    /// Its dead-letter queue.
    pub dead_letters: Option<String>,
}

/// Settings of the relays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsSettings {
    /// `HMPPS_SQS_PROVIDER` (`aws`, the default, or `localstack`) and `HMPPS_SQS_LOCALSTACK_URL`.
    pub provider: Provider,
    /// `HMPPS_SQS_REGION`.
    pub region: String,
    /// `EVENTS_ENVIRONMENT`, any name that tells `prod` from `preprod`, and `HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN`. Without a
    /// topic, events are written to the log.
    pub identity: Identity,
    /// `HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME`. Without it, audit messages are written to the log.
    pub audit_queue: Option<String>,
    /// `HMPPS_SQS_QUEUES_*_QUEUE_NAME` and `..._DLQ_NAME` of the queues that we listen to.
    pub inbound_queues: Vec<QueueNames>,
    /// `EVENTS_RETENTION_DAYS`: for how long published events are kept.
    pub retention: Duration,
}

impl EventsSettings {
    /// Reads the settings; `env` gives the value of a variable. An empty value is as good as none.
    ///
    /// # Errors
    /// One line for each setting that is wrong.
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let env = |name: &str| env(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mut wrong = Vec::new();
        let provider = match env("HMPPS_SQS_PROVIDER").as_deref() {
            None | Some("aws") => Provider::Aws,
            Some("localstack") => Provider::Localstack(
                env("HMPPS_SQS_LOCALSTACK_URL").unwrap_or_else(|| "http://localhost:4566".to_owned()),
            ),
            Some(other) => {
                wrong.push(format!("HMPPS_SQS_PROVIDER: expected aws or localstack, found {other}"));
                Provider::Aws
            }
        };
        let topic_arn = env("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN");
        if let Some(arn) = topic_arn.as_deref().filter(|arn| topic_name(arn).is_none()) {
            wrong.push(format!("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN: {arn} is not the ARN of a topic"));
        }
        let days = env("EVENTS_RETENTION_DAYS").map_or(Ok(RETENTION_DAYS), |days| days.parse::<u32>());
        let days = days.unwrap_or_else(|_| {
            wrong.push("EVENTS_RETENTION_DAYS: expected a whole number of days".to_owned());
            RETENTION_DAYS
        });
        let queue = |id: &&str| {
            let name = env(&format!("HMPPS_SQS_QUEUES_{id}_QUEUE_NAME"))?;
            Some(QueueNames { name, dead_letters: env(&format!("HMPPS_SQS_QUEUES_{id}_DLQ_NAME")) })
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            provider,
            region: env("HMPPS_SQS_REGION").unwrap_or_else(|| "eu-west-2".to_owned()),
            identity: Identity { environment: env("EVENTS_ENVIRONMENT"), topic_arn },
            audit_queue: env("HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME"),
            inbound_queues: INBOUND.iter().filter_map(queue).collect(),
            retention: Duration::from_secs(u64::from(days) * 24 * 60 * 60),
        })
    }
}

/// The name of a topic, the last part of its ARN (`arn:aws:sns:region:account:name`).
pub fn topic_name(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "sns", _, _, name] if !name.is_empty() => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{EventsSettings, Provider, QueueNames};
    use std::time::Duration;

    fn read(set: &[(&str, &str)]) -> Result<EventsSettings, Vec<String>> {
        let env = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        EventsSettings::from_env(&env)
    }

    #[test]
    fn nothing_set_writes_to_the_log() {
        let settings = read(&[("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", "")]).unwrap();
        assert_eq!(settings.identity.topic_arn, None);
        assert_eq!(settings.audit_queue, None);
        assert_eq!(settings.provider, Provider::Aws);
        assert_eq!(settings.region, "eu-west-2");
        assert_eq!(settings.retention, Duration::from_secs(604_800));
    }

    #[test]
    fn the_settings_of_the_live_service_are_understood() {
        let settings = read(&[
            ("HMPPS_SQS_PROVIDER", "localstack"),
            ("HMPPS_SQS_LOCALSTACK_URL", "http://localhost:9999"),
            ("HMPPS_SQS_REGION", "eu-west-1"),
            ("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", "arn:aws:sns:eu-west-1:000000000000:domainevents"),
            ("HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME", "audit"),
            ("HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_QUEUE_NAME", "certificates"),
            ("HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_DLQ_NAME", "certificates-dlq"),
            ("EVENTS_ENVIRONMENT", "dev"),
            ("EVENTS_RETENTION_DAYS", "2"),
        ])
        .unwrap();
        assert_eq!(settings.provider, Provider::Localstack("http://localhost:9999".into()));
        assert_eq!(settings.region, "eu-west-1");
        assert_eq!(settings.identity.environment.as_deref(), Some("dev"));
        assert_eq!(settings.audit_queue.as_deref(), Some("audit"));
        let queue = QueueNames { name: "certificates".into(), dead_letters: Some("certificates-dlq".into()) };
        assert_eq!(settings.inbound_queues, [queue]);
        assert_eq!(settings.retention, Duration::from_secs(172_800));
    }

    #[test]
    fn each_wrong_setting_gets_a_line() {
        let wrong = read(&[
            ("HMPPS_SQS_PROVIDER", "azure"),
            ("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", "domainevents"),
            ("EVENTS_RETENTION_DAYS", "-1"),
        ])
        .unwrap_err();
        assert_eq!(wrong.len(), 3);
        assert!(wrong[0].starts_with("HMPPS_SQS_PROVIDER: "));
        assert!(wrong[1].starts_with("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN: "));
        assert!(wrong[2].starts_with("EVENTS_RETENTION_DAYS: "));
    }
}
