//! The request that puts drafts on the certificate (06 section 4.1).

use std::collections::BTreeSet;

use uuid::Uuid;

use super::request::{Asked, NewRequest, raise};
use super::snapshot::{first_of_each, some_if_any};
use crate::domain::location::Capacity;
use crate::domain::reference::{ApprovalType, LocationStatus};
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

/// Asks for approval of a draft and all that is below it. `tree` holds everything below the top of its line.
///
/// # Errors
/// 129 when approval has to be asked for further up, 123 when a request is pending, 126 when it is not a draft.
pub fn draft_request(
    tree: &mut Tree,
    i: Index,
    asked: Asked,
    new_id: &mut impl FnMut() -> Uuid,
) -> Result<NewRequest, Refusal> {
    let key = tree.get(i).key();
    if tree.approval_level(i).is_some_and(|level| level != i) {
        return Err(Refusal::ApprovalAtHigherLevel(key));
    }
    if tree.is_pending(i) {
        return Err(Refusal::AlreadyPending(key));
    }
    if tree.get(i).status != LocationStatus::Draft {
        return Err(Refusal::ApprovalNotNeeded(key));
    }
    let (there, then) = (tree.capacity(i), tree.pending_capacity(i));
    let mut request = NewRequest {
        capacity_change: Capacity {
            max: then.max - there.max,
            working: then.working - there.working,
            certified_normal_accommodation: then.certified_normal_accommodation - there.certified_normal_accommodation,
        },
        ..NewRequest::about_location(tree, i, ApprovalType::Draft, asked)
    };
    add_top_level_types(tree, i, &mut request);
    raise(tree, i, request, new_id, |_, _| false)
}

/// If the drafts bring the top of the line an accommodation type that it does not have, the request says which
/// accommodation and used-for types it will have.
fn add_top_level_types(tree: &Tree, i: Index, request: &mut NewRequest) {
    let top = tree.residential_line(i).last().unwrap_or(i);
    if top == i {
        return;
    }
    let cells = tree.counted_cells(top);
    let types = |cells: &[Index]| first_of_each(cells, |c| tree.get(c).accommodation_type);
    let live: Vec<Index> = cells.iter().copied().filter(|c| tree.get(*c).status != LocationStatus::Draft).collect();
    let (before, mut after) = (types(&live), types(&cells));
    if before.iter().collect::<BTreeSet<_>>() == after.iter().collect::<BTreeSet<_>>() {
        return;
    }
    let mut used_for = first_of_each(&cells, |c| tree.get(c).used_for.iter().copied());
    after.sort_unstable();
    used_for.sort_unstable();
    request.top_level_accommodation_types = Some(after);
    request.top_level_used_for_types = some_if_any(used_for);
}
