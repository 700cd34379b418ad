//! What non-residential locations may become (chapter 05): visit rooms, activity rooms, adjudication rooms, video link
//! rooms, stores, and the property boxes in them.
//!
//! | File | Holds |
//! |---|---|
//! | [`code`] | codes made from local names |
//! | [`create`] | new locations, among them the children that are missing below parents |
//! | [`update`] | services with the usages and the type that follow from them, name, activity, hiding |
//! | [`patch`] | partial updates: code, parent, type |
//! | [`property`] | locations as property stores |
//! | [`list`] | which locations a list shows |

pub mod code;
pub mod create;
pub mod list;
pub mod patch;
pub mod property;
pub mod update;

use uuid::Uuid;

use super::Refusal;
use super::location::Kind;
use super::tree::{Index, Tree};

/// The non-residential location with this id.
///
/// # Errors
/// 101 when it is not there, or residential (05 section 2.2).
pub fn find(tree: &Tree, id: Uuid) -> Result<Index, Refusal> {
    tree.find(id).filter(|i| tree.get(*i).kind == Kind::NonResidential).ok_or_else(|| Refusal::no_location(id))
}

/// Whether a location may be changed at all.
///
/// # Errors
/// 107 when it is archived, itself or through an ancestor.
pub fn check_updatable(tree: &Tree, i: Index) -> Result<(), Refusal> {
    if tree.is_archived(i) { Err(Refusal::Archived(tree.get(i).key())) } else { Ok(()) }
}

/// Whether a local name is free for a location, given the prison's non-residential locations that bear it in any
/// letter case, with their ancestors (05 section 2.3). `own` is the location that asks: it may keep its name.
///
/// # Errors
/// 130 when one of the others is not archived.
pub fn check_name_free(
    prison_id: &str,
    name: &str,
    own: Option<Uuid>,
    bearers: &Tree,
    ids: &[Uuid],
) -> Result<(), Refusal> {
    let others = ids.iter().filter(|id| Some(**id) != own).filter_map(|id| bearers.find(*id));
    for i in others {
        if !bearers.is_archived(i) {
            return Err(Refusal::NonResidentialLocalNameTaken {
                name: name.to_owned(),
                prison_id: prison_id.to_owned(),
            });
        }
    }
    Ok(())
}
