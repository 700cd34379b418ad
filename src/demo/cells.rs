//! What is in a cell: how many people it holds, its fittings, its use and its security.

use crate::domain::reference::ResidentialAttributeValue::{self as Attribute, *};
use crate::domain::reference::ResidentialHousingType;

use super::body::{MigratedCapacity, MigratedCertification, MigratedLocation};
use super::dice::Dice;
use super::prisons::Purpose;

/// The part of the prison that a cell is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Where most people live.
    Normal,
    /// A wing for people who need protection.
    Vulnerable,
    /// Where people spend their first nights.
    FirstNight,
    /// The care and separation unit.
    Segregation,
    /// Beds of the healthcare centre.
    Healthcare,
    /// Where people wait: cells that are holding rooms.
    Holding,
}

impl Unit {
    /// The housing type that NOMIS has for it.
    pub fn housing_type(self) -> ResidentialHousingType {
        match self {
            Self::Normal | Self::Vulnerable | Self::FirstNight => ResidentialHousingType::NormalAccommodation,
            Self::Segregation => ResidentialHousingType::Segregation,
            Self::Healthcare => ResidentialHousingType::Healthcare,
            Self::Holding => ResidentialHousingType::HoldingCell,
        }
    }
}

/// Max, working, certified normal accommodation.
type People = (i32, i32, i32);

const SINGLE: People = (1, 1, 1);
/// A single cell that two people live in, the commonest thing in a local prison.
const DOUBLED: People = (2, 2, 1);
/// A cell that two could live in and one does.
const SPARE_BED: People = (2, 1, 1);
const DOUBLE: People = (2, 2, 2);
const TREBLE: People = (3, 3, 2);
const DORMITORY: People = (4, 4, 4);

/// Fills in capacity, certification and attributes of a cell. `floor` counts from 1, the ground floor.
pub fn furnish(cell: &mut MigratedLocation, dice: &mut Dice, purpose: Purpose, unit: Unit, floor: usize) {
    let (max, working, certified_for) = people(dice, purpose, unit);
    cell.residential_housing_type = Some(unit.housing_type());
    if unit != Unit::Holding || dice.chance(500) {
        cell.capacity = Some(MigratedCapacity { max_capacity: max, working_capacity: working });
    }
    let certified = certified_for > 0 && !dice.chance(10);
    cell.certification = Some(MigratedCertification { certified, capacity_of_certified_cell: certified_for });
    cell.attributes = attributes(dice, purpose, unit, floor, max);
    special(cell, dice, unit);
}

/// How many people a cell holds.
fn people(dice: &mut Dice, purpose: Purpose, unit: Unit) -> People {
    let in_general: &[(usize, People)] = match purpose {
        Purpose::Local => &[(62, DOUBLED), (24, SINGLE), (5, SPARE_BED), (7, DOUBLE), (2, TREBLE)],
        Purpose::Training => &[(30, DOUBLED), (55, SINGLE), (6, SPARE_BED), (9, DOUBLE)],
        Purpose::LongTerm | Purpose::HighSecurity => &[(94, SINGLE), (4, SPARE_BED), (2, DOUBLED)],
        Purpose::Open | Purpose::WomenOpen => &[(78, SINGLE), (14, DOUBLE), (8, DORMITORY)],
        Purpose::Women => &[(70, SINGLE), (18, DOUBLED), (8, DOUBLE), (4, DORMITORY)],
        Purpose::Young => &[(88, SINGLE), (12, DOUBLED)],
    };
    match unit {
        Unit::Normal | Unit::Vulnerable => dice.weighted(in_general, SINGLE),
        Unit::FirstNight => dice.weighted(&[(70, DOUBLED), (30, SINGLE)], SINGLE),
        // Not counted as accommodation: people come here for some days and keep a place elsewhere.
        Unit::Segregation => dice.weighted(&[(80, (1, 0, 0)), (20, (1, 0, 1))], SINGLE),
        Unit::Healthcare => dice.weighted(&[(60, (1, 0, 0)), (25, (1, 1, 0)), (10, (1, 1, 1)), (5, (4, 4, 0))], SINGLE),
        Unit::Holding => dice.weighted(&[(50, (6, 0, 0)), (50, (12, 0, 0))], SINGLE),
    }
}

/// The profiles of a cell in NOMIS, without doubles.
fn attributes(dice: &mut Dice, purpose: Purpose, unit: Unit, floor: usize, max: i32) -> Vec<Attribute> {
    let mut found = Vec::with_capacity(8);
    fittings(dice, unit, max, &mut found);
    found.push(match max {
        ..=1 => SingleOccupancy,
        2 => DoubleOccupancy,
        _ => MultipleOccupancy,
    });
    if dice.chance(250) {
        found.push(NonSmokerCell);
    }
    if floor == 1 && dice.chance(60) {
        found.push(LocateFlat);
    }
    found.extend(use_of(dice, purpose, unit));
    found.extend(security(dice, purpose));
    found
}

/// Doors, beds, bells and screens.
fn fittings(dice: &mut Dice, unit: Unit, max: i32, found: &mut Vec<Attribute>) {
    if unit == Unit::Segregation {
        found.extend([AntiBarricadeDoor, FixedBed]);
    } else {
        found.push(if dice.chance(850) { MetalDoor } else { WoodenDoor });
        found.push(if dice.chance(600) { FixedBed } else { MovableBed });
    }
    found.push(if dice.chance(350) { AuditableCellBell } else { StandardCellBell });
    if max > 1 && dice.chance(700) {
        found.push(if dice.chance(600) { PrivacyCurtain } else { PrivacyScreen });
    }
    if dice.chance(120) {
        found.push(SeparateToilet);
    }
}

/// For whom a cell is meant.
fn use_of(dice: &mut Dice, purpose: Purpose, unit: Unit) -> Option<Attribute> {
    let meant_for = match (unit, purpose) {
        (Unit::Healthcare, _) => HealthcareCentre,
        (Unit::Vulnerable, _) => VulnerablePrisonerUnit,
        (Unit::Segregation, _) => SpecialUnit,
        (Unit::Holding, _) => return None,
        (_, Purpose::Local) => {
            dice.weighted(&[(50, UnconvictedAdults), (40, SentencedAdults), (10, LocalPrison)], SentencedAdults)
        }
        (_, Purpose::Training) => dice.weighted(&[(70, SentencedAdults), (30, ClosedPrison)], SentencedAdults),
        (_, Purpose::LongTerm | Purpose::HighSecurity | Purpose::Women) => SentencedAdults,
        (_, Purpose::Open | Purpose::WomenOpen) => OpenTraining,
        (_, Purpose::Young) => {
            dice.weighted(&[(60, Sentenced18To20), (20, Unconvicted18To20), (20, SentencedUnder18)], SentencedAdults)
        }
    };
    // Most prisons have not entered it for every cell.
    dice.chance(650).then_some(meant_for)
}

/// The category that a cell is fit for.
fn security(dice: &mut Dice, purpose: Purpose) -> Option<Attribute> {
    let category = match purpose {
        Purpose::Local | Purpose::LongTerm => CatB,
        Purpose::Training => CatC,
        Purpose::HighSecurity => dice.weighted(&[(55, CatA), (10, CatAHi), (35, CatB)], CatB),
        Purpose::Open => CatD,
        Purpose::Women => FemaleClosed,
        Purpose::WomenOpen => FemaleOpen,
        Purpose::Young => YoiClosed,
    };
    dice.chance(500).then_some(category)
}

/// The few cells that are for something special, and what staff call them.
fn special(cell: &mut MigratedLocation, dice: &mut Dice, unit: Unit) {
    let (attribute, name) = match unit {
        Unit::Segregation => dice.weighted(
            &[
                (70, (None, None)),
                (15, (Some(SpecialCell), Some("Special accommodation"))),
                (15, (Some(SafeCell), None)),
            ],
            (None, None),
        ),
        Unit::Healthcare => dice.weighted(
            &[
                (55, (None, None)),
                (25, (Some(ObservationCell), Some("Constant watch"))),
                (20, (Some(GatedCell), Some("Gated cell"))),
            ],
            (None, None),
        ),
        Unit::Holding => (None, Some("Holding room")),
        Unit::Normal | Unit::Vulnerable | Unit::FirstNight => dice.weighted(
            &[
                (930, (None, None)),
                (15, (Some(WheelchairAccess), Some("Adapted cell"))),
                (20, (Some(ListenerCell), Some("Listener cell"))),
                (25, (Some(SafeCell), Some("Safer cell"))),
                (5, (Some(GatedCell), Some("Constant supervision"))),
                (5, (Some(EListCell), None)),
            ],
            (None, None),
        ),
    };
    cell.local_name = name.map(str::to_owned);
    cell.attributes.extend(attribute);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::layout::Layout;
    use crate::demo::site::{Pool, sites};
    use crate::domain::reference::LocationType;
    use std::collections::BTreeSet;

    /// Many cells of one kind.
    fn cells(purpose: Purpose, unit: Unit) -> Vec<MigratedLocation> {
        let site = sites(Pool::first(1, 1), None).next().unwrap();
        let mut layout = Layout::new(site, Dice::new(1, "cells"));
        let blank = layout.add(None, "001", LocationType::Cell);
        let mut dice = Dice::new(1, "furniture");
        (0..2_000)
            .map(|n| {
                let mut cell = layout.body(blank).clone();
                furnish(&mut cell, &mut dice, purpose, unit, n % 4 + 1);
                cell
            })
            .collect()
    }

    const PURPOSES: [Purpose; 8] = [
        Purpose::Local,
        Purpose::Training,
        Purpose::LongTerm,
        Purpose::HighSecurity,
        Purpose::Open,
        Purpose::Women,
        Purpose::WomenOpen,
        Purpose::Young,
    ];

    #[test]
    fn nobody_works_above_the_maximum_and_no_attribute_is_there_twice() {
        for purpose in PURPOSES {
            for unit in [Unit::Normal, Unit::Vulnerable, Unit::FirstNight, Unit::Segregation, Unit::Healthcare] {
                for cell in cells(purpose, unit) {
                    let capacity = cell.capacity.unwrap();
                    assert!((1..=99).contains(&capacity.max_capacity));
                    assert!((0..=capacity.max_capacity).contains(&capacity.working_capacity));
                    assert!(cell.certification.unwrap().capacity_of_certified_cell <= capacity.max_capacity);
                    assert_eq!(cell.attributes.iter().collect::<BTreeSet<_>>().len(), cell.attributes.len());
                }
            }
        }
    }

    #[test]
    fn a_local_prison_is_crowded_and_a_high_security_one_is_not() {
        let shared =
            |purpose| cells(purpose, Unit::Normal).iter().filter(|c| c.capacity.unwrap().max_capacity > 1).count();
        assert!(shared(Purpose::Local) > 1_300);
        assert!(shared(Purpose::HighSecurity) < 200);
    }
}
