//! Which prisons an estate has, and how large each of them is. Cheap to know without building anything.

use super::dice::Dice;
use super::prisons::{PRISONS, Prison, invented_ids};

/// A prison with a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its id: that of `prison`, or an invented one.
    pub prison_id: String,
    /// The prison that it is, or is like.
    pub prison: &'static Prison,
    /// 0, or how many times before it was built already; then its top-level codes begin with this number.
    pub round: usize,
    /// Number of cells, those that are rooms now included.
    pub cells: usize,
    /// Number of locations of every kind. Never less than what it is cut down to.
    pub locations: usize,
}

/// What a prison has besides its cells: what any prison has, and what there is more of in a larger one (landings, rooms on
/// them, tables, workshops, boxes).
fn natural_locations(cells: usize) -> usize {
    65 + cells * 159 / 100
}

impl Site {
    /// The prison at its natural size, which varies by 2 % with the seed.
    pub(super) fn new(prison_id: String, prison: &'static Prison, round: usize, seed: u64) -> Self {
        let mut dice = Dice::new(seed, &format!("size of {prison_id} {round}"));
        let two_per_cent = prison.cells / 50;
        let cells = (prison.cells + dice.below(2 * two_per_cent + 1) - two_per_cent).max(60);
        Self { prison_id, prison, round, cells, locations: natural_locations(cells) }
    }

    /// The same prison with this many locations, and cells in proportion. Only ever smaller.
    pub(super) fn cut_to(mut self, locations: usize) -> Self {
        self.cells = self.cells * locations / self.locations.max(1);
        self.locations = locations;
        self
    }
}

/// The pool of prisons that an estate takes its sites from: one after the other, and from the start again.
#[derive(Clone, Debug)]
pub struct Pool {
    ids: Vec<(String, &'static Prison)>,
    /// How many of them an estate has in any case, however small it is to be.
    at_least: usize,
    seed: u64,
}

impl Pool {
    /// Exactly these prisons.
    pub fn of(prisons: &[&'static Prison], seed: u64) -> Self {
        let ids = prisons.iter().map(|prison| (prison.id.to_owned(), *prison)).collect();
        Self { ids, at_least: prisons.len(), seed }
    }

    /// The first `count` prisons: the real ones, then invented ones like them, as long as there are ids.
    pub fn first(count: usize, seed: u64) -> Self {
        let real = PRISONS.iter().map(|prison| (prison.id.to_owned(), prison));
        let invented = invented_ids().zip(PRISONS.iter().cycle());
        let ids: Vec<_> = real.chain(invented).take(count).collect();
        Self { at_least: ids.len(), ids, seed }
    }

    /// Every real prison, and as many invented ones as turn out to be needed.
    pub fn open_ended(seed: u64) -> Self {
        Self { at_least: PRISONS.len(), ..Self::first(usize::MAX, seed) }
    }

    /// The `n`th site; after the last prison of the pool the first one comes again, in its next round.
    fn site(&self, n: usize) -> Option<Site> {
        let (id, prison) = self.ids.get(n.checked_rem(self.ids.len())?)?;
        Some(Site::new(id.clone(), prison, n / self.ids.len(), self.seed))
    }

    /// How many locations an estate of this pool has when nobody asks for a number.
    fn natural_size(&self) -> usize {
        (0..self.at_least).filter_map(|n| self.site(n)).map(|site| site.locations).sum()
    }
}

/// The sites of an estate of `locations` locations, from `pool`.
///
/// Up to the natural size of the pool, every prison of it is there and is smaller than it would be. Beyond it prisons are at
/// their natural size and come again and again; the last site is cut to what is missing. Without a number: the natural size.
pub fn sites(pool: Pool, locations: Option<usize>) -> impl Iterator<Item = Site> {
    let natural = pool.natural_size();
    let wanted = locations.unwrap_or(natural);
    // What is rounded off at one prison is rounded up at a later one, so the shares add up to the whole.
    let share = move |place: usize| (place as u128 * wanted as u128 / natural.max(1) as u128) as usize;
    let mut built = 0;
    (0..).map_while(move |n| {
        let site = pool.site(n)?;
        let before = built;
        built += site.locations;
        let (size, is_there) = if wanted < natural {
            (share(built) - share(before), before < natural)
        } else {
            ((wanted - before.min(wanted)).min(site.locations), before < wanted)
        };
        is_there.then(|| site.cut_to(size))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_natural_estate_has_122_prisons_and_about_200_000_locations() {
        for seed in 1..20 {
            let all: Vec<Site> = sites(Pool::first(122, seed), None).collect();
            assert_eq!(all.len(), 122);
            let total: usize = all.iter().map(|site| site.locations).sum();
            assert!((195_000..205_000).contains(&total), "{total}");
            let largest = all.iter().map(|site| site.cells).max().unwrap();
            assert!((1_850..=1_950).contains(&largest), "{largest}");
            assert!(all.iter().all(|site| site.cells >= 60));
        }
    }

    proptest! {
        #[test]
        fn any_number_asked_for_is_what_the_sites_add_up_to(seed: u64, prisons in 1_usize..700, wanted in 0_usize..3_000_000) {
            let total: usize = sites(Pool::first(prisons, seed), Some(wanted)).map(|site| site.locations).sum();
            prop_assert_eq!(total, wanted);
        }
    }

    #[test]
    fn one_prison_can_be_any_size_too() {
        let leeds = PRISONS.iter().find(|prison| prison.id == "LEI").unwrap();
        let all: Vec<Site> = sites(Pool::of(&[leeds], 1), Some(10_000)).collect();
        assert_eq!(all.iter().map(|site| site.locations).sum::<usize>(), 10_000);
        assert!(all.iter().enumerate().all(|(n, site)| site.round == n && site.prison_id == "LEI"));
    }
}
