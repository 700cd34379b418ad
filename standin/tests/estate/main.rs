//! The stand-in from outside: real HTTP, real Postgres, real SNS and SQS protocol. A fresh database for each test.

mod common;
mod consumer;
mod convergence;
mod mapping;
mod nomis;
mod remote;
mod scenarios;
mod seed;
mod support;
