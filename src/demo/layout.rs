//! A prison while it is being built: places in the order in which they are entered, parents before children.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::domain::reference::LocationType;

use super::body::MigratedLocation;
use super::dice::Dice;
use super::site::Site;

/// The day on which the estate is as it is described. A fixed day, so that the same seed gives the same estate on any day.
pub const AS_OF: NaiveDate = day(2026, 10, 31);

/// When the first prisons were entered in NOMIS.
const FIRST_ENTRIES: NaiveDate = day(2008, 6, 2);

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MAX,
    }
}

/// A location of the prison, and where it stands.
#[derive(Clone, Debug)]
pub struct Place {
    /// What NOMIS sends.
    pub body: MigratedLocation,
    /// Its path.
    pub path: String,
    /// Its parent's index in the layout.
    pub parent: Option<usize>,
    children: i32,
}

/// A prison being built.
pub struct Layout {
    /// Which prison, and how large it is to be.
    pub site: Site,
    /// Its own stream of chance.
    pub dice: Dice,
    /// What has been built, parents before children.
    pub places: Vec<Place>,
    entered: NaiveDate,
    lists_are_ordered: bool,
    at_top: i32,
}

/// The general user of NOMIS's batch jobs, who entered most of what was there at the beginning.
const BATCH_USER: &str = "OMS_OWNER";

impl Layout {
    /// An empty site.
    pub fn new(site: Site, mut dice: Dice) -> Self {
        let entered = FIRST_ENTRIES + TimeDelta::days(dice.below(900) as i64);
        // A few prisons have never put their lists in order.
        let lists_are_ordered = !dice.chance(80);
        let places = Vec::with_capacity(site.locations + site.locations / 4);
        Self { site, dice, places, entered, lists_are_ordered, at_top: 0 }
    }

    /// Adds a location of this type below `parent` and gives its index. Everything else of it is to be filled in.
    pub fn add(&mut self, parent: Option<usize>, code: &str, location_type: LocationType) -> usize {
        let code = match (parent, self.site.round) {
            // A prison that is built once more, for an estate larger than there are ids: other top codes, other paths.
            (None, round) if round > 0 => format!("{round}{code}"),
            _ => code.to_owned(),
        };
        let parent_path = parent.map(|index| self.places[index].path.clone());
        let path = parent_path.as_ref().map_or_else(|| code.clone(), |above| format!("{above}-{code}"));
        let position = match parent {
            Some(index) => &mut self.places[index].children,
            None => &mut self.at_top,
        };
        *position += 1;
        let position = *position;
        let body = MigratedLocation {
            prison_id: self.site.prison_id.clone(),
            code,
            location_type,
            local_name: None,
            comments: None,
            order_within_parent_location: self.lists_are_ordered.then_some(position),
            residential_housing_type: None,
            parent_location_path: parent_path,
            capacity: None,
            certification: None,
            attributes: Vec::new(),
            usage: Vec::new(),
            is_deactivated: false,
            deactivation_reason: None,
            deactivated_date: None,
            proposed_reactivation_date: None,
            create_date: self.entry_time(),
            last_updated_by: BATCH_USER.to_owned(),
            history: Vec::new(),
        };
        self.places.push(Place { body, path, parent, children: 0 });
        self.places.len() - 1
    }

    /// The body of a place.
    pub fn body(&mut self, index: usize) -> &mut MigratedLocation {
        &mut self.places[index].body
    }

    /// When a location was entered: with the first ones of its prison, or, one in eight, some time later.
    fn entry_time(&mut self) -> NaiveDateTime {
        let day = if self.dice.chance(125) { self.day_after(self.entered) } else { self.entered };
        day.and_time(self.time_of_day())
    }

    /// A day from `day` to the day before [`AS_OF`].
    pub fn day_after(&mut self, day: NaiveDate) -> NaiveDate {
        let days = usize::try_from((AS_OF - day).num_days()).unwrap_or(0);
        day + TimeDelta::days(self.dice.below(days) as i64)
    }

    /// A time in office hours, to the second.
    pub fn time_of_day(&mut self) -> NaiveTime {
        let seconds = self.dice.between(7 * 3600 + 1800, 17 * 3600) as u32;
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or(NaiveTime::MIN)
    }

    /// A member of staff.
    pub fn user(&mut self) -> String {
        const SURNAMES: [&str; 24] = [
            "SMITH", "JONES", "TAYLOR", "BROWN", "WILLIAMS", "WILSON", "JOHNSON", "DAVIES", "PATEL", "WRIGHT", "KHAN",
            "THOMPSON", "EVANS", "WALKER", "WHITE", "ROBERTS", "GREEN", "HALL", "BEGUM", "CLARKE", "OKAFOR", "MURPHY",
            "HUGHES", "EDWARDS",
        ];
        let initial = char::from(b'A' + self.dice.below(26) as u8);
        let surname = self.dice.pick(&SURNAMES).unwrap_or("SMITH");
        // The general account of a person; some people have an account for their prison.
        let account = if self.dice.chance(700) { "GEN" } else { "ADM" };
        format!("{initial}{surname}_{account}")
    }
}
