//! Any order of lines, in memory that does not depend on how many there are.

use super::dice::Dice;

/// How many elements wait to be drawn. Larger than any prison, so the lines of a prison come in any order whatsoever, mixed with
/// those of the prisons before and after it.
pub const WAITING: usize = 16_384;

/// The same elements in another order: always one of those that wait, drawn by chance.
pub struct Shuffled<I: Iterator> {
    source: I,
    waiting: Vec<I::Item>,
    dice: Dice,
}

impl<I: Iterator> Shuffled<I> {
    /// The elements of `source` in an order that `dice` decides.
    pub fn new(source: I, dice: Dice) -> Self {
        Self { source, waiting: Vec::new(), dice }
    }
}

impl<I: Iterator> Iterator for Shuffled<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let missing = WAITING - self.waiting.len();
        self.waiting.extend(self.source.by_ref().take(missing));
        if self.waiting.is_empty() {
            return None;
        }
        let drawn = self.dice.below(self.waiting.len());
        Some(self.waiting.swap_remove(drawn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_or_doubled_and_the_order_is_another() {
        let mut drawn: Vec<usize> = Shuffled::new(0..50_000, Dice::new(3, "order")).collect();
        assert!(!drawn.is_sorted());
        let moved_back = drawn.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!(moved_back > 20_000, "{moved_back}");
        drawn.sort_unstable();
        assert!(drawn.into_iter().eq(0..50_000));
    }
}
