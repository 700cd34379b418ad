//! The rows of the current certificates that a job needs, of one prison or of several.

use std::collections::{BTreeMap, HashMap};

use crate::domain::certificate::CertificateLocation;
use crate::domain::location::Location;
use crate::domain::tree::{Index, Tree};
use crate::store::certificate;

/// Certificate rows by prison and path.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    prisons: HashMap<String, HashMap<String, CertificateLocation>>,
    none: HashMap<String, CertificateLocation>,
}

impl Certificates {
    /// The rows of these locations: one statement for each prison.
    pub(super) async fn load(
        conn: &mut sqlx::PgConnection,
        tree: &Tree,
        locations: &[Index],
    ) -> Result<Self, sqlx::Error> {
        let mut paths: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for location in locations.iter().map(|i| tree.get(*i)) {
            paths.entry(&location.prison_id).or_default().push(location.path.clone());
        }
        let mut prisons = HashMap::new();
        for (prison_id, paths) in paths {
            prisons.insert(prison_id.to_owned(), certificate::current_rows(conn, prison_id, &paths).await?);
        }
        Ok(Self { prisons, none: HashMap::new() })
    }

    /// The row of a location, if it has one.
    pub(super) fn row(&self, location: &Location) -> Option<&CertificateLocation> {
        self.prisons.get(&location.prison_id)?.get(&location.path)
    }

    /// The rows of a prison, by path.
    pub(super) fn of_prison(&self, prison_id: &str) -> &HashMap<String, CertificateLocation> {
        self.prisons.get(prison_id).unwrap_or(&self.none)
    }
}
