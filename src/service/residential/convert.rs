//! A cell becomes a room, and a room a cell again (04 sections 10 and 12).

use std::collections::HashMap;

use uuid::Uuid;

use super::{Reach, Scene, conclude, filled, tell, with_parents};
use crate::domain::Refusal;
use crate::domain::certificate::CertificateLocation;
use crate::domain::certification::snapshot::saved_paths;
use crate::domain::change::conversion::{NewCell, convert_to_cell, convert_to_room};
use crate::domain::change::deactivation::{Deactivation, deactivate};
use crate::domain::change::kind::{to_location_type, to_residential};
use crate::domain::event::EventType;
use crate::domain::journal::Journal;
use crate::domain::reference::{
    ConvertedCellType, DeactivatedReason, LocationType, ResidentialHousingType, TransactionType, UsedForType,
};
use crate::domain::residential::conversion::{RoomRequest, check_new_cell, request_cell, request_room};
use crate::service::prisoners::{ATTEMPTS, Halt, Prisoners, settle};
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::certification::insert_requests;
use crate::store::{Changes, UnitOfWork, certificate};
use crate::view::json::Rendered;
use crate::view::location::location_view;

/// A room that a cell is to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoom {
    /// What kind of room.
    pub room: ConvertedCellType,
    /// In other words.
    pub other: Option<String>,
    /// Why, for the approval.
    pub reason_for_change: Option<String>,
}

/// Makes a cell a room; where the prison needs approval it is asked for, and the cell is deactivated meanwhile.
///
/// # Errors
/// 101, 122, 133, 109; and when it cannot be known who is in the cell.
pub async fn to_room(services: &Services, caller: &str, id: Uuid, new: &NewRoom) -> Result<Rendered, ServiceError> {
    let mut prisoners = Prisoners::default();
    for _ in 0..ATTEMPTS {
        prisoners.survey();
        survey_room(services, id, new, &mut prisoners).await?;
        prisoners.ask(services).await;
        if let Some(done) = settle(attempt_room(services, caller, id, new, &mut prisoners).await) {
            return done;
        }
    }
    Err(Refusal::KeepsChanging(id.to_string()).into())
}

async fn survey_room(
    services: &Services,
    id: Uuid,
    new: &NewRoom,
    prisoners: &mut Prisoners,
) -> Result<(), ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let mut scene = Scene::load(&mut conn, id, Reach::Family).await?;
    // A refusal is said by the attempt.
    let _ = check_room(&mut scene, new, prisoners);
    Ok(())
}

/// The checks in their order. A room-type location is turned into a cell on the way, outside certified prisons; answers
/// whether it was.
fn check_room(scene: &mut Scene, new: &NewRoom, prisoners: &mut Prisoners) -> Result<bool, Halt> {
    scene.must_be_residential()?;
    scene.must_not_be_locked()?;
    if scene.certified {
        scene.must_be_cell()?;
        if filled(new.reason_for_change.as_deref()).is_none() {
            return Err(Refusal::ReasonForChangeNeeded(scene.location().key()).into());
        }
        prisoners.none_in(&scene.tree, scene.i)?;
        return Ok(false);
    }
    let room_type = scene.location().location_type.is_room_type();
    if room_type {
        to_location_type(&mut scene.tree, scene.i, LocationType::Cell);
        to_residential(&mut scene.tree, scene.i, ResidentialHousingType::OtherUse);
    }
    prisoners.none_in(&scene.tree, scene.i)?;
    scene.must_be_cell()?;
    Ok(room_type)
}

async fn attempt_room(
    services: &Services,
    caller: &str,
    id: Uuid,
    new: &NewRoom,
    prisoners: &mut Prisoners,
) -> Result<Rendered, Halt> {
    let (work, mut scene) = Scene::begin(services, id, Reach::Branch).await?;
    let turned = check_room(&mut scene, new, prisoners)?;
    let (prison_id, key) = (scene.location().prison_id.clone(), scene.location().key());
    if scene.certified {
        let detail = format!("Requesting approval to convert {key} to a non-residential room");
        let journal = journal(services, TransactionType::CellConvertionToRoom, &prison_id, detail, caller);
        return ask_for_room(services, caller, work, scene, journal, new).await;
    }
    let detail = format!("Converted Location to room {key}");
    let mut journal = journal(services, TransactionType::CellConvertionToRoom, &prison_id, detail, caller);
    if turned {
        // The live service loses sight of the transaction when it converts in place (01 section 12 quirk 25).
        journal.transaction.end = None;
    }
    convert_to_room(&mut scene.tree, scene.i, &mut journal, new.room, new.other.as_deref());
    let shown = (EventType::Amended, with_parents());
    let answer = conclude(services, caller, work, &scene, vec![journal], shown).await?;
    tell("Converted Location to non-residential cell", scene.location());
    Ok(answer)
}

async fn certificate_rows(
    work: &mut UnitOfWork,
    scene: &Scene,
) -> Result<HashMap<String, CertificateLocation>, sqlx::Error> {
    let paths = saved_paths(&scene.tree, scene.i);
    certificate::current_rows(work.connection(), &scene.location().prison_id, &paths).await
}

async fn ask_for_room(
    services: &Services,
    caller: &str,
    mut work: UnitOfWork,
    mut scene: Scene,
    mut journal: Journal,
    new: &NewRoom,
) -> Result<Rendered, Halt> {
    let rows = certificate_rows(&mut work, &scene).await?;
    let asked = RoomRequest {
        id: new_id(),
        room: new.room,
        other: new.other.clone(),
        reason_for_change: new.reason_for_change.clone(),
    };
    let request = request_room(&mut scene.tree, scene.i, &journal, asked, &rows, &mut new_id)?;
    let details = Deactivation {
        reason: DeactivatedReason::ConvertCellToRoom,
        description: None,
        proposed_reactivation_date: None,
        planet_fm_reference: None,
        at: journal.now,
        short_term: true,
    };
    deactivate(&mut scene.tree, scene.i, &mut journal, &details);
    insert_requests(work.connection(), &[request]).await?;
    let shown = (EventType::Deactivated, with_parents());
    let answer = conclude(services, caller, work, &scene, vec![journal], shown).await?;
    tell("Requested approval to convert cell to non-residential room", scene.location());
    Ok(answer)
}

/// A cell that a room is to become.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCellRequest {
    /// What it becomes.
    pub cell: NewCell,
    /// Its used-for types as they were sent, if they were.
    pub used_for: Option<Vec<UsedForType>>,
}

/// Makes a room a cell again; where the prison needs approval it is asked for, and nothing is announced.
///
/// # Errors
/// 101, 122, the capacity rules.
pub async fn to_cell(
    services: &Services,
    caller: &str,
    id: Uuid,
    new: &NewCellRequest,
) -> Result<Rendered, ServiceError> {
    let (work, mut scene) = Scene::begin(services, id, Reach::Branch).await?;
    scene.must_be_residential()?;
    scene.must_not_be_locked()?;
    scene.must_be_converted()?;
    let (prison_id, key) = (scene.location().prison_id.clone(), scene.location().key());
    if scene.certified {
        return ask_for_cell(services, caller, work, scene, new).await;
    }
    let detail = format!("Converted non-residential cell to residential cell {key}");
    let mut journal = journal(services, TransactionType::RoomConvertionToCell, &prison_id, detail, caller);
    convert_to_cell(&mut scene.tree, scene.i, &mut journal, &new.cell)?;
    let shown = (EventType::Amended, with_parents());
    let answer = conclude(services, caller, work, &scene, vec![journal], shown).await?;
    tell("Converted non-residential cell to residential cell", scene.location());
    Ok(answer)
}

async fn ask_for_cell(
    services: &Services,
    caller: &str,
    mut work: UnitOfWork,
    mut scene: Scene,
    new: &NewCellRequest,
) -> Result<Rendered, ServiceError> {
    check_new_cell(&new.cell)?;
    let (prison_id, key) = (scene.location().prison_id.clone(), scene.location().key());
    let detail = format!("Requesting approval to convert {key} back to a cell");
    let journal = journal(services, TransactionType::RoomConvertionToCell, &prison_id, detail, caller);
    let request = request_cell(&mut scene.tree, scene.i, &journal, (&new.cell, new.used_for.clone()), &mut new_id)?;
    insert_requests(work.connection(), &[request]).await?;
    let answer = Rendered::of(&location_view(&scene.tree, scene.i, &with_parents()))?;
    work.commit(&scene.tree, &Changes { journals: vec![journal], ..Changes::default() }).await?;
    tell("Requested approval to convert non-residential room back to a cell", scene.location());
    Ok(answer)
}
