//! Programs of the estate as processes of their own. One that ends by itself (a fault said `crash`) is started again.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const LOOK: Duration = Duration::from_millis(20);

/// A program with its arguments.
#[derive(Clone)]
pub struct Program {
    pub file: PathBuf,
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub log: PathBuf,
}

impl Program {
    fn start(&self) -> Child {
        let log: File = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        Command::new(&self.file)
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", self.file.display()))
    }
}

/// A program that runs until this is dropped.
pub struct Supervised {
    starts: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
    child: Arc<Mutex<Child>>,
    supervisor: Option<JoinHandle<()>>,
}

impl Supervised {
    pub fn start(program: Program) -> Self {
        let child = Arc::new(Mutex::new(program.start()));
        let (starts, ended) = (Arc::new(AtomicUsize::new(1)), Arc::new(AtomicBool::new(false)));
        let (watched, counted, over) = (child.clone(), starts.clone(), ended.clone());
        let supervisor = std::thread::spawn(move || {
            while !over.load(Ordering::SeqCst) {
                std::thread::sleep(LOOK);
                let mut child = watched.lock().unwrap();
                if !over.load(Ordering::SeqCst) && child.try_wait().unwrap().is_some() {
                    *child = program.start();
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Self { starts, ended, child, supervisor: Some(supervisor) }
    }

    /// How often it was started.
    pub fn starts(&self) -> usize {
        self.starts.load(Ordering::SeqCst)
    }

    /// SIGKILL; the supervisor starts it again.
    pub fn kill(&self) {
        self.child.lock().unwrap().kill().unwrap();
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.join().unwrap();
        }
        let mut child = self.child.lock().unwrap();
        // It may have ended already.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// The service's program, which is built beside the stand-in's.
pub fn service_program() -> PathBuf {
    let own = Path::new(env!("CARGO_BIN_EXE_standin"));
    let found = own.with_file_name("locations-inside-prison-api");
    assert!(found.exists(), "{} is missing: build the workspace first", found.display());
    found
}

/// A port that is free now and that nobody else is given: below those that the machine hands out by itself, and each once in this process.
pub fn free_port() -> u16 {
    static HANDED_OUT: AtomicUsize = AtomicUsize::new(0);
    loop {
        let number = std::process::id() as usize * 16 + HANDED_OUT.fetch_add(1, Ordering::SeqCst);
        let port = u16::try_from(20_000 + number % 10_000).unwrap();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
