//! What a job leaves behind besides the locations themselves: history, events and audit messages.

use uuid::Uuid;

use crate::clock::Now;
use crate::domain::event::{DomainEvent, EventType, Source, audit_message};
use crate::domain::journal::Journal;
use crate::domain::location::Location;
use crate::domain::reference::LocationStatus;
use crate::domain::tree::Tree;

/// Collected by a job, written with its commit.
#[derive(Default)]
pub struct Changes {
    /// The linked transactions with their history rows, in order.
    pub journals: Vec<Journal>,
    /// Domain events in the order in which they are to be sent.
    pub events: Vec<OutgoingEvent>,
    /// Audit messages (JSON text).
    pub audit: Vec<String>,
}

/// A domain event with the prison in whose order it is sent.
pub struct OutgoingEvent {
    /// The prison of the location.
    pub prison_id: String,
    /// Stable id, by which a repeat can be recognised (decisions B2).
    pub event_id: Uuid,
    /// What happened.
    pub event: DomainEvent,
}

impl Changes {
    /// Adds an event about a location.
    pub fn event(&mut self, event_type: EventType, location: &Location, source: Source, now: Now) {
        let event = DomainEvent::about_location(event_type, location.id, location.key(), source, now.with_offset());
        self.events.push(OutgoingEvent { prison_id: location.prison_id.clone(), event_id: Uuid::now_v7(), event });
    }

    /// Adds the events of decisions C2 for every location whose own capacity or certified flag was changed; drafts are
    /// not spoken of, as with every event of ours.
    pub fn capacity_and_certification_events(&mut self, tree: &Tree, source: Source, now: Now) {
        for (before, after) in tree.changed() {
            if after.status == LocationStatus::Draft {
                continue;
            }
            if before.stored_capacity() != after.stored_capacity() {
                self.event(EventType::CapacityChanged, after, source, now);
            }
            if before.certified_cell.unwrap_or(false) != after.certified_cell.unwrap_or(false) {
                self.event(EventType::CertificationChanged, after, source, now);
            }
        }
    }

    /// Adds an audit message; `who` is the user of the token, `details` the JSON text of the object.
    pub fn audit(&mut self, event_type: EventType, who: &str, now: Now, details: &str) {
        self.audit.push(audit_message(event_type, &now.utc(), who, details));
    }
}
