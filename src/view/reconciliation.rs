//! The digests of a prison, as the reconciliation with NOMIS reads them (docs/reconciliation.md).

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::reconciliation::{Digest, PrisonDigest};
use crate::domain::tree::{Index, Tree};

/// Count and hash of the locations of a prison, for the prison and for each subtree
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReconciliationDigestDto)]
pub struct ReconciliationView {
    /// Prison ID
    #[schema(example = "LEI")]
    pub prison_id: String,
    /// Number of locations, drafts left out
    #[schema(example = 1250)]
    pub count: u64,
    /// Sum of the hashes of their canonical forms, 32 hexadecimal digits
    #[schema(example = "0f3b6d52c1e84a97b5d0c2f1a4e68379")]
    pub hash: String,
    /// Each location at the top of the prison and each with locations below it, by path
    pub subtrees: Vec<SubtreeView>,
    /// Each location but the drafts, parents before children; when asked for
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locations: Option<Vec<DigestedLocationView>>,
}

/// A location that counts
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReconciliationLocationDto)]
pub struct DigestedLocationView {
    /// Location Id
    pub id: Uuid,
    /// Business key of the location
    #[schema(example = "LEI-A-1-001")]
    pub key: String,
}

/// Count and hash of a location and everything below it
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReconciliationSubtreeDto)]
pub struct SubtreeView {
    /// Location Id
    pub id: Uuid,
    /// Business key of the location
    #[schema(example = "LEI-A")]
    pub key: String,
    /// Number of locations, itself included and drafts left out
    #[schema(example = 250)]
    pub count: u64,
    /// Sum of the hashes of their canonical forms, 32 hexadecimal digits
    #[schema(example = "9c1e84a97b5d0c2f1a4e683790f3b6d5")]
    pub hash: String,
}

/// The view of a prison's digests, with its locations if they are wanted.
pub fn reconciliation(
    tree: &Tree,
    prison_id: &str,
    digests: &PrisonDigest,
    with_locations: bool,
) -> ReconciliationView {
    let digested = |i: &Index| DigestedLocationView { id: tree.get(*i).id, key: tree.get(*i).key() };
    let hash = |digest: &Digest| format!("{:032x}", digest.hash);
    ReconciliationView {
        prison_id: prison_id.to_owned(),
        count: digests.whole.count,
        hash: hash(&digests.whole),
        subtrees: digests
            .subtrees
            .iter()
            .map(|subtree| SubtreeView {
                id: tree.get(subtree.top).id,
                key: tree.get(subtree.top).key(),
                count: subtree.digest.count,
                hash: hash(&subtree.digest),
            })
            .collect(),
        locations: with_locations.then(|| digests.locations.iter().map(digested).collect()),
    }
}
