//! Queues from outside (07 section 4), with a real SQS protocol.

mod admin;
mod inbound;
