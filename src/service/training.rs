//! Making a training database as new (07 section 10).

use std::collections::HashMap;

use super::{ServiceError, Services, journal, new_id};
use crate::demo;
use crate::domain::migration;
use crate::domain::reference::{LocationStatus, TransactionType};
use crate::domain::tree::Tree;
use crate::store::{Changes, UnitOfWork, training};

/// Who resets.
const USER: &str = "ZQW42M";
/// How many locations a prison for training has.
const LOCATIONS: usize = 150;

/// Replaces everything in the prisons that have locations by a made-up prison each. A database without any gets the
/// prisons of the demonstration data. One transaction; no events, no audit messages, no history.
///
/// # Errors
/// Whatever the database says.
pub async fn reset(services: &Services) -> Result<(), ServiceError> {
    let mut prisons = training::prisons(&services.store.pool).await?;
    if prisons.is_empty() {
        prisons = demo::small::prison_ids().map(str::to_owned).collect();
    }
    let ids: Vec<&str> = prisons.iter().map(String::as_str).collect();
    let mut work = UnitOfWork::begin(&services.store, &ids).await?;
    training::clear(work.connection(), &prisons).await?;
    let mut tree = Tree::default();
    let capacities: Vec<i32> = prisons.iter().map(|prison| build(services, &mut tree, prison)).collect();
    let now = services.clock.now().local();
    training::configure(work.connection(), &prisons, &capacities, USER, now).await?;
    work.commit(&tree, &Changes::default()).await?;
    Ok(())
}

/// Adds the locations of a prison; the sum of the max capacities of those that are active.
fn build(services: &Services, tree: &mut Tree, prison_id: &str) -> i32 {
    // What is recorded in it is not kept.
    let mut journal = journal(services, TransactionType::Sync, prison_id, String::new(), USER);
    let (mut at_path, mut capacity) = (HashMap::new(), 0);
    for made_up in demo::small::small_prison(prison_id, LOCATIONS, demo::DEFAULT_SEED) {
        let mut migrated = migration::MigratedLocation::from(made_up);
        USER.clone_into(&mut migrated.location.last_updated_by);
        let parent = migrated.parent_path.as_ref().and_then(|path| at_path.get(path).copied());
        let i = migration::create(tree, &mut journal, &migrated, parent, new_id());
        let location = tree.get(i);
        at_path.insert(location.path.clone(), i);
        if location.status == LocationStatus::Active {
            capacity += location.capacity.as_ref().map_or(0, |c| c.max);
        }
    }
    capacity
}
