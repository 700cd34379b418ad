//! Requests for approval of a deactivation (04 section 17.1, 06 section 4.3).

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::certificate::CertificateLocation;
use crate::domain::certification::request::{Asked, NewRequest, raise};
use crate::domain::change::deactivation::Deactivation;
use crate::domain::journal::Journal;
use crate::domain::reference::ApprovalType;
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

/// Asks for approval of a deactivation that takes place at once.
///
/// # Errors
/// 123.
pub fn request_deactivation(
    tree: &mut Tree,
    i: Index,
    journal: &Journal,
    details: &Deactivation,
    reason_for_change: &str,
    certificate: &HashMap<String, CertificateLocation>,
    new_id: &mut impl FnMut() -> Uuid,
) -> Result<NewRequest, Refusal> {
    let asked = Asked {
        id: new_id(),
        by: journal.user.clone(),
        at: journal.transaction.start,
        reason_for_change: Some(reason_for_change.to_owned()),
    };
    let mut request = NewRequest::about_location(tree, i, ApprovalType::Deactivation, asked);
    request.deactivated_reason = Some(details.reason);
    request.deactivation_reason_description.clone_from(&details.description);
    request.proposed_reactivation_date = details.proposed_reactivation_date;
    request.planet_fm_reference.clone_from(&details.planet_fm_reference);
    raise(tree, i, request, new_id, |_, top| {
        top.for_each(&mut |node| {
            node.take_current_from(certificate);
            node.asked.working = Some(0);
        });
        true
    })
}
