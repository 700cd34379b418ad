//! Every row of the tables of 08 section 3, both ways and in both profiles, and what is lost on the way.

use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

use super::canonical::{of_dps, of_nomis};
use super::codes::{ATTRIBUTES, HOUSING_TYPES, LOCATION_TYPES, OLD_LOCATION_TYPES, REASONS_IN, USAGES};
use super::rules::Rules;
use super::to_dps::{attribute_in, location_type_in, stored_reason, usage_in};
use super::{to_dps, to_nomis};
use crate::clients::locations::{Capacity, LegacyLocation, Upsert, Usage};
use crate::clients::nomis::{self, NomisLocation, Profile};
use crate::common::settings::Profile as Behaviour;

fn live() -> Rules {
    Rules::of(Behaviour::Live)
}

fn fixed() -> Rules {
    Rules::of(Behaviour::Fixed)
}

/// An active cell of DPS.
fn cell() -> LegacyLocation {
    LegacyLocation {
        id: Uuid::from_u128(1),
        prison_id: "LEI".into(),
        code: "001".into(),
        path_hierarchy: "A-1-001".into(),
        location_type: "CELL".into(),
        residential_housing_type: Some("NORMAL_ACCOMMODATION".into()),
        local_name: None,
        comments: None,
        ignore_working_capacity: false,
        capacity: Some(Capacity { max_capacity: 2, working_capacity: 1, certified_normal_accommodation: Some(1) }),
        certified_cell: Some(true),
        attributes: Some(Vec::new()),
        usage: None,
        internal_movement_allowed: None,
        order_within_parent_location: Some(3),
        active: true,
        deactivated_date: None,
        deactivated_reason: None,
        proposed_reactivation_date: None,
        permanently_deactivated: false,
        parent_id: Some(Uuid::from_u128(2)),
        key: "LEI-A-1-001".into(),
    }
}

/// A visits room of DPS.
fn visits() -> LegacyLocation {
    LegacyLocation {
        code: "VISIT".into(),
        path_hierarchy: "VISIT".into(),
        key: "LEI-VISIT".into(),
        location_type: "VISITS".into(),
        residential_housing_type: None,
        capacity: None,
        certified_cell: None,
        attributes: None,
        usage: Some(vec![Usage { usage_type: "VISIT".into(), capacity: Some(12), sequence: 1 }]),
        internal_movement_allowed: Some(true),
        parent_id: None,
        ..cell()
    }
}

/// What NOMIS has after a create and, if it is inactive, the deactivation that follows.
fn in_nomis(dps: &LegacyLocation, rules: Rules) -> NomisLocation {
    let create = to_nomis::create(dps, Some(7), rules).unwrap().body;
    let common = create.common;
    let closed = to_nomis::deactivation(dps, rules);
    NomisLocation {
        location_id: 5,
        prison_id: create.prison_id,
        location_type: common.location_type,
        location_code: common.location_code,
        description: common.description,
        parent_location_id: common.parent_location_id,
        user_description: common.user_description,
        comment: common.comment,
        unit_type: common.unit_type,
        list_sequence: common.list_sequence,
        capacity: create.capacity.capacity,
        operational_capacity: create.capacity.operational_capacity,
        cna_capacity: Some(create.certification.cna_capacity),
        certified: create.certification.certified,
        tracking: common.tracking.unwrap_or(true),
        active: common.active,
        deactivate_date: closed.deactivate_date.filter(|_| !dps.active),
        reason_code: closed.reason_code.filter(|_| !dps.active),
        reactivate_date: closed.reactivate_date.filter(|_| !dps.active),
        profiles: common.profiles,
        usages: common.usages,
        create_username: "DPS".into(),
        ..NomisLocation::default()
    }
}

fn back(nomis: &NomisLocation, current: Option<&LegacyLocation>, rules: Rules) -> Upsert {
    to_dps::upsert(nomis, Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)), current, rules).unwrap().body
}

#[test]
fn location_types_go_both_ways_and_old_ones_come_in() {
    for (dps, code) in LOCATION_TYPES {
        let mut location = visits();
        location.location_type = dps.into();
        assert_eq!(to_nomis::create(&location, None, live()).unwrap().body.common.location_type, code);
        assert_eq!(location_type_in(code), Some(dps));
    }
    for (dps, code) in OLD_LOCATION_TYPES {
        assert_eq!(location_type_in(code), Some(dps));
    }
    let unknown = NomisLocation { location_type: "CASTLE".into(), ..in_nomis(&cell(), live()) };
    assert!(to_dps::upsert(&unknown, None, None, None, fixed()).is_err());
}

#[test]
fn an_old_type_stays_in_nomis_when_it_means_the_same_in_fixed_only() {
    let mut wing = cell();
    wing.location_type = "WING".into();
    let current = NomisLocation { location_type: "BLK".into(), ..in_nomis(&wing, live()) };
    let sent = |rules| to_nomis::update(&wing, None, Some(&current), rules).unwrap().body.location_type;
    assert_eq!((sent(live()), sent(fixed())), ("WING".to_owned(), "BLK".to_owned()));
}

#[test]
fn housing_types_go_both_ways() {
    for (dps, code) in HOUSING_TYPES {
        let mut location = cell();
        location.residential_housing_type = Some(dps.into());
        let nomis = in_nomis(&location, live());
        assert_eq!(nomis.unit_type.as_deref(), Some(code));
        assert_eq!(back(&nomis, None, live()).residential_housing_type.as_deref(), Some(dps));
    }
    let nomis = in_nomis(&visits(), live());
    assert_eq!((nomis.unit_type.clone(), back(&nomis, None, live()).residential_housing_type), (None, None));
}

#[test]
fn usages_go_both_ways_and_oth_comes_in_as_other() {
    for (dps, code) in USAGES {
        let mut location = visits();
        location.usage = Some(vec![Usage { usage_type: dps.into(), capacity: None, sequence: 4 }]);
        let nomis = in_nomis(&location, live());
        assert_eq!(nomis.usages[0].internal_location_usage_type, code);
        assert_eq!(Some(back(&nomis, None, live()).usage), location.usage);
    }
    assert_eq!(usage_in("OTH"), Some("OTHER"));
    let mut location = visits();
    location.usage = Some(vec![Usage { usage_type: "OTHER".into(), capacity: None, sequence: 0 }]);
    let oth = nomis::Usage { internal_location_usage_type: "OTH".into(), capacity: None, sequence: None };
    let current = NomisLocation { usages: vec![oth.clone()], ..in_nomis(&location, live()) };
    let kept = to_nomis::update(&location, None, Some(&current), fixed()).unwrap().body.usages;
    assert_eq!(kept, [oth], "neither the name nor the missing sequence is written over");
    let sent = to_nomis::update(&location, None, Some(&current), live()).unwrap().body.usages;
    assert_eq!((sent[0].internal_location_usage_type.as_str(), sent[0].sequence), ("OTHER", Some(0)));
}

#[test]
fn reasons_have_two_independent_lists() {
    let out = |reason: &str, rules| to_nomis::reason(reason, rules);
    for (reason, code) in [
        ("DAMAGED", "J"),
        ("MAINTENANCE", "G"),
        ("MOTHBALLED", "I"),
        ("REFURBISHMENT", "D"),
        ("STAFF_SHORTAGE", "H"),
        ("OTHER", "F"),
    ] {
        assert_eq!((out(reason, live()), out(reason, fixed())), (Some(code), Some(code)));
    }
    for (reason, code) in
        [("NEW_BUILD", "A"), ("CONVERT_CELL_TO_ROOM", "C"), ("DAMP", "K"), ("PEST", "K"), ("SECURITY_SEALED", "K")]
    {
        assert_eq!((out(reason, live()), out(reason, fixed())), (None, Some(code)));
    }
    for (code, sent, stored) in REASONS_IN {
        let nomis = NomisLocation { active: false, reason_code: Some(code.into()), ..in_nomis(&cell(), live()) };
        assert_eq!(back(&nomis, None, live()).deactivation_reason.as_deref(), Some(sent));
        assert_eq!(stored_reason(Some(code)), stored);
    }
    let none = NomisLocation { active: false, reason_code: None, ..in_nomis(&cell(), live()) };
    let body = back(&none, None, live());
    assert_eq!((body.deactivation_reason.as_deref(), body.is_deactivated), (Some("OTHER"), true));
    let active = back(&NomisLocation { active: true, ..none }, None, live());
    assert_eq!((active.deactivation_reason, active.is_deactivated), (None, false));
}

#[test]
fn attributes_go_both_ways() {
    for (dps, kind, code) in ATTRIBUTES {
        let mut location = cell();
        location.attributes = Some(vec![dps.into()]);
        let profile = Profile { profile_type: kind.into(), profile_code: code.into() };
        assert_eq!(in_nomis(&location, fixed()).profiles, std::slice::from_ref(&profile));
        assert_eq!(attribute_in(&profile, live()), Some(dps));
    }
    for (kind, code, dps) in [
        ("HOU_USED_FOR", "V", Some("VULNERABLE_PRISONER_UNIT")),
        ("HOU_USED_FOR", "H", Some("NATIONAL_RESOURCE_HOSPITAL")),
        ("SUP_LVL_TYPE", "NA", Some("NOT_APPLICABLE")),
        ("HOU_USED_FOR", "S", None),
        ("HOU_UNIT_ATT", "LISTENER", None),
        ("NON_ASSO_TYP", "CELL", None),
    ] {
        let profile = Profile { profile_type: kind.into(), profile_code: code.into() };
        assert_eq!(attribute_in(&profile, live()), dps, "{code}");
    }
    let strange = Profile { profile_type: "HOU_COLOUR".into(), profile_code: "RED".into() };
    let nomis = NomisLocation { profiles: vec![strange], ..in_nomis(&cell(), live()) };
    assert!(to_dps::upsert(&nomis, None, None, None, fixed()).is_err());
}

#[test]
fn safe_cell_is_lost_in_live_and_survives_in_fixed() {
    let mut location = cell();
    location.attributes = Some(vec!["SAFE_CELL".into()]);
    let returned = |rules| back(&in_nomis(&location, rules), None, rules).attributes;
    assert_eq!(returned(live()), Vec::<String>::new());
    assert_eq!(returned(fixed()), ["SAFE_CELL"]);
}

#[test]
fn attributes_without_a_code_stop_live_and_are_reported_by_fixed() {
    for name in ["ELIGIBLE", "INELIGIBLE", "CELL", "LANDING", "WING"] {
        let mut location = cell();
        location.attributes = Some(vec![name.into(), "CAT_A".into()]);
        assert_eq!(to_nomis::create(&location, None, live()).unwrap_err().value, name);
        let translated = to_nomis::create(&location, None, fixed()).unwrap();
        assert_eq!((translated.body.common.profiles.len(), translated.left_out[0].value.as_str()), (1, name));
    }
}

#[test]
fn what_nomis_alone_holds_stays_in_fixed_only() {
    let profile = |kind: &str, code: &str| Profile { profile_type: kind.into(), profile_code: code.into() };
    let (unknown, other) = (profile("HOU_USED_FOR", "S"), profile("NON_ASSO_TYP", "WING"));
    let taken = profile("HOU_UNIT_ATT", "LF");
    let current = NomisLocation { profiles: vec![unknown.clone(), other.clone(), taken], ..in_nomis(&cell(), live()) };
    let sent = |rules| to_nomis::update(&cell(), None, Some(&current), rules).unwrap().body.profiles;
    assert_eq!(sent(live()), []);
    assert_eq!(sent(fixed()), [unknown, other], "but what DPS knows, it takes away");
}

#[test]
fn long_texts_are_cut_and_do_not_come_back_shorter_in_fixed() {
    let mut location = cell();
    location.local_name = Some("n".repeat(60));
    location.comments = Some("c".repeat(250));
    let nomis = in_nomis(&location, live());
    assert_eq!(nomis.user_description.unwrap().len(), 60, "NOMIS refuses it");
    let nomis = in_nomis(&location, fixed());
    let lengths = (nomis.user_description.clone().unwrap().len(), nomis.comment.clone().unwrap().len());
    assert_eq!(lengths, (40, 240));
    let body = back(&nomis, Some(&location), fixed());
    assert_eq!((body.local_name, body.comments), (location.local_name.clone(), location.comments.clone()));
    let changed = NomisLocation { user_description: Some("new".into()), ..nomis };
    assert_eq!(back(&changed, Some(&location), fixed()).local_name.as_deref(), Some("new"));
}

#[test]
fn numbers_that_nomis_lacks_are_nought_or_not_sent() {
    let nomis = NomisLocation { capacity: None, cna_capacity: None, ..in_nomis(&cell(), live()) };
    let capacity = back(&nomis, None, live()).capacity.unwrap();
    assert_eq!(
        (capacity.max_capacity, capacity.working_capacity, capacity.certified_normal_accommodation),
        (0, 1, None)
    );
    let none = NomisLocation { operational_capacity: None, ..nomis };
    assert_eq!(back(&none, None, live()).capacity, None);
}

#[test]
fn dates_of_a_closure_are_sent_while_it_is_closed_only() {
    let day = NaiveDate::from_ymd_opt(2024, 6, 1);
    let closed = NomisLocation {
        active: false,
        deactivate_date: day,
        reactivate_date: day,
        reason_code: Some("G".into()),
        ..in_nomis(&cell(), live())
    };
    let body = back(&closed, None, live());
    assert_eq!((body.deactivated_date, body.proposed_reactivation_date), (day, day));
    let open = back(&NomisLocation { active: true, ..closed }, None, live());
    assert_eq!((open.deactivated_date, open.proposed_reactivation_date), (None, None));
}

#[test]
fn the_user_is_who_changed_it_last_or_made_it() {
    let mut nomis = in_nomis(&cell(), live());
    assert_eq!(back(&nomis, None, live()).last_updated_by, "DPS");
    nomis.modify_username = Some("SOMEBODY".into());
    assert_eq!(back(&nomis, None, live()).last_updated_by, "SOMEBODY");
}

#[test]
fn the_canonical_form_is_that_of_the_services_documentation() {
    let document = include_str!("../../../docs/reconciliation.md");
    let mut location = cell();
    location.order_within_parent_location = None;
    location.comments = Some("near the caf\u{e9}".into());
    location.attributes = Some(vec!["SAFE_CELL".into(), "CAT_A".into(), "WING".into()]);
    let mut nomis = in_nomis(&location, fixed());
    // Order and unknown codes do not matter.
    nomis.profiles.reverse();
    nomis.profiles.push(Profile { profile_type: "NON_ASSO_TYP".into(), profile_code: "WING".into() });
    for canonical in [of_dps(&location), of_nomis(&nomis, "LEI-A-1-001".into())] {
        let shown = canonical.0.join("|");
        assert!(document.contains(&shown), "{shown}");
    }
    let wing = LegacyLocation {
        location_type: "WING".into(),
        local_name: Some("A wing".into()),
        key: "LEI-A".into(),
        order_within_parent_location: None,
        ..cell()
    };
    let hash = format!("{:032x}", of_dps(&wing).hash());
    assert!(document.contains(&hash), "{hash}");
}

/// Any location of DPS that NOMIS can hold without loss of an attribute.
fn any_location() -> impl Strategy<Value = LegacyLocation> {
    let name = proptest::option::of("[a-zA-Z][a-zA-Z0-9 ]{0,70}");
    let comment = proptest::option::of("[a-zA-Z][a-zA-Z0-9 ]{0,250}");
    let reasons = prop::sample::select(vec![
        "DAMAGED",
        "DAMP",
        "MAINTENANCE",
        "MOTHBALLED",
        "PEST",
        "REFURBISHMENT",
        "SECURITY_SEALED",
        "STAFF_SHORTAGE",
        "NEW_BUILD",
        "CONVERT_CELL_TO_ROOM",
        "OTHER",
    ]);
    let names: Vec<&str> = ATTRIBUTES.iter().map(|(dps, ..)| *dps).collect();
    let attributes = prop::collection::btree_set(prop::sample::select(names), 0..5);
    let usages: Vec<&str> = USAGES.iter().map(|(dps, _)| *dps).collect();
    let usage = (prop::sample::select(usages), proptest::option::of(0..99i32), 0..99i32);
    let usages = prop::collection::vec(usage, 0..4);
    let numbers = (0..99i32, 0..99i32, 0..99i32, proptest::option::of(0..999i32));
    let kinds = prop::sample::select(vec![Some("CELL"), Some("LANDING"), None]);
    (name, comment, kinds, numbers, attributes, usages, reasons, any::<[bool; 3]>()).prop_map(
        |(local_name, comments, kind, (max, working, cna, order), attributes, usages, reason, flags)| {
            let [active, certified, tracking] = flags;
            let mut location = if kind.is_some() { cell() } else { visits() };
            location.location_type = kind.unwrap_or("VISITS").into();
            location.ignore_working_capacity = kind == Some("LANDING");
            (location.local_name, location.comments) = (local_name, comments);
            location.order_within_parent_location = order;
            location.active = active;
            if kind.is_some() {
                location.capacity = Some(Capacity {
                    max_capacity: max,
                    working_capacity: working,
                    certified_normal_accommodation: Some(cna),
                });
                location.certified_cell = Some(certified);
                location.attributes = Some(attributes.into_iter().map(str::to_owned).collect());
                location.deactivated_reason = (!active).then(|| reason.to_owned());
            } else {
                location.internal_movement_allowed = Some(tracking);
                let mut once = std::collections::BTreeMap::new();
                for (name, capacity, sequence) in usages {
                    once.insert(name, (capacity, sequence));
                }
                let usage = |(name, (capacity, sequence)): (&str, (Option<i32>, i32))| Usage {
                    usage_type: name.to_owned(),
                    capacity,
                    sequence,
                };
                location.usage = Some(once.into_iter().map(usage).collect());
            }
            location
        },
    )
}

proptest! {
    /// What goes out and comes back in profile `fixed` is the same, but for: the reason, of which its class survives (L5, L6); the length of
    /// texts, which the text that DPS holds restores (L14); numbers of locations that are no cells, which the comparison leaves out (L12, L20).
    #[test]
    fn a_round_trip_loses_only_what_the_list_says(location in any_location()) {
        let nomis = in_nomis(&location, fixed());
        let sent = back(&nomis, Some(&location), fixed());
        prop_assert_eq!(&sent.local_name, &location.local_name);
        prop_assert_eq!(&sent.comments, &location.comments);
        prop_assert_eq!(&sent.location_type, &location.location_type);
        prop_assert_eq!(&sent.residential_housing_type, &location.residential_housing_type);
        prop_assert_eq!(sent.order_within_parent_location, location.order_within_parent_location);
        if let Some(capacity) = location.capacity {
            prop_assert_eq!(sent.capacity, Some(capacity));
            prop_assert_eq!(Some(sent.certified_cell), location.certified_cell);
            let mut attributes = location.attributes.clone().unwrap();
            attributes.sort();
            prop_assert_eq!(sent.attributes, attributes);
        } else {
            let mut usages = sent.usage.clone();
            usages.sort_by(|a, b| a.usage_type.cmp(&b.usage_type));
            prop_assert_eq!(Some(usages), location.usage.clone());
            prop_assert_eq!(Some(sent.internal_movement_allowed), location.internal_movement_allowed);
        }
        prop_assert_eq!(sent.is_deactivated, !location.active);
        prop_assert_eq!(of_nomis(&nomis, location.key.clone()), of_dps(&location));
    }

    #[test]
    fn what_is_written_to_nomis_is_not_written_twice(location in any_location()) {
        let nomis = in_nomis(&location, fixed());
        let again = to_nomis::update(&location, Some(7), Some(&nomis), fixed()).unwrap().body;
        prop_assert_eq!(again.profiles, nomis.profiles);
        prop_assert_eq!(again.usages, nomis.usages);
        prop_assert_eq!(again.user_description, nomis.user_description);
    }
}
