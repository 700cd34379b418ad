//! Chance that always falls the same way: SplitMix64, written out here so that no version of a crate can change the estate.

/// A stream of numbers that depends on its seed and purpose only.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// The stream of this seed for one purpose: a prison is the same alone and among others.
    pub fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a of the purpose.
        let hash = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        let mut dice = Self(seed ^ hash);
        dice.0 = dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this one; 0 for 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// Whether it falls so, in this many of 100 cases.
    pub fn percent(&mut self, percent: f64) -> bool {
        let of_a_million = u32::try_from(self.below(1_000_000)).unwrap_or(0);
        f64::from(of_a_million) < percent * 10_000.0
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A day between 2004 and 2019, as text.
    pub fn day(&mut self) -> String {
        format!("{}-{:02}-{:02}", 2004 + self.below(16), 1 + self.below(12), 1 + self.below(28))
    }
}
