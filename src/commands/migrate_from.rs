//! `migrate-from`: sends a file of locations to a running service, and says what came of each of them.
//!
//! The file is streamed to `POST /migrate/locations` (decisions D3) as fast as the service takes it, and the answers are read
//! as they come; neither side ever holds all of it. Sending a file twice is safe, because the service reports what is there
//! already as unchanged; so whatever breaks, the advice is the same: run it again.
//!
//! | File | Holds |
//! |---|---|
//! | [`lines`] | reading line by line |
//! | [`upload`] | the way up |
//! | [`report`] | the answers, and the summary |
//! | [`failures`] | the file of lines that failed |
//! | [`progress`] | the bar |

pub mod failures;
pub mod lines;
pub mod progress;
pub mod report;
pub mod upload;

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Client, RequestBuilder, Response, StatusCode, Url};
use tokio::fs::{self, File};
use tokio::io::{AsyncRead, BufReader};
use tokio_util::codec::{FramedRead, LinesCodec};
use tokio_util::io::StreamReader;

use failures::Failures;
use progress::Counters;
use report::{Answer, AnswerStatus, ErrorBody, Summary};

/// Send a file of locations, one JSON body of POST /migrate/location a line, to a running service.
///
/// Exit code 0: every location is there. 1: some lines failed; they are in the file of failures. 2: it did not come to an
/// end; running it again is safe.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The file; `-` for standard input
    pub file: PathBuf,
    /// Where the service is, for example http://localhost:8080
    #[arg(long)]
    pub url: String,
    /// A bearer token with ROLE_MIGRATE_LOCATIONS and scope write
    #[arg(long, env = "LOCATIONS_TOKEN", hide_env_values = true)]
    pub token: String,
    /// Where to write the lines that failed [default: FILE.failed.ndjson]
    #[arg(long, value_name = "FILE")]
    pub failures: Option<PathBuf>,
}

/// Why it did not come to an end.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The input can't be read.
    #[error("{}: {reason}", file.display())]
    Input {
        /// The file, or `-`.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file of failures, or the copy of standard input, can't be written.
    #[error("{}: {reason}", file.display())]
    Output {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// What was given as `--url` is no address.
    #[error("--url {url}: {reason}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What was given as `--token` can't be one.
    #[error("--token: it has characters that no token has")]
    Token,
    /// Nobody answers there.
    #[error("{url} can't be reached: {reason}. Nothing was sent.")]
    Unreachable {
        /// Where.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The service answers, but not with what was asked for.
    #[error("{url} answered {status}{message}.{advice}")]
    Refused {
        /// Where.
        url: String,
        /// HTTP status.
        status: StatusCode,
        /// The service's words, after a colon; empty when it has none.
        message: String,
        /// What can be done about it, after a blank; empty when we don't know.
        advice: &'static str,
    },
    /// The connection ended in the middle.
    #[error(
        "the connection broke after {sent} lines were sent and {answered} were answered: {reason}. \
         Run the same command again: what is there by now will be reported as unchanged, nothing is doubled."
    )]
    Broken {
        /// Lines handed to the connection.
        sent: u64,
        /// Lines answered.
        answered: u64,
        /// What is known about it.
        reason: String,
    },
}

/// Runs the command: progress on standard error, the summary on standard output.
pub async fn run(args: &Args) -> ExitCode {
    let counters = Arc::new(Counters::default());
    let size = fs::metadata(&args.file).await.ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
    let shown = tokio::spawn(progress::show(Arc::clone(&counters), size));
    let result = migrate(args, &counters).await;
    shown.abort();
    // Wait until the bar is off the screen; that it was aborted is no news.
    let _ = shown.await;
    match result {
        Ok(summary) => {
            print!("{summary}");
            let old = args.failures.clone().unwrap_or_else(|| failures::default_name(&args.file));
            if summary.failed == 0 && fs::try_exists(&old).await.unwrap_or(false) && old != args.file {
                println!("{} is from an earlier run.", old.display());
            }
            if summary.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(problem) => {
            eprintln!("migrate-from: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Sends the file and reads the answers.
///
/// # Errors
/// See [`Problem`]. Lines that failed are no error: they are in the summary.
pub async fn migrate(args: &Args, counters: &Arc<Counters>) -> Result<Summary, Problem> {
    let target = Target::new(args)?;
    let name = args.failures.clone().unwrap_or_else(|| failures::default_name(&args.file));
    let input = Input::open(&args.file, &name).await?;
    target.ask_first().await?;
    let copy = input.copy.clone();
    let result = exchange(&target, input, name, counters).await;
    if let Some(copy) = copy {
        // It has done its work; a copy that can't be removed harms nobody.
        let _ = fs::remove_file(copy).await;
    }
    // A reason of our own is a better one than what the connection makes of it.
    match counters.input_problem.get() {
        Some(reason) => Err(Problem::Input { file: args.file.clone(), reason: reason.clone() }),
        None => result,
    }
}

/// What is sent, and where its lines can be looked up again.
struct Input {
    source: Box<dyn AsyncRead + Send + Unpin>,
    /// A file that can be read again: the input itself or the copy.
    again: PathBuf,
    /// Set when the input can only be read once (standard input, a pipe).
    copy: Option<PathBuf>,
}

impl Input {
    async fn open(file: &Path, failures: &Path) -> Result<Self, Problem> {
        let problem = |e: io::Error| Problem::Input { file: file.to_owned(), reason: e.to_string() };
        let (source, is_file): (Box<dyn AsyncRead + Send + Unpin>, bool) = if file == Path::new("-") {
            (Box::new(tokio::io::stdin()), false)
        } else {
            let opened = File::open(file).await.map_err(problem)?;
            let is_file = opened.metadata().await.map_err(problem)?.is_file();
            (Box::new(opened), is_file)
        };
        if is_file {
            return Ok(Self { source, again: file.to_owned(), copy: None });
        }
        let mut copy = failures.as_os_str().to_owned();
        copy.push(".copy");
        let copy = PathBuf::from(copy);
        Ok(Self { source, again: copy.clone(), copy: Some(copy) })
    }
}

/// The endpoint, and how it is asked.
struct Target {
    client: Client,
    url: Url,
    authorization: HeaderValue,
}

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// After this time a peer that is not there any more is noticed, also while it has nothing to say.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long the service may take nothing of what is sent before it counts as stalled.
const STALLED: Duration = Duration::from_secs(120);
/// The longest line of the answer, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;
/// Media type of newline-delimited JSON.
const NDJSON: &str = "application/x-ndjson";

impl Target {
    fn new(args: &Args) -> Result<Self, Problem> {
        let problem = |reason: String| Problem::Url { url: args.url.clone(), reason };
        let url = format!("{}/migrate/locations", args.url.trim_end_matches('/'));
        let url = Url::parse(&url).map_err(|e| problem(e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(problem("it has to begin with http:// or https://".to_owned()));
        }
        crate::clients::http::install_tls_provider();
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_keepalive(KEEPALIVE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| problem(with_causes(&e)))?;
        let authorization = HeaderValue::from_str(&format!("Bearer {}", args.token.trim()));
        let mut authorization = authorization.map_err(|_| Problem::Token)?;
        authorization.set_sensitive(true);
        Ok(Self { client, url, authorization })
    }

    fn request(&self) -> RequestBuilder {
        let request = self.client.post(self.url.clone()).header(AUTHORIZATION, self.authorization.clone());
        request.header(CONTENT_TYPE, NDJSON).header(ACCEPT, NDJSON)
    }

    /// Sends no line at all: whether the service is there, and takes the token, is known before anything is sent. A service that
    /// refuses a long body early just closes the connection, and nobody learns why.
    async fn ask_first(&self) -> Result<(), Problem> {
        let answer = self.request().timeout(STALLED).body("").send().await;
        let unreachable = |e: reqwest::Error| Problem::Unreachable {
            url: self.url.to_string(),
            reason: with_causes(&e.without_url()),
        };
        let answer = answer.map_err(unreachable)?;
        // A service may find that no line at all is a malformed request; then it is there and knows us.
        if answer.status().is_success() || answer.status() == StatusCode::BAD_REQUEST {
            return Ok(());
        }
        Err(self.refused(answer).await)
    }

    async fn refused(&self, answer: Response) -> Problem {
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        let error: Option<ErrorBody> = serde_json::from_str(&text).ok();
        let words = error.map_or_else(|| text.chars().take(200).collect(), |error| error.message().to_owned());
        let message = if words.is_empty() { words } else { format!(": {words}") };
        let advice = match status {
            StatusCode::UNAUTHORIZED => " Is the token valid, and not expired?",
            StatusCode::FORBIDDEN => " The token needs ROLE_MIGRATE_LOCATIONS and scope write.",
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => " Is --url the address of the service?",
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::BAD_GATEWAY => " Try again in a while; that is safe.",
            _ => "",
        };
        Problem::Refused { url: self.url.to_string(), status, message, advice }
    }
}

async fn exchange(
    target: &Target,
    input: Input,
    failures: PathBuf,
    counters: &Arc<Counters>,
) -> Result<Summary, Problem> {
    let output = |file: &Path, e: io::Error| Problem::Output { file: file.to_owned(), reason: e.to_string() };
    let source = BufReader::with_capacity(1 << 17, input.source);
    let body = upload::body(source, input.copy.as_deref(), Arc::clone(counters)).await;
    let body = body.map_err(|e| output(input.copy.as_deref().unwrap_or(&input.again), e))?;
    let answer = tokio::select! {
        answer = target.request().body(Body::wrap_stream(body)).send() => {
            answer.map_err(|e| broken(counters, with_causes(&e.without_url())))?
        }
        () = stalled(counters, STALLED) => {
            return Err(broken(counters, format!("the service took nothing for {} s", STALLED.as_secs())));
        }
    };
    if !answer.status().is_success() {
        return Err(target.refused(answer).await);
    }
    let mut kept = Failures::new(input.again, failures.clone());
    match read_answers(answer, &mut kept, counters).await {
        Ok(mut summary) => {
            summary.failures = kept.finish().await.map_err(|e| output(&failures, e))?;
            Ok(summary)
        }
        Err(problem) => {
            kept.discard().await;
            Err(problem)
        }
    }
}

/// Ends when nothing was handed to the connection for as long as `limit`. What comes after the last line is the
/// service's work, which takes the time that it takes.
async fn stalled(counters: &Counters, limit: Duration) {
    let mut seen = 0;
    let mut since = Instant::now();
    while since.elapsed() < limit {
        tokio::time::sleep(limit / 10).await;
        let now = counters.sent_bytes.load(Ordering::Relaxed);
        if now != seen || counters.all_sent.load(Ordering::Acquire) {
            seen = now;
            since = Instant::now();
        }
    }
}

async fn read_answers(answer: Response, kept: &mut Failures, counters: &Counters) -> Result<Summary, Problem> {
    let bytes = answer.bytes_stream().map_err(io::Error::other);
    let mut lines = FramedRead::new(StreamReader::new(bytes), LinesCodec::new_with_max_length(LONGEST_ANSWER));
    let mut summary = Summary::default();
    let mut last = 0;
    while let Some(line) = lines.next().await {
        let line = line.map_err(|e| broken(counters, with_causes(&e)))?;
        if line.is_empty() {
            continue;
        }
        let answer: Answer = serde_json::from_str(&line).map_err(|e| {
            broken(counters, format!("the service answered something that is no result of a line: {e}"))
        })?;
        if answer.line <= last {
            return Err(broken(counters, format!("line {} was answered after line {last}", answer.line)));
        }
        last = answer.line;
        settle(&answer, &mut summary, kept, counters).await?;
    }
    let (sent, answered) = (counters.sent_lines.load(Ordering::Relaxed), counters.answered());
    if !counters.all_sent.load(Ordering::Acquire) || answered != sent {
        return Err(broken(counters, "the service ended its answer early".to_owned()));
    }
    Ok(summary)
}

/// Counts one answer, and keeps the line if it failed.
async fn settle(
    answer: &Answer,
    summary: &mut Summary,
    kept: &mut Failures,
    counters: &Counters,
) -> Result<(), Problem> {
    let (total, counter) = match answer.status {
        AnswerStatus::Created => (&mut summary.created, &counters.created),
        AnswerStatus::Unchanged => (&mut summary.unchanged, &counters.unchanged),
        AnswerStatus::Failed => (&mut summary.failed, &counters.failed),
    };
    *total += 1;
    Counters::add(counter, 1);
    if answer.status == AnswerStatus::Failed {
        let added = kept.add(answer.line).await;
        let file = kept.name().to_owned();
        let line_of_file = added.map_err(|e| Problem::Output { file, reason: e.to_string() })?;
        summary.reasons.add(line_of_file, answer.error.as_ref().unwrap_or(&ErrorBody::default()));
    }
    Ok(())
}

fn broken(counters: &Counters, reason: String) -> Problem {
    Problem::Broken { sent: counters.sent_lines.load(Ordering::Relaxed), answered: counters.answered(), reason }
}

/// An error and what caused it, down to the one that says something.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_peer_that_takes_nothing_is_noticed_and_one_that_thinks_is_waited_for() {
        let limit = Duration::from_millis(50);
        let counters = Counters::default();
        tokio::time::timeout(Duration::from_secs(10), stalled(&counters, limit)).await.unwrap();
        counters.all_sent.store(true, Ordering::Release);
        tokio::time::timeout(limit * 6, stalled(&counters, limit)).await.unwrap_err();
    }

    #[test]
    fn an_address_without_a_scheme_is_refused() {
        let args = |url: &str| Args { file: "-".into(), url: url.into(), token: String::new(), failures: None };
        let refused = |url| Target::new(&args(url)).map(|target| target.url).unwrap_err().to_string();
        assert!(refused("localhost:8080").starts_with("--url localhost:8080: "));
        assert!(refused("").starts_with("--url : "));
        assert_eq!(Target::new(&args("http://localhost:8080/")).unwrap().url.path(), "/migrate/locations");
    }
}
