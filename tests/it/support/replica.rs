//! The program itself as a replica of the service, and NOMIS's side writing to it whatever happens.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::relays::{TOPIC, eventually};
use super::service::token;

/// What a relay logs when its turn has come.
const AT_WORK: &str = "the event relay of this process is at work";

/// How long one change may take to be acknowledged, outages included.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that serves. Killed at the end.
pub struct Replica {
    /// Its address.
    pub url: String,
    child: Child,
    log: Log,
}

type Log = Arc<Mutex<Vec<Value>>>;

impl Replica {
    /// Starts it on this database, with SNS and SQS at this address, and waits until it is ready.
    pub async fn start(database_url: &str, aws_url: &str) -> Self {
        Self::with(database_url, aws_url, &[]).await
    }

    /// The same with more settings.
    pub async fn with(database_url: &str, aws_url: &str, more: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_locations-inside-prison-api"))
            .arg("serve")
            .env_clear()
            .envs(settings(database_url, aws_url))
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let log = Log::default();
        let written = log.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                written.lock().unwrap().push(serde_json::from_str(&line).unwrap_or_default());
            }
        });
        let mut replica = Self { url: String::new(), child, log };
        eventually("the replica is ready", async || replica.line("ready").is_some()).await;
        replica.url = format!("http://127.0.0.1:{}", replica.line("ready").unwrap()["port"]);
        replica
    }

    /// Whether its relay has ever been at work.
    pub fn has_worked(&self) -> bool {
        self.line(AT_WORK).is_some()
    }

    /// SIGTERM. Answers the exit code of the process when it has ended.
    pub async fn terminate(mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let child = Mutex::new(&mut self.child);
        eventually("the replica ends", async || child.lock().unwrap().try_wait().unwrap().is_some()).await;
        self.child.wait().unwrap().code()
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn line(&self, message: &str) -> Option<Value> {
        self.log.lock().unwrap().iter().find(|line| line["message"] == message).cloned()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings<'a>(database_url: &'a str, aws_url: &'a str) -> Vec<(&'static str, &'a str)> {
    let nowhere = "http://127.0.0.1:9";
    vec![
        ("SERVER_PORT", "0"),
        ("MANAGEMENT_PORT", "0"),
        ("DATABASE_URL", database_url),
        ("DATABASE_POOL_SIZE", "5"),
        ("DEVELOPMENT_MODE", "true"),
        ("DEVELOPMENT_KEY_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/test-key.pem")),
        ("API_BASE_URL_OAUTH", nowhere),
        ("API_BASE_URL_PRISONER_SEARCH", nowhere),
        ("API_BASE_URL_PRISON_REGISTER", nowhere),
        ("API_BASE_URL_PRISON_API", nowhere),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID", "test"),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET", "test"),
        ("HMPPS_SQS_PROVIDER", "localstack"),
        ("HMPPS_SQS_LOCALSTACK_URL", aws_url),
        ("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", TOPIC),
        ("HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME", "audit"),
    ]
}

/// The comments that were acknowledged, in order, for each location by its key.
pub type Acknowledged = BTreeMap<String, Vec<String>>;

/// Tasks that create locations and change their comments, one change after the other. A change whose answer is lost or is a
/// failure of the server is sent again until it is acknowledged, as NOMIS's side does.
pub struct Writers {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<Acknowledged>>,
}

struct Shared {
    urls: Mutex<Vec<String>>,
    acknowledged: AtomicUsize,
    sent_again: AtomicUsize,
    stop: AtomicBool,
    client: reqwest::Client,
    token: String,
}

impl Writers {
    /// Four tasks in two prisons that write to these replicas. Locations of different `round`s differ.
    pub fn start(replicas: &[&Replica], round: &str) -> Self {
        Self::writing(urls(replicas), round)
    }

    /// The same to whatever answers at this address.
    pub fn to(url: &str) -> Self {
        Self::writing(vec![url.to_owned()], "")
    }

    fn writing(urls: Vec<String>, round: &str) -> Self {
        locations_inside_prison_api::clients::http::install_tls_provider();
        let shared = Arc::new(Shared {
            urls: Mutex::new(urls),
            acknowledged: AtomicUsize::new(0),
            sent_again: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            client: reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap(),
            token: token(vec!["SYNC_LOCATIONS".into()], vec!["write".into()]),
        });
        let places = [("LEI", "A"), ("LEI", "B"), ("MDI", "A"), ("MDI", "B")];
        let tasks = places.map(|(prison, wing)| {
            let (shared, code) = (shared.clone(), format!("{wing}{round}"));
            tokio::spawn(async move { shared.write(prison, &code).await })
        });
        Self { shared, tasks: tasks.into() }
    }

    /// From now on these replicas are there.
    pub fn turn_to(&self, replicas: &[&Replica]) {
        *self.shared.urls.lock().unwrap() = urls(replicas);
    }

    /// Waits until that many more changes have been acknowledged.
    pub async fn acknowledge(&self, more: usize) {
        let goal = self.shared.acknowledged.load(Ordering::Relaxed) + more;
        eventually("changes are acknowledged", async || self.shared.acknowledged.load(Ordering::Relaxed) >= goal).await;
    }

    /// How often a change had to be sent again.
    pub fn sent_again(&self) -> usize {
        self.shared.sent_again.load(Ordering::Relaxed)
    }

    /// Each task finishes its change, and all that was acknowledged is answered.
    pub async fn finish(self) -> Acknowledged {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut all = Acknowledged::new();
        for task in self.tasks {
            all.extend(task.await.unwrap());
        }
        all
    }
}

fn urls(replicas: &[&Replica]) -> Vec<String> {
    replicas.iter().map(|replica| replica.url.clone()).collect()
}

impl Shared {
    /// Makes three locations, then changes their comments in turn until the end.
    async fn write(&self, prison: &str, code: &str) -> Acknowledged {
        let mut written = Acknowledged::new();
        let mut locations = Vec::new();
        for n in 1..=3 {
            let body = json!({
                "prisonId": prison, "code": format!("{code}{n}"), "locationType": "WING",
                "residentialHousingType": "NORMAL_ACCOMMODATION", "lastUpdatedBy": "NOMIS_USER"
            });
            let created = self.until_acknowledged(&body).await;
            written.insert(created["key"].as_str().unwrap().to_owned(), Vec::new());
            let mut update = body;
            update["id"] = created["id"].clone();
            locations.push((created["key"].as_str().unwrap().to_owned(), update));
        }
        for n in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let (key, update) = &mut locations[n % 3];
            let comments = format!("change {n}");
            update["comments"] = comments.as_str().into();
            self.until_acknowledged(update).await;
            written.get_mut(key).unwrap().push(comments);
        }
        written
    }

    async fn until_acknowledged(&self, body: &Value) -> Value {
        let begin = Instant::now();
        loop {
            let url = {
                let urls = self.urls.lock().unwrap();
                let turn = self.acknowledged.load(Ordering::Relaxed) + self.sent_again.load(Ordering::Relaxed);
                format!("{}/sync/upsert", urls[turn % urls.len()])
            };
            match self.client.post(url).bearer_auth(&self.token).json(body).send().await {
                Ok(answer) if answer.status().is_success() => {
                    if let Ok(answer) = answer.json().await {
                        self.acknowledged.fetch_add(1, Ordering::Relaxed);
                        return answer;
                    }
                }
                Ok(answer) => {
                    let status = answer.status();
                    assert!(status.is_server_error(), "{body} -> {status} {}", answer.text().await.unwrap_or_default());
                }
                Err(_) => {}
            }
            self.sent_again.fetch_add(1, Ordering::Relaxed);
            assert!(begin.elapsed() < PATIENCE, "not acknowledged within {PATIENCE:?}: {body}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
