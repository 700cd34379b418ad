//! The whole estate: our service and the five roles as processes of their own, on fresh databases, with topics and queues of their own.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::Database;
use super::process::{Program, Supervised, free_port, service_program};
use super::queues::Queues;
use super::roles::{Answer, SECRET, key_file};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK: Duration = Duration::from_millis(50);
/// So often in a row all has to be quiet: a message may be between an outbox and a queue.
const QUIET_LOOKS: usize = 3;

/// See the module. All processes end when it is dropped.
pub struct Estate {
    pub profile: &'static str,
    pub locations: String,
    pub nomis: String,
    pub mapping: String,
    pub to_nomis: String,
    pub from_nomis: String,
    pub auth: String,
    token: String,
    http: reqwest::Client,
    pub queues: Queues,
    pub roles: Roles,
    standin_database: Database,
    service_database: Database,
    logs: PathBuf,
    /// Names of the scenarios that failed.
    pub failed: Mutex<Vec<&'static str>>,
}

/// The processes.
pub struct Roles {
    pub to_nomis: Supervised,
    pub from_nomis: Supervised,
    /// Auth, NOMIS, mapping and our service.
    _others: [Supervised; 4],
}

impl Estate {
    /// Starts everything with this profile, and waits until it is up.
    pub async fn start(profile: &'static str) -> Self {
        let (standin_database, service_database) = (Database::new().await, Database::new().await);
        let queues = Queues::new(if profile == "live" { 3 } else { 10 }).await;
        let logs = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("estate-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&logs).unwrap();
        let at = |port: u16| format!("http://127.0.0.1:{port}");
        let [auth, locations, nomis, mapping, to_nomis, from_nomis] = std::array::from_fn(|_| free_port());
        let auth_url = format!("{}/auth", at(auth));
        let standin = standin_database.url();
        let role = |name: &str, port: u16, client: &str, more: &[(&str, String)]| {
            let mut environment: Vec<(String, String)> = [
                ("STANDIN_LISTEN", format!("127.0.0.1:{port}")),
                ("STANDIN_DATABASE_URL", standin.clone()),
                ("STANDIN_PROFILE", profile.to_owned()),
                ("STANDIN_JWKS_URL", format!("{auth_url}/.well-known/jwks.json")),
                ("STANDIN_AUTH_URL", auth_url.clone()),
                ("STANDIN_CLIENT_ID", client.to_owned()),
                ("STANDIN_CLIENT_SECRET", SECRET.to_owned()),
                ("STANDIN_LOCATIONS_URL", at(locations)),
                ("STANDIN_NOMIS_URL", at(nomis)),
                ("STANDIN_MAPPING_URL", at(mapping)),
                ("AWS_ENDPOINT_URL", queues.endpoint.clone()),
                ("AWS_REGION", "eu-west-2".to_owned()),
                ("RUST_LOG", "info,sqlx=warn,aws=warn".to_owned()),
            ]
            .into_iter()
            .chain(more.iter().cloned())
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
            environment.push(("STANDIN_SIGNING_KEY_FILE".to_owned(), key_file().to_owned()));
            Program {
                file: env!("CARGO_BIN_EXE_standin").into(),
                arguments: vec![name.to_owned()],
                environment,
                log: logs.join(format!("{name}.log")),
            }
        };
        // Short delays: a test is not to wait for the estate's minutes.
        let out = [
            ("STANDIN_LOCATION_QUEUE", queues.domain_queue.clone()),
            ("STANDIN_LOCATION_QUEUE_DELAYS", "1".to_owned()),
            ("STANDIN_FROM_NOMIS_URL", at(from_nomis)),
        ];
        let back = [
            ("STANDIN_PRISON_EVENTS_QUEUE", queues.prison_queue.clone()),
            ("STANDIN_PRISON_EVENTS_QUEUE_DELAYS", "1".to_owned()),
        ];
        let published = [("STANDIN_PRISON_EVENTS_TOPIC_ARN", queues.prison_topic.clone())];
        let service = Program {
            file: service_program(),
            arguments: vec!["serve".to_owned()],
            environment: service_settings(profile, locations, &service_database.url(), &auth_url, &at(nomis), &queues),
            log: logs.join("service.log"),
        };
        let others = [
            role("auth", auth, "-", &[]),
            role("nomis", nomis, "-", &published),
            role("mapping", mapping, "-", &[]),
            service,
        ];
        let roles = Roles {
            _others: others.map(Supervised::start),
            to_nomis: Supervised::start(role("to-nomis", to_nomis, "prisoner-to-nomis-update", &out)),
            from_nomis: Supervised::start(role("from-nomis", from_nomis, "prisoner-from-nomis-migration", &back)),
        };
        let mut estate = Self {
            profile,
            locations: at(locations),
            nomis: at(nomis),
            mapping: at(mapping),
            to_nomis: at(to_nomis),
            from_nomis: at(from_nomis),
            auth: auth_url,
            token: String::new(),
            http: reqwest::Client::builder().timeout(PATIENCE).build().unwrap(),
            queues,
            roles,
            standin_database,
            service_database,
            logs,
            failed: Mutex::default(),
        };
        estate.wait_until_up().await;
        estate.token = estate.new_token().await;
        estate
    }

    async fn wait_until_up(&self) {
        let auth = self.auth.trim_end_matches("/auth");
        for (url, path) in [
            (auth, "/health/ping"),
            (&self.locations, "/health/readiness"),
            (&self.nomis, "/health/ping"),
            (&self.mapping, "/health/ping"),
            (&self.to_nomis, "/health/ping"),
            (&self.from_nomis, "/health/ping"),
        ] {
            let url = format!("{url}{path}");
            self.eventually(&url, async || {
                self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success())
            })
            .await;
        }
    }

    async fn new_token(&self) -> String {
        let request = self.http.post(format!("{}/oauth/token", self.auth)).basic_auth("operator", Some(SECRET));
        let answer = request.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    /// A call by the operator. A process that is just starting again is waited for.
    pub async fn call(&self, method: Method, url: &str, body: Option<&Value>) -> Answer {
        let started = Instant::now();
        loop {
            let mut request = self.http.request(method.clone(), url).bearer_auth(&self.token);
            if let Some(body) = body {
                request = request.json(body);
            }
            match request.send().await {
                Ok(response) => {
                    let status = response.status().as_u16();
                    let text = response.text().await.unwrap_or_default();
                    return Answer { status, body: serde_json::from_str(&text).unwrap_or_else(|_| json!(text)) };
                }
                Err(error) if error.is_connect() && started.elapsed() < PATIENCE => tokio::time::sleep(LOOK).await,
                Err(error) => panic!("{method} {url}: {error}\n{}", self.hint()),
            }
        }
    }

    /// The same; the answer has to be a success.
    pub async fn good(&self, method: Method, url: &str, body: Option<&Value>) -> Value {
        let answer = self.call(method.clone(), url, body).await;
        assert!((200..300).contains(&answer.status), "{method} {url} {body:?}: {answer:?}\n{}", self.hint());
        answer.body
    }

    /// Waits until this is so.
    pub async fn eventually(&self, what: &str, mut so: impl AsyncFnMut() -> bool) {
        let started = Instant::now();
        while !so().await {
            assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}\n{}", self.hint());
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until nothing is under way anywhere: outboxes and queues are empty, nobody works on anything.
    pub async fn quiet(&self) {
        let mut quiet = 0;
        self.eventually("all is quiet", async || {
            quiet = if self.is_quiet().await { quiet + 1 } else { 0 };
            quiet >= QUIET_LOOKS
        })
        .await;
    }

    /// Whether all domain events of our service are in the queue, or beyond.
    pub async fn has_told(&self) -> bool {
        let outbox =
            "select count(*) from locations_service.domain_event where sent_at is null and set_aside_at is null";
        self.dps_value::<i64>(outbox).await == 0
    }

    /// How many messages at a time a sync role takes from its queue: none at all with 0.
    pub async fn takes(&self, role: &str, messages: usize) {
        let url = format!("{role}/standin/consumers");
        self.good(Method::PUT, &url, Some(&json!({"messages": messages}))).await;
    }

    async fn is_quiet(&self) -> bool {
        if !self.has_told().await {
            return false;
        }
        for role in [&self.nomis, &self.to_nomis, &self.from_nomis] {
            if self.call(Method::GET, &format!("{role}/standin/quiet"), None).await.status != 200 {
                return false;
            }
        }
        true
    }

    /// A single value of our service's database. Only a test may look there.
    pub async fn dps_value<T>(&self, sql: &str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        value(self.service_database.connect("public").await, sql).await
    }

    /// A single value of NOMIS's database.
    pub async fn nomis_value<T>(&self, sql: &str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        value(self.standin_database.connect("nomis").await, sql).await
    }

    /// Changes NOMIS's database.
    pub async fn nomis_sql(&self, sql: &str) {
        self.standin_database.connect("nomis").await.execute(AssertSqlSafe(sql)).await.unwrap();
    }

    /// Changes our service's database.
    pub async fn dps_sql(&self, sql: &str) {
        self.service_database.connect("public").await.execute(AssertSqlSafe(sql)).await.unwrap();
    }

    /// Changes the mapping service's database.
    pub async fn mapping_sql(&self, sql: &str) {
        self.standin_database.connect("mapping").await.execute(AssertSqlSafe(sql)).await.unwrap();
    }

    /// How many messages are in the dead letter queues.
    pub async fn dead_letters(&self) -> i64 {
        self.queues.depth(&self.queues.domain_dlq).await + self.queues.depth(&self.queues.prison_dlq).await
    }

    /// Moves all dead letters back to their queues (08 section 7.10).
    pub async fn redrive(&self) {
        for role in [&self.to_nomis, &self.from_nomis] {
            self.good(Method::PUT, &format!("{role}/queue-admin/retry-all-dlqs"), None).await;
        }
    }

    /// Throws them away.
    pub async fn forget_dead_letters(&self) {
        for (role, dlq) in [(&self.to_nomis, &self.queues.domain_dlq), (&self.from_nomis, &self.queues.prison_dlq)] {
            self.good(Method::PUT, &format!("{role}/queue-admin/purge-queue/{dlq}"), None).await;
        }
    }

    /// Whether it is the profile `live`.
    pub fn live(&self) -> bool {
        self.profile == "live"
    }

    /// A fault of a role (08 section 15.6).
    pub async fn fault(&self, role: &str, rule: Value) {
        self.good(Method::POST, &format!("{role}/standin/faults"), Some(&rule)).await;
    }

    /// Takes all faults of a role away.
    pub async fn no_faults(&self, role: &str) {
        self.good(Method::DELETE, &format!("{role}/standin/faults"), None).await;
    }

    /// How many telemetry events of this name a role has told about a location with this key.
    pub async fn told(&self, role: &str, name: &str, key: &str) -> usize {
        self.told_of(role, name, "key").await.iter().filter(|told| *told == key).count()
    }

    /// What this field says in each telemetry event of this name that has it.
    pub async fn told_of(&self, role: &str, name: &str, field: &str) -> Vec<String> {
        let events = self.good(Method::GET, &format!("{role}/standin/telemetry?name={name}"), None).await;
        let value = |event: &Value| event["fields"][field].as_str().map(str::to_owned);
        events.as_array().unwrap().iter().filter_map(value).collect()
    }

    /// Where to look when a test fails.
    pub fn hint(&self) -> String {
        format!("logs: {}", self.logs.display())
    }
}

async fn value<T>(mut connection: PgConnection, sql: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
}

fn service_settings(
    profile: &str,
    port: u16,
    database: &str,
    auth: &str,
    nomis: &str,
    queues: &Queues,
) -> Vec<(String, String)> {
    [
        ("SERVER_PORT", port.to_string()),
        ("MANAGEMENT_PORT", "0".to_owned()),
        ("DATABASE_URL", database.to_owned()),
        ("DATABASE_POOL_SIZE", "10".to_owned()),
        ("API_BASE_URL_OAUTH", auth.to_owned()),
        ("API_BASE_URL_PRISONER_SEARCH", nomis.to_owned()),
        ("API_BASE_URL_PRISON_REGISTER", nomis.to_owned()),
        ("API_BASE_URL_PRISON_API", nomis.to_owned()),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID", "locations-inside-prison-api".to_owned()),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET", SECRET.to_owned()),
        ("HMPPS_SQS_PROVIDER", "localstack".to_owned()),
        ("HMPPS_SQS_LOCALSTACK_URL", queues.endpoint.clone()),
        ("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", queues.domain_topic.clone()),
        ("HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME", queues.audit_queue.clone()),
        ("NOMIS_SYNC_KEEPS_DEACTIVATION_REASON", (profile == "fixed").to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
