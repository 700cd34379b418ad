//! From the outbox to SNS and SQS: order, faults, operators.

mod audit;
mod faults;
mod operators;
mod replay;
mod whole_way;
