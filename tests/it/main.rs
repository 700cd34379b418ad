//! The service from outside: real HTTP, real Postgres, real SNS and SQS protocol. One binary, so that it links once.

mod architecture;
mod certification;
mod demonstration;
mod events;
mod migrate_from;
mod migration;
mod non_residential;
mod openapi;
mod platform;
mod reads;
mod residential;
mod schema;
mod support;
mod sync;
