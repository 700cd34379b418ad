//! The service from outside: real HTTP, real Postgres, real SNS and SQS protocol. One binary, so that it links once.

mod architecture;
mod demonstration;
mod migrate_from;
mod migration;
mod openapi;
mod platform;
mod schema;
mod support;
mod sync;
