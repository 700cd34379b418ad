//! Mark, sanitation, specialist types and used-for types of cells, and the type of a room (04 sections 9, 11, 13, 14).

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Reach, Scene, conclude, filled, tell, with_residential_children};
use crate::domain::Refusal;
use crate::domain::capacity::capacity_is_required;
use crate::domain::certification::request::{Asked, NewRequest, raise};
use crate::domain::change::cell::{replace_specialist_types, replace_used_for_below, set_cell_mark, set_sanitation};
use crate::domain::change::conversion::set_room_type;
use crate::domain::event::EventType;
use crate::domain::journal::Journal;
use crate::domain::location::Kind;
use crate::domain::reference::{
    AccommodationType, ApprovalType, ConvertedCellType, LocationStatus, SpecialistCellType, TransactionType,
    UsedForType,
};
use crate::domain::refusal::CapacityRule;
use crate::service::announce::Announcement;
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::certification::{CertificatePatch, insert_requests, patch_certificate};
use crate::store::{UnitOfWork, find, load};
use crate::view::json::Rendered;
use crate::view::location::{ShowOptions, location_view};

/// What of a cell is to change, with approval where the prison needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellChange {
    /// The mark on the door.
    Mark(String),
    /// Whether it has sanitation.
    Sanitation(bool),
}

/// Changes the mark or sanitation of a cell, or asks for approval of it (04 section 9). No event, one audit message.
///
/// # Errors
/// 101, 122, 132 (mark), 133, in this order.
pub async fn change_cell(
    services: &Services,
    caller: &str,
    id: Uuid,
    change: &CellChange,
    reason_for_change: Option<&str>,
) -> Result<Rendered, ServiceError> {
    let (mut work, mut scene) = Scene::begin(services, id, Reach::Family).await?;
    scene.must_be_cell()?;
    scene.must_not_be_locked()?;
    if let CellChange::Mark(mark) = change {
        check_mark_is_free(&mut work, &scene, mark).await?;
    }
    let journals = if scene.certified && scene.location().status != LocationStatus::Draft {
        if filled(reason_for_change).is_none() {
            return Err(Refusal::ReasonForChangeNeeded(scene.location().key()).into());
        }
        let request = request_cell_change(services, caller, &mut scene, change, reason_for_change)?;
        insert_requests(work.connection(), &[request]).await?;
        Vec::new()
    } else {
        vec![apply_cell_change(services, caller, &mut scene, change)]
    };
    let show = ShowOptions::default();
    let answer = Rendered::of(&location_view(&scene.tree, scene.i, &show))?;
    let mut announcement = Announcement::new(services, &scene.tree, caller);
    announcement.audit_details(EventType::Amended, &answer);
    let changes = announcement.into_changes(services, journals);
    work.commit(&scene.tree, &changes).await?;
    tell("Updated Location", scene.location());
    Ok(answer)
}

async fn check_mark_is_free(work: &mut UnitOfWork, scene: &Scene, mark: &str) -> Result<(), ServiceError> {
    let cell = scene.location();
    let same = find::same_cell_mark(work.connection(), &cell.prison_id, cell.parent_id, mark).await?;
    let others: Vec<Uuid> = same.into_iter().filter(|other| *other != cell.id).collect();
    if others.is_empty() {
        return Ok(());
    }
    let lines = load::family_and_line(work.connection(), &[], &others).await?;
    if others.iter().filter_map(|o| lines.find(*o)).any(|o| !lines.is_archived(o)) {
        let parent = scene.tree.parent(scene.i).map(|p| scene.tree.get(p).key());
        let under = parent.unwrap_or_else(|| cell.prison_id.clone());
        return Err(Refusal::CellMarkTaken { mark: mark.to_owned(), under }.into());
    }
    Ok(())
}

fn request_cell_change(
    services: &Services,
    caller: &str,
    scene: &mut Scene,
    change: &CellChange,
    reason_for_change: Option<&str>,
) -> Result<NewRequest, Refusal> {
    let asked = Asked {
        id: new_id(),
        by: caller.to_owned(),
        at: services.clock.now().local(),
        reason_for_change: reason_for_change.map(str::to_owned),
    };
    let cell = scene.location();
    let (approval_type, mark, sanitation) = match change {
        CellChange::Mark(mark) => (ApprovalType::CellMark, Some((mark.clone(), cell.cell_mark.clone())), None),
        CellChange::Sanitation(new) => (ApprovalType::CellSanitation, None, Some((*new, cell.in_cell_sanitation))),
    };
    let mut request = NewRequest::about_location(&scene.tree, scene.i, approval_type, asked);
    if let Some((new, current)) = mark {
        (request.cell_mark, request.current_cell_mark) = (Some(new), current);
    }
    if let Some((new, current)) = sanitation {
        (request.in_cell_sanitation, request.current_in_cell_sanitation) = (Some(new), current);
    }
    raise(&mut scene.tree, scene.i, request, &mut new_id, |_, _| false)
}

fn apply_cell_change(services: &Services, caller: &str, scene: &mut Scene, change: &CellChange) -> Journal {
    let (prison_id, key) = (scene.location().prison_id.clone(), scene.location().key());
    let detail = match change {
        CellChange::Mark(_) => format!("Update cell mark {key}"),
        CellChange::Sanitation(_) => format!("Update cell sanitation {key}"),
    };
    let mut journal = journal(services, TransactionType::LocationUpdate, &prison_id, detail, caller);
    match change {
        CellChange::Mark(mark) => set_cell_mark(&mut scene.tree, scene.i, &mut journal, mark),
        CellChange::Sanitation(new) => set_sanitation(&mut scene.tree, scene.i, &mut journal, *new),
    }
    journal
}

/// Gives a room that was a cell another type (04 section 11).
///
/// # Errors
/// 101 when it is not of kind CELL, 122, 101 when it is not converted.
pub async fn change_room_type(
    services: &Services,
    caller: &str,
    id: Uuid,
    room: ConvertedCellType,
    other: Option<&str>,
) -> Result<Rendered, ServiceError> {
    let (work, mut scene) = Scene::begin(services, id, Reach::Family).await?;
    scene.must_be_cell()?;
    scene.must_not_be_locked()?;
    if !scene.location().is_converted() {
        let what = format!("{} is not a non-residential cell", scene.location().key());
        return Err(Refusal::LocationNotFound(what).into());
    }
    let detail = format!("Update cell type for {}", scene.location().key());
    let prison_id = scene.location().prison_id.clone();
    let mut journal = journal(services, TransactionType::LocationUpdate, &prison_id, detail, caller);
    set_room_type(&mut scene.tree, scene.i, &mut journal, room, other);
    let shown = (EventType::Amended, ShowOptions::default());
    let answer = conclude(services, caller, work, &scene, vec![journal], shown).await?;
    tell("Updated non-residential cell type", scene.location());
    Ok(answer)
}

/// Sets the used-for types of all normal accommodation cells at or below a location (04 section 13).
///
/// # Errors
/// 101, 122, 138.
pub async fn change_used_for(
    services: &Services,
    caller: &str,
    id: Uuid,
    used_for: &BTreeSet<UsedForType>,
) -> Result<Rendered, ServiceError> {
    let (mut work, mut scene) = Scene::begin(services, id, Reach::Family).await?;
    scene.must_be_residential()?;
    scene.must_not_be_locked()?;
    let location = scene.location();
    let normal = location.accommodation_type == Some(AccommodationType::NormalAccommodation);
    if location.kind == Kind::Cell && !normal {
        return Err(Refusal::UsedForNeedsNormalAccommodation(location.key()).into());
    }
    let detail = format!("Updated Used for types for below location {}", location.key());
    let prison_id = location.prison_id.clone();
    let mut journal = journal(services, TransactionType::LocationUpdate, &prison_id, detail, caller);
    let cells = replace_used_for_below(&mut scene.tree, scene.i, &mut journal, used_for);
    if scene.certified {
        let row = |c: &usize| {
            let cell = scene.tree.get(*c);
            (cell.path.clone(), cell.used_for.iter().copied().collect())
        };
        let patch = CertificatePatch::UsedFor(cells.iter().map(row).collect());
        patch_certificate(work.connection(), &prison_id, &patch).await?;
    }
    let shown = (EventType::Amended, with_residential_children());
    let answer = conclude(services, caller, work, &scene, vec![journal], shown).await?;
    tell("Updated Used For Type below Residential Location", scene.location());
    Ok(answer)
}

/// Replaces the specialist types of a cell (04 section 14).
///
/// # Errors
/// 101, 122, 107, 135, 106, in this order.
pub async fn change_specialist_types(
    services: &Services,
    caller: &str,
    id: Uuid,
    types: &BTreeSet<SpecialistCellType>,
) -> Result<Rendered, ServiceError> {
    let (mut work, mut scene) = Scene::begin(services, id, Reach::Family).await?;
    scene.must_be_cell()?;
    scene.must_not_be_locked()?;
    scene.must_not_be_archived()?;
    let cell = scene.location();
    let affecting = |types: &BTreeSet<SpecialistCellType>| types.iter().filter(|t| t.affects_capacity()).count();
    if scene.certified && affecting(&cell.specialist_cell_types) != affecting(types) {
        return Err(Refusal::SpecialistTypeChangeNeedsApproval(cell.key()).into());
    }
    let without_capacity = cell.capacity.is_some_and(|c| c.working == 0);
    if without_capacity && capacity_is_required(cell.accommodation_type, types) {
        return Err(Refusal::Capacity(CapacityRule::SpecialistTypesKeepZeroCapacity).into());
    }
    let detail = format!("Update cell types for {}", cell.key());
    let prison_id = cell.prison_id.clone();
    let mut journal = journal(services, TransactionType::CellTypeChanges, &prison_id, detail, caller);
    replace_specialist_types(&mut scene.tree, scene.i, &mut journal, types);
    if scene.certified {
        let row = (scene.location().path.clone(), types.iter().copied().collect());
        let patch = CertificatePatch::SpecialistCellTypes(vec![row]);
        patch_certificate(work.connection(), &prison_id, &patch).await?;
    }
    let shown = (EventType::Amended, ShowOptions::default());
    let answer = conclude(services, caller, work, &scene, vec![journal], shown).await?;
    let names: Vec<&str> = types.iter().map(|t| t.as_str()).collect();
    let cell = scene.location();
    crate::telemetry::custom_event(
        "Specialist cell types updated",
        &[("id", cell.id.to_string()), ("key", cell.key()), ("specialistCellTypes", names.join(", "))],
    );
    Ok(answer)
}
