//! How others hear of a change: which locations events are about, and what the audit is told (07 section 3.4, 04 section 3.1).
//!
//! A job makes its changes first, then announces them from the tree as it is, and commits both together. What an object
//! shows decides the events: the locations of its `childLocations` and `parentLocation` are announced with it.

use super::Services;
use crate::clock::Now;
use crate::domain::event::{EventType, Source};
use crate::domain::journal::Journal;
use crate::domain::reference::ShownStatus;
use crate::domain::tree::{Index, Tree};
use crate::store::Changes;
use crate::view::json::Rendered;
use crate::view::location::{ShowOptions, location_view};

/// A location with what is shown of it.
pub type Shown<'a> = (Index, ShowOptions<'a>);

/// Collects the events and audit messages of one job by this service (source `DPS`), in their order.
pub struct Announcement<'a> {
    tree: &'a Tree,
    who: &'a str,
    now: Now,
    changes: Changes,
}

impl<'a> Announcement<'a> {
    /// Nothing announced yet. `who` is the user of the token, whatever name the request gives.
    pub fn new(services: &Services, tree: &'a Tree, who: &'a str) -> Self {
        Self { tree, who, now: services.clock.now(), changes: Changes::default() }
    }

    /// *Announce(E, L)*: the event for the location and for all that is shown below it, parents before children, then
    /// `amended` for the parents that are shown, the nearest first. Drafts are not spoken of, locked drafts are.
    pub fn announce(&mut self, event_type: EventType, i: Index, show: &ShowOptions<'_>) {
        self.event(event_type, i);
        if show.children {
            self.announce_below(event_type, i, show.non_residential_children);
        }
        if show.parents {
            for above in self.tree.ancestors(i) {
                self.event(EventType::Amended, above);
            }
        }
    }

    fn announce_below(&mut self, event_type: EventType, i: Index, non_residential: bool) {
        for &child in self.tree.children(i) {
            let shown = non_residential || self.tree.get(child).kind.is_residential();
            if shown && !self.tree.is_archived(child) {
                self.event(event_type, child);
                self.announce_below(event_type, child, non_residential);
            }
        }
    }

    /// The event for one location, unless it is a draft.
    pub fn event(&mut self, event_type: EventType, i: Index) {
        if self.tree.shown_status(i) != ShownStatus::Draft {
            self.changes.event(event_type, self.tree.get(i), Source::Dps, self.now);
        }
    }

    /// An audit message about the object in full.
    ///
    /// # Errors
    /// When the object cannot be written as JSON.
    pub fn audit(&mut self, event_type: EventType, i: Index, show: &ShowOptions<'_>) -> Result<(), serde_json::Error> {
        let details = Rendered::of(&location_view(self.tree, i, show))?;
        self.audit_details(event_type, &details);
        Ok(())
    }

    /// An audit message about the object without children, parents and history.
    ///
    /// # Errors
    /// See [`Announcement::audit`].
    pub fn audit_stripped(
        &mut self,
        event_type: EventType,
        i: Index,
        show: &ShowOptions<'_>,
    ) -> Result<(), serde_json::Error> {
        let stripped = ShowOptions { children: false, parents: false, history: None, ..*show };
        self.audit(event_type, i, &stripped)
    }

    /// An audit message whose details are an object of another shape.
    pub fn audit_details(&mut self, event_type: EventType, details: &Rendered) {
        self.changes.audit(event_type, self.who, self.now, details.as_str());
    }

    /// Procedure A, P1 of chapter 04: one object announced, then audited without children and parents.
    ///
    /// # Errors
    /// See [`Announcement::audit`].
    pub fn one(&mut self, event_type: EventType, i: Index, show: &ShowOptions<'_>) -> Result<(), serde_json::Error> {
        self.announce(event_type, i, show);
        self.audit_stripped(event_type, i, show)
    }

    /// Procedure B for one kind of event: each object is announced, and audited in full.
    ///
    /// # Errors
    /// See [`Announcement::audit`].
    pub fn each(&mut self, event_type: EventType, list: &[Shown<'_>]) -> Result<(), serde_json::Error> {
        for (i, show) in list {
            self.announce(event_type, *i, show);
            self.audit(event_type, *i, show)?;
        }
        Ok(())
    }

    /// Procedure C, P2 of chapter 04: the amended objects, then the main ones, each announced and audited in full; then
    /// each main one audited once more as amended.
    ///
    /// # Errors
    /// See [`Announcement::audit`].
    pub fn lists(
        &mut self,
        event_type: EventType,
        amended: &[Shown<'_>],
        main: &[Shown<'_>],
    ) -> Result<(), serde_json::Error> {
        self.each(EventType::Amended, amended)?;
        let mut again = Vec::with_capacity(main.len());
        for (i, show) in main {
            self.announce(event_type, *i, show);
            let full = Rendered::of(&location_view(self.tree, *i, show))?;
            self.audit_details(event_type, &full);
            again.push(if show.children || show.parents { self.stripped(*i, show)? } else { full });
        }
        for details in &again {
            self.audit_details(EventType::Amended, details);
        }
        Ok(())
    }

    fn stripped(&self, i: Index, show: &ShowOptions<'_>) -> Result<Rendered, serde_json::Error> {
        let stripped = ShowOptions { children: false, parents: false, ..*show };
        Rendered::of(&location_view(self.tree, i, &stripped))
    }

    /// What the job leaves behind: these journals, what was announced, and the events of decisions C2 for what the tree
    /// says has changed.
    pub fn into_changes(mut self, services: &Services, journals: Vec<Journal>) -> Changes {
        if services.store.capacity_and_certification_events {
            self.changes.capacity_and_certification_events(self.tree, Source::Dps, self.now);
        }
        self.changes.journals = journals;
        self.changes
    }
}
