//! Every setting: the environment variable, its default, what it means. The documentation is made from this table.

/// A setting of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Name of the environment variable.
    pub name: &'static str,
    /// What holds when it is not set, as one would write it.
    pub default: Option<&'static str>,
    /// Whether the service does not start without it.
    pub required: bool,
    /// Whether its value must not be shown.
    pub secret: bool,
    /// What it means.
    pub meaning: &'static str,
}

const fn required(name: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default: None, required: true, secret: false, meaning }
}

const fn optional(name: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default: None, required: false, secret: false, meaning }
}

const fn defaulted(name: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default: Some(default), required: false, secret: false, meaning }
}

const fn secret(setting: Setting) -> Setting {
    Setting { secret: true, ..setting }
}

/// All settings, in the order in which the documentation lists them. Where "R" stands in 07 section 9.1 though it is not
/// required here, the service has something sensible to do without it.
pub const SETTINGS: &[Setting] = &[
    // Serving
    defaulted("SERVER_PORT", "8080", "Port of the API"),
    defaulted("MANAGEMENT_PORT", "9090", "Port of `/metrics`; 0: none. A port that is taken is logged and passed over"),
    defaulted("REQUEST_TIMEOUT", "60s", "After this time a request is given up with 503 (streams excepted)"),
    defaulted("REQUEST_BODY_LIMIT", "10MB", "A larger body is refused with 413 (streams excepted)"),
    defaulted("SHUTDOWN_DELAY", "0s", "How long readiness is refused before connections are, after SIGTERM"),
    defaulted("SHUTDOWN_TIMEOUT", "25s", "How long running requests may take to end, after SIGTERM"),
    optional("SPRING_PROFILES_ACTIVE", "Comma-separated; `train` adds `PUT /reset-training`, others mean nothing here"),
    optional("FIXED_CLOCK", "RFC 3339 instant that every \"now\" of the contract is: demonstrations and tests only"),
    // Database
    secret(optional("DATABASE_URL", "`postgresql://user:password@host:port/name`; wins over the other ones")),
    secret(optional("SPRING_DATASOURCE_URL", "`jdbc:postgresql://host:port/name`, as the live service takes it")),
    optional("DATABASE_ENDPOINT", "`host:port`; the server's certificate is verified in full"),
    optional("DATABASE_NAME", "Name of the database"),
    optional("DATABASE_USERNAME", "User of the database"),
    secret(optional("DATABASE_PASSWORD", "Password of that user")),
    optional("SPRING_FLYWAY_USER", "User that migrates, where it is another one"),
    secret(optional("SPRING_FLYWAY_PASSWORD", "Password of that user")),
    optional("DATABASE_ROOT_CERTIFICATE", "PEM file of authorities to trust beside those of the system"),
    defaulted("DATABASE_POOL_SIZE", "10", "Connections for requests; the relays have two more"),
    // The services around
    required("API_BASE_URL_OAUTH", "Authorisation server, ends in `/auth`: key set, tokens"),
    required("API_BASE_URL_PRISONER_SEARCH", "Prisoner Search"),
    required("API_BASE_URL_PRISON_REGISTER", "Prison Register"),
    required("API_BASE_URL_PRISON_API", "Prison API"),
    defaulted("API_TIMEOUT", "20s", "How long an answer of these services may take"),
    required("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID", "Client of the authorisation server"),
    secret(required("LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET", "Its secret")),
    defaulted("PRISON_NAME_CACHE_SECONDS", "3600", "How long names of prisons are kept; 0: not at all"),
    defaulted(
        "LOCATION_GROUP_PRISONS",
        "CDI,MDI,WEI,WRI",
        "Prisons whose location groups come from their built-in file; production leaves MDI out",
    ),
    // Tokens
    optional("JWT_ISSUER", "`iss` that a token must have; not checked when not set"),
    optional("JWT_AUDIENCE", "`aud` that a token must have; not checked when not set"),
    defaulted(
        "DEVELOPMENT_MODE",
        "false",
        "`true`: accept tokens of the development key. Never in an environment that matters",
    ),
    optional("DEVELOPMENT_KEY_FILE", "PEM file of the development key (RSA)"),
    // Events
    defaulted("HMPPS_SQS_PROVIDER", "aws", "`aws`, or `localstack` for a local server"),
    defaulted("HMPPS_SQS_REGION", "eu-west-2", "Region of topic and queues"),
    defaulted("HMPPS_SQS_LOCALSTACK_URL", "http://localhost:4566", "The local server"),
    defaulted("HMPPS_SQS_USE_WEB_TOKEN", "true", "Use the credentials chain of AWS (web identity in the cluster)"),
    optional("AWS_ENDPOINT_URL", "Another address for all AWS calls (read by the AWS libraries, as all `AWS_*` are)"),
    optional("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", "Topic of the domain events; without it they go to the log"),
    optional("HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME", "Queue of the audit messages; without it they go to the log"),
    optional(
        "HMPPS_SQS_QUEUES_UPDATEFROMEXTERNALSYSTEMEVENTS_QUEUE_NAME",
        "Queue of changes asked for by other systems",
    ),
    optional("HMPPS_SQS_QUEUES_UPDATEFROMEXTERNALSYSTEMEVENTS_DLQ_NAME", "Its dead-letter queue"),
    optional("HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_QUEUE_NAME", "Queue of cell certificate uploads"),
    optional("HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_DLQ_NAME", "Its dead-letter queue"),
    optional(
        "HMPPS_SQS_QUEUES_LOCATIONSINSIDEPRISON_QUEUE_NAME",
        "A queue that nothing reads; shown by health and administration",
    ),
    optional("HMPPS_SQS_QUEUES_LOCATIONSINSIDEPRISON_DLQ_NAME", "Its dead-letter queue"),
    defaulted(
        "HMPPS_SQS_DEFAULTERRORVISIBILITYTIMEOUT",
        "0",
        "Seconds before a failed message is tried again, one for each attempt, comma-separated; the last one repeats",
    ),
    defaulted("HMPPS_SQS_QUEUEADMINROLE", "ROLE_QUEUE_ADMIN", "Role of queue administration"),
    defaulted(
        "EVENTS_CAPACITY_AND_CERTIFICATION",
        "true",
        "Publish `capacity.changed` and `certification.changed` too",
    ),
    optional("EVENTS_ENVIRONMENT", "Name of the environment: an outbox of another one stands still until adopted"),
    defaulted("EVENTS_RETENTION_DAYS", "7", "How long published events are kept for replay and questions"),
    // What the service is
    defaulted(
        "SERVICE_RESIDENTIAL_ACTIVATED_PER_PRISON",
        "false",
        "`true`: `/info` names the prisons that are switched on",
    ),
    defaulted(
        "NOMIS_SYNC_KEEPS_DEACTIVATION_REASON",
        "false",
        "`true`: a reason that was given here stays while NOMIS sends the code that stands for it; else DAMP comes back as OTHER",
    ),
    defaulted("PRODUCT_ID", "default", "Product, as `/info` shows it"),
    optional("BUILD_NUMBER", "Version; that of the build when not set"),
    // Watching it
    defaulted("LOG_LEVEL", "info", "What is logged, as `info` or `info,sqlx=debug`; `RUST_LOG` wins"),
    defaulted("LOG_FORMAT", "json", "`json`: a JSON object for each line; `text`: for people"),
    optional(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "Collector that traces are sent to (OTLP over HTTP), as `http://collector:4318`",
    ),
];

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}
