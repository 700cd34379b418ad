//! The capacity of one location (04 section 15).

use std::collections::HashMap;

use uuid::Uuid;

use super::{Reach, Scene, conclude, with_parents};
use crate::domain::Refusal;
use crate::domain::certificate::CertificateLocation;
use crate::domain::event::EventType;
use crate::domain::journal::Journal;
use crate::domain::location::Location;
use crate::domain::reference::{LocationStatus, TransactionType};
use crate::domain::residential::capacity::{
    CapacityChange, Compared, Context, Outcome, change_capacity, check_occupancy, compare, may_hold_prisoners,
    numbers_text,
};
use crate::service::prisoners::{ATTEMPTS, Halt, Prisoners, settle};
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::certification::insert_requests;
use crate::store::{Changes, certificate};
use crate::view::json::Rendered;
use crate::view::location::{ShowOptions, location_view};

/// Changes the capacity of a location, or asks for approval of it; nothing is announced then.
///
/// # Errors
/// 101, 122, 107, 117, 141, the capacity rules, 123; and when it cannot be known who is in the cells.
pub async fn change(
    services: &Services,
    caller: &str,
    id: Uuid,
    change: CapacityChange,
) -> Result<Rendered, ServiceError> {
    let mut prisoners = Prisoners::default();
    for _ in 0..ATTEMPTS {
        prisoners.survey();
        survey(services, id, change, &mut prisoners).await?;
        prisoners.ask(services).await;
        if let Some(done) = settle(attempt(services, caller, id, change, &mut prisoners).await) {
            return done;
        }
    }
    Err(Refusal::KeepsChanging(id.to_string()).into())
}

type Rows = HashMap<String, CertificateLocation>;

async fn own_row(conn: &mut sqlx::PgConnection, location: &Location) -> Result<Rows, sqlx::Error> {
    certificate::current_rows(conn, &location.prison_id, std::slice::from_ref(&location.path)).await
}

/// Finds out on a snapshot which cells have to be asked about.
async fn survey(
    services: &Services,
    id: Uuid,
    change: CapacityChange,
    prisoners: &mut Prisoners,
) -> Result<(), ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let scene = Scene::load(&mut conn, id, Reach::Family).await?;
    let rows = own_row(&mut conn, scene.location()).await?;
    // A refusal is said by the attempt.
    let _ = check(&scene, &rows, change, prisoners);
    Ok(())
}

/// The checks in their order; none when nothing is to be done.
fn check(
    scene: &Scene,
    rows: &Rows,
    change: CapacityChange,
    prisoners: &mut Prisoners,
) -> Result<Option<Compared>, Halt> {
    scene.must_be_residential()?;
    scene.must_not_be_locked()?;
    scene.must_not_be_archived()?;
    let compared = compare(&scene.tree, scene.i, rows.get(&scene.location().path), change);
    if !compared.differs() {
        return Ok(None);
    }
    if may_hold_prisoners(&scene.tree, scene.i) {
        let occupancy = prisoners.occupancy(&scene.tree, scene.i)?;
        check_occupancy(&scene.tree, scene.i, compared.asked, occupancy)?;
    }
    Ok(Some(compared))
}

async fn attempt(
    services: &Services,
    caller: &str,
    id: Uuid,
    change: CapacityChange,
    prisoners: &mut Prisoners,
) -> Result<Rendered, Halt> {
    let (mut work, mut scene) = Scene::begin(services, id, Reach::Branch).await?;
    let rows = own_row(work.connection(), scene.location()).await?;
    let Some(compared) = check(&scene, &rows, change, prisoners)? else {
        let shown = (EventType::Amended, ShowOptions::default());
        return Ok(conclude(services, caller, work, &scene, Vec::new(), shown).await?);
    };
    let prison_id = scene.location().prison_id.clone();
    let mut journals = journals(services, caller, &scene, &compared);
    let context = Context { certified_prison: scene.certified, temporary: change.temporary, certificate: &rows };
    let outcome = change_capacity(&mut scene.tree, scene.i, &mut journals.direct, &compared, context, &mut new_id)?;
    let draft = scene.location().status == LocationStatus::Draft;
    let show = if draft { ShowOptions::default() } else { with_parents() };
    tell(scene.location(), &compared);
    match outcome {
        Outcome::Applied => {
            let shown = (EventType::Amended, show);
            Ok(conclude(services, caller, work, &scene, vec![journals.direct], shown).await?)
        }
        Outcome::Requested(request) => {
            tracing::info!(prison_id, request = %request.id, "approval of a capacity change was asked for");
            insert_requests(work.connection(), &[*request]).await?;
            // The first of the two transactions never ends (04 section 15 step 5).
            journals.direct.transaction.end = None;
            let answer = Rendered::of(&location_view(&scene.tree, scene.i, &show))?;
            let changes = Changes { journals: vec![journals.direct, journals.request], ..Changes::default() };
            work.commit(&scene.tree, &changes).await?;
            Ok(answer)
        }
    }
}

/// The two transactions of a change: as if it were applied, and that of the request.
struct Journals {
    direct: Journal,
    request: Journal,
}

fn journals(services: &Services, caller: &str, scene: &Scene, compared: &Compared) -> Journals {
    let (prison_id, key) = (&scene.location().prison_id, scene.location().key());
    let changed = numbers_text(&scene.tree, scene.i, compared, "changed");
    let changing = numbers_text(&scene.tree, scene.i, compared, "changing");
    let direct = format!("Capacities for {key} {changed}");
    let request = format!("Capacity request change for {key} {changing}");
    Journals {
        direct: journal(services, TransactionType::CapacityChange, prison_id, direct, caller),
        request: journal(services, TransactionType::RequestCertificationApproval, prison_id, request, caller),
    }
}

fn tell(location: &Location, compared: &Compared) {
    crate::telemetry::custom_event(
        "Capacity updated",
        &[
            ("id", location.id.to_string()),
            ("key", location.key()),
            ("maxCapacity", compared.asked.max.to_string()),
            ("workingCapacity", compared.asked.working.to_string()),
            ("CNA", compared.asked.certified_normal_accommodation.to_string()),
        ],
    );
}
