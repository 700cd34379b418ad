//! Replay: tells the present of locations again, for consumers that have lost track (decisions C5).

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::event::{DomainEvent, EventType, Source};
use crate::domain::reference::LocationStatus;
use crate::domain::tree::{Index, Tree};
use crate::store::outbox::events::notify;
use crate::store::outbox::replay::{self, Whereabouts};
use crate::store::{Changes, Store, UnitOfWork, load};

/// Which locations are replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// These, by id or by key; some may be gone.
    Locations {
        /// Ids.
        ids: Vec<Uuid>,
        /// Keys.
        keys: Vec<String>,
    },
    /// All that a prison has.
    Prison(String),
}

/// An event of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Key of the location.
    pub key: String,
    /// What is said of it.
    pub event_type: EventType,
}

/// What a replay says, or would say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// The events, in the order of each prison: parents before children.
    pub events: Vec<Replayed>,
    /// Keys of drafts: no event ever speaks of them.
    pub drafts: Vec<String>,
    /// Ids and keys that belong to no location, nor to one that the outbox remembers.
    pub unknown: Vec<String>,
}

/// Puts the events of a replay into the outbox; a dry run only says which they would be. For each location `amended`, followed by
/// `deactivated` if it is not fully active now, or only `deleted` if it is gone. Each prison is a transaction of its own, under
/// the lock of the prison, so that the replay has its place in the order of changes.
///
/// # Errors
/// Whatever the database says. Prisons before the one that failed are done.
pub async fn run(store: &Store, clock: &Clock, selection: &Selection, dry_run: bool) -> Result<Replay, sqlx::Error> {
    let mut replay = Replay::default();
    match selection {
        Selection::Prison(prison_id) => {
            replay_prison(store, clock, prison_id, None, dry_run, &mut replay).await?;
        }
        Selection::Locations { ids, keys } => {
            let mut wanted: BTreeSet<Uuid> = ids.iter().copied().collect();
            for key in keys {
                match replay::by_key(&store.pool, key).await? {
                    Some(id) => _ = wanted.insert(id),
                    None => replay.unknown.push(key.clone()),
                }
            }
            let wanted: Vec<Uuid> = wanted.into_iter().collect();
            let found = replay::whereabouts(&store.pool, &wanted).await?;
            let known: BTreeSet<Uuid> = found.iter().map(|w| w.location_id).collect();
            replay.unknown.extend(wanted.iter().filter(|id| !known.contains(id)).map(Uuid::to_string));
            let mut by_prison: BTreeMap<String, Vec<Whereabouts>> = BTreeMap::new();
            for whereabouts in found {
                by_prison.entry(whereabouts.prison_id.clone()).or_default().push(whereabouts);
            }
            for (prison_id, chosen) in by_prison {
                replay_prison(store, clock, &prison_id, Some(&chosen), dry_run, &mut replay).await?;
            }
        }
    }
    Ok(replay)
}

/// Replays the chosen locations of a prison, or all.
async fn replay_prison(
    store: &Store,
    clock: &Clock,
    prison_id: &str,
    chosen: Option<&[Whereabouts]>,
    dry_run: bool,
    replay: &mut Replay,
) -> Result<(), sqlx::Error> {
    let mut work = UnitOfWork::begin(store, &[prison_id]).await?;
    let occurred_at = clock.now().with_offset();
    let event = |event_type, id: Uuid, key: String| {
        let event = DomainEvent::about_location(event_type, id, key, Source::Dps, occurred_at.clone());
        (Uuid::now_v7(), event)
    };
    let (tree, gone) = match chosen {
        None => (load::prison(work.connection(), prison_id).await?, Vec::new()),
        Some(chosen) => {
            let ids: Vec<Uuid> = chosen.iter().map(|w| w.location_id).collect();
            let tree = load::families(work.connection(), &ids).await?;
            let gone: Vec<&Whereabouts> = chosen.iter().filter(|w| tree.find(w.location_id).is_none()).collect();
            (tree, gone)
        }
    };
    let mut events = Vec::new();
    for (i, key) in in_order(&tree, prison_id, chosen) {
        let location = tree.get(i);
        if location.status == LocationStatus::Draft {
            replay.drafts.push(key);
            continue;
        }
        events.push(event(EventType::Amended, location.id, key.clone()));
        if !tree.is_active(i) {
            events.push(event(EventType::Deactivated, location.id, key));
        }
    }
    events.extend(gone.into_iter().map(|w| event(EventType::Deleted, w.location_id, w.key.clone())));
    let said = events.iter().map(|(_, e)| Replayed { key: e.key.clone(), event_type: e.event_type });
    replay.events.extend(said);
    if !dry_run && !events.is_empty() {
        replay::insert(work.connection(), prison_id, &events).await?;
        // Arrives with the commit, wherever the relay is at work.
        notify(work.connection()).await?;
        work.commit(&Tree::new(Vec::new()), &Changes::default()).await?;
    }
    Ok(())
}

/// The chosen locations, or all of the prison, by key: a parent's is the beginning of its children's.
fn in_order(tree: &Tree, prison_id: &str, chosen: Option<&[Whereabouts]>) -> Vec<(Index, String)> {
    let indexes: Vec<Index> = match chosen {
        Some(chosen) => chosen.iter().filter_map(|w| tree.find(w.location_id)).collect(),
        None => tree.indexes().filter(|i| tree.get(*i).prison_id == prison_id).collect(),
    };
    let mut keyed: Vec<(Index, String)> = indexes.into_iter().map(|i| (i, tree.get(i).key())).collect();
    keyed.sort_by(|(_, a), (_, b)| a.cmp(b));
    keyed
}
