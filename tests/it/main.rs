//! The service from outside: real HTTP, real Postgres, real SNS and SQS protocol. One binary, so that it links once.

mod approvals;
mod architecture;
mod certification;
mod demonstration;
mod events;
mod faults;
mod migrate_from;
mod migration;
mod non_residential;
mod openapi;
mod operations;
mod permissions;
mod plans;
mod platform;
mod prison_configuration;
mod queues;
mod random_writes;
mod reads;
mod reconciliation;
mod residential;
mod roll_count;
mod rollout;
mod schema;
mod support;
mod sync;
mod training;
