//! Wings with landings with cells.

use super::dice::Dice;
use super::rows::{Flag, Location, Planned};

const LANDINGS: usize = 4;
const CELLS_OF_LANDING: usize = 25;
/// Every so many wings are something else than normal accommodation.
const UNITS: [(&str, &str, &str); 3] =
    [("SEG", "SEG", "Segregation"), ("HCC", "HC", "Healthcare"), ("RECP", "REC", "Reception")];

const SANITATION: [&str; 10] = ["ABD", "ACB", "FIB", "MD", "MOB", "PC", "PS", "SCB", "SETO", "WD"];
const UNIT_ATTRIBUTES: [&str; 8] = ["A", "ELC", "GC", "LC", "LF", "NSMC", "OC", "SC"];
const USED_FOR: [&str; 6] = ["3", "4", "5", "6", "7", "B"];
const SECURITY: [&str; 6] = ["B", "C", "D", "HI", "MED", "STANDARD"];
const REASONS: [&str; 12] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"];

/// Wings with as many locations in all as this. Each is a plan of its own, made when it is asked for.
pub(super) fn wings(prison: &str, locations: usize, mut dice: Dice) -> impl Iterator<Item = Vec<Planned>> {
    let mut left = locations;
    let mut number = 0;
    std::iter::from_fn(move || {
        (left > 0).then(|| {
            let plan = wing(prison, number, left, &mut dice);
            left -= plan.len();
            number += 1;
            plan
        })
    })
}

/// The wing of this number, with as many locations as fit, but not more than this.
fn wing(prison: &str, number: usize, most: usize, dice: &mut Dice) -> Vec<Planned> {
    let unit = (number % 6 == 5).then(|| UNITS[number / 6 % UNITS.len()]);
    let (code, unit_type, name) = match unit {
        Some((code, unit_type, name)) if number < 6 * UNITS.len() => (code.to_owned(), unit_type, name.to_owned()),
        _ => (letters(number), "NA", format!("Wing {}", letters(number))),
    };
    let mut plan = vec![structural(prison, "WING", code, unit_type, None, number, dice)];
    plan[0].row.user_desc = Some(name);
    for landing in 1..=LANDINGS {
        if plan.len() + 1 >= most {
            break;
        }
        let above = plan.len();
        plan.push(structural(prison, "LAND", landing.to_string(), unit_type, Some(0), landing, dice));
        for cell_number in 1..=CELLS_OF_LANDING {
            if plan.len() >= most {
                break;
            }
            plan.push(cell(prison, above, cell_number, unit_type, dice));
        }
    }
    plan
}

fn structural(
    prison: &str,
    kind: &str,
    code: String,
    unit_type: &str,
    parent: Option<usize>,
    number: usize,
    dice: &mut Dice,
) -> Planned {
    let row = Location {
        internal_location_code: code,
        agy_loc_id: prison.to_owned(),
        internal_location_type: kind.to_owned(),
        unit_type: Some(unit_type.to_owned()),
        list_seq: i32::try_from(number).ok(),
        active_flag: Flag::Y,
        create_datetime: format!("{}T09:00:00", dice.day()),
        ..Location::default()
    };
    Planned { row, parent, ..Planned::default() }
}

fn cell(prison: &str, landing: usize, number: usize, unit_type: &str, dice: &mut Dice) -> Planned {
    let shared = dice.percent(35.0);
    let capacity = if shared { 2 } else { 1 };
    let mut planned = structural(prison, "CELL", format!("{number:03}"), unit_type, Some(landing), number, dice);
    let row = &mut planned.row;
    row.capacity = Some(capacity);
    row.operation_capacity = Some(if dice.percent(5.0) { 1 } else { capacity });
    row.cna_no = Some(if dice.percent(20.0) { 1 } else { capacity });
    row.certified_flag = if dice.percent(96.0) { Flag::Y } else { Flag::N };
    if dice.percent(10.0) {
        row.user_desc = Some(format!("Cell {number}"));
    }
    if dice.percent(4.0) {
        row.active_flag = Flag::N;
        row.deactivate_date = Some(dice.day());
        row.deactivate_reason_code = dice.percent(90.0).then(|| dice.pick(&REASONS).to_owned());
        row.reactivate_date = dice.percent(50.0).then(|| format!("2027-{:02}-01", 1 + dice.below(12)));
        row.comment_text = dice.percent(50.0).then(|| "Seen by works".to_owned());
    }
    planned.profiles = attributes(shared, dice);
    if dice.percent(72.0) {
        planned.amendments = vec![amendment(capacity, dice)];
    }
    planned
}

/// Four to six of them.
fn attributes(shared: bool, dice: &mut Dice) -> Vec<(&'static str, &'static str)> {
    let mut found = vec![("HOU_UNIT_ATT", if shared { "DO" } else { "SO" })];
    let first = dice.below(SANITATION.len());
    found.push(("HOU_SANI_FIT", SANITATION[first]));
    found.push(("HOU_SANI_FIT", SANITATION[(first + 1 + dice.below(SANITATION.len() - 1)) % SANITATION.len()]));
    found.push(("HOU_USED_FOR", dice.pick(&USED_FOR)));
    if dice.percent(60.0) {
        found.push(("SUP_LVL_TYPE", dice.pick(&SECURITY)));
    }
    if dice.percent(30.0) {
        found.push(("HOU_UNIT_ATT", dice.pick(&UNIT_ATTRIBUTES)));
    }
    found
}

fn amendment(capacity: i32, dice: &mut Dice) -> (&'static str, String, String) {
    match dice.below(4) {
        0 => ("Maximum Capacity", "3".to_owned(), capacity.to_string()),
        1 => ("Operational Capacity", "0".to_owned(), capacity.to_string()),
        2 => ("Certified", "N".to_owned(), "Y".to_owned()),
        _ => ("Comments", "Being painted".to_owned(), "Painted".to_owned()),
    }
}

/// A, B, ... Z, AA, AB, ...
fn letters(number: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    if number < 26 { letter(number).to_string() } else { letters(number / 26 - 1) + &letter(number).to_string() }
}
