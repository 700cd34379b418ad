//! Settings that several roles share. Each can be given as an argument or in the environment (`STANDIN_...`).

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// Which of the two behaviours (08 section 15.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// As the live estate does it, faults included.
    Live,
    /// With the improvements X1 to X15.
    #[default]
    Fixed,
}

/// What every role needs to start.
#[derive(Args, Clone, Debug)]
pub struct RoleSettings {
    /// Where to listen; port 0 takes any that is free.
    #[arg(long, env = "STANDIN_LISTEN", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The database of the stand-in (a schema for each role is made in it).
    #[arg(long, env = "STANDIN_DATABASE_URL")]
    pub database_url: String,
    /// Connections to the database, at most.
    #[arg(long, env = "STANDIN_DATABASE_CONNECTIONS", default_value_t = 10)]
    pub database_connections: u32,
    /// `live`: as the live estate does it; `fixed`: with its known faults mended.
    #[arg(long, env = "STANDIN_PROFILE", value_enum, default_value_t)]
    pub profile: Profile,
    /// The key set that bearer tokens are checked with.
    #[arg(long, env = "STANDIN_JWKS_URL", default_value = "http://127.0.0.1:9090/auth/.well-known/jwks.json")]
    pub jwks_url: String,
    /// What the claim `iss` of a token must say; unchecked when not given.
    #[arg(long, env = "STANDIN_ISSUER")]
    pub issuer: Option<String>,
    /// Makes what faults leave to chance repeatable.
    #[arg(long, env = "STANDIN_RANDOM_SEED", default_value_t = 1)]
    pub random_seed: u64,
}

/// How a role gets tokens to call others (client credentials).
#[derive(Args, Clone, Debug)]
pub struct TokenSettings {
    /// The sign-on service; `/oauth/token` is added.
    #[arg(long, env = "STANDIN_AUTH_URL", default_value = "http://127.0.0.1:9090/auth")]
    pub auth_url: String,
    /// Who we are for the sign-on service.
    #[arg(long, env = "STANDIN_CLIENT_ID")]
    pub client_id: String,
    /// The secret of that client.
    #[arg(long, env = "STANDIN_CLIENT_SECRET")]
    pub client_secret: String,
}

/// Where SNS and SQS are. Credentials come from the default chain of the AWS clients.
#[derive(Args, Clone, Debug)]
pub struct AwsSettings {
    /// A local SNS/SQS server; not given: AWS itself.
    #[arg(long, env = "AWS_ENDPOINT_URL")]
    pub aws_endpoint_url: Option<String>,
    /// The region of topics and queues.
    #[arg(long, env = "AWS_REGION", default_value = "eu-west-2")]
    pub aws_region: String,
}

/// Where the systems are that the two sync roles call, and how long they wait for them (08 section 1.3 rule 2).
#[derive(Args, Clone, Debug)]
pub struct RemoteSettings {
    /// The Locations Inside Prison API.
    #[arg(long, env = "STANDIN_LOCATIONS_URL")]
    pub locations_url: String,
    /// The NOMIS API.
    #[arg(long, env = "STANDIN_NOMIS_URL")]
    pub nomis_url: String,
    /// The mapping service.
    #[arg(long, env = "STANDIN_MAPPING_URL")]
    pub mapping_url: String,
    /// Time-out of calls of the Locations API, in milliseconds.
    #[arg(long, env = "STANDIN_LOCATIONS_TIMEOUT_MS", default_value_t = 90_000)]
    pub locations_timeout_ms: u64,
    /// Time-out of calls of the NOMIS API, in milliseconds.
    #[arg(long, env = "STANDIN_NOMIS_TIMEOUT_MS", default_value_t = 60_000)]
    pub nomis_timeout_ms: u64,
    /// Time-out of calls of the mapping service, in milliseconds.
    #[arg(long, env = "STANDIN_MAPPING_TIMEOUT_MS", default_value_t = 10_000)]
    pub mapping_timeout_ms: u64,
}

impl RemoteSettings {
    /// Time-out of calls of the Locations API.
    pub fn locations_timeout(&self) -> Duration {
        Duration::from_millis(self.locations_timeout_ms)
    }

    /// Time-out of calls of the NOMIS API.
    pub fn nomis_timeout(&self) -> Duration {
        Duration::from_millis(self.nomis_timeout_ms)
    }

    /// Time-out of calls of the mapping service.
    pub fn mapping_timeout(&self) -> Duration {
        Duration::from_millis(self.mapping_timeout_ms)
    }
}
