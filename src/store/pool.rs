//! Which database, and how we connect to it (07 section 9.1).

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};

/// How many connections a replica keeps for requests, unless a setting says otherwise.
pub const REQUEST_CONNECTIONS: u32 = 10;

/// How many more it keeps for the relays, in a pool of their own.
pub const RELAY_CONNECTIONS: u32 = 2;

/// How long a request waits for a connection; then it is answered with 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a connection lives (07 section 9.1).
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A connection that nobody used for longer is tested before it is handed out. Under load none is, so that a test costs nothing.
const TEST_AFTER_IDLE: Duration = Duration::from_secs(1);

const APPLICATION_NAME: &str = "locations-inside-prison-api";
const DEFAULT_PORT: u16 = 5432;

/// A database and who logs in to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// A host name, an address, or the directory of a Unix socket.
    pub host: String,
    /// The TCP port; it also names a Unix socket.
    pub port: u16,
    /// The name of the database.
    pub database: String,
    /// Who works with it.
    pub login: Login,
    /// Who makes tables, where that is somebody else (`SPRING_FLYWAY_USER`).
    pub migration_login: Option<Login>,
    /// How the connection is protected.
    pub tls: Tls,
    /// A PEM bundle of the certificate authorities to trust beside those of the system.
    pub root_certificate: Option<PathBuf>,
}

/// A user of the database. Its text forms never show the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name of the user.
    pub user: String,
    /// Where the database asks for one.
    pub password: Option<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({})", self.user)
    }
}

/// How a connection is protected; the `sslmode` of libpq.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Plain.
    Disable,
    /// Encrypted if the server can, and plain otherwise.
    Prefer,
    /// Encrypted, whoever the server is.
    Require,
    /// Encrypted, and the server's certificate is signed by an authority that we trust.
    VerifyCa,
    /// The same, and the certificate is for the host that we asked for.
    VerifyFull,
}

impl Tls {
    fn from_sslmode(text: &str) -> Option<Self> {
        match text {
            "disable" => Some(Self::Disable),
            "allow" | "prefer" => Some(Self::Prefer),
            "require" => Some(Self::Require),
            "verify-ca" => Some(Self::VerifyCa),
            "verify-full" => Some(Self::VerifyFull),
            _ => None,
        }
    }

    /// Where a URL does not say: the other side of the network has to prove who it is, this machine has not.
    fn default_for(host: &str) -> Self {
        let here = host == "localhost"
            || host.starts_with('/')
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if here { Self::Prefer } else { Self::VerifyFull }
    }
}

impl From<Tls> for PgSslMode {
    fn from(tls: Tls) -> Self {
        match tls {
            Tls::Disable => Self::Disable,
            Tls::Prefer => Self::Prefer,
            Tls::Require => Self::Require,
            Tls::VerifyCa => Self::VerifyCa,
            Tls::VerifyFull => Self::VerifyFull,
        }
    }
}

/// Settings that were read, but can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The root certificates can't be read.
    #[error("DATABASE_ROOT_CERTIFICATE: {path}: {reason}")]
    RootCertificate { path: PathBuf, reason: String },
}

impl DatabaseSettings {
    /// Reads the settings: `DATABASE_URL`; or else `SPRING_DATASOURCE_URL` (JDBC; user and password may come from
    /// `DATABASE_USERNAME` and `DATABASE_PASSWORD`); or else `DATABASE_ENDPOINT`, `DATABASE_NAME`, `DATABASE_USERNAME` and
    /// `DATABASE_PASSWORD`, with the server verified in full. Beside each: `DATABASE_ROOT_CERTIFICATE`, `SPRING_FLYWAY_USER`
    /// and `SPRING_FLYWAY_PASSWORD`.
    ///
    /// # Errors
    /// One line for each setting that is missing or wrong.
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let mut settings = if let Some(url) = env("DATABASE_URL") {
            from_url(&url).map_err(|reason| vec![format!("DATABASE_URL: {reason}")])?
        } else if let Some(url) = env("SPRING_DATASOURCE_URL") {
            let login = env("DATABASE_USERNAME").map(|user| Login { user, password: env("DATABASE_PASSWORD") });
            from_jdbc_url(&url, login).map_err(|reason| vec![format!("SPRING_DATASOURCE_URL: {reason}")])?
        } else {
            from_parts(&env)?
        };
        if let Some(path) = env("DATABASE_ROOT_CERTIFICATE") {
            settings.root_certificate = Some(PathBuf::from(path));
        }
        if let Some(user) = env("SPRING_FLYWAY_USER").filter(|user| *user != settings.login.user) {
            settings.migration_login = Some(Login { user, password: env("SPRING_FLYWAY_PASSWORD") });
        }
        Ok(settings)
    }

    /// How the service connects.
    ///
    /// # Errors
    /// If the root certificates can't be read.
    pub fn options(&self) -> Result<PgConnectOptions, SettingsError> {
        let limits = [
            ("lock_timeout", "5s"),
            ("statement_timeout", "20s"),
            ("idle_in_transaction_session_timeout", "30s"),
            // Recursive statements are estimated far too high, and compiling them takes longer than running them.
            ("jit", "off"),
            // Look-ups by key are cheap on solid state disks: without this a small estate is scanned for a hundred of them.
            ("random_page_cost", "1.1"),
            // A plan for arrays of any length, made once: with one made for the ids of each request, planning takes longer than
            // running.
            ("plan_cache_mode", "force_generic_plan"),
            ("TimeZone", "UTC"),
        ];
        Ok(self.options_for(&self.login)?.options(limits))
    }

    /// How a migration connects: as another user where a setting says so, and with statements that may take their time. Locks
    /// may not: whoever waits for the lock of a table keeps all others from it.
    ///
    /// # Errors
    /// If the root certificates can't be read.
    pub fn migration_options(&self) -> Result<PgConnectOptions, SettingsError> {
        let login = self.migration_login.as_ref().unwrap_or(&self.login);
        let limits = [("lock_timeout", "5s"), ("statement_timeout", "0"), ("TimeZone", "UTC")];
        Ok(self.options_for(login)?.options(limits))
    }

    /// The user of the service, if somebody else makes the tables.
    pub fn grantee(&self) -> Option<&str> {
        self.migration_login.is_some().then_some(self.login.user.as_str())
    }

    /// Nothing is left to the `PG*` variables of libpq, apart from client certificates and options.
    fn options_for(&self, login: &Login) -> Result<PgConnectOptions, SettingsError> {
        let mut options = PgConnectOptions::new_without_pgpass()
            .port(self.port)
            .username(&login.user)
            .password(login.password.as_deref().unwrap_or_default())
            .database(&self.database)
            .ssl_mode(self.tls.into())
            .application_name(APPLICATION_NAME)
            .statement_cache_capacity(256);
        options = if self.host.starts_with('/') { options.socket(&self.host) } else { options.host(&self.host) };
        if let Some(path) = &self.root_certificate {
            options = options.ssl_root_cert_from_pem(read_certificates(path)?);
        }
        Ok(options)
    }
}

/// Connects; the first connection is made at once. How many there may be in all: `size`.
///
/// A database that goes away and comes back heals by itself: a connection that failed is thrown away when it is given back, and one
/// that nobody used for a while is tested before it is handed out.
///
/// # Errors
/// If the settings can't be used, or the database can't be reached.
pub async fn connect(settings: &DatabaseSettings, size: u32) -> Result<PgPool, ConnectError> {
    Ok(pool_options(size).connect_with(settings.options()?).await?)
}

/// The same, but the first connection is made when it is needed.
///
/// # Errors
/// If the settings can't be used.
pub fn connect_lazily(settings: &DatabaseSettings, size: u32) -> Result<PgPool, SettingsError> {
    Ok(pool_options(size).connect_lazy_with(settings.options()?))
}

/// Why there is no pool.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The settings can't be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The database can't be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

fn pool_options(size: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_lifetime(LIFETIME)
        .test_before_acquire(false)
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                if meta.idle_for > TEST_AFTER_IDLE {
                    sqlx::Connection::ping(conn).await?;
                }
                Ok(true)
            })
        })
}

fn read_certificates(path: &Path) -> Result<Vec<u8>, SettingsError> {
    let refused = |reason: String| SettingsError::RootCertificate { path: path.to_owned(), reason };
    let pem = std::fs::read(path).map_err(|e| refused(e.to_string()))?;
    let begin = b"-----BEGIN CERTIFICATE-----";
    if !pem.windows(begin.len()).any(|window| window == begin) {
        return Err(refused("no certificate in PEM form in it".to_owned()));
    }
    Ok(pem)
}

fn from_parts(env: &dyn Fn(&str) -> Option<String>) -> Result<DatabaseSettings, Vec<String>> {
    let [endpoint, database, user, password] =
        ["DATABASE_ENDPOINT", "DATABASE_NAME", "DATABASE_USERNAME", "DATABASE_PASSWORD"]
            .map(|name| env(name).ok_or(format!("{name}: not set")));
    if [&endpoint, &database, &user, &password].iter().all(|part| part.is_err()) {
        return Err(vec![
            "DATABASE_URL: not set, and neither are DATABASE_ENDPOINT, DATABASE_NAME, DATABASE_USERNAME, DATABASE_PASSWORD"
                .to_owned(),
        ]);
    }
    let address = endpoint.and_then(|e| host_and_port(&e).map_err(|reason| format!("DATABASE_ENDPOINT: {reason}")));
    match (address, database, user, password) {
        (Ok((host, port)), Ok(database), Ok(user), Ok(password)) => Ok(DatabaseSettings {
            host,
            port,
            database,
            login: Login { user, password: Some(password) },
            migration_login: None,
            tls: Tls::VerifyFull,
            root_certificate: None,
        }),
        (address, database, user, password) => {
            Err([address.err(), database.err(), user.err(), password.err()].into_iter().flatten().collect())
        }
    }
}

/// `host`, `host:port` or `[address]:port`.
fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or("expected host:port")?)),
        None => text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = match port {
        Some(port) => port.parse().map_err(|_| format!("{port} is not a port"))?,
        None => DEFAULT_PORT,
    };
    if host.is_empty() { Err("expected host:port".to_owned()) } else { Ok((host.to_owned(), port)) }
}

/// `postgresql://user:password@host:port/database?sslmode=...&sslrootcert=...`. No reason given here shows the URL: it holds the
/// password.
fn from_url(text: &str) -> Result<DatabaseSettings, String> {
    let url = Url::parse(text).map_err(|e| format!("not a URL: {e}"))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err("expected postgresql://user:password@host:port/database".to_owned());
    }
    let parameter = |name: &str| url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned());
    let host = match parameter("host") {
        Some(host) => host,
        None => decoded(url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']'))?,
    };
    let port = match parameter("port") {
        Some(port) => port.parse().map_err(|_| format!("{port} is not a port"))?,
        None => url.port().unwrap_or(DEFAULT_PORT),
    };
    let tls = match parameter("sslmode") {
        Some(mode) => Tls::from_sslmode(&mode).ok_or(format!("{mode} is not an sslmode"))?,
        None => Tls::default_for(&host),
    };
    let user = parameter("user").map_or_else(|| decoded(url.username()), Ok)?;
    let password = parameter("password").map_or_else(|| url.password().map(decoded).transpose(), |p| Ok(Some(p)))?;
    let database = parameter("dbname").map_or_else(|| decoded(url.path().trim_start_matches('/')), Ok)?;
    for (part, name) in [(&host, "host"), (&user, "user"), (&database, "name of the database")] {
        if part.is_empty() {
            return Err(format!("it has no {name}"));
        }
    }
    Ok(DatabaseSettings {
        host,
        port,
        database,
        login: Login { user, password },
        migration_login: None,
        tls,
        root_certificate: parameter("sslrootcert").map(PathBuf::from),
    })
}

/// `jdbc:postgresql://host:port/database?user=...&password=...&sslmode=...`, as the live service takes it.
fn from_jdbc_url(text: &str, login: Option<Login>) -> Result<DatabaseSettings, String> {
    let url = text.strip_prefix("jdbc:").ok_or("expected jdbc:postgresql://host:port/database")?;
    let Some(login) = login else { return from_url(url) };
    // A URL that names a user means that one, with its own password.
    if url.contains("?user=") || url.contains("&user=") {
        return from_url(url);
    }
    let joint = if url.contains('?') { '&' } else { '?' };
    let mut settings = from_url(&format!("{url}{joint}user=from-settings"))?;
    settings.login = login;
    Ok(settings)
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()).zip(hex(rest.next())).map(|(high, low)| high << 4 | low).ok_or(BAD_ENCODING)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| BAD_ENCODING.to_owned())
}

const BAD_ENCODING: &str = "a part of it is not percent-encoded UTF-8";

fn hex(digit: Option<u8>) -> Option<u8> {
    char::from(digit?).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
