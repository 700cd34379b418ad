//! Repair: NOMIS made equal to DPS on demand (08 section 7.9).

use uuid::Uuid;

use super::sync::{Operation, ToNomis};
use crate::clients::locations::Node;
use crate::common::settings::Profile;
use crate::common::telemetry::fields;
use crate::sync::{SyncError, is_draft};

impl ToNomis {
    /// Repairs a location and, if wanted, everything below it, parents before children. The first error stops it.
    ///
    /// # Errors
    /// [`SyncError::Other`] when DPS has no such location; whatever else stops it.
    pub async fn repair(&self, id: Uuid, include_children: bool) -> Result<(), SyncError> {
        let found = self.tools.clients.locations.get(id, true).await?;
        let Some(top) = found else { return Err(SyncError::other(format!("DPS has no location {id}"))) };
        let mut waiting: Vec<&Node> = vec![&top];
        while let Some(node) = waiting.pop() {
            if !is_draft(node) {
                self.repair_one(node).await?;
            }
            if include_children {
                waiting.extend(node.child_locations.iter().rev());
            }
        }
        Ok(())
    }

    async fn repair_one(&self, node: &Node) -> Result<(), SyncError> {
        let mut told = fields([("key", &node.key), ("dpsId", &node.id)]);
        let mapped = self.tools.clients.mappings.by_dps(node.id).await?.is_some();
        let operation = if mapped { Operation::Amend } else { Operation::Create };
        match (self.tools.profile, operation) {
            (Profile::Fixed, _) => self.equalised(node.id, operation, &mut told).await?,
            (Profile::Live, Operation::Create) => self.created(node.id, &mut told).await?,
            (Profile::Live, _) => self.changed(node.id, operation, &mut told).await?,
        }
        told.insert("operation".to_owned(), operation.name().to_owned());
        self.tools.telemetry.event("location-repaired", &told);
        Ok(())
    }
}
