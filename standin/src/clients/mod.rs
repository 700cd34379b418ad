//! Typed clients of the three systems that the sync roles call. Hand-written from the published contracts; nothing is shared with the
//! service.

pub mod locations;
pub mod mapping;
pub mod nomis;

use std::sync::Arc;

use serde::Deserialize;

use crate::common::remote::Remote;
use crate::common::role::Context;
use crate::common::settings::{RemoteSettings, TokenSettings};
use crate::common::token_source::TokenSource;

pub use locations::Locations;
pub use mapping::Mappings;
pub use nomis::Nomis;

/// The three of them. Copies share connections and token.
#[derive(Clone)]
pub struct Clients {
    /// Our service.
    pub locations: Locations,
    /// The NOMIS API.
    pub nomis: Nomis,
    /// The mapping service.
    pub mappings: Mappings,
}

impl Clients {
    /// Clients for a role.
    pub fn new(context: &Context, remote: &RemoteSettings, token: &TokenSettings) -> Self {
        let tokens = Arc::new(TokenSource::new(token, context.http.clone()));
        let to = |service, base: &str, timeout| {
            Remote::new(context, service, base, timeout, context.http.clone(), tokens.clone())
        };
        Self {
            locations: Locations::new(to("locations", &remote.locations_url, remote.locations_timeout())),
            nomis: Nomis::new(to("nomis", &remote.nomis_url, remote.nomis_timeout())),
            mappings: Mappings::new(to("mapping", &remote.mapping_url, remote.mapping_timeout())),
        }
    }
}

/// A page of something.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// What is on it.
    pub content: Vec<T>,
    /// How many there are on all pages.
    pub total_elements: u64,
}

/// Count and hash of a side of a prison, for the prison and for each subtree (docs/reconciliation.md).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Digests {
    /// Number of locations.
    pub count: u64,
    /// Sum of their hashes.
    pub hash: String,
    /// By path.
    pub subtrees: Vec<Subtree>,
}

/// Count and hash of a location and all below it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subtree {
    /// Key of the location on top.
    pub key: String,
    /// Number of locations.
    pub count: u64,
    /// Sum of their hashes.
    pub hash: String,
}
