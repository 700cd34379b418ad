//! Status and where it comes from (01 section 5).

use super::approval::ApprovalRequest;
use super::location::Location;
use super::reference::{InactiveStatus, LocationStatus, ShownStatus};
use super::tree::{Index, Tree};

impl Tree {
    /// The location or an ancestor is archived.
    pub fn is_archived(&self, i: Index) -> bool {
        self.self_and_ancestors(i).any(|a| self.get(a).status == LocationStatus::Archived)
    }

    /// Stored status ACTIVE, and not archived.
    pub fn is_own_active(&self, i: Index) -> bool {
        self.get(i).status == LocationStatus::Active && !self.is_archived(i)
    }

    /// The nearest ancestor that is not own-active; drafts count.
    pub fn inactive_ancestor(&self, i: Index) -> Option<Index> {
        self.ancestors(i).find(|a| !self.is_own_active(*a))
    }

    /// Residential, not a room, and some ancestor is not own-active.
    pub fn is_blocked_by_parent(&self, i: Index) -> bool {
        let location = self.get(i);
        location.kind.is_residential() && !location.is_room() && self.inactive_ancestor(i).is_some()
    }

    /// Own-active and not blocked by a parent ("fully active").
    pub fn is_active(&self, i: Index) -> bool {
        self.is_own_active(i) && !self.is_blocked_by_parent(i)
    }

    /// Not fully active, not archived and not a draft.
    pub fn is_temporarily_inactive(&self, i: Index) -> bool {
        self.get(i).status != LocationStatus::Draft && !self.is_archived(i) && !self.is_active(i)
    }

    /// Leaf: no child of any status; a residential one must also be neither structural nor an area (01 section 3.4).
    pub fn is_leaf(&self, i: Index) -> bool {
        let location = self.get(i);
        let container = location.kind.is_residential()
            && (location.location_type.is_structural() || location.location_type.is_area());
        self.children(i).is_empty() && !container
    }

    /// The location, then its ancestors, as long as they are of a residential kind.
    pub fn residential_line(&self, i: Index) -> impl Iterator<Item = Index> + '_ {
        self.self_and_ancestors(i).take_while(|a| self.get(*a).kind.is_residential())
    }

    /// The request that locks this location, and the location that it was made for (01 section 5.3 rules 1 to 3).
    pub fn pending(&self, i: Index) -> Option<(Index, &ApprovalRequest)> {
        let highest = self.residential_line(i).filter(|a| has_pending(self.get(*a))).last()?;
        self.get(highest).requests.iter().find(|r| r.is_pending()).map(|r| (highest, r))
    }

    /// Whether a pending request locks this location.
    pub fn is_pending(&self, i: Index) -> bool {
        self.pending(i).is_some()
    }

    /// The highest location on the residential line that is a draft or has a pending request (01 section 5.3 rule 4).
    pub fn approval_level(&self, i: Index) -> Option<Index> {
        self.residential_line(i)
            .filter(|a| self.get(*a).status == LocationStatus::Draft || has_pending(self.get(*a)))
            .last()
    }

    /// The status that clients see (01 section 5.2).
    pub fn shown_status(&self, i: Index) -> ShownStatus {
        self.status_when(i, self.is_active(i))
    }

    /// The same without regard to inactive parents: for the history row of a deactivation.
    pub fn shown_status_ignoring_parents(&self, i: Index) -> ShownStatus {
        self.status_when(i, self.is_own_active(i))
    }

    fn status_when(&self, i: Index, active: bool) -> ShownStatus {
        let location = self.get(i);
        let pending = self.is_pending(i);
        let one_of = |free, locked| if pending { locked } else { free };
        if active && location.is_converted() {
            one_of(ShownStatus::NonResidential, ShownStatus::LockedNonResidential)
        } else if active {
            one_of(ShownStatus::Active, ShownStatus::LockedActive)
        } else if self.is_archived(i) {
            ShownStatus::Archived
        } else if location.status == LocationStatus::Draft {
            one_of(ShownStatus::Draft, ShownStatus::LockedDraft)
        } else {
            one_of(ShownStatus::Inactive, ShownStatus::LockedInactive)
        }
    }

    /// The location whose columns give the deactivation details (01 section 5.4).
    pub fn deactivation_source(&self, i: Index) -> Option<Index> {
        let location = self.get(i);
        let own_active = self.is_own_active(i);
        if !location.kind.is_residential() {
            return own_active.then_some(i);
        }
        match (own_active, location.is_room()) {
            (false, _) => Some(i),
            (true, false) => self.inactive_ancestor(i),
            (true, true) => None,
        }
    }

    /// Why a residential location is inactive; none unless it is temporarily inactive (01 section 5.5).
    pub fn inactive_status(&self, i: Index) -> Option<InactiveStatus> {
        if !self.get(i).kind.is_residential() || !self.is_temporarily_inactive(i) {
            return None;
        }
        Some(if self.is_pending(i) {
            InactiveStatus::InactivePendChangeReq
        } else if self.is_off_certificate(i) {
            InactiveStatus::InactiveTemp
        } else {
            InactiveStatus::InactiveMatchingCellCert
        })
    }

    /// "Short-term inactive": the flag of a cell itself, of any counted cell for other kinds.
    fn is_off_certificate(&self, i: Index) -> bool {
        let flagged = |l: &Location| l.temporarily_off_cell_cert == Some(true);
        match self.get(i).kind {
            super::location::Kind::Cell => flagged(self.get(i)),
            _ => self.counted_cells(i).into_iter().any(|c| flagged(self.get(c))),
        }
    }
}

fn has_pending(location: &Location) -> bool {
    location.requests.iter().any(ApprovalRequest::is_pending)
}
