//! Demonstration data from the generator through the command into the tables: what `make run` and the benchmarks rest on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use locations_inside_prison_api::commands::migrate_from::progress::Counters;
use locations_inside_prison_api::commands::migrate_from::report::Summary;
use locations_inside_prison_api::commands::migrate_from::{Args, migrate};
use locations_inside_prison_api::demo::{self, MigratedLocation, Options};
use locations_inside_prison_api::domain::location::Kind;
use serde_json::json;

use crate::support::service::{TestService, token};

/// Two small prisons, children before parents too.
fn options() -> Options {
    Options { only: vec!["ESI".into(), "WNI".into()], shuffle: true, ..Options::default() }
}

fn write(estate: impl Iterator<Item = MigratedLocation>, file: &Path) {
    let lines: Vec<String> = estate.map(|location| json!(location).to_string() + "\n").collect();
    std::fs::write(file, lines.concat()).unwrap();
}

async fn send(file: &Path, url: &str) -> Summary {
    let token = token(vec!["MIGRATE_LOCATIONS".into()], vec!["write".into()]);
    let args = Args { file: file.to_owned(), url: url.to_owned(), token, failures: None };
    migrate(&args, &Arc::new(Counters::default())).await.unwrap()
}

/// What the service makes of a location: prison, kind, status.
type Sort = (String, String, String);

fn expected(locations: &[MigratedLocation]) -> BTreeMap<Sort, u64> {
    let mut sorts = BTreeMap::new();
    for l in locations {
        let kind = Kind::of_new(l.residential_housing_type.is_some(), l.location_type, &l.code);
        let status = if l.deactivation_reason.is_some() { "INACTIVE" } else { "ACTIVE" };
        *sorts.entry((l.prison_id.clone(), kind.as_str().into(), status.into())).or_default() += 1;
    }
    sorts
}

async fn found(service: &TestService) -> BTreeMap<Sort, u64> {
    let sql = "SELECT prison_id, location_type_discriminator, status, count(*) FROM location GROUP BY 1, 2, 3";
    let rows = service.rows(sql).await;
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    let sort = |row| (text(row, "prison_id"), text(row, "location_type_discriminator"), text(row, "status"));
    rows.iter().map(|row| (sort(row), row["count"].as_u64().unwrap())).collect()
}

#[tokio::test]
async fn prisons_in_any_order_are_migrated_once_and_every_line_is_accepted() {
    let service = TestService::start().await;
    let url = service.listen().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("estate.ndjson");
    let locations: Vec<MigratedLocation> = demo::estate(&options()).unwrap().collect();
    let lines = locations.len() as u64;
    write(locations.iter().cloned(), &file);

    let first = send(&file, &url).await;
    assert_eq!((first.created, first.unchanged, first.failed), (lines, 0, 0), "{first}");
    assert_eq!(found(&service).await, expected(&locations));

    let again = send(&file, &url).await;
    assert_eq!((again.created, again.unchanged, again.failed), (0, lines, 0), "{again}");
    assert_eq!(found(&service).await, expected(&locations));
}

#[tokio::test]
async fn lines_that_failed_for_want_of_a_parent_succeed_when_sent_again_after_it() {
    let service = TestService::start().await;
    let url = service.listen().await;
    let directory = tempfile::tempdir().unwrap();
    let (file, wings) = (directory.path().join("rest.ndjson"), directory.path().join("top.ndjson"));
    let all = || demo::estate(&options()).unwrap();
    write(all().filter(|location| location.parent_location_path.is_some()), &file);
    write(all().filter(|location| location.parent_location_path.is_none()), &wings);

    let without = send(&file, &url).await;
    assert_eq!((without.created, without.unchanged), (0, 0), "{without}");
    assert!(without.to_string().contains("404 / 101"), "{without}");
    assert_eq!(send(&wings, &url).await.failed, 0);
    let again = send(&without.failures.clone().unwrap(), &url).await;
    assert_eq!((again.created, again.failed), (without.failed, 0), "{again}");
    assert_eq!(found(&service).await, expected(&all().collect::<Vec<_>>()));
}
