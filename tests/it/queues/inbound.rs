//! Both listeners (07 sections 4.1 to 4.3): what comes of a message, of a bad one, of a crash and of an orderly end.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::estate::{WING, add_wing, configure};
use crate::support::queues::TestQueues;
use crate::support::relays::eventually;
use crate::support::service::TestService;

/// A Prisoner Search that finds nobody, and answers when it is let.
struct Search {
    url: String,
    gate: watch::Sender<bool>,
    waiting: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Search {
    async fn start(open: bool) -> Self {
        let (gate, opened) = watch::channel(open);
        let (waiting, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (now, highest) = (waiting.clone(), most.clone());
        let search = move || {
            highest.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let (now, mut opened) = (now.clone(), opened.clone());
            async move {
                opened.wait_for(|open| *open).await.unwrap();
                now.fetch_sub(1, Ordering::SeqCst);
                Json(json!({ "content": [] }))
            }
        };
        let token = || async { Json(json!({"access_token": "t", "token_type": "bearer", "expires_in": 3600})) };
        let router =
            axum::Router::new().route("/attribute-search", post(search)).route("/auth/oauth/token", post(token));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, gate, waiting, most }
    }

    fn open(&self) {
        self.gate.send(true).unwrap();
    }

    async fn is_asked(&self, times: usize) {
        eventually("Prisoner Search is asked", async || self.waiting.load(Ordering::SeqCst) == times).await;
    }
}

/// The service beside it, with wing A of cells in LEI.
async fn service(queues: &TestQueues, search: &Search, cells: usize) -> TestService {
    let oauth = format!("{}/auth", search.url);
    let mut settings = queues.environment();
    settings.extend([("API_BASE_URL_PRISONER_SEARCH", search.url.as_str()), ("API_BASE_URL_OAUTH", &oauth)]);
    let service = TestService::with(&settings).await;
    add_wing(&service.database, cells).await;
    configure(&service.database, false).await;
    service
}

/// The listeners of one replica.
struct Listeners {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Listeners {
    fn start(service: &TestService, queues: &TestQueues) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        locations_inside_prison_api::queues::start(&service.services, &queues.settings, &queues.sqs, &tasks, &stop);
        Self { tasks, stop }
    }

    /// As SIGTERM does.
    async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn id_of(service: &TestService, path: &str) -> String {
    service.database.value(&format!("SELECT id::text FROM location WHERE path_hierarchy = '{path}'")).await
}

async fn deactivation(service: &TestService, path: &str) -> Value {
    json!({
        "messageId": "1", "eventType": "LocationTemporarilyDeactivated", "who": "external-client",
        "messageAttributes": {
            "id": id_of(service, path).await, "deactivationReason": "DAMAGED", "deactivationReasonDescription": "Window",
            "proposedReactivationDate": "2025-01-05", "planetFmReference": "23423TH/5"
        }
    })
}

#[tokio::test]
async fn another_system_deactivates_a_cell() {
    let (queues, search) = (TestQueues::make().await, Search::start(true).await);
    let service = service(&queues, &search, 1).await;
    let listeners = Listeners::start(&service, &queues);
    queues.send(queues.external(), r#"{"messageId": "0", "eventType": "TestEvent"}"#).await;
    let message = deactivation(&service, "A-1-001").await;
    queues.send(queues.external(), &message.to_string()).await;
    eventually("the cell is inactive", async || !service.events().await.is_empty()).await;
    queues.holds(queues.external(), 0).await;

    assert_eq!(service.events().await, ["amended LEI-A-1", "amended LEI-A", "deactivated LEI-A-1-001"]);
    assert!(service.audit_messages().await.iter().all(|message| message["who"] == "external-client"));
    let row = &service.rows("SELECT * FROM location WHERE path_hierarchy = 'A-1-001'").await[0];
    assert_eq!(row["status"], "INACTIVE");
    assert_eq!(row["deactivated_reason"], "DAMAGED");
    assert_eq!(row["deactivation_reason_description"], "Window");
    assert_eq!(row["proposed_reactivation_date"], "2025-01-05");
    assert_eq!(row["planet_fm_reference"], "23423TH/5");
    assert_eq!(row["deactivated_by"], "external-client");
    assert_eq!(row["temporarily_off_cell_cert"], true);
    let transactions = service.rows("SELECT transaction_type, transaction_invoked_by FROM linked_transaction").await;
    assert_eq!(
        transactions,
        [json!({"transaction_type": "DEACTIVATION", "transaction_invoked_by": "external-client"})]
    );

    // The same again: a transaction, and nothing else.
    let (history, events) = (service.history().await, service.events().await);
    queues.send(queues.external(), &message.to_string()).await;
    eventually("it is taken", async || service.count("linked_transaction").await == 2).await;
    queues.holds(queues.external(), 0).await;
    assert_eq!((service.history().await, service.events().await), (history, events));
    listeners.stop().await;
}

/// What a subscriber of logs has written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    /// The telemetry events in it: name and properties.
    fn custom_events(&self) -> Vec<(String, Value)> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let events = lines.filter(|line| line["customEvent"].is_string());
        events
            .map(|line| {
                let properties = serde_json::from_str(line["properties"].as_str().unwrap()).unwrap();
                (line["customEvent"].as_str().unwrap().to_owned(), properties)
            })
            .collect()
    }
}

#[tokio::test]
async fn poison_ends_as_dead_letters_and_what_comes_after_it_is_done() {
    let written = Written::default();
    let writer = written.clone();
    let lines = json_subscriber::layer().flatten_event(true).with_writer(move || writer.clone());
    let _log = tracing::subscriber::set_default(tracing_subscriber::registry().with(lines));

    let (queues, search) = (TestQueues::make().await, Search::start(true).await);
    let service = service(&queues, &search, 1).await;
    let good = deactivation(&service, "A-1-001").await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut message = good.clone();
        change(&mut message);
        message.to_string()
    };
    let poison = [
        "not JSON".to_owned(),
        "[]".to_owned(),
        with(&|m| m["eventType"] = json!("Unheard")),
        with(&|m| m["messageId"] = Value::Null),
        with(&|m| m["messageAttributes"] = Value::Null),
        with(&|m| m["messageAttributes"]["id"] = json!("1")),
        with(&|m| m["messageAttributes"]["id"] = json!("de91dfa7-821f-4552-a427-bf2f32eafeb0")),
        with(&|m| m["messageAttributes"]["id"] = json!(WING)),
        with(&|m| m["messageAttributes"]["deactivationReason"] = json!("damaged")),
        with(&|m| m["messageAttributes"]["colour"] = json!("red")),
        with(&|m| m["messageAttributes"]["planetFmReference"] = json!("x".repeat(61))),
        with(&|m| {
            m["messageAttributes"]["deactivationReason"] = json!("OTHER");
            m["messageAttributes"]["deactivationReasonDescription"] = Value::Null;
        }),
    ];
    for message in &poison {
        queues.send(queues.external(), message).await;
    }
    queues.send(queues.uploads(), r#"{"eventType": "STOP", "uploadId": "de91dfa7-821f-4552-a427-bf2f32eafeb0"}"#).await;
    queues.send(queues.uploads(), r#"{"eventType": "START_PROCESSING", "uploadId": "1"}"#).await;
    // An upload that nobody knows is done with.
    queues
        .send(
            queues.uploads(),
            r#"{"eventType": "START_PROCESSING", "uploadId": "de91dfa7-821f-4552-a427-bf2f32eafeb0"}"#,
        )
        .await;
    let listeners = Listeners::start(&service, &queues);
    queues.holds(queues.external_dlq(), poison.len()).await;
    queues.holds(queues.uploads_dlq(), 2).await;
    queues.holds(queues.uploads(), 0).await;
    assert_eq!(service.count("linked_transaction").await, 0);
    assert_eq!(service.events().await, Vec::<String>::new());

    queues.send(queues.external(), &good.to_string()).await;
    eventually("the cell is inactive", async || !service.events().await.is_empty()).await;
    listeners.stop().await;

    let told: Vec<(String, Value)> =
        written.custom_events().into_iter().filter(|(name, _)| name.ends_with("-sent-to-dlq")).collect();
    let count = |name: &str| told.iter().filter(|(told, _)| told == name).count();
    assert_eq!(told.len(), poison.len() + 2, "{told:?}");
    assert_eq!(count("LocationTemporarilyDeactivated-sent-to-dlq"), poison.len() - 3);
    assert_eq!((count("Unheard-sent-to-dlq"), count("unknown-sent-to-dlq")), (1, 2));
    assert_eq!((count("STOP-sent-to-dlq"), count("START_PROCESSING-sent-to-dlq")), (1, 1));
    let of_upload = &told.iter().find(|(name, _)| name == "STOP-sent-to-dlq").unwrap().1;
    assert_eq!(
        *of_upload,
        json!({
            "queueName": queues.uploads(), "dlqName": queues.uploads_dlq(), "timeouts": "0", "maxReceiveCount": "5"
        })
    );
}

#[tokio::test]
async fn ten_messages_are_worked_on_at_once_and_no_more() {
    let (queues, search) = (TestQueues::make().await, Search::start(false).await);
    let service = service(&queues, &search, 15).await;
    for n in 1..=15 {
        let message = deactivation(&service, &format!("A-1-{n:03}")).await;
        queues.send(queues.external(), &message.to_string()).await;
    }
    let listeners = Listeners::start(&service, &queues);
    search.is_asked(10).await;
    search.open();
    queues.holds(queues.external(), 0).await;
    eventually("all cells are inactive", async || {
        service.count("location WHERE location_type = 'CELL' AND status = 'INACTIVE'").await == 15
    })
    .await;
    assert_eq!(search.most.load(Ordering::SeqCst), 10);
    listeners.stop().await;
}

#[tokio::test]
async fn an_orderly_end_finishes_what_is_held() {
    let (queues, search) = (TestQueues::make().await, Search::start(false).await);
    let service = service(&queues, &search, 1).await;
    let listeners = Listeners::start(&service, &queues);
    queues.send(queues.external(), &deactivation(&service, "A-1-001").await.to_string()).await;
    search.is_asked(1).await;
    let ending = tokio::spawn(listeners.stop());
    // What comes now is left to others.
    queues.send(queues.external(), "not for us").await;
    assert!(!ending.is_finished());
    search.open();
    ending.await.unwrap();
    assert_eq!(service.events().await.len(), 3);
    queues.holds(queues.external(), 1).await;
}

#[tokio::test]
async fn what_a_crash_leaves_is_done_once_by_the_next() {
    let (queues, search) = (TestQueues::make().await, Search::start(false).await);
    queues.set_visibility(queues.external(), 2).await;
    let service = service(&queues, &search, 1).await;
    let message = deactivation(&service, "A-1-001").await;
    let crashing = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    // Clients and connections of its own, which break with it.
    let oauth = format!("{}/auth", search.url);
    let mut settings = queues.environment();
    settings.extend([("API_BASE_URL_PRISONER_SEARCH", search.url.as_str()), ("API_BASE_URL_OAUTH", &oauth)]);
    let replica = service.replica(&settings);
    let (names, sqs) = (queues.settings.clone(), queues.sqs.clone());
    crashing.spawn(async move {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        locations_inside_prison_api::queues::start(&replica, &names, &sqs, &tasks, &stop);
        tasks.close();
        tasks.wait().await;
    });
    queues.send(queues.external(), &message.to_string()).await;
    search.is_asked(1).await;
    crashing.shutdown_background();
    assert_eq!(service.events().await, Vec::<String>::new());

    search.open();
    let listeners = Listeners::start(&service, &queues);
    eventually("the cell is inactive", async || !service.events().await.is_empty()).await;
    queues.holds(queues.external(), 0).await;
    queues.holds(queues.external_dlq(), 0).await;
    assert_eq!(service.events().await, ["amended LEI-A-1", "amended LEI-A", "deactivated LEI-A-1-001"]);
    let changes = service.history().await.iter().filter(|row| row.starts_with("STATUS")).count();
    assert_eq!(changes, 1);
    listeners.stop().await;
}

#[tokio::test]
async fn an_upload_goes_through_our_own_queue() {
    let (queues, search) = (TestQueues::make().await, Search::start(true).await);
    let service = service(&queues, &search, 2).await;
    let listeners = Listeners::start(&service, &queues);
    let body = json!({"locations": {"LEI-A-1-001": {"maxCapacity": 3, "workingCapacity": 2}}});
    let path = "/locations/bulk/update-cell-certificate/LEI";
    let accepted = service.post(path).role("MAINTAIN_LOCATIONS").write().json(&body).send().await.expect(202);
    let id = accepted["id"].as_str().unwrap();
    let finished = format!("cell_certificate_upload WHERE id = '{id}' AND status = 'FINISHED'");
    eventually("the upload is finished", async || service.count(&finished).await == 1).await;
    queues.holds(queues.uploads(), 0).await;
    // The message comes again after a crash before it was deleted: one certificate all the same.
    queues.send(queues.uploads(), &json!({"eventType": "START_PROCESSING", "uploadId": id}).to_string()).await;
    queues.holds(queues.uploads(), 0).await;
    listeners.stop().await;
    assert_eq!(service.count("cell_certificate").await, 1);
    let expected = ["amended LEI-A-1-001", "amended LEI-A-1", "amended LEI-A", "capacity.changed LEI-A-1-001"];
    assert_eq!(service.events().await, expected);
}
