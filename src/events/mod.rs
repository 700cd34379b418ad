//! How others hear of it: the relays from the outbox to SNS and SQS.
//!
//! A change writes its domain events and audit messages into the outbox tables, in its own transaction, and rings a bell after the
//! commit. [`relay`] publishes the events: one relay of all replicas is at work, in the order of each location. [`audit`] sends
//! the audit messages: every replica does, in no order. [`housekeeping`] prunes what was published and measures.

pub mod audit;
pub mod aws;
mod backoff;
pub mod housekeeping;
mod line_up;
pub mod relay;
pub mod settings;
pub mod status;
mod topic;
