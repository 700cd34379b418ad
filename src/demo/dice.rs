//! Chance that always falls the same way.
//!
//! The generator must give the same estate for the same seed on every machine and for every later version of this
//! crate (benchmarks compare against it), so it brings its own generator of numbers: SplitMix64, whose whole definition is
//! below. It is not fit for secrets, and none are made here.

/// A stream of numbers that depends on its seed and on nothing else.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The stream of `seed` for one purpose. Purposes (a prison, the order of lines) get streams that are independent
    /// of each other, so that a prison is the same alone and among others.
    pub fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a of the purpose, then one step of the generator, so that seeds 1 and 2 have nothing in common.
        let hash = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        let mut dice = Self { state: seed ^ hash };
        dice.state = dice.next();
        dice
    }

    /// The next 64 bits (SplitMix64).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        // The high half of the product: no remainder, no bias worth speaking of for the small ranges used here.
        let product = u128::from(self.next()) * end as u128;
        (product >> 64) as usize
    }

    /// A number from `low` to `high`, both included; `low` when the range is empty.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below((high + 1).saturating_sub(low))
    }

    /// True in `per_thousand` of a thousand cases.
    pub fn chance(&mut self, per_thousand: usize) -> bool {
        self.below(1000) < per_thousand
    }

    /// One of `choices`, each as likely as the others; `None` if there is none.
    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> Option<&'a T> {
        choices.get(self.below(choices.len())).copied()
    }

    /// One of `choices`, as likely as the weight beside it; `otherwise` if no choice has a weight.
    pub fn weighted<T: Copy>(&mut self, choices: &[(usize, T)], otherwise: T) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        otherwise
    }

    /// `total` in `parts` parts of nearly the same size, none smaller than 1 as long as `total` allows.
    pub fn split(&mut self, total: usize, parts: usize) -> Vec<usize> {
        let parts = parts.clamp(1, total.max(1));
        let mut sizes: Vec<usize> = (0..parts).map(|i| total * (i + 1) / parts - total * i / parts).collect();
        // Buildings are not all alike: move up to a tenth of a part to its neighbour.
        for i in 1..parts {
            let moved = self.below(sizes[i] / 10 + 1);
            sizes[i] -= moved;
            sizes[i - 1] += moved;
        }
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;
    use proptest::prelude::*;

    #[test]
    fn the_same_seed_and_purpose_give_the_same_numbers_and_others_do_not() {
        let numbers = |seed, purpose| {
            let mut dice = Dice::new(seed, purpose);
            (0..8).map(|_| dice.below(1_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(numbers(1, "LEI"), numbers(1, "LEI"));
        assert_ne!(numbers(1, "LEI"), numbers(2, "LEI"));
        assert_ne!(numbers(1, "LEI"), numbers(1, "MDI"));
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::new(7, "weights");
        let thirds = (0..30_000).filter(|_| dice.weighted(&[(10, true), (20, false)], false)).count();
        assert!((9_500..10_500).contains(&thirds), "{thirds}");
    }

    proptest! {
        #[test]
        fn parts_add_up_and_none_is_empty(seed: u64, total in 1_usize..3000, parts in 1_usize..40) {
            let sizes = Dice::new(seed, "split").split(total, parts);
            prop_assert_eq!(sizes.iter().sum::<usize>(), total);
            prop_assert_eq!(sizes.len(), parts.min(total));
            prop_assert!(sizes.iter().all(|size| *size > 0));
        }

        #[test]
        fn a_range_is_kept(seed: u64, low in 0_usize..100, more in 0_usize..100) {
            let n = Dice::new(seed, "range").between(low, low + more);
            prop_assert!((low..=low + more).contains(&n));
        }
    }
}
