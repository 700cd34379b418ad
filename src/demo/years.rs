//! What the years do to a prison: parts of it go out of use, things are changed, staff leave notes.

use chrono::{Days, NaiveDate, NaiveDateTime};

use crate::domain::reference::{LocationAttribute, LocationType, NomisDeactivatedReason as Reason};

use super::body::{MigratedChange, MigratedLocation};
use super::dice::Dice;
use super::layout::{AS_OF, Layout};

/// Why, since when and how long something is out of use.
#[derive(Clone, Copy)]
struct OutOfUse {
    reason: Reason,
    since: NaiveDate,
    until: Option<NaiveDate>,
    note: Option<&'static str>,
}

/// Lets the years pass. About 8 % of an estate is out of use then.
pub fn pass(layout: &mut Layout) {
    close(layout);
    for index in 0..layout.places.len() {
        note(layout, index);
        amend(layout, index);
    }
}

/// Closes wings, landings and single locations. What is below a closed one is closed with it, as prisons do it in NOMIS.
fn close(layout: &mut Layout) {
    let mut closed: Vec<Option<OutOfUse>> = Vec::with_capacity(layout.places.len());
    for index in 0..layout.places.len() {
        let with_parent = layout.places[index].parent.and_then(|parent| closed.get(parent).copied().flatten());
        let state = match with_parent {
            Some(state) => Some(state),
            None => {
                let (location_type, created) = {
                    let body = &layout.places[index].body;
                    (body.location_type, body.create_date.date())
                };
                let likelihood = likelihood_of_closure(&layout.places[index].body);
                layout.dice.chance(likelihood).then(|| out_of_use(layout, location_type, created))
            }
        };
        if let Some(state) = state {
            let user = layout.user();
            take_out(&mut layout.places[index].body, state, user);
        }
        closed.push(state);
    }
}

/// Of a thousand locations like this one, how many are out of use by themselves.
fn likelihood_of_closure(body: &MigratedLocation) -> usize {
    let residential = body.residential_housing_type.is_some();
    match body.location_type {
        // The areas at the top and the virtual locations stay.
        _ if body.parent_location_path.is_none() && (!residential || body.location_type != LocationType::Wing) => 0,
        LocationType::Wing => 6,
        LocationType::Spur => 10,
        LocationType::Landing => 25,
        LocationType::Cell => 60,
        LocationType::Shelf => 10,
        LocationType::Box => 42,
        _ => 62,
    }
}

fn out_of_use(layout: &mut Layout, location_type: LocationType, created: NaiveDate) -> OutOfUse {
    let dice = &mut layout.dice;
    let reason = match location_type {
        LocationType::Wing | LocationType::Spur | LocationType::Landing => dice.weighted(
            &[
                (40, Reason::Refurbishment),
                (20, Reason::Mothballed),
                (15, Reason::StaffShortage),
                (10, Reason::Closure),
                (8, Reason::NewBuilding),
                (7, Reason::CellsReturningToUse),
            ],
            Reason::Other,
        ),
        LocationType::Cell => dice.weighted(
            &[
                (34, Reason::Damaged),
                (28, Reason::LocalWork),
                (10, Reason::OutOfUse),
                (8, Reason::Other),
                (8, Reason::Refurbishment),
                (6, Reason::CellReclaims),
                (6, Reason::ChangeOfUse),
            ],
            Reason::Other,
        ),
        _ => dice.weighted(
            &[(40, Reason::ChangeOfUse), (30, Reason::Other), (15, Reason::Closure), (15, Reason::OutOfUse)],
            Reason::Other,
        ),
    };
    // Most closures are recent, some go back to when the location was entered.
    let recent = AS_OF - Days::new(dice.below(540) as u64);
    let since = if dice.chance(750) { recent.max(created) } else { layout.day_after(created) };
    let dice = &mut layout.dice;
    let until = dice.chance(550).then(|| {
        // Dates that have passed without anybody looking at them again are part of the picture.
        let weeks = dice.between(1, 60) as u64;
        since.checked_add_days(Days::new(7 * weeks)).unwrap_or(since)
    });
    OutOfUse { reason, since, until, note: note_of_closure(dice, reason) }
}

fn note_of_closure(dice: &mut Dice, reason: Reason) -> Option<&'static str> {
    let notes: &[&str] = match reason {
        Reason::Damaged => &[
            "Smashed up by occupant, observation panel and sink need replacing",
            "Toilet cracked. Job raised with works dept",
            "FIRE DAMAGE - not to be used until signed off",
            "Door frame damaged following barricade",
        ],
        Reason::LocalWork => {
            &["Electrics isolated, awaiting parts", "Leak from cell above", "No heating", "Window to be replaced"]
        }
        Reason::Refurbishment => {
            &["Showers and heating renewal programme", "Fire safety upgrade, phase 2", "Rolling redecoration"]
        }
        Reason::Mothballed => &["Mothballed per regional office", "Closed until further notice"],
        Reason::StaffShortage => &["Closed to release staff, reviewed monthly", "Temporarily closed - staffing"],
        Reason::ChangeOfUse => {
            &["Now used as store room", "Used as an office by the wing manager", "see new location in list"]
        }
        Reason::CellReclaims => &["To be reclaimed, currently used by education"],
        Reason::NewBuilding => &["Not yet handed over"],
        Reason::Closure | Reason::OutOfUse | Reason::CellsReturningToUse | Reason::Other => {
            &["ooo", "DO NOT USE", "Pending decision"]
        }
    };
    if dice.chance(600) { dice.pick(notes) } else { None }
}

fn take_out(body: &mut MigratedLocation, state: OutOfUse, user: String) {
    // A location that was entered after its landing was closed has been out of use from the beginning.
    let since = state.since.max(body.create_date.date());
    body.is_deactivated = true;
    body.last_updated_by = user;
    body.deactivation_reason = Some(state.reason);
    body.deactivated_date = Some(since);
    body.proposed_reactivation_date = state.until.map(|until| until.max(since));
    body.comments = state.note.map(str::to_owned);
    if let Some(capacity) = &mut body.capacity {
        capacity.working_capacity = 0;
    }
}

/// Leaves a note at a few locations that are in use.
fn note(layout: &mut Layout, index: usize) {
    const ON_CELLS: [&str; 8] = [
        "No bunk bed - single use only",
        "IPP / long term only",
        "Next to staff office, suitable for ACCT",
        "Non smoking",
        "Cell sharing risk: check CSRA before use",
        "Shower in cell",
        "Works inspected, no faults found",
        "Bed bolted to the floor",
    ];
    const ON_ROOMS: [&str; 6] = [
        "Key held in wing office",
        "Book through OMU",
        "Max 6 at any time",
        "Shared with education on Tues/Thurs",
        "CCTV in operation",
        "Previously known as the old gym",
    ];
    let body = &layout.places[index].body;
    if body.is_deactivated || body.location_type == LocationType::Box || !layout.dice.chance(40) {
        return;
    }
    let notes: &[&str] = if layout.places[index].body.is_cell() { &ON_CELLS } else { &ON_ROOMS };
    layout.places[index].body.comments = layout.dice.pick(notes).map(str::to_owned);
}

/// Writes the amendments that NOMIS remembers. They lead to what the location is now.
fn amend(layout: &mut Layout, index: usize) {
    let cell = layout.places[index].body.is_cell();
    if !layout.dice.chance(if cell { 300 } else { 120 }) {
        return;
    }
    let mut changes = Vec::new();
    for _ in 0..layout.dice.weighted(&[(55, 1), (30, 2), (15, 3)], 1) {
        let day = layout.day_after(layout.places[index].body.create_date.date());
        let when = day.and_time(layout.time_of_day()).max(layout.places[index].body.create_date);
        let who = layout.user();
        let Layout { places, dice, .. } = layout;
        if let Some((attribute, old, new)) = change(&places[index].body, dice) {
            changes.push(written(attribute, old, new, who, when));
        }
    }
    if let Some(closure) = closure(layout, index) {
        changes.extend(closure);
    }
    changes.sort_by_key(|change: &MigratedChange| change.amended_date);
    let body = &mut layout.places[index].body;
    if let Some(last) = changes.last() {
        body.last_updated_by = last.amended_by.clone();
    }
    body.history = changes;
}

fn written(
    attribute: LocationAttribute,
    old: Option<String>,
    new: Option<String>,
    amended_by: String,
    amended_date: NaiveDateTime,
) -> MigratedChange {
    let list = |value: Option<String>| value.into_iter().collect();
    MigratedChange { attribute, old_values: list(old), new_values: list(new), amended_by, amended_date }
}

type Change = (LocationAttribute, Option<String>, Option<String>);

/// Something about a location that was different once.
fn change(body: &MigratedLocation, dice: &mut Dice) -> Option<Change> {
    use LocationAttribute as A;
    let other = |value: i32, dice: &mut Dice| (value + if dice.chance(500) { 1 } else { -1 }).max(0);
    let attribute = dice.weighted(
        &[
            (30, A::WorkingCapacity),
            (15, A::MaxCapacity),
            (10, A::Certification),
            (10, A::CertifiedCapacity),
            (20, A::LocalName),
            (15, A::Comments),
        ],
        A::Comments,
    );
    let (old, new) = match attribute {
        A::WorkingCapacity => {
            let now = body.capacity?.working_capacity;
            (Some(other(now, dice).to_string()), Some(now.to_string()))
        }
        A::MaxCapacity => {
            let now = body.capacity?.max_capacity;
            (Some((now + 1).to_string()), Some(now.to_string()))
        }
        A::CertifiedCapacity => {
            let now = body.certification?.capacity_of_certified_cell;
            (Some((now + 1).to_string()), Some(now.to_string()))
        }
        A::Certification => {
            let (yes, no) = ("Certified".to_owned(), "Uncertified".to_owned());
            if body.certification?.certified { (Some(no), Some(yes)) } else { (Some(yes), Some(no)) }
        }
        A::LocalName => (Some(format!("{}-{}", body.prison_id, body.path())), Some(body.local_name.clone()?)),
        _ => (None, Some(body.comments.clone()?)),
    };
    (old != new).then_some((attribute, old, new))
}

/// The amendments that closed a location.
fn closure(layout: &mut Layout, index: usize) -> Option<[MigratedChange; 2]> {
    let body = &layout.places[index].body;
    let (reason, since, created) = (body.deactivation_reason?, body.deactivated_date?, body.create_date);
    let when = since.and_time(layout.time_of_day()).max(created);
    let who = layout.user();
    let label = reason.mapped().label().to_owned();
    Some([
        written(LocationAttribute::Active, Some("Y".to_owned()), Some("N".to_owned()), who.clone(), when),
        written(LocationAttribute::DeactivatedReason, None, Some(label), who, when),
    ])
}
