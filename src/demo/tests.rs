//! What the estate promises, on all of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;

use super::*;
use crate::domain::location::{Kind, is_virtual_code};
use crate::domain::reference::{LocationType, NonResidentialUsageType, ResidentialHousingType};

fn lines(options: &Options) -> Vec<MigratedLocation> {
    estate(options).unwrap().collect()
}

fn one(prison: &str) -> Options {
    Options { only: vec![prison.to_owned()], ..Options::default() }
}

/// FNV-1a over the JSON of lines: any change of any of them changes it.
fn digest(lines: impl Iterator<Item = MigratedLocation>) -> u64 {
    lines.map(|line| serde_json::to_string(&line).unwrap()).fold(0xcbf2_9ce4_8422_2325, |hash, line| {
        line.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    })
}

/// Benchmarks and recordings rest on this: whoever changes the estate does so on purpose.
#[test]
fn the_estate_of_a_seed_never_changes() {
    let digest = digest(estate(&Options::default()).unwrap().take(20_000));
    assert_eq!(format!("{digest:016x}"), "bd4f09481e9c0403");
}

#[test]
fn another_seed_is_another_estate() {
    let with = |seed| digest(estate(&Options { seed, ..Options::default() }).unwrap().take(1_000));
    assert_ne!(with(1), with(2));
}

#[test]
fn the_natural_estate_is_what_it_is_said_to_be() {
    for seed in [DEFAULT_SEED, 2] {
        let (mut all, mut inactive, mut cells) = (0_usize, 0_usize, BTreeMap::<String, usize>::new());
        for line in estate(&Options { seed, ..Options::default() }).unwrap() {
            all += 1;
            inactive += usize::from(line.deactivation_reason.is_some());
            *cells.entry(line.prison_id.clone()).or_default() += usize::from(line.is_cell());
        }
        assert_eq!(cells.len(), 122);
        assert!((195_000..205_000).contains(&all), "{all} locations");
        let per_thousand = inactive * 1000 / all;
        assert!((70..90).contains(&per_thousand), "{per_thousand} of a thousand are out of use");
        let (smallest, largest) = (cells.values().min().unwrap(), cells.values().max().unwrap());
        assert!(*smallest >= 60 && (1_850..=1_950).contains(largest), "{smallest} to {largest} cells");
    }
}

/// One walk over the whole estate: paths are unique, parents come first, no prison is cut off (its property boxes are what makes
/// it come out even, so it has some), and each line is one that the service takes.
#[test]
fn every_line_is_one_that_the_service_takes() {
    let mut prison = String::new();
    let mut paths = HashSet::new();
    let mut with_boxes = BTreeSet::new();
    for line in estate(&Options::default()).unwrap() {
        if line.prison_id != prison {
            prison.clone_from(&line.prison_id);
            paths.clear();
        }
        if let Some(parent) = &line.parent_location_path {
            assert!(paths.contains(parent), "{prison}: {parent} comes after its child {}", line.code);
        }
        assert!(paths.insert(line.path()), "{prison}: {} is there twice", line.path());
        if line.location_type == LocationType::Box {
            with_boxes.insert(line.prison_id.clone());
        }
        check_fields(&line);
        check_closure(&line);
        check_history(&line);
        check_kind(&line);
    }
    assert_eq!(with_boxes.len(), 122, "a prison without boxes was cut off");
}

/// The widths of NOMIS's columns (08 section 2.1), which are within those that sync takes (02 section 8).
fn check_fields(line: &MigratedLocation) {
    let id = line.prison_id.as_bytes();
    assert!(id.len() == 3 && id[2] == b'I' && id.iter().all(u8::is_ascii_uppercase));
    assert!((1..=12).contains(&line.code.len()), "{}", line.code);
    assert!(line.path().len() <= 150);
    assert!(line.local_name.as_ref().is_none_or(|name| (1..=40).contains(&name.len())), "{:?}", line.local_name);
    assert!(line.comments.as_ref().is_none_or(|text| (1..=240).contains(&text.len())));
    assert!((1..=32).contains(&line.last_updated_by.len()));
    if let Some(capacity) = line.capacity {
        assert!((0..=99).contains(&capacity.max_capacity));
        assert!((0..=capacity.max_capacity).contains(&capacity.working_capacity));
    }
    assert_eq!(line.attributes.iter().collect::<BTreeSet<_>>().len(), line.attributes.len(), "{}", line.path());
    let usages: BTreeSet<_> = line.usage.iter().map(|usage| usage.usage_type).collect();
    assert_eq!(usages.len(), line.usage.len());
}

fn check_closure(line: &MigratedLocation) {
    assert_eq!(line.is_deactivated, line.deactivation_reason.is_some());
    assert_eq!(line.is_deactivated, line.deactivated_date.is_some());
    assert!(line.create_date.date() <= layout::AS_OF);
    if let Some(since) = line.deactivated_date {
        assert!((line.create_date.date()..=layout::AS_OF).contains(&since));
        assert!(line.proposed_reactivation_date.is_none_or(|until| since <= until));
    } else {
        assert_eq!(line.proposed_reactivation_date, None);
    }
}

fn check_history(line: &MigratedLocation) {
    assert!(line.history.is_sorted_by_key(|change| change.amended_date));
    for change in &line.history {
        assert!(change.amended_date >= line.create_date && change.amended_date.date() <= layout::AS_OF);
        assert_ne!(change.old_values, change.new_values, "no row would be written");
        assert!(change.old_values.iter().chain(&change.new_values).all(|value| (1..=240).contains(&value.len())));
    }
}

/// Each kind has what it can hold, and nothing that the service would throw away (02 section 9).
fn check_kind(line: &MigratedLocation) {
    match Kind::of_new(line.residential_housing_type.is_some(), line.location_type, &line.code) {
        Kind::Cell => assert!(line.certification.is_some() && line.usage.is_empty() && !line.attributes.is_empty()),
        Kind::Virtual => assert!(line.capacity.is_some() && line.certification.is_none() && line.attributes.is_empty()),
        Kind::Residential => assert!(line.capacity.is_none() && line.certification.is_none() && line.usage.is_empty()),
        Kind::NonResidential => assert!(line.capacity.is_none() && line.attributes.is_empty()),
    }
}

#[test]
fn a_prison_has_everything_that_a_prison_has() {
    let leeds = lines(&one("LEI"));
    let types: BTreeSet<LocationType> = leeds.iter().map(|line| line.location_type).collect();
    for wanted in [
        LocationType::Wing,
        LocationType::Landing,
        LocationType::Cell,
        LocationType::Room,
        LocationType::HoldingCell,
        LocationType::Visits,
        LocationType::Table,
        LocationType::Classroom,
        LocationType::Workshop,
        LocationType::AdjudicationRoom,
        LocationType::VideoLink,
        LocationType::Store,
        LocationType::Box,
        LocationType::Sports,
        LocationType::FaithArea,
    ] {
        assert!(types.contains(&wanted), "{wanted:?}");
    }
    let housing: BTreeSet<_> =
        leeds.iter().filter(|l| l.is_cell()).filter_map(|l| l.residential_housing_type).collect();
    let with_cells = [
        ResidentialHousingType::Healthcare,
        ResidentialHousingType::HoldingCell,
        ResidentialHousingType::NormalAccommodation,
        ResidentialHousingType::Segregation,
    ];
    assert!(with_cells.iter().all(|housing_type| housing.contains(housing_type)));
    assert_eq!(leeds.iter().filter(|line| is_virtual_code(&line.code)).count(), 4);
    assert!(leeds.iter().any(|line| line.path() == "A-1-001" && line.is_cell()));
    let usages: BTreeSet<_> = leeds.iter().flat_map(|line| &line.usage).map(|usage| usage.usage_type).collect();
    assert!(usages.len() >= 7 && usages.contains(&NonResidentialUsageType::AdjudicationHearing));
}

#[test]
fn modern_prisons_have_spurs_and_victorian_ones_do_not() {
    let spurs = |id| lines(&one(id)).iter().filter(|line| line.location_type == LocationType::Spur).count();
    assert!(spurs("OWI") >= 16);
    assert_eq!(spurs("PVI"), 0);
}

#[test]
fn a_prison_is_the_same_alone_and_among_others() {
    let all = estate(&Options::default()).unwrap();
    let among: Vec<_> =
        all.skip_while(|line| line.prison_id != "BFI").take_while(|line| line.prison_id == "BFI").collect();
    assert_eq!(lines(&one("BFI")), among);
}

#[test]
fn any_order_has_the_same_lines_and_children_before_parents() {
    let in_order = lines(&one("LEI"));
    let shuffled = lines(&Options { shuffle: true, ..one("LEI") });
    assert_ne!(in_order, shuffled);
    let sorted = |lines: &[MigratedLocation]| lines.iter().map(MigratedLocation::path).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&in_order), sorted(&shuffled));
    let mut seen = HashSet::new();
    let early = shuffled.iter().filter(|line| {
        seen.insert(line.path());
        line.parent_location_path.as_ref().is_some_and(|parent| !seen.contains(parent))
    });
    assert!(early.count() > 500);
}

#[test]
fn a_larger_estate_has_prisons_that_do_not_exist_and_still_no_path_twice() {
    let mut paths = HashSet::new();
    let mut prisons = BTreeSet::new();
    for line in estate(&Options { locations: Some(230_000), ..Options::default() }).unwrap() {
        assert!(paths.insert((line.prison_id.clone(), line.path())));
        prisons.insert(line.prison_id);
    }
    assert_eq!(paths.len(), 230_000);
    assert!(prisons.len() > 122);
}

#[test]
fn a_prison_built_again_and_again_has_no_path_twice() {
    let mut paths = HashSet::new();
    for line in estate(&Options { locations: Some(20_000), ..one("DHI") }).unwrap() {
        assert!(line.code.len() <= 12);
        assert!(line.parent_location_path.as_ref().is_none_or(|parent| paths.contains(parent)));
        assert!(paths.insert(line.path()), "{}", line.path());
    }
    assert_eq!(paths.len(), 20_000);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let error = |options: Options| estate(&options).map(drop).unwrap_err();
    assert_eq!(error(one("XXI")), BadOptions::UnknownPrison("XXI".into()));
    let twice = Options { only: vec!["LEI".into(), "LEI".into()], ..Options::default() };
    assert_eq!(error(twice), BadOptions::NamedTwice("LEI".into()));
    for count in [0, 677] {
        let options = Options { prisons: Some(count), ..Options::default() };
        assert_eq!(error(options), BadOptions::NumberOfPrisons(count));
    }
}

#[test]
fn a_line_reads_back_as_what_was_written() {
    for line in lines(&one("KVI")) {
        let json = serde_json::to_string(&line).unwrap();
        assert!(!json.contains("null"), "{json}");
        assert_eq!(serde_json::from_str::<MigratedLocation>(&json).unwrap(), line);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_number_asked_for_is_delivered_with_every_parent(
        seed: u64, locations in 0_usize..6_000, prisons in 1_usize..130,
    ) {
        let options = Options { seed, locations: Some(locations), prisons: Some(prisons), ..Options::default() };
        let mut paths = HashSet::new();
        for line in estate(&options).unwrap() {
            if let Some(parent) = &line.parent_location_path {
                prop_assert!(paths.contains(&(line.prison_id.clone(), parent.clone())));
            }
            prop_assert!(paths.insert((line.prison_id.clone(), line.path())));
        }
        prop_assert_eq!(paths.len(), locations);
    }
}
