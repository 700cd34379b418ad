//! `seed`: the same settings give the same estate, of the size asked for, with what is wrong in old data.

use sqlx::PgPool;
use standin::seed::{self, SeedSettings, Seeded};

use crate::support::{Database, settings};

async fn seeded(arguments: &[&str]) -> (Database, PgPool, Seeded) {
    let database = Database::new().await;
    let url = database.url();
    let all: Vec<&str> = ["--database-url", &url].into_iter().chain(arguments.iter().copied()).collect();
    let made = seed::run(&settings::<SeedSettings>(&all)).await.unwrap();
    let pool = database.pool("nomis").await;
    (database, pool, made)
}

async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// All that matters, as one text.
async fn fingerprint(pool: &PgPool) -> String {
    sqlx::query_scalar(
        "select md5(string_agg(row, '|' order by row)) from (
             select (to_jsonb(l) - 'audit_timestamp')::text as row from agency_internal_locations l
              where create_datetime < '2020-01-01'
             union all select concat_ws(',', internal_location_id, int_loc_profile_type, int_loc_profile_code) from agy_int_loc_profiles
             union all select concat_ws(',', usage_location_id, internal_location_id, capacity) from int_loc_usage_locations
             union all select concat_ws(',', internal_location_id, column_name, old_value, new_value) from agy_int_loc_amendments)",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn the_estate_has_the_size_asked_for_and_raises_no_event() {
    let (_database, pool, made) = seeded(&["--prisons", "2", "--size", "300", "--bad-data", "0"]).await;
    assert_eq!((made.locations, made.bad), (600, 0));
    let of = "select count(*) from agency_internal_locations where agy_loc_id in ('LEI', 'MDI')";
    assert_eq!(count(&pool, of).await, 600);
    assert_eq!(count(&pool, "select count(*) from event_outbox").await, 0);
    assert_eq!(
        count(&pool, "select count(*) from agy_int_loc_amendments").await,
        i64::try_from(made.amendments).unwrap()
    );
    let odd = "select count(*) from agency_internal_locations l join agency_internal_locations p on p.internal_location_id = l.parent_internal_location_id
               where l.description <> p.description || '-' || l.internal_location_code or l.internal_location_id < p.internal_location_id";
    assert_eq!(count(&pool, odd).await, 0, "nothing is wrong without bad data");
    let next = "select nextval('internal_location_id') - max(internal_location_id) from agency_internal_locations";
    assert_eq!(count(&pool, next).await, 1, "ids go on after the seed");
}

#[tokio::test]
async fn the_same_settings_give_the_same_rows_and_another_seed_others() {
    let arguments = ["--prisons", "2", "--size", "150", "--bad-data", "5"];
    let (_first, one, _) = seeded(&arguments).await;
    let (_second, two, _) = seeded(&arguments).await;
    let (_third, other, _) = seeded(&[&arguments[..], &["--random-seed", "2"]].concat()).await;
    assert_eq!(fingerprint(&one).await, fingerprint(&two).await);
    assert_ne!(fingerprint(&one).await, fingerprint(&other).await);
}

#[tokio::test]
async fn bad_data_is_of_every_kind() {
    let (_database, pool, made) = seeded(&["--prisons", "3", "--size", "500", "--bad-data", "20"]).await;
    assert!((200..400).contains(&made.bad), "{made:?}");
    for (what, sql) in [
        (
            "types in no list",
            "select count(*) from agency_internal_locations where internal_location_type in ('BLK', 'HBLK', 'TIER', 'LAN')",
        ),
        ("capacities of zero", "select count(*) from agency_internal_locations where capacity = 0"),
        ("descriptions at odds", "select count(*) from agency_internal_locations where description like '%-OLD-%'"),
        (
            "children before parents",
            "select count(*) from agency_internal_locations where internal_location_id < parent_internal_location_id",
        ),
        (
            "unknown codes",
            "select count(*) from agy_int_loc_profiles where (int_loc_profile_type, int_loc_profile_code) not in (select domain, code from reference_codes)",
        ),
        (
            "usages of nobody",
            "select count(*) from int_loc_usage_locations where internal_location_id not in (select internal_location_id from agency_internal_locations)",
        ),
        (
            "usages OTH",
            "select count(*) from int_loc_usage_locations join internal_location_usages using (internal_location_usage_id) where internal_location_usage = 'OTH'",
        ),
    ] {
        assert!(count(&pool, sql).await > 0, "no {what}");
    }
}

#[tokio::test]
async fn it_refuses_to_add_to_what_is_there() {
    let (database, pool, _) = seeded(&["--prisons", "1", "--size", "20"]).await;
    let url = database.url();
    let again = seed::run(&settings::<SeedSettings>(&["--database-url", &url])).await;
    assert!(again.unwrap_err().to_string().contains("already"));
    let nothing = seed::run(&settings::<SeedSettings>(&["--database-url", &url, "--if-empty"])).await.unwrap();
    assert_eq!(nothing, Seeded::default());
    assert_eq!(count(&pool, "select count(*) from agency_internal_locations").await, 20 + 3);
}
