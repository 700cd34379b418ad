//! The request that reactivates locations (06 section 4.4).

use std::collections::HashMap;

use super::snapshot::{Numbers, Snapshot};
use crate::domain::certificate::CertificateLocation;
use crate::domain::change::reactivation::has_cell_off_certificate;
use crate::domain::reference::{LocationType, SpecialistCellType};
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

/// How a cell comes back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellChange {
    /// Its new capacity; none brings the held one back. A missing certified number counts as 0.
    pub capacity: Option<Numbers>,
    /// Its specialist types: an empty list clears them, none keeps them.
    pub specialist_cell_types: Option<Vec<SpecialistCellType>>,
}

/// Whether reactivation of a location can be asked for.
///
/// # Errors
/// 123 when a request is pending, 104 when a cell is off the certificate for a short time only: it needs no approval.
pub fn check(tree: &Tree, i: Index) -> Result<(), Refusal> {
    let key = tree.get(i).key();
    if tree.is_pending(i) {
        return Err(Refusal::AlreadyPending(key));
    }
    if tree.is_temporarily_inactive(i) && has_cell_off_certificate(tree, i) {
        return Err(Refusal::ShortTermInactive(key));
    }
    Ok(())
}

/// Puts into the saved tree what the certificate says now, which cells come back, and their new values.
pub fn overlay(
    top: &mut Snapshot,
    certificate: &HashMap<String, CertificateLocation>,
    cascade: bool,
    changes: &HashMap<String, &CellChange>,
) {
    let top_path = top.path.clone();
    top.for_each(&mut |node| {
        if node.take_current_from(certificate) {
            let row = certificate.get(&node.path);
            node.current_specialist_cell_types = row.and_then(|r| r.specialist_cell_types.clone());
        }
        if node.location_type == LocationType::Cell && (cascade || node.path == top_path) {
            node.reactivate_this_location = true;
        }
        if let Some(change) = changes.get(&node.path) {
            node.reactivate_this_location = true;
            if let Some(capacity) = change.capacity {
                node.asked = capacity;
            }
            if let Some(types) = &change.specialist_cell_types {
                node.specialist_cell_types = Some(types.clone());
            }
        }
    });
}
