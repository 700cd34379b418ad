//! A Postgres cluster of a test's own, which may be restarted. Durable, other than that of `make test`.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A cluster on a free port. Stopped and removed at the end.
pub struct Cluster {
    /// For `DATABASE_URL`.
    pub url: String,
    bin: String,
    /// User and group of the operating system that run it, where that is not who runs the test.
    owner: Option<(u32, u32)>,
    home: TempDir,
    port: u16,
}

impl Cluster {
    /// Makes and starts it.
    pub fn start() -> Self {
        let bin =
            std::env::var("POSTGRES_BIN").expect("POSTGRES_BIN is to name Postgres' programs: `make test-long` does");
        let user = std::env::var("POSTGRES_OS_USER").ok().filter(|user| !user.is_empty());
        let owner = user.map(|user| (number_of("-u", &user), number_of("-g", &user)));
        let home = TempDir::new().unwrap();
        if let Some((user, group)) = owner {
            chown(home.path(), Some(user), Some(group)).unwrap();
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("postgresql://postgres@127.0.0.1:{port}/postgres");
        let cluster = Self { url, bin, owner, home, port };
        cluster.run("initdb", &["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        cluster.pg_ctl("start", &[]);
        cluster
    }

    /// Restarts it at once: `fast` ends sessions, `immediate` is a crash with recovery.
    pub fn restart(&self, mode: &str) {
        self.pg_ctl("restart", &["-m", mode]);
    }

    fn pg_ctl(&self, action: &str, more: &[&str]) {
        let log = self.home.path().join("log");
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''", self.port);
        let mut arguments = vec![action, "-w", "-s", "-l", log.to_str().unwrap(), "-o", &options];
        arguments.extend(more);
        self.run("pg_ctl", &arguments);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let done = self.command(program).args(arguments).status().unwrap();
        assert!(done.success(), "{program} {arguments:?}: {done}");
    }

    /// A program of Postgres on this cluster, as its owner. Silent: the server keeps what it inherits.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(format!("{}/{program}", self.bin));
        // Who runs it may not be let into the present directory.
        command.arg("-D").arg(self.home.path().join("data")).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may never have started.
        let _ = self.command("pg_ctl").args(["stop", "-m", "immediate"]).status();
    }
}

fn number_of(option: &str, user: &str) -> u32 {
    let told = Command::new("id").args([option, user]).output().unwrap();
    String::from_utf8(told.stdout).unwrap().trim().parse().unwrap()
}
