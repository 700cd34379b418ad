//! `migrate-from` against a service that only knows the shape of `POST /migrate/locations` (decisions D3).
//!
//! What the real endpoint does with lines is tested with the endpoint; here it is what the command makes of answers, of
//! refusals and of a connection that breaks.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::{StreamExt, stream};
use locations_inside_prison_api::commands::migrate_from::progress::Counters;
use locations_inside_prison_api::commands::migrate_from::report::Summary;
use locations_inside_prison_api::commands::migrate_from::{Args, Problem, migrate, run};
use locations_inside_prison_api::demo::{self, Options};
use serde_json::{Value, json};
use tempfile::TempDir;

const TOKEN: &str = "a.good.token";

/// How the service behaves.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// Answers every line: `created`, `unchanged` for code `SAME`, `failed` with the status that a code like `400` says.
    Good,
    /// The same, each answer as soon as its line is there.
    AtOnce,
    /// Answers the first line and hangs up.
    BreaksOff,
    /// Reads a little, then hangs up.
    StopsReading,
    /// Ends its answer properly, with the first line only.
    Forgetful,
}

#[derive(Clone)]
struct Service {
    manner: Manner,
    /// Lines that have arrived.
    received: Arc<Mutex<Vec<String>>>,
    requests: Arc<AtomicUsize>,
}

impl Service {
    /// A service on a free port, and its address.
    async fn start(manner: Manner) -> (Self, String) {
        let service = Self { manner, received: Arc::default(), requests: Arc::default() };
        let router = Router::new().route("/migrate/locations", post(migrate_locations)).with_state(service.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (service, url)
    }

    fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

async fn migrate_locations(State(service): State<Service>, headers: HeaderMap, body: Body) -> Response {
    service.requests.fetch_add(1, Ordering::Relaxed);
    if headers.get("authorization").is_none_or(|given| given.as_bytes() != format!("Bearer {TOKEN}").as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    assert_eq!(headers["content-type"], "application/x-ndjson");
    let mut pieces = body.into_data_stream();
    if service.manner == Manner::StopsReading {
        let first = pieces.next().await;
        if first.is_some() {
            // A handler that panics takes its connection with it.
            panic!("the service is gone");
        }
        return StatusCode::OK.into_response();
    }
    if service.manner == Manner::AtOnce {
        return Body::from_stream(answers_at_once(service, pieces)).into_response();
    }
    let mut all = Vec::new();
    while let Some(piece) = pieces.next().await {
        all.extend_from_slice(&piece.unwrap());
    }
    let lines: Vec<String> = String::from_utf8(all).unwrap().lines().map(str::to_owned).collect();
    service.received.lock().unwrap().clone_from(&lines);
    let answers = lines.iter().enumerate().map(|(n, line)| Ok(answer(n + 1, line)));
    let answers: Vec<io::Result<Bytes>> = match service.manner {
        Manner::BreaksOff | Manner::Forgetful => answers.take(1).collect(),
        _ => answers.collect(),
    };
    let breaks_off = service.manner == Manner::BreaksOff && !lines.is_empty();
    let end = stream::iter(breaks_off.then_some(())).then(|()| async {
        // The first answer has to be on its way, or it is lost with the connection.
        tokio::time::sleep(Duration::from_millis(100)).await;
        Err(io::Error::other("the service is gone"))
    });
    Body::from_stream(stream::iter(answers).chain(end)).into_response()
}

/// Answers lines while others are still on their way.
fn answers_at_once(
    service: Service,
    pieces: axum::body::BodyDataStream,
) -> impl stream::Stream<Item = io::Result<Bytes>> {
    let state = (service, pieces, Vec::new(), 0);
    stream::unfold(state, |(service, mut pieces, mut rest, mut number): (_, _, Vec<u8>, usize)| async move {
        let piece = pieces.next().await?.unwrap();
        rest.extend_from_slice(&piece);
        let mut answers = Vec::new();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            let line = String::from_utf8(line).unwrap();
            number += 1;
            answers.extend_from_slice(&answer(number, &line));
            service.received.lock().unwrap().push(line);
        }
        Some((Ok(Bytes::from(answers)), (service, pieces, rest, number)))
    })
}

/// The result of one line.
fn answer(number: usize, line: &str) -> Bytes {
    let body: Value = serde_json::from_str(line).unwrap_or_default();
    let code = body["code"].as_str().unwrap_or_default();
    let key = format!("LEI-{code}");
    let result = match (code, code.parse::<u16>()) {
        ("SAME", _) => json!({ "line": number, "status": "unchanged", "id": uuid::Uuid::nil(), "key": key }),
        (_, Ok(status)) => json!({ "line": number, "status": "failed", "error": {
            "status": status,
            "errorCode": (status == 409).then_some(103),
            "userMessage": format!("Location already exists: {key} for line {number}"),
            "developerMessage": "more of it",
        }}),
        _ => json!({ "line": number, "status": "created", "id": uuid::Uuid::nil(), "key": key }),
    };
    Bytes::from(format!("{result}\n"))
}

/// A directory with an input of these codes, one a line.
fn input(codes: &[&str]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("locations.ndjson");
    std::fs::write(&file, codes.iter().map(|code| line(code)).collect::<String>()).unwrap();
    (directory, file)
}

fn line(code: &str) -> String {
    format!("{{\"prisonId\":\"LEI\",\"code\":\"{code}\"}}\n")
}

fn args(file: &Path, url: &str) -> Args {
    Args { file: file.to_owned(), url: url.to_owned(), token: TOKEN.to_owned(), failures: None }
}

async fn migrated(args: &Args) -> Result<Summary, Problem> {
    migrate(args, &Arc::new(Counters::default())).await
}

fn files_in(directory: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_line_arrives_and_is_counted() {
    let (service, url) = Service::start(Manner::Good).await;
    let (directory, file) = input(&["A", "B", "SAME", "C"]);
    let summary = migrated(&args(&file, &url)).await.unwrap();
    assert_eq!((summary.created, summary.unchanged, summary.failed, summary.failures), (3, 1, 0, None));
    assert_eq!(service.received().concat(), ["A", "B", "SAME", "C"].map(line).concat().replace('\n', ""));
    assert_eq!(files_in(&directory), ["locations.ndjson"]);
}

#[tokio::test]
async fn an_estate_is_streamed_while_it_is_answered() {
    let (service, url) = Service::start(Manner::AtOnce).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("estate.ndjson");
    let estate = demo::estate(&Options { locations: Some(5_000), ..Options::default() }).unwrap();
    let lines: Vec<String> = estate.map(|location| serde_json::to_string(&location).unwrap() + "\n").collect();
    std::fs::write(&file, lines.concat()).unwrap();
    let summary = migrated(&args(&file, &url)).await.unwrap();
    assert_eq!(summary.created + summary.failed, 5_000, "cells have numbers, which this service takes for errors");
    assert_eq!(service.received(), lines);
}

#[tokio::test]
async fn lines_that_failed_are_kept_and_can_be_sent_again() {
    let (service, url) = Service::start(Manner::Good).await;
    let (_directory, file) = input(&["A", "409", "B", "400", "409"]);
    // Blank lines are no locations, but they count when a line of the file is named.
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("\n{text}\n")).unwrap();
    let summary = migrated(&args(&file, &url)).await.unwrap();
    assert_eq!((summary.created, summary.failed), (2, 3));
    let failures = summary.failures.clone().unwrap();
    assert_eq!(failures.file_name().unwrap(), "locations.ndjson.failed.ndjson");
    assert_eq!(std::fs::read_to_string(&failures).unwrap(), ["409", "400", "409"].map(line).concat());
    let text = summary.to_string();
    assert!(text.starts_with("5 lines: 2 created, 0 unchanged, 3 failed\n"), "{text}");
    assert!(text.contains("        2  409 / 103  Location already exists: LEI-409 for line 2 (line 3)\n"), "{text}");
    assert!(text.contains("        1  400        Location already exists: LEI-400 for line 4 (line 5)\n"), "{text}");

    let again = Args { failures: Some(failures.clone()), ..args(&failures, &url) };
    let summary = migrated(&again).await.unwrap();
    assert_eq!((summary.failed, service.received().len()), (3, 3));
    assert_eq!(std::fs::read_to_string(&failures).unwrap(), ["409", "400", "409"].map(line).concat());
}

#[tokio::test]
async fn the_exit_code_tells_success_failed_lines_and_an_end_that_was_not_reached() {
    let (_service, url) = Service::start(Manner::Good).await;
    let code = |args: Args| async move { run(&args).await };
    let (_good, file) = input(&["A"]);
    assert_eq!(code(args(&file, &url)).await, ExitCode::SUCCESS);
    let (_bad, file) = input(&["A", "409"]);
    assert_eq!(code(args(&file, &url)).await, ExitCode::from(1));
    assert_eq!(code(args(Path::new("no such file"), &url)).await, ExitCode::from(2));
}

#[tokio::test]
async fn a_connection_that_breaks_says_what_to_do_and_leaves_no_half_file() {
    for manner in [Manner::BreaksOff, Manner::Forgetful] {
        let (_service, url) = Service::start(manner).await;
        let (directory, file) = input(&["409", "B", "C"]);
        let problem = migrated(&args(&file, &url)).await.unwrap_err();
        let Problem::Broken { sent, answered, .. } = &problem else { panic!("{problem}") };
        assert_eq!((*sent, *answered), (3, 1), "{problem}");
        assert!(problem.to_string().contains("Run the same command again"), "{problem}");
        assert_eq!(files_in(&directory), ["locations.ndjson"]);
    }
}

#[tokio::test]
async fn a_service_that_dies_while_it_is_sent_to_is_noticed() {
    let (_service, url) = Service::start(Manner::StopsReading).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("large.ndjson");
    std::fs::write(&file, line("A").repeat(400_000)).unwrap();
    let problem = migrated(&args(&file, &url)).await.unwrap_err();
    assert!(matches!(problem, Problem::Broken { answered: 0, .. }), "{problem}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_known_before_anything_is_sent() {
    let (service, url) = Service::start(Manner::Good).await;
    let (directory, file) = input(&["A"]);
    let problem = migrated(&Args { token: "expired".into(), ..args(&file, &url) }).await.unwrap_err();
    assert!(matches!(problem, Problem::Refused { status: StatusCode::UNAUTHORIZED, .. }), "{problem}");
    let words = problem.to_string();
    assert!(words.ends_with("answered 401 Unauthorized. Is the token valid, and not expired?"), "{words}");
    assert_eq!((service.requests.load(Ordering::Relaxed), service.received().len()), (1, 0));
    assert_eq!(files_in(&directory), ["locations.ndjson"]);

    let problem = migrated(&Args { token: "two\nlines".into(), ..args(&file, &url) }).await.unwrap_err();
    assert!(matches!(problem, Problem::Token), "{problem}");
}

#[tokio::test]
async fn a_wrong_address_and_a_service_that_is_not_there_are_told_apart() {
    let (_service, url) = Service::start(Manner::Good).await;
    let (_directory, file) = input(&["A"]);
    let problem = migrated(&args(&file, &format!("{url}/elsewhere"))).await.unwrap_err();
    assert!(matches!(problem, Problem::Refused { status: StatusCode::NOT_FOUND, .. }), "{problem}");
    assert!(problem.to_string().contains("Is --url the address"), "{problem}");

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let problem = migrated(&args(&file, &format!("http://{free}"))).await.unwrap_err();
    assert!(matches!(problem, Problem::Unreachable { .. }), "{problem}");
    assert!(problem.to_string().contains("Nothing was sent"), "{problem}");
}

#[tokio::test]
async fn a_file_that_is_no_ndjson_is_named_as_the_reason() {
    let (_service, url) = Service::start(Manner::Good).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("image.bin");
    std::fs::write(&file, vec![b'x'; 2 << 20]).unwrap();
    let problem = migrated(&args(&file, &url)).await.unwrap_err();
    let Problem::Input { reason, .. } = &problem else { panic!("{problem}") };
    assert!(reason.starts_with("line 1 is longer than"), "{problem}");
}

/// A pipe can be read only once, like standard input: what is sent is copied to disk meanwhile.
#[cfg(unix)]
#[tokio::test]
async fn failed_lines_of_a_pipe_are_kept_too() {
    let (_service, url) = Service::start(Manner::Good).await;
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = {
        let pipe = pipe.clone();
        tokio::task::spawn_blocking(move || std::fs::write(pipe, ["A", "409", "B"].map(line).concat()).unwrap())
    };
    let failures = directory.path().join("kept.ndjson");
    let summary = migrated(&Args { failures: Some(failures.clone()), ..args(&pipe, &url) }).await.unwrap();
    writer.await.unwrap();
    assert_eq!((summary.created, summary.failed), (2, 1));
    assert_eq!(std::fs::read_to_string(failures).unwrap(), line("409"));
    assert_eq!(files_in(&directory), ["kept.ndjson", "pipe"]);
}
