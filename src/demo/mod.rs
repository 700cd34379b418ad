//! A prison estate to show, to test and to measure with.
//!
//! [`estate`] gives the locations of the prisons of England and Wales as NOMIS's side would migrate them: bodies of
//! `POST /migrate/location`, and lines of `POST /migrate/locations` (02 section 12, decisions D3). The prisons and their ids
//! are real; everything in them is made up, by rules: how prisons are built, what is in a cell, what rooms there are, what
//! goes out of use. Nothing is copied from any real prison's data.
//!
//! # What it promises
//!
//! - The same options give the same lines, on every machine and in every later version, until a test that holds a
//!   digest of them is changed on purpose. No clock: the estate is as it was on [`layout::AS_OF`].
//! - A prison is the same whether it is made alone or among others.
//! - In the natural size: 122 prisons of 60 to about 1,900 cells, about 200,000 locations, 8 % of them out of use.
//! - Exactly the number of locations asked for: fewer makes every prison smaller; more adds prisons that do not exist, with ids
//!   of the same form, and when those are used up builds each prison again beside itself.
//! - Every line is one that the service accepts; no path is there twice in a prison; parents come before children,
//!   unless any order is asked for.
//! - Memory holds one prison at a time, and the lines waiting to be shuffled.
//!
//! # Where what is
//!
//! | File | Holds |
//! |---|---|
//! | [`body`] | the JSON of one location |
//! | [`prisons`] | the table of prisons |
//! | [`site`] | which prisons an estate has, and how large |
//! | [`small`] | small prisons for training |
//! | [`layout`] | a prison while it is being built |
//! | [`residential`] | wings, spurs, landings, rooms on them, reception, virtual locations |
//! | [`cells`] | what is in a cell |
//! | [`non_residential`] | visits, education, work, property and so on |
//! | [`years`] | closures, notes, amendments |
//! | [`dice`] | chance |
//! | [`shuffle`] | any order |

pub mod body;
pub mod cells;
pub mod dice;
pub mod layout;
pub mod non_residential;
pub mod prisons;
pub mod residential;
pub mod shuffle;
pub mod site;
pub mod small;
pub mod years;

pub use body::{MigratedCapacity, MigratedCertification, MigratedChange, MigratedLocation, MigratedUsage};

use dice::Dice;
use layout::Layout;
use prisons::{INVENTED_IDS, PRISONS, Prison};
use shuffle::Shuffled;
use site::{Pool, Site};

/// The seed that everybody uses who does not care.
pub const DEFAULT_SEED: u64 = 1;

/// Which estate to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What chance begins with.
    pub seed: u64,
    /// How many locations, exactly; without it as many as the prisons naturally have.
    pub locations: Option<usize>,
    /// How many prisons: real ones first, then invented ones. Without it 122, or as many as `locations` needs. Ignored
    /// when `only` names some.
    pub prisons: Option<usize>,
    /// Only these prisons, by id, in this order; empty: no such restriction.
    pub only: Vec<String>,
    /// Lines in any order instead of parents first.
    pub shuffle: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: DEFAULT_SEED, locations: None, prisons: None, only: Vec::new(), shuffle: false }
    }
}

/// Options that no estate can be made from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOptions {
    /// There is no prison with this id in the table.
    #[error("there is no prison {0} in the table of prisons; `demo --list` shows it")]
    UnknownPrison(String),
    /// The same prison is named twice.
    #[error("prison {0} is named twice")]
    NamedTwice(String),
    /// There are not that many ids.
    #[error("there can be 1 to {most} prisons, not {0}", most = PRISONS.len() + INVENTED_IDS)]
    NumberOfPrisons(usize),
}

/// The locations of an estate, one after the other.
///
/// # Errors
///
/// [`BadOptions`] says what is wrong with the options.
pub fn estate(options: &Options) -> Result<impl Iterator<Item = MigratedLocation> + Send + use<>, BadOptions> {
    let seed = options.seed;
    let lines = sites(options)?.flat_map(move |site| prison(site, seed));
    let order = Dice::new(seed, "order");
    let (parents_first, any_order) =
        if options.shuffle { (None, Some(Shuffled::new(lines, order))) } else { (Some(lines), None) };
    Ok(parents_first.into_iter().flatten().chain(any_order.into_iter().flatten()))
}

/// The prisons of an estate with their sizes; says how many locations there will be without making them.
///
/// # Errors
///
/// See [`estate`].
pub fn sites(options: &Options) -> Result<impl Iterator<Item = Site> + Send + use<>, BadOptions> {
    let pool =
        if options.only.is_empty() { pool_of_all(options)? } else { Pool::of(&named(&options.only)?, options.seed) };
    Ok(site::sites(pool, options.locations))
}

/// The first prisons: as many as asked for, or all of them and more if need be.
fn pool_of_all(options: &Options) -> Result<Pool, BadOptions> {
    match options.prisons {
        Some(count) if (1..=PRISONS.len() + INVENTED_IDS).contains(&count) => Ok(Pool::first(count, options.seed)),
        Some(count) => Err(BadOptions::NumberOfPrisons(count)),
        None => Ok(Pool::open_ended(options.seed)),
    }
}

fn named(ids: &[String]) -> Result<Vec<&'static Prison>, BadOptions> {
    let mut found: Vec<&'static Prison> = Vec::with_capacity(ids.len());
    for id in ids {
        let prison = PRISONS.iter().find(|p| p.id == id).ok_or_else(|| BadOptions::UnknownPrison(id.clone()))?;
        if found.contains(&prison) {
            return Err(BadOptions::NamedTwice(id.clone()));
        }
        found.push(prison);
    }
    Ok(found)
}

/// One prison, parents before children.
fn prison(site: Site, seed: u64) -> impl Iterator<Item = MigratedLocation> {
    let dice = Dice::new(seed, &format!("{} {}", site.prison_id, site.round));
    let mut layout = Layout::new(site, dice);
    residential::build(&mut layout);
    non_residential::build(&mut layout);
    years::pass(&mut layout);
    layout.places.into_iter().map(|place| place.body)
}

#[cfg(test)]
mod tests;
