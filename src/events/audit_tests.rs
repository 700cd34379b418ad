use proptest::prelude::*;

use super::{BATCH_BYTES, BATCH_ENTRIES, pack, size};
use crate::store::outbox::audit::ClaimedMessage;

fn message(id: usize, length: usize, traced: bool) -> ClaimedMessage {
    let traceparent = traced.then(|| "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    ClaimedMessage { id: i64::try_from(id).unwrap(), message: "x".repeat(length), traceparent, attempts: 1 }
}

proptest! {
    #[test]
    fn batches_hold_all_messages_in_order_within_the_limits(
        lengths in prop::collection::vec(prop_oneof![8 => 0..3_000_usize, 2 => 0..300_000_usize], 0..60),
        traced: bool,
    ) {
        let messages: Vec<_> = lengths.iter().enumerate().map(|(id, length)| message(id, *length, traced)).collect();
        let batches = pack(messages.clone());
        for batch in &batches {
            let bytes: usize = batch.iter().map(size).sum();
            prop_assert!(!batch.is_empty() && batch.len() <= BATCH_ENTRIES);
            prop_assert!(bytes <= BATCH_BYTES || batch.len() == 1);
        }
        // None that could have gone with the batch before starts a new one.
        for pair in batches.windows(2) {
            let bytes: usize = pair[0].iter().map(size).sum();
            prop_assert!(pair[0].len() == BATCH_ENTRIES || bytes + size(&pair[1][0]) > BATCH_BYTES);
        }
        prop_assert_eq!(batches.concat(), messages);
    }
}

#[test]
fn a_trace_context_counts() {
    assert_eq!(size(&message(1, 100, false)), 100);
    assert_eq!(size(&message(1, 100, true)), 100 + "traceparent".len() + "String".len() + 55);
}
