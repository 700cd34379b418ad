//! Basic fields of every kind (01 section 10.3, 02 section 10.3).

use crate::domain::journal::Journal;
use crate::domain::reference::LocationAttribute;
use crate::domain::tree::{Index, Tree};

/// Sets the code, and the paths of the subtree. Row CODE. Does not touch.
pub fn set_code(tree: &mut Tree, i: Index, journal: &mut Journal, code: &str) {
    journal.record(tree.get(i), LocationAttribute::Code, Some(&tree.get(i).code), Some(code));
    tree.set_code(i, code);
}

/// Sets or clears the local name. Row LOCAL_NAME. Does not touch.
pub fn set_local_name(tree: &mut Tree, i: Index, journal: &mut Journal, name: Option<&str>) {
    journal.record(tree.get(i), LocationAttribute::LocalName, tree.get(i).local_name.as_deref(), name);
    tree.edit(i).local_name = name.map(str::to_owned);
}

/// Sets or clears the comments. Row COMMENTS. Does not touch.
pub fn set_comments(tree: &mut Tree, i: Index, journal: &mut Journal, comments: Option<&str>) {
    journal.record(tree.get(i), LocationAttribute::Comments, tree.get(i).comments.as_deref(), comments);
    tree.edit(i).comments = comments.map(str::to_owned);
}

/// Sets or clears the legacy order among siblings. Row ORDER_WITHIN_PARENT_LOCATION. Does not touch.
pub fn set_order(tree: &mut Tree, i: Index, journal: &mut Journal, order: Option<i32>) {
    let text = |o: Option<i32>| o.map(|o| o.to_string());
    let old = text(tree.get(i).order_within_parent);
    let new = text(order);
    journal.record(tree.get(i), LocationAttribute::OrderWithinParentLocation, old.as_deref(), new.as_deref());
    tree.edit(i).order_within_parent = order;
}
