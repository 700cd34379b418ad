//! The stand-in from outside: real HTTP, real Postgres, real SNS and SQS protocol. A fresh database for each test.

mod common;
mod consumer;
mod mapping;
mod nomis;
mod seed;
mod support;
