//! When a call is made again: the few repeats that the estate makes (08 section 1.3 rule 3), a token that was withdrawn, and, in the profile
//! `fixed`, a service that is busy for the moment.

use std::time::Duration;

use axum::http::StatusCode;

use super::remote::RemoteError;
use super::settings::Profile;

/// How often a read is tried again at HTTP level, and how long before the first time; doubled each time.
const READS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// How often a call is made again that was told to come back later (503 with `Retry-After`): nothing was done, and there is no hurry.
const BUSY: u32 = 6;
/// It comes back after this time at the latest, whatever it was told.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often one call may still be repeated.
pub(super) struct Retries {
    reads: u32,
    pause: Duration,
    busy: u32,
    token: bool,
}

impl Retries {
    /// Those of a call; `read`: of the reads that the estate repeats.
    pub(super) fn new(read: bool, profile: Profile) -> Self {
        Self {
            reads: if read { READS } else { 0 },
            pause: FIRST_PAUSE,
            busy: if profile == Profile::Fixed { BUSY } else { 0 },
            token: true,
        }
    }

    /// After which pause the call that failed like this is made again; none: that was it.
    pub(super) fn pause(&mut self, error: &RemoteError) -> Option<Duration> {
        if error.status() == Some(StatusCode::UNAUTHORIZED) {
            // The token may have been withdrawn: once more with a new one. Nothing was done.
            return std::mem::take(&mut self.token).then_some(Duration::ZERO);
        }
        if let Some(told) = error.come_back_after() {
            self.busy = self.busy.checked_sub(1)?;
            return Some(told.min(LONGEST_PAUSE));
        }
        if !may_pass(error) {
            return None;
        }
        self.reads = self.reads.checked_sub(1)?;
        let pause = self.pause;
        self.pause *= 2;
        Some(pause)
    }
}

/// Whether the same call may get through a moment later: no connection, no answer in time, a broken one, or 502.
fn may_pass(error: &RemoteError) -> bool {
    match error {
        RemoteError::Failed { .. } => true,
        RemoteError::Refused { status, .. } => *status == StatusCode::BAD_GATEWAY,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn refused(status: u16, retry_after: Option<u64>) -> RemoteError {
        RemoteError::Refused {
            operation: "x.y".to_owned(),
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: retry_after.map(Duration::from_secs),
            body: Bytes::new(),
        }
    }

    fn pauses(mut retries: Retries, error: &RemoteError) -> Vec<u128> {
        std::iter::from_fn(|| retries.pause(error)).map(|pause| pause.as_millis()).take(20).collect()
    }

    #[test]
    fn a_read_is_repeated_three_times_where_it_may_get_through() {
        let lost = RemoteError::Failed { operation: "x.y".to_owned(), reason: "reset".to_owned() };
        for error in [&lost, &refused(502, None)] {
            assert_eq!(pauses(Retries::new(true, Profile::Live), error), [100, 200, 400]);
            assert!(pauses(Retries::new(false, Profile::Live), error).is_empty());
        }
        for status in [400, 404, 409, 423, 500, 503, 504] {
            assert!(pauses(Retries::new(true, Profile::Live), &refused(status, None)).is_empty(), "{status}");
        }
    }

    #[test]
    fn a_service_that_is_busy_is_asked_again_when_it_says_so() {
        assert_eq!(pauses(Retries::new(false, Profile::Fixed), &refused(503, Some(2))), [2000; 6]);
        assert_eq!(pauses(Retries::new(false, Profile::Fixed), &refused(503, Some(3600)))[0], 10_000);
        assert!(pauses(Retries::new(true, Profile::Fixed), &refused(503, None)).is_empty());
        assert!(pauses(Retries::new(true, Profile::Live), &refused(503, Some(2))).is_empty());
        assert!(pauses(Retries::new(true, Profile::Fixed), &refused(409, Some(2))).is_empty());
    }

    #[test]
    fn a_new_token_is_tried_once() {
        assert_eq!(pauses(Retries::new(false, Profile::Live), &refused(401, None)), [0]);
    }
}
