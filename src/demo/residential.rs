//! Wings, spurs, landings, cells and the rooms on a landing; the units that are not ordinary; the virtual locations.

use crate::domain::reference::{LocationType, NonResidentialUsageType as Usage, ResidentialHousingType as HousingType};

use super::body::{MigratedCapacity, MigratedUsage};
use super::cells::{Unit, furnish};
use super::layout::Layout;
use super::prisons::{Building, Purpose};

/// How large the parts of a building are, in cells.
struct Shape {
    wing: usize,
    landing: usize,
    /// Of a thousand wings, how many have spurs.
    spurs: usize,
}

fn shape(building: Building) -> Shape {
    match building {
        Building::Radial => Shape { wing: 140, landing: 30, spurs: 0 },
        Building::Houseblocks => Shape { wing: 200, landing: 18, spurs: 1000 },
        Building::Wings => Shape { wing: 80, landing: 20, spurs: 300 },
        Building::Units => Shape { wing: 40, landing: 20, spurs: 0 },
    }
}

/// Builds everything in which people live or wait: exactly the cells of the site.
pub fn build(layout: &mut Layout) {
    let (cells, purpose) = (layout.site.cells, layout.site.prison.purpose);
    let segregation = segregation_cells(cells, purpose);
    let beds = healthcare_beds(layout, cells, purpose);
    let holding = if cells >= 40 { 2 + cells / 300 } else { 0 };
    wings(layout, cells - segregation - beds - holding);
    if segregation > 0 {
        let (code, name) = layout.dice.weighted(
            &[(70, ("CSU", "Care and separation unit")), (30, ("SEG", "Segregation unit"))],
            ("CSU", "Care and separation unit"),
        );
        special_unit(layout, code, name, Unit::Segregation, segregation);
    }
    if beds > 0 {
        special_unit(layout, "HCC", "Healthcare centre", Unit::Healthcare, beds);
    }
    if cells >= 40 {
        reception(layout, holding);
    }
    // The codes below make a location virtual only as they are, not with the number of a later round before them.
    if layout.site.round == 0 && cells > 0 {
        virtual_locations(layout);
    }
}

fn segregation_cells(cells: usize, purpose: Purpose) -> usize {
    match purpose {
        Purpose::WomenOpen => 0,
        Purpose::Open => (cells / 200).min(4),
        _ if cells < 40 => 0,
        _ => (cells / 55).clamp(3, 30),
    }
}

fn healthcare_beds(layout: &mut Layout, cells: usize, purpose: Purpose) -> usize {
    let has_beds = match purpose {
        Purpose::Local | Purpose::HighSecurity | Purpose::Women => true,
        Purpose::Training | Purpose::LongTerm | Purpose::Young => layout.dice.chance(350),
        Purpose::Open | Purpose::WomenOpen => false,
    };
    if has_beds && cells >= 100 { (cells / 70).clamp(4, 24) } else { 0 }
}

/// Letters of wings: without I and O, which look like digits.
const LETTERS: [char; 24] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y',
    'Z',
];

/// Names of units where wings have names: trees.
const TREES: [&str; 20] = [
    "Ash", "Beech", "Cedar", "Elm", "Fir", "Hawthorn", "Hazel", "Holly", "Larch", "Lime", "Maple", "Oak", "Pine",
    "Poplar", "Rowan", "Spruce", "Sycamore", "Walnut", "Willow", "Yew",
];

/// Code and local name of the `n`th wing, counted from 0.
fn wing_name(building: Building, n: usize) -> (String, String) {
    match (building, LETTERS.get(n), TREES.get(n)) {
        (Building::Houseblocks, ..) => (format!("HB{}", n + 1), format!("Houseblock {}", n + 1)),
        (Building::Units, _, Some(tree)) => (tree.to_uppercase(), format!("{tree} unit")),
        (Building::Units, _, None) => (format!("UNIT{}", n + 1), format!("Unit {}", n + 1)),
        (_, Some(letter), _) => (letter.to_string(), format!("{letter} wing")),
        (_, None, _) => (format!("W{}", n + 1), format!("Wing {}", n + 1)),
    }
}

/// The wings where most people live.
fn wings(layout: &mut Layout, cells: usize) {
    if cells == 0 {
        return;
    }
    let building = layout.site.prison.building;
    let shape = shape(building);
    let sizes = layout.dice.split(cells, cells.div_ceil(shape.wing));
    let protects = layout.site.prison.purpose != Purpose::Open && sizes.len() > 2;
    let count = sizes.len();
    for (n, size) in sizes.into_iter().enumerate() {
        let (code, name) = wing_name(building, n);
        let (unit, note) = match n {
            0 if count > 1 => (Unit::FirstNight, " (first night and induction)"),
            _ if protects && n + 1 == count => (Unit::Vulnerable, " (VP)"),
            _ => (Unit::Normal, ""),
        };
        let wing = layout.add(None, &code, LocationType::Wing);
        let body = layout.body(wing);
        body.local_name = Some(format!("{name}{note}"));
        body.residential_housing_type = Some(HousingType::NormalAccommodation);
        if layout.dice.chance(shape.spurs) {
            spurs(layout, wing, unit, size, shape.landing);
        } else {
            landings(layout, wing, unit, size, shape.landing);
        }
    }
}

/// Two to four spurs, each with landings.
fn spurs(layout: &mut Layout, wing: usize, unit: Unit, cells: usize, landing: usize) {
    let count = (cells / (landing * 3)).clamp(2, 4);
    let sizes = layout.dice.split(cells, count);
    for (size, letter) in sizes.into_iter().zip(LETTERS) {
        let spur = layout.add(Some(wing), &letter.to_string(), LocationType::Spur);
        let body = layout.body(spur);
        body.local_name = Some(format!("Spur {letter}"));
        body.residential_housing_type = Some(HousingType::NormalAccommodation);
        landings(layout, spur, unit, size, landing);
    }
}

/// Landings of about `landing` cells below a wing, a spur or a unit.
fn landings(layout: &mut Layout, parent: usize, unit: Unit, cells: usize, landing: usize) {
    let sizes = layout.dice.split(cells, cells.div_ceil(landing));
    let named = layout.dice.chance(600);
    for (n, size) in sizes.into_iter().enumerate() {
        let floor = n + 1;
        let index = layout.add(Some(parent), &floor.to_string(), LocationType::Landing);
        let body = layout.body(index);
        body.residential_housing_type = Some(unit.housing_type());
        if named {
            let storey = if floor == 1 { " (ground floor)" } else { "" };
            body.local_name = Some(format!("Landing {floor}{storey}"));
        }
        cells_of(layout, index, unit, size, floor);
        rooms(layout, index, unit);
    }
}

/// The cells of a landing: 001, 002, ...
fn cells_of(layout: &mut Layout, landing: usize, unit: Unit, cells: usize, floor: usize) {
    let purpose = layout.site.prison.purpose;
    for n in 1..=cells {
        let index = layout.add(Some(landing), &format!("{n:03}"), LocationType::Cell);
        let Layout { places, dice, .. } = layout;
        furnish(&mut places[index].body, dice, purpose, unit, floor);
    }
}

/// A room that landings have.
struct LandingRoom {
    code: &'static str,
    name: &'static str,
    location_type: LocationType,
    /// Of a thousand landings, how many have one.
    of_a_thousand: usize,
    /// Not residential, with this use. Residential rooms have none.
    usage: Option<Usage>,
}

const fn room(
    code: &'static str,
    name: &'static str,
    location_type: LocationType,
    of_a_thousand: usize,
    usage: Option<Usage>,
) -> LandingRoom {
    LandingRoom { code, name, location_type, of_a_thousand, usage }
}

const LANDING_ROOMS: [LandingRoom; 8] = [
    room("SHWR", "Showers", LocationType::Room, 850, None),
    room("RECESS", "Recess", LocationType::Room, 400, None),
    room("SERVERY", "Servery", LocationType::Room, 350, None),
    room("STORE", "Kit store", LocationType::Store, 450, None),
    room("TREAT", "Treatment room", LocationType::Medical, 150, None),
    room("ASSOC", "Association area", LocationType::Association, 500, Some(Usage::Occurrence)),
    room("OFF", "Landing office", LocationType::Office, 600, Some(Usage::Movement)),
    room("INTV", "Interview room", LocationType::Interview, 350, Some(Usage::Appointment)),
];

/// The rooms of a landing, each with some likelihood.
fn rooms(layout: &mut Layout, landing: usize, unit: Unit) {
    for room in &LANDING_ROOMS {
        if !layout.dice.chance(room.of_a_thousand) {
            continue;
        }
        let index = layout.add(Some(landing), room.code, room.location_type);
        let body = layout.body(index);
        body.local_name = Some(room.name.to_owned());
        match room.usage {
            Some(usage_type) => body.usage.push(MigratedUsage { usage_type, capacity: None, sequence: 99 }),
            None => body.residential_housing_type = Some(unit.housing_type()),
        }
    }
}

/// Care and separation, healthcare: one small wing with landings of up to sixteen cells.
fn special_unit(layout: &mut Layout, code: &str, name: &str, unit: Unit, cells: usize) {
    let wing = layout.add(None, code, LocationType::Wing);
    let body = layout.body(wing);
    body.local_name = Some(name.to_owned());
    body.residential_housing_type = Some(unit.housing_type());
    landings(layout, wing, unit, cells, 16);
}

/// Reception: an area with holding rooms that NOMIS has as cells, and one with holding cells that it has as rooms.
fn reception(layout: &mut Layout, holding: usize) {
    let area = layout.add(None, "RCPTN", LocationType::HoldingArea);
    let body = layout.body(area);
    body.local_name = Some("Reception".to_owned());
    body.residential_housing_type = Some(HousingType::Reception);
    for n in 1..=holding {
        let index = layout.add(Some(area), &format!("HOLD{n}"), LocationType::Cell);
        let Layout { places, dice, .. } = layout;
        furnish(&mut places[index].body, dice, Purpose::Local, Unit::Holding, 1);
    }
    for n in 1..=2 {
        let index = layout.add(Some(area), &format!("WAIT{n}"), LocationType::HoldingCell);
        let body = layout.body(index);
        body.local_name = Some(format!("Waiting room {n}"));
        body.residential_housing_type = Some(HousingType::Reception);
    }
}

/// Where people are who are in the prison's care but not in a cell of it (01 section 3.1).
fn virtual_locations(layout: &mut Layout) {
    for (code, name, housing_type, places) in [
        ("RECP", "Reception", HousingType::Reception, 50),
        ("COURT", "Court", HousingType::OtherUse, 99),
        ("TAP", "Temporary absence", HousingType::OtherUse, 99),
        ("CSWAP", "Cell swap", HousingType::OtherUse, 99),
    ] {
        let index = layout.add(None, code, LocationType::Area);
        let body = layout.body(index);
        body.local_name = Some(name.to_owned());
        body.residential_housing_type = Some(housing_type);
        body.capacity = Some(MigratedCapacity { max_capacity: places, working_capacity: 0 });
    }
}
