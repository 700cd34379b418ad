//! How long to wait before trying again what has failed. By the machine's clock.

use std::time::Duration;

/// The longest wait after the first failure.
const FIRST: Duration = Duration::from_millis(250);

/// The longest wait of all. Also the time that may pass between the end of an outage and the next attempt.
const LONGEST: Duration = Duration::from_secs(10);

/// The wait after so many failures in a row: doubled each time, up to ten seconds, and shortened by chance to between a half and
/// the whole, so that those who failed together don't come back together. `chance` is between 0 and 1.
pub fn wait(failures: u32, chance: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
}

/// A random number between 0 and 1.
pub fn chance() -> f64 {
    rand::random()
}

#[cfg(test)]
mod tests {
    use super::wait;
    use std::time::Duration;

    #[test]
    fn waits_grow_up_to_a_bound() {
        let longest: Vec<u128> = (1..=8).map(|n| wait(n, 1.0).as_millis()).collect();
        assert_eq!(longest, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        assert_eq!(wait(u32::MAX, 1.0), Duration::from_secs(10));
    }

    #[test]
    fn chance_shortens_a_wait_by_up_to_a_half() {
        assert_eq!(wait(3, 0.0), Duration::from_millis(500));
        assert_eq!(wait(3, 0.5), Duration::from_millis(750));
    }
}
