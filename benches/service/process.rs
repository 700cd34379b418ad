//! The service as a process: started as an operator starts it, timed, weighed, stopped.

use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::client::{Connection, Requests};
use crate::settings::Settings;

/// How long the start may take, and the end.
const PATIENCE: Duration = Duration::from_secs(30);
/// The key whose tokens the service accepts here.
pub const KEY_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/test-key.pem");

/// A service that runs. Killed when dropped.
pub struct Service {
    child: Child,
    /// Its port.
    pub port: u16,
    /// From the start of the process to the first answer that it is ready.
    pub ready_after: Duration,
}

/// Runs `migrate` on a database.
pub fn migrate(settings: &Settings, database: &str) -> Outcome<()> {
    let mut command = Command::new(&settings.binary);
    command.arg("migrate").env_clear().env("DATABASE_URL", database).stdout(log(&settings.scratch)?);
    match command.status()? {
        status if status.success() => Ok(()),
        status => Err(format!("`migrate` ended with {status}").into()),
    }
}

impl Service {
    /// Starts it, and waits until it is ready.
    pub async fn start(settings: &Settings, database: &str, sink: &str) -> Outcome<Self> {
        let port = free_port()?;
        let mut command = Command::new(&settings.binary);
        command.arg("serve").env_clear().envs(environment(port, database, sink));
        command.stdin(Stdio::null()).stdout(log(&settings.scratch)?).stderr(log(&settings.scratch)?);
        let begun = Instant::now();
        let mut service = Self { child: command.spawn()?, port, ready_after: Duration::ZERO };
        let request = Requests::anonymous().get("/health/readiness");
        while !is_ready(port, &request).await {
            if let Some(status) = service.child.try_wait()? {
                return Err(format!("the service ended at its start with {status}: see {}", log_file(settings)).into());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("the service is not ready after {PATIENCE:?}: see {}", log_file(settings)).into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        service.ready_after = begun.elapsed();
        Ok(service)
    }

    /// Resident memory now, in bytes; none where the system does not tell.
    pub fn resident(&self) -> Option<u64> {
        self.weight("VmRSS:")
    }

    /// The most that was resident since the start, or since [`Self::forget_peak`].
    pub fn peak(&self) -> Option<u64> {
        self.weight("VmHWM:")
    }

    /// Lets the peak begin again at what is resident now. Where that can't be done it goes on from the start.
    pub fn forget_peak(&self) {
        let _ = fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
    }

    fn weight(&self, name: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops it as an operator does.
    pub async fn stop(mut self) -> Outcome<ExitStatus> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err("the service does not end after SIGTERM".into())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn is_ready(port: u16, request: &[u8]) -> bool {
    let Ok(mut connection) = Connection::open(port).await else { return false };
    connection.exchange(request).await.is_ok_and(|answer| answer.status == 200)
}

/// Usual settings, so that what is measured is what runs in production: the log is written, at its usual level.
pub fn environment(port: u16, database: &str, sink: &str) -> Vec<(&'static str, String)> {
    vec![
        ("SERVER_PORT", port.to_string()),
        ("MANAGEMENT_PORT", "0".into()),
        ("DATABASE_URL", database.into()),
        ("DEVELOPMENT_MODE", "true".into()),
        ("DEVELOPMENT_KEY_FILE", KEY_FILE.into()),
        ("API_BASE_URL_OAUTH", format!("{sink}/auth")),
        ("API_BASE_URL_PRISONER_SEARCH", format!("{sink}/prisoner-search")),
        ("API_BASE_URL_PRISON_REGISTER", format!("{sink}/prison-register")),
        ("API_BASE_URL_PRISON_API", format!("{sink}/prison-api")),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID", "bench".into()),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET", "bench".into()),
        ("AWS_ENDPOINT_URL", sink.into()),
        ("AWS_REGION", "eu-west-2".into()),
        ("AWS_ACCESS_KEY_ID", "bench".into()),
        ("AWS_SECRET_ACCESS_KEY", "bench".into()),
        ("HMPPS_SQS_USE_WEB_TOKEN", "false".into()),
        ("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", "arn:aws:sns:eu-west-2:000000000000:bench".into()),
        ("HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME", "bench-audit".into()),
    ]
}

fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn log(scratch: &Path) -> Outcome<File> {
    fs::create_dir_all(scratch)?;
    Ok(OpenOptions::new().create(true).append(true).open(scratch.join("service.log"))?)
}

fn log_file(settings: &Settings) -> String {
    settings.scratch.join("service.log").display().to_string()
}
