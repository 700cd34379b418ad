//! Everything in which nobody lives: visits, education, work, health, chapel, gym, offices, stores and property boxes.

use crate::domain::reference::{LocationType, NonResidentialUsageType as Usage};

use super::body::MigratedUsage;
use super::layout::Layout;
use super::prisons::Purpose;

/// A part of the prison at the top of its tree, with rooms below it.
struct Area {
    code: &'static str,
    name: &'static str,
    location_type: LocationType,
    rooms: &'static [Rooms],
}

/// Rooms of one kind: how many there are, and what for.
struct Rooms {
    /// The code; numbered when there is more than one.
    code: &'static str,
    /// Names, in order. When there are more rooms than names, the last name is numbered.
    names: &'static [&'static str],
    location_type: LocationType,
    usages: &'static [Usage],
    /// People for whom a usage is planned.
    capacity: Option<i32>,
    at_least: usize,
    /// How many more for a thousand cells.
    for_a_thousand_cells: usize,
}

const ACTIVITY: &[Usage] = &[Usage::ProgrammesActivities, Usage::Movement];
const LESSON: &[Usage] = &[Usage::ProgrammesActivities, Usage::Appointment];
const APPOINTMENT: &[Usage] = &[Usage::Appointment];
const VISIT: &[Usage] = &[Usage::Visit];
const INCIDENT: &[Usage] = &[Usage::Occurrence];

const fn rooms(
    code: &'static str,
    names: &'static [&'static str],
    location_type: LocationType,
    usages: &'static [Usage],
    capacity: Option<i32>,
    (at_least, for_a_thousand_cells): (usize, usize),
) -> Rooms {
    Rooms { code, names, location_type, usages, capacity, at_least, for_a_thousand_cells }
}

use LocationType as T;

/// What every prison has. What only closed prisons have is in [`CLOSED_AREAS`].
#[rustfmt::skip]
const AREAS: [Area; 12] = [
    Area { code: "VISITS", name: "Visits", location_type: T::Visits, rooms: &[
        rooms("SOCIAL", &["Social visits hall"], T::Visits, VISIT, Some(60), (1, 0)),
        rooms("TABLE", &["Visits table"], T::Table, VISIT, Some(4), (8, 30)),
        rooms("LEGAL", &["Legal visits room"], T::Visits, &[Usage::Visit, Usage::Appointment], Some(3), (1, 6)),
        rooms("PLAY", &["Children's play area"], T::Area, &[], None, (1, 0)),
    ] },
    Area { code: "VCC", name: "Video conferencing centre", location_type: T::VideoLink, rooms: &[
        rooms("ROOM", &["Video link room"], T::VideoLink, APPOINTMENT, Some(1), (1, 7)),
    ] },
    Area { code: "EDUC", name: "Education", location_type: T::TrainingArea, rooms: &[
        rooms("CLASS", &["English and maths", "ESOL", "IT suite", "Art room", "Classroom"], T::Classroom, LESSON, Some(12), (3, 12)),
        rooms("LIB", &["Library"], T::Location, LESSON, Some(15), (1, 0)),
        rooms("COOKERY", &["Cookery classroom"], T::TrainingRoom, ACTIVITY, Some(8), (1, 0)),
    ] },
    Area { code: "WORKS", name: "Industries", location_type: T::TrainingArea, rooms: &[
        rooms("WSHOP", &["Textiles", "Woodwork", "Laundry", "Recycling", "Bricklaying", "Painting and decorating", "Contract packing",
            "Engineering", "Print shop", "Plastering", "DHL workshop", "Barbering", "Workshop"], T::Workshop, ACTIVITY, Some(24), (2, 10)),
        rooms("TOOLS", &["Tool store"], T::Store, &[], None, (1, 2)),
    ] },
    Area { code: "PROGS", name: "Programmes", location_type: T::AdministrationArea, rooms: &[
        rooms("GROUP", &["Group room"], T::Group, LESSON, Some(10), (1, 5)),
        rooms("ONE2ONE", &["One to one room"], T::Interview, APPOINTMENT, Some(2), (1, 3)),
    ] },
    Area { code: "GYMN", name: "Gym", location_type: T::Sports, rooms: &[
        rooms("HALL", &["Sports hall"], T::Sports, ACTIVITY, Some(40), (1, 0)),
        rooms("WEIGHTS", &["Weights room"], T::Sports, ACTIVITY, Some(20), (1, 1)),
        rooms("PITCH", &["All weather pitch"], T::Sports, ACTIVITY, Some(30), (1, 0)),
    ] },
    Area { code: "CHAPEL", name: "Chaplaincy", location_type: T::FaithArea, rooms: &[
        rooms("MAIN", &["Chapel"], T::FaithArea, LESSON, Some(80), (1, 0)),
        rooms("MULTI", &["Multi-faith room"], T::FaithArea, LESSON, Some(40), (1, 1)),
        rooms("OFFICE", &["Chaplains' office"], T::Office, APPOINTMENT, None, (1, 0)),
    ] },
    Area { code: "HEALTH", name: "Healthcare", location_type: T::Location, rooms: &[
        rooms("CONSULT", &["GP room", "Nurse clinic", "Mental health clinic", "Consulting room"], T::Appointments, APPOINTMENT, Some(1), (2, 5)),
        rooms("DENTAL", &["Dental surgery"], T::Appointments, APPOINTMENT, Some(1), (1, 0)),
        rooms("HATCH", &["Medication hatch"], T::Position, &[Usage::Movement], None, (1, 4)),
        rooms("PHARM", &["Pharmacy store"], T::Store, &[], None, (1, 0)),
    ] },
    Area { code: "OMU", name: "Offender management unit", location_type: T::AdministrationArea, rooms: &[
        rooms("INTV", &["OMU interview room"], T::Interview, APPOINTMENT, Some(2), (1, 4)),
        rooms("OFFICE", &["OMU office"], T::Office, &[], None, (1, 3)),
        rooms("HUB", &["Resettlement hub"], T::Appointments, APPOINTMENT, Some(6), (1, 0)),
    ] },
    Area { code: "KITCHEN", name: "Kitchen", location_type: T::Workshop, rooms: &[
        rooms("MAIN", &["Main kitchen"], T::Workshop, ACTIVITY, Some(30), (1, 0)),
        rooms("STORE", &["Dry store", "Cold store", "Food store"], T::Store, &[], None, (2, 1)),
        rooms("MESS", &["Staff mess"], T::Area, INCIDENT, None, (1, 0)),
    ] },
    Area { code: "ADMIN", name: "Administration", location_type: T::AdministrationArea, rooms: &[
        rooms("OFFICE", &["Duty governor's office", "Security office", "Office"], T::Office, &[], None, (3, 8)),
        rooms("GATE", &["Gate lodge"], T::Position, INCIDENT, None, (1, 0)),
        rooms("PARTYIN", &["Works party"], T::InsideParty, ACTIVITY, Some(8), (1, 3)),
    ] },
    Area { code: "GROUNDS", name: "Grounds", location_type: T::InternalGrounds, rooms: &[
        rooms("YARD", &["Exercise yard"], T::ExerciseArea, &[Usage::Occurrence, Usage::Movement], None, (1, 5)),
        rooms("GARDEN", &["Gardens party"], T::OutsideParty, ACTIVITY, Some(10), (1, 2)),
        rooms("ROUTE", &["Main route"], T::MovementArea, INCIDENT, None, (1, 3)),
        rooms("PERIM", &["Perimeter"], T::ExternalGrounds, INCIDENT, None, (1, 0)),
    ] },
];

/// What open prisons do without.
#[rustfmt::skip]
const CLOSED_AREAS: [Area; 3] = [
    Area { code: "ADJUD", name: "Adjudications", location_type: T::AdministrationArea, rooms: &[
        rooms("ROOM", &["Adjudication room"], T::AdjudicationRoom, &[Usage::AdjudicationHearing, Usage::Occurrence], None, (1, 1)),
        rooms("WAIT", &["Adjudication waiting room"], T::HoldingArea, INCIDENT, None, (1, 1)),
    ] },
    Area { code: "VCLOSED", name: "Closed visits", location_type: T::Visits, rooms: &[
        rooms("BOOTH", &["Closed visits booth"], T::Booth, VISIT, Some(3), (2, 5)),
    ] },
    Area { code: "RTU", name: "Return to unit", location_type: T::ReturnToUnit, rooms: &[] },
];

/// Builds these areas, and fills the property store until the prison has all its locations. Where that is too many
/// already, in an estate that was asked to be small, what came last is taken away again.
pub fn build(layout: &mut Layout) {
    let closed = !matches!(layout.site.prison.purpose, Purpose::Open | Purpose::WomenOpen);
    for area in AREAS.iter().chain(CLOSED_AREAS.iter().filter(|_| closed)) {
        build_area(layout, area);
    }
    property(layout);
    let wanted = layout.site.locations;
    layout.places.truncate(wanted);
}

fn build_area(layout: &mut Layout, area: &Area) {
    let index = layout.add(None, area.code, area.location_type);
    layout.body(index).local_name = Some(area.name.to_owned());
    for kind in area.rooms {
        let more = layout.site.cells * kind.for_a_thousand_cells / 1000;
        let count = kind.at_least + if more > 3 { layout.dice.between(more * 4 / 5, more * 6 / 5) } else { more };
        for n in 1..=count {
            build_room(layout, index, kind, n, count);
        }
    }
}

fn build_room(layout: &mut Layout, area: usize, kind: &Rooms, n: usize, count: usize) {
    let code = if count == 1 { kind.code.to_owned() } else { format!("{}{n}", kind.code) };
    let index = layout.add(Some(area), &code, kind.location_type);
    let name = room_name(kind.names, n, count);
    // Rooms differ in size; a third of the capacities was never entered.
    let capacity = kind.capacity.filter(|_| !layout.dice.chance(330)).map(|people| {
        let quarter = usize::try_from(people / 4).unwrap_or(0);
        people - i32::try_from(layout.dice.below(quarter + 1)).unwrap_or(0)
    });
    let body = layout.body(index);
    body.local_name = Some(name);
    body.usage = (1..)
        .zip(kind.usages)
        .map(|(sequence, usage_type)| MigratedUsage { usage_type: *usage_type, capacity, sequence })
        .collect();
}

/// The name of the `n`th of `count` rooms.
fn room_name(names: &[&str], n: usize, count: usize) -> String {
    match names {
        [only] if count == 1 => (*only).to_owned(),
        [.., last] if n >= names.len() => format!("{last} {}", n + 1 - names.len()),
        _ => names.get(n - 1).copied().unwrap_or_default().to_owned(),
    }
}

/// Boxes to a shelf of the property store.
const BOXES_ON_A_SHELF: usize = 40;

/// The property store: shelves with boxes, as many as are missing to the number of locations of the site.
fn property(layout: &mut Layout) {
    let store = layout.add(None, "PROP", T::Store);
    layout.body(store).local_name = Some("Property store".to_owned());
    let mut shelf = store;
    for n in 0.. {
        if layout.places.len() >= layout.site.locations {
            return;
        }
        if n % BOXES_ON_A_SHELF == 0 {
            shelf = layout.add(Some(store), &format!("S{:02}", n / BOXES_ON_A_SHELF + 1), T::Shelf);
            layout.body(shelf).local_name = Some(format!("Shelf {}", n / BOXES_ON_A_SHELF + 1));
        }
        let property = MigratedUsage { usage_type: Usage::Property, capacity: Some(1), sequence: 99 };
        let index = layout.add(Some(shelf), &format!("BOX{:04}", n + 1), T::Box);
        layout.body(index).usage.push(property);
    }
}
