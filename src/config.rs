//! Every setting: read once at start; what is missing or wrong is told all at once, and stops the start.

pub mod events;
mod read;
pub mod settings;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tracing_subscriber::filter::Targets;

pub use events::EventsSettings;
pub use read::Environment;
pub use settings::{SETTINGS, Setting};

use crate::api::auth::ExpectedClaims;
use crate::domain::groups::GroupTable;
use crate::domain::sync::ReturnedReason;
use crate::store::pool::DatabaseSettings;
use read::Reader;

/// All settings of `serve` (07 section 9.1, and our own).
#[derive(Clone, Debug)]
pub struct Config {
    /// Port of the API; 0 takes a free one.
    pub server_port: u16,
    /// Port of `/metrics`; none where it is switched off.
    pub management_port: Option<u16>,
    /// After this time a request is given up with 503.
    pub request_timeout: Duration,
    /// The largest body that is read, in bytes.
    pub request_body_limit: usize,
    /// How long readiness is refused before connections are, at the end.
    pub shutdown_delay: Duration,
    /// How long running requests may take to end.
    pub shutdown_timeout: Duration,
    /// Profile `train`: `PUT /reset-training` exists.
    pub training: bool,
    /// The instant at which the contract's clock stands still (decisions E).
    pub fixed_clock: Option<DateTime<Utc>>,
    /// The database.
    pub database: DatabaseSettings,
    /// Connections for requests.
    pub database_pool_size: u32,
    /// The services around.
    pub remote: RemoteSettings,
    /// How long names of prisons are kept.
    pub prison_name_cache: Duration,
    /// Location groups of the prisons that have them in a file.
    pub groups: Arc<GroupTable>,
    /// What tokens must say.
    pub expected_claims: ExpectedClaims,
    /// Where tokens of the development key are accepted: the file of the key.
    pub development_key_file: Option<PathBuf>,
    /// Topic and queues.
    pub queues: QueueSettings,
    /// Whether `capacity.changed` and `certification.changed` are published (decisions C2).
    pub capacity_and_certification_events: bool,
    /// Name of the environment that the outbox speaks for (decisions C6).
    pub events_environment: Option<String>,
    /// How long published events are kept.
    pub events_retention_days: u32,
    /// Whether prisons are switched on one by one (07 section 5.4).
    pub activated_per_prison: bool,
    /// What becomes of a reason of deactivation that NOMIS sends back.
    pub returned_reason: ReturnedReason,
    /// `productId` of `/info`.
    pub product_id: String,
    /// Version of the service: setting `BUILD_NUMBER`, else that of the build.
    pub version: String,
    /// How the service is watched.
    pub telemetry: TelemetrySettings,
}

/// The services that we ask.
#[derive(Clone)]
pub struct RemoteSettings {
    /// Authorisation server, ends in `/auth`.
    pub oauth: String,
    /// Prisoner Search.
    pub prisoner_search: String,
    /// Prison Register.
    pub prison_register: String,
    /// Prison API.
    pub prison_api: String,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Client of the authorisation server.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

impl std::fmt::Debug for RemoteSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteSettings").field("oauth", &self.oauth).finish_non_exhaustive()
    }
}

/// Topic and queues on AWS, or on a local server that speaks like it.
#[derive(Clone, Debug)]
pub struct QueueSettings {
    /// The local server, where the provider is `localstack`.
    pub localstack_url: Option<String>,
    /// Region of topic and queues.
    pub region: String,
    /// Whether the credentials chain of AWS is used.
    pub use_web_token: bool,
    /// ARN of the topic of the domain events; without it they go to the log.
    pub topic_arn: Option<String>,
    /// Queue of the audit messages; without it they go to the log.
    pub audit: Option<String>,
    /// Queue of changes asked for by other systems (07 section 4.1).
    pub update_from_external_system_events: Option<Queue>,
    /// Queue of cell certificate uploads (07 section 4.2).
    pub update_cell_certificate: Option<Queue>,
    /// A queue that nothing reads (07 section 4.3).
    pub locations_inside_prison: Option<Queue>,
    /// Seconds before a failed message is tried again, one for each attempt; the last one repeats.
    pub error_visibility_timeouts: Vec<u32>,
    /// Role of queue administration.
    pub admin_role: String,
}

/// A queue and its dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Name of the queue.
    pub name: String,
    /// Name of its dead-letter queue.
    pub dlq: Option<String>,
}

/// How the service is watched.
#[derive(Clone, Debug, Default)]
pub struct TelemetrySettings {
    /// Filter of the log, as `info,sqlx=debug`.
    pub log_level: Targets,
    /// Whether log lines are for people rather than JSON.
    pub log_as_text: bool,
    /// Collector of traces.
    pub otlp_endpoint: Option<String>,
}

/// Settings that are missing or wrong, one line for each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// The environment of this process.
pub fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Config {
    /// Reads all settings.
    ///
    /// # Errors
    /// Every setting that is missing or wrong, one line for each.
    pub fn from_env(environment: Environment<'_>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(environment);
        let config = Self::read(&mut reader, environment);
        match (config, reader.problems()) {
            (Some(config), problems) if problems.is_empty() => Ok(config),
            (_, problems) => Err(ConfigError(problems)),
        }
    }

    /// None only where a problem has been noted.
    fn read(r: &mut Reader<'_>, environment: Environment<'_>) -> Option<Self> {
        let database = DatabaseSettings::from_env(environment).map_err(|problems| r.add_problems(problems)).ok();
        let development = r.parsed("DEVELOPMENT_MODE", read::boolean);
        let key_file = r.optional("DEVELOPMENT_KEY_FILE").map(PathBuf::from);
        if development && key_file.is_none() {
            r.add_problems(vec!["DEVELOPMENT_KEY_FILE: not set, though DEVELOPMENT_MODE is true".into()]);
        }
        Some(Self {
            server_port: r.parsed("SERVER_PORT", read::port),
            management_port: Some(r.parsed("MANAGEMENT_PORT", read::port)).filter(|port| *port != 0),
            request_timeout: r.parsed("REQUEST_TIMEOUT", read::duration),
            request_body_limit: r.parsed("REQUEST_BODY_LIMIT", read::bytes),
            shutdown_delay: r.parsed("SHUTDOWN_DELAY", read::duration),
            shutdown_timeout: r.parsed("SHUTDOWN_TIMEOUT", read::duration),
            training: r.text("SPRING_PROFILES_ACTIVE").split(',').any(|profile| profile.trim() == "train"),
            fixed_clock: r.optionally_parsed("FIXED_CLOCK", read::instant),
            database_pool_size: r.parsed("DATABASE_POOL_SIZE", read::number(1)),
            remote: RemoteSettings::read(r),
            prison_name_cache: Duration::from_secs(r.parsed("PRISON_NAME_CACHE_SECONDS", read::number(0)).into()),
            groups: r.parsed("LOCATION_GROUP_PRISONS", groups),
            expected_claims: ExpectedClaims { issuer: r.optional("JWT_ISSUER"), audience: r.optional("JWT_AUDIENCE") },
            development_key_file: key_file.filter(|_| development),
            queues: QueueSettings::read(r),
            capacity_and_certification_events: r.parsed("EVENTS_CAPACITY_AND_CERTIFICATION", read::boolean),
            events_environment: r.optional("EVENTS_ENVIRONMENT"),
            events_retention_days: r.parsed("EVENTS_RETENTION_DAYS", read::number(0)),
            activated_per_prison: r.parsed("SERVICE_RESIDENTIAL_ACTIVATED_PER_PRISON", read::boolean),
            returned_reason: r.parsed("NOMIS_SYNC_KEEPS_DEACTIVATION_REASON", returned_reason),
            product_id: r.text("PRODUCT_ID"),
            version: r.optional("BUILD_NUMBER").unwrap_or_else(|| crate::build_info::version().to_owned()),
            telemetry: TelemetrySettings::read(r, environment),
            // Last, so that the others are looked at even where it is missing.
            database: database?,
        })
    }
}

/// The location groups of these prisons, separated by commas; none for an empty text.
fn groups(prisons: &str) -> Result<Arc<GroupTable>, String> {
    let prisons = prisons.split(',').map(str::trim).filter(|prison| !prison.is_empty());
    GroupTable::of_prisons(prisons).map(Arc::new).map_err(|error| error.to_string())
}

fn returned_reason(keeps: &str) -> Result<ReturnedReason, String> {
    Ok(if read::boolean(keeps)? { ReturnedReason::Keeps } else { ReturnedReason::Overwrites })
}

impl RemoteSettings {
    fn read(r: &mut Reader<'_>) -> Self {
        Self {
            oauth: r.parsed("API_BASE_URL_OAUTH", read::base_url),
            prisoner_search: r.parsed("API_BASE_URL_PRISONER_SEARCH", read::base_url),
            prison_register: r.parsed("API_BASE_URL_PRISON_REGISTER", read::base_url),
            prison_api: r.parsed("API_BASE_URL_PRISON_API", read::base_url),
            timeout: r.parsed("API_TIMEOUT", read::duration),
            client_id: r.text("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID"),
            client_secret: r.text("LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET"),
        }
    }
}

impl QueueSettings {
    /// The queues that are configured, each with its id, in the order of the settings (07 section 9.1).
    pub fn configured(&self) -> Vec<(&'static str, Queue)> {
        let audit = self.audit.clone().map(|name| Queue { name, dlq: None });
        let queues = [
            ("audit", audit),
            ("updatefromexternalsystemevents", self.update_from_external_system_events.clone()),
            ("updatecellcertificate", self.update_cell_certificate.clone()),
            ("locationsinsideprison", self.locations_inside_prison.clone()),
        ];
        queues.into_iter().filter_map(|(id, queue)| Some((id, queue?))).collect()
    }

    fn read(r: &mut Reader<'_>) -> Self {
        let local = r.parsed("HMPPS_SQS_PROVIDER", |text| match text {
            "aws" => Ok(false),
            "localstack" => Ok(true),
            _ => Err("aws or localstack".into()),
        });
        let localstack_url = r.parsed("HMPPS_SQS_LOCALSTACK_URL", read::base_url);
        let mut queue = |id: &str| {
            let name = r.optional(&format!("HMPPS_SQS_QUEUES_{id}_QUEUE_NAME"));
            let dlq = r.optional(&format!("HMPPS_SQS_QUEUES_{id}_DLQ_NAME"));
            name.map(|name| Queue { name, dlq })
        };
        Self {
            update_from_external_system_events: queue("UPDATEFROMEXTERNALSYSTEMEVENTS"),
            update_cell_certificate: queue("UPDATECELLCERTIFICATE"),
            locations_inside_prison: queue("LOCATIONSINSIDEPRISON"),
            localstack_url: local.then_some(localstack_url),
            region: r.text("HMPPS_SQS_REGION"),
            use_web_token: r.parsed("HMPPS_SQS_USE_WEB_TOKEN", read::boolean),
            topic_arn: r.optionally_parsed("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", read::topic_arn),
            audit: r.optional("HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME"),
            error_visibility_timeouts: r.parsed("HMPPS_SQS_DEFAULTERRORVISIBILITYTIMEOUT", read::numbers),
            admin_role: r.text("HMPPS_SQS_QUEUEADMINROLE"),
        }
    }
}

impl TelemetrySettings {
    /// The part that a command needs which does not serve.
    ///
    /// # Errors
    /// Every setting of it that is wrong.
    pub fn from_env(environment: Environment<'_>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(environment);
        let telemetry = Self::read(&mut reader, environment);
        let problems = reader.problems();
        if problems.is_empty() { Ok(telemetry) } else { Err(ConfigError(problems)) }
    }

    fn read(r: &mut Reader<'_>, environment: Environment<'_>) -> Self {
        let filter =
            |text: &str| text.parse::<Targets>().map_err(|_| "a log filter such as info or info,sqlx=debug".to_owned());
        let log_level = r.parsed("LOG_LEVEL", filter);
        let log_as_text = r.parsed("LOG_FORMAT", |text| match text {
            "json" => Ok(false),
            "text" => Ok(true),
            _ => Err("json or text".into()),
        });
        Self {
            log_level: environment("RUST_LOG").and_then(|value| filter(&value).ok()).unwrap_or(log_level),
            log_as_text,
            otlp_endpoint: r.optionally_parsed("OTEL_EXPORTER_OTLP_ENDPOINT", read::base_url),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// What the acceptance runner sets, apart from queues.
    fn enough() -> HashMap<String, String> {
        let pairs = [
            ("DATABASE_URL", "postgresql://u:p@localhost:5432/locations"),
            ("API_BASE_URL_OAUTH", "http://localhost:9090/auth"),
            ("API_BASE_URL_PRISONER_SEARCH", "http://localhost:8083"),
            ("API_BASE_URL_PRISON_REGISTER", "http://localhost:8084"),
            ("API_BASE_URL_PRISON_API", "http://localhost:8085"),
            ("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID", "client"),
            ("LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET", "very-secret"),
        ];
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn read(environment: &HashMap<String, String>) -> Result<Config, Vec<String>> {
        Config::from_env(&|name| environment.get(name).cloned()).map_err(|error| error.0)
    }

    #[test]
    fn the_defaults_are_enough_beside_what_is_required() {
        let config = read(&enough()).unwrap();
        assert_eq!(config.server_port, 8080);
        assert_eq!(config.remote.timeout, Duration::from_secs(20));
        assert!(config.capacity_and_certification_events && !config.activated_per_prison && !config.training);
        assert_eq!(config.queues.topic_arn, None);
        assert_eq!(config.development_key_file, None);
    }

    #[test]
    fn all_that_is_missing_or_wrong_is_told_at_once() {
        let mut environment = enough();
        environment.remove("API_BASE_URL_OAUTH");
        environment.insert("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID".into(), " ".into());
        environment.remove("DATABASE_URL");
        for (name, wrong) in [
            ("SERVER_PORT", "eighty"),
            ("API_TIMEOUT", "soon"),
            ("FIXED_CLOCK", "2024-06-05"),
            ("EVENTS_CAPACITY_AND_CERTIFICATION", "maybe"),
            ("HMPPS_SQS_PROVIDER", "rabbit"),
            ("DEVELOPMENT_MODE", "true"),
        ] {
            environment.insert(name.into(), wrong.into());
        }
        let problems = read(&environment).unwrap_err();
        for name in [
            "API_BASE_URL_OAUTH: not set",
            "LOCATIONS_INSIDE_PRISON_API_CLIENT_ID: not set",
            "DATABASE_URL: not set",
            "SERVER_PORT: \"eighty\" is not a port number",
            "API_TIMEOUT: \"soon\" is not a time",
            "FIXED_CLOCK: ",
            "EVENTS_CAPACITY_AND_CERTIFICATION: \"maybe\" is not true or false",
            "HMPPS_SQS_PROVIDER: \"rabbit\" is not aws or localstack",
            "DEVELOPMENT_KEY_FILE: not set",
        ] {
            assert_eq!(problems.iter().filter(|line| line.starts_with(name)).count(), 1, "{name} in {problems:#?}");
        }
        assert_eq!(problems.len(), 9, "{problems:#?}");
    }

    #[test]
    fn what_is_read_is_described_once() {
        for setting in SETTINGS {
            assert_eq!(SETTINGS.iter().filter(|other| other.name == setting.name).count(), 1, "{}", setting.name);
            assert!(!(setting.required && setting.default.is_some()), "{}", setting.name);
        }
        let asked = std::cell::RefCell::new(Vec::new());
        let environment = enough();
        let config = Config::from_env(&|name| {
            asked.borrow_mut().push(name.to_owned());
            environment.get(name).cloned()
        });
        assert!(config.is_ok(), "a setting is read that is not described");
        let asked = asked.into_inner();
        // Read by libraries, by the parser of database settings (which stops at the first that is enough), or above all.
        let elsewhere =
            |name: &str| name.starts_with("AWS_") || name.starts_with("DATABASE_") || name.starts_with("SPRING_");
        for setting in SETTINGS.iter().filter(|setting| !elsewhere(setting.name)) {
            assert!(asked.iter().any(|name| name == setting.name), "{} is described, but not read", setting.name);
        }
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert!(!format!("{:?}", read(&enough()).unwrap()).contains("very-secret"));
    }

    #[test]
    fn profile_train_and_the_local_server() {
        let mut environment = enough();
        environment.insert("SPRING_PROFILES_ACTIVE".into(), "logstash, train".into());
        environment.insert("HMPPS_SQS_PROVIDER".into(), "localstack".into());
        let config = read(&environment).unwrap();
        assert!(config.training);
        assert_eq!(config.queues.localstack_url.as_deref(), Some("http://localhost:4566"));
    }
}
