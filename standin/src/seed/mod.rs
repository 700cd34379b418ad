//! `seed`: fills NOMIS, and nothing else, with made-up prisons (08 sections 15.3 rule 6 and 15.9). The same settings give the same
//! rows on every machine. Memory does not depend on the number of locations: a wing is written before the next one is made.

mod bad_data;
mod dice;
mod non_residential;
mod prisons;
mod residential;
mod rows;

use clap::Args;
use sqlx::PgPool;

use crate::common::database::{NOMIS_SCHEMA, open};
use crate::common::role::RoleError;

use bad_data::BadData;
use dice::Dice;
use rows::{Batch, Ids};

/// Settings of the command.
#[derive(Args, Clone, Debug)]
pub struct SeedSettings {
    /// The database of the stand-in; the tables of NOMIS are made if they are missing.
    #[arg(long, env = "STANDIN_DATABASE_URL")]
    pub database_url: String,
    /// How many prisons.
    #[arg(long, env = "STANDIN_SEED_PRISONS", default_value_t = 3)]
    pub prisons: usize,
    /// How many locations in each.
    #[arg(long, env = "STANDIN_SEED_SIZE", default_value_t = 500)]
    pub size: usize,
    /// In how many of 100 locations something is wrong.
    #[arg(long, env = "STANDIN_SEED_BAD_DATA", default_value_t = 0.5)]
    pub bad_data: f64,
    /// Which of all possible estates.
    #[arg(long, env = "STANDIN_SEED_RANDOM_SEED", default_value_t = 1)]
    pub random_seed: u64,
    /// Does nothing where there are locations, instead of refusing.
    #[arg(long)]
    pub if_empty: bool,
}

/// How much was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seeded {
    /// Rows of `agency_internal_locations`.
    pub locations: usize,
    /// Rows of `agy_int_loc_profiles`.
    pub profiles: usize,
    /// Rows of `int_loc_usage_locations`.
    pub usages: usize,
    /// Rows of `agy_int_loc_amendments`.
    pub amendments: usize,
    /// Locations in which something is wrong.
    pub bad: usize,
}

/// Fills NOMIS.
///
/// # Errors
/// When there are locations already and `if_empty` is not given, when there are not so many prison ids, or the database refuses.
pub async fn run(settings: &SeedSettings) -> Result<Seeded, RoleError> {
    let pool = open(&settings.database_url, NOMIS_SCHEMA, 2).await?;
    let seeded = fill(&pool, settings).await;
    pool.close().await;
    seeded
}

async fn fill(pool: &PgPool, settings: &SeedSettings) -> Result<Seeded, RoleError> {
    let filled: bool =
        sqlx::query_scalar("select exists (select from agency_internal_locations)").fetch_one(pool).await?;
    if filled && settings.if_empty {
        return Ok(Seeded::default());
    }
    if filled {
        return Err(RoleError("NOMIS has locations already".to_owned()));
    }
    if settings.prisons > prisons::MOST {
        return Err(RoleError(format!("there are ids for {} prisons only", prisons::MOST)));
    }
    let mut seeded = Seeded::default();
    let mut transaction = pool.begin().await?;
    // What was there before anybody listened raises no event and leaves no history.
    sqlx::query("select set_config('nomis.silent', 'true', true), set_config('nomis.module', 'SEED', true)")
        .execute(&mut *transaction)
        .await?;
    let mut ids = Ids::first();
    for (number, prison) in prisons::all().take(settings.prisons).enumerate() {
        let dice = Dice::new(settings.random_seed, &prison.id);
        let mut bad = BadData::new(settings.bad_data, Dice::new(settings.random_seed, &format!("{} bad", prison.id)));
        rows::insert_prison(&mut transaction, &prison, prisons::usages(number)).await?;
        let residential = settings.size * 85 / 100;
        let site = non_residential::site(&prison.id, settings.size - residential, number, dice.clone());
        for plan in residential::wings(&prison.id, residential, dice).chain(std::iter::once(site)) {
            let mut batch = Batch::of(plan, &mut ids);
            bad.spoil(&mut batch, &mut ids);
            seeded.add(&batch, bad.taken());
            batch.insert(&mut transaction).await?;
        }
    }
    rows::insert_ignored_agencies(&mut transaction, &mut ids).await?;
    rows::set_sequences(&mut transaction, &ids).await?;
    transaction.commit().await?;
    // So that the first queries after so many rows are planned well.
    sqlx::query("analyze").execute(pool).await?;
    Ok(seeded)
}

impl Seeded {
    fn add(&mut self, batch: &Batch, bad: usize) {
        self.locations += batch.locations.len();
        self.profiles += batch.profiles.len();
        self.usages += batch.usages.len();
        self.amendments += batch.amendments.len();
        self.bad += bad;
    }
}
