//! The roles that the operations need (07 section 1.7), one constant for each.
//!
//! A name that ends in `_WRITE` asks for the scope `write` as well.

use std::borrow::Cow;

/// What a caller must hold for an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The role, without the prefix `ROLE_` that it has in the token.
    pub role: Cow<'static, str>,
    /// Whether the scope `write` is needed as well.
    pub write: bool,
}

const fn read(role: &'static str) -> Permission {
    Permission { role: Cow::Borrowed(role), write: false }
}

const fn write(role: &'static str) -> Permission {
    Permission { role: Cow::Borrowed(role), write: true }
}

/// Reads of locations, transactions and signed operational capacity, `GET /sync/id/{id}` among them.
pub const VIEW_LOCATIONS: Permission = read("VIEW_LOCATIONS");
/// Changes of residential and non-residential locations, one by one and in bulk, and of signed operational capacity.
pub const MAINTAIN_LOCATIONS_WRITE: Permission = write("MAINTAIN_LOCATIONS");
/// Reads of cell certificate uploads.
pub const MAINTAIN_LOCATIONS: Permission = read("MAINTAIN_LOCATIONS");
/// `PUT /locations/{id}/unarchive`.
pub const UNARCHIVE_LOCATIONS_WRITE: Permission = write("UNARCHIVE_LOCATIONS");
/// Create, update and remove property locations.
pub const MANAGE_PROPERTY_LOCATIONS_WRITE: Permission = write("MANAGE_PROPERTY_LOCATIONS");
/// Changes by NOMIS: upsert and delete of sync.
pub const SYNC_LOCATIONS_WRITE: Permission = write("SYNC_LOCATIONS");
/// The digests of a prison that the reconciliation with NOMIS reads.
pub const SYNC_LOCATIONS: Permission = read("SYNC_LOCATIONS");
/// Migration of a prison from NOMIS (02 section 12.5).
pub const MIGRATE_LOCATIONS_WRITE: Permission = write("MIGRATE_LOCATIONS");
/// All of `/certification`, writes included, and reads of cell certificates: no scope asked for.
pub const LOCATION_CERTIFICATION: Permission = read("LOCATION_CERTIFICATION");
/// `POST /cell-certificates/prison/{prisonId}/baseline`.
pub const LOCATION_CERTIFICATION_WRITE: Permission = write("LOCATION_CERTIFICATION");
/// All of `/prison-configuration`, writes included: no scope asked for.
pub const LOCATION_CONFIG_ADMIN: Permission = read("LOCATION_CONFIG_ADMIN");
/// All of `/constants`.
pub const READ_LOCATION_REFERENCE_DATA: Permission = read("READ_LOCATION_REFERENCE_DATA");
/// All of `/prisoner-locations`.
pub const VIEW_PRISONER_LOCATIONS: Permission = read("VIEW_PRISONER_LOCATIONS");
/// Roll counts.
pub const ESTABLISHMENT_ROLL: Permission = read("ESTABLISHMENT_ROLL");
/// Queue and outbox administration, `retry-all-dlqs` included (decisions B7).
/// `HMPPS_SQS_QUEUEADMINROLE` may name another role: see [`queue_admin`].
pub const QUEUE_ADMIN: Permission = read("QUEUE_ADMIN");

/// The permission of queue administration when a setting names its role, with or without `ROLE_` (07 section 9.1).
pub fn queue_admin(role: &str) -> Permission {
    Permission { role: Cow::Owned(role.strip_prefix("ROLE_").unwrap_or(role).to_owned()), write: false }
}
