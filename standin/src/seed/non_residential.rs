//! Where people go by day: visits, work, health care, and so on.

use super::dice::Dice;
use super::prisons;
use super::rows::{Flag, Location, Planned};

/// Code, type, name, and what is inside: code prefix, type, name.
const PLACES: [(&str, &str, &str, &str, &str, &str); 8] = [
    ("VISITS", "VISIT", "Visits hall", "T", "TABL", "Table"),
    ("WORKS", "WORK", "Workshops", "SHOP", "WORK", "Workshop"),
    ("EDUC", "AREA", "Education", "ROOM", "CLAS", "Classroom"),
    ("HEALTH", "MEDI", "Health centre", "ROOM", "MEDI", "Consulting room"),
    ("GYM", "SPOR", "Gymnasium", "COURT", "SPOR", "Court"),
    ("CHAPEL", "FAIT", "Chapel", "ROOM", "FAIT", "Faith room"),
    ("ADJ", "ADJU", "Adjudications", "ROOM", "ADJU", "Adjudication room"),
    ("PROP", "STOR", "Property store", "BOX", "BOX", "Property box"),
];

/// As many non-residential locations as this.
pub(super) fn site(prison: &str, locations: usize, prison_number: usize, mut dice: Dice) -> Vec<Planned> {
    let mut plan: Vec<Planned> = Vec::with_capacity(locations);
    let places = PLACES.len().min(locations);
    for (index, &(code, kind, name, ..)) in PLACES.iter().take(places).enumerate() {
        plan.push(place(prison, code.to_owned(), kind, name.to_owned(), None, index, &mut dice));
        plan[index].usages = usages(prison_number, kind, &mut dice);
    }
    let mut inside = [0; PLACES.len()];
    while plan.len() < locations {
        let parent = dice.below(places);
        let (.., prefix, kind, name) = PLACES[parent];
        inside[parent] += 1;
        let number = inside[parent];
        let mut room = place(
            prison,
            format!("{prefix}{number}"),
            kind,
            format!("{name} {number}"),
            Some(parent),
            number,
            &mut dice,
        );
        room.usages = usages(prison_number, kind, &mut dice);
        plan.push(room);
    }
    plan
}

fn place(
    prison: &str,
    code: String,
    kind: &str,
    name: String,
    parent: Option<usize>,
    number: usize,
    dice: &mut Dice,
) -> Planned {
    let row = Location {
        internal_location_code: code,
        agy_loc_id: prison.to_owned(),
        internal_location_type: kind.to_owned(),
        user_desc: Some(name),
        list_seq: i32::try_from(number).ok(),
        active_flag: Flag::Y,
        tracking_flag: if dice.percent(60.0) { Flag::Y } else { Flag::N },
        create_datetime: format!("{}T09:00:00", dice.day()),
        ..Location::default()
    };
    Planned { row, parent, ..Planned::default() }
}

/// What the kind of place is for, and now and then one thing more.
fn usages(prison_number: usize, kind: &str, dice: &mut Dice) -> Vec<(&'static str, Option<i32>, Option<i32>)> {
    let of_prison = prisons::usages(prison_number);
    let own = match kind {
        "VISIT" | "TABL" => "VISIT",
        "WORK" | "CLAS" | "AREA" | "SPOR" => "PROG",
        "MEDI" | "FAIT" => "APP",
        "ADJU" => "OIC",
        _ => "PROP",
    };
    let mut found = vec![(own, dice.percent(70.0).then_some(10), Some(1))];
    let other = dice.pick(&["MOVEMENT", "OCCUR", "OTHER"]);
    if dice.percent(50.0) && of_prison.contains(&other) {
        found.push((other, None, Some(99)));
    }
    found
}
