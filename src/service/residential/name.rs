//! The local name of a location of any kind (04 section 16).

use uuid::Uuid;

use super::{Reach, Scene, conclude, tell};
use crate::domain::Refusal;
use crate::domain::change::fields::set_local_name;
use crate::domain::event::EventType;
use crate::domain::naming::capitalise;
use crate::domain::reference::TransactionType;
use crate::service::{ServiceError, Services, journal};
use crate::store::certification::{CertificatePatch, patch_certificate};
use crate::store::{find, load};
use crate::view::json::Rendered;
use crate::view::location::ShowOptions;

/// Sets or removes the local name. A cell keeps what it has; it is announced all the same.
///
/// # Errors
/// 101, 107, 119, 122, in this order.
pub async fn change_local_name(
    services: &Services,
    caller: &str,
    id: Uuid,
    name: Option<&str>,
    updated_by: Option<&str>,
) -> Result<Rendered, ServiceError> {
    let (mut work, mut scene) = Scene::begin(services, id, Reach::Family).await?;
    scene.must_not_be_archived()?;
    if let Some(name) = name {
        let location = scene.location();
        let parent = scene.tree.parent(scene.i).map(|p| scene.tree.get(p).key());
        let at = Place { prison_id: &location.prison_id, parent_id: location.parent_id, parent_key: parent.as_deref() };
        check_name_is_free(work.connection(), at, Some(location.id), name).await?;
    }
    scene.must_not_be_locked()?;
    let location = scene.location();
    let transaction_type = match location.kind.is_residential() {
        true => TransactionType::LocationUpdate,
        false => TransactionType::LocationUpdateNonResi,
    };
    let detail = format!("Updated local name for {}", location.key());
    let prison_id = location.prison_id.clone();
    let mut journal = journal(services, transaction_type, &prison_id, detail, caller);
    if !location.is_true_cell() {
        // The change is by whom the request names, the transaction by the caller.
        let user = updated_by.unwrap_or(caller);
        journal.user = user.to_owned();
        set_local_name(&mut scene.tree, scene.i, &mut journal, name);
        let now = journal.now;
        scene.tree.edit(scene.i).touch(user, now);
        if scene.certified {
            let path = scene.location().path.clone();
            let patch = CertificatePatch::LocalName(path, name.map(capitalise));
            patch_certificate(work.connection(), &prison_id, &patch).await?;
        }
    }
    let shown = (EventType::Amended, ShowOptions::default());
    let answer = conclude(services, caller, work, &scene, vec![journal], shown).await?;
    tell("Location local name updated", scene.location());
    Ok(answer)
}

/// Where a name has to be unique: below a parent, or at the top of a prison.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub prison_id: &'a str,
    pub parent_id: Option<Uuid>,
    pub parent_key: Option<&'a str>,
}

/// # Errors
/// 119 when another residential location there that is not archived has this very name.
pub(super) async fn check_name_is_free(
    conn: &mut sqlx::PgConnection,
    at: Place<'_>,
    own_id: Option<Uuid>,
    name: &str,
) -> Result<(), ServiceError> {
    let same = find::same_local_name(conn, at.prison_id, at.parent_id, name).await?;
    let others: Vec<Uuid> = same.into_iter().filter(|other| Some(*other) != own_id).collect();
    if others.is_empty() {
        return Ok(());
    }
    let lines = load::family_and_line(conn, &[], &others).await?;
    if others.iter().filter_map(|o| lines.find(*o)).any(|o| !lines.is_archived(o)) {
        let under = at.parent_key.unwrap_or(at.prison_id).to_owned();
        return Err(Refusal::LocalNameTaken { name: name.to_owned(), under }.into());
    }
    Ok(())
}
