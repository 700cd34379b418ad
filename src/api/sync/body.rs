//! What NOMIS's side sends: the bodies of upsert and migration, and the rules of their fields (02 sections 8 and 12).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::check::{Check, Violation, length, optional_length, prison_field};
use crate::api::reading;
use crate::domain::location::Usage;
use crate::domain::migration::{MigratedHistory, MigratedLocation};
use crate::domain::reference::{
    LocationAttribute, LocationType, NomisDeactivatedReason, NonResidentialUsageType, ResidentialAttributeValue,
    ResidentialHousingType,
};
use crate::domain::sync::{NomisCapacity, NomisDeactivation, NomisLocation};
use crate::service::sync::UpsertRequest;
use crate::view::shared::CapacityView;

/// A location as NOMIS has it: the body of upsert and of migration. `isDeactivated` may be sent and is
/// not read; `id` counts for upsert only, `certification` and `history` for migration only.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NomisSyncLocationRequest)]
pub struct NomisBody {
    /// Id of the location to update; without it one is created
    #[serde(default, deserialize_with = "reading::optional_id")]
    id: Option<Uuid>,
    /// Prison ID where the location is situated
    #[serde(deserialize_with = "reading::text")]
    #[schema(min_length = 3, max_length = 5, pattern = "^[A-Z]{2}I|ZZGHI$")]
    prison_id: String,
    /// Code of the location, last element of its path
    #[serde(deserialize_with = "reading::text")]
    #[schema(min_length = 1, max_length = 12)]
    code: String,
    /// Type of the location
    #[serde(deserialize_with = "reading::constant")]
    location_type: LocationType,
    /// Local name
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(max_length = 80)]
    local_name: Option<String>,
    /// Comments
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(max_length = 255)]
    comments: Option<String>,
    /// Sequence within the parent
    #[serde(default, deserialize_with = "reading::optional_integer")]
    order_within_parent_location: Option<i32>,
    /// Housing type; without it the location is non-residential
    #[serde(default, deserialize_with = "reading::optional_constant")]
    residential_housing_type: Option<ResidentialHousingType>,
    /// Reason in NOMIS; without it the location is active
    #[serde(default, deserialize_with = "reading::optional_constant")]
    deactivation_reason: Option<NomisDeactivatedReason>,
    /// When it is expected to be active again
    #[serde(default, deserialize_with = "reading::optional_date")]
    proposed_reactivation_date: Option<NaiveDate>,
    /// When it was deactivated
    #[serde(default, deserialize_with = "reading::optional_date")]
    deactivated_date: Option<NaiveDate>,
    /// Path of the parent in the same prison
    #[serde(default, deserialize_with = "reading::optional_text")]
    parent_location_path: Option<String>,
    /// Id of the parent; wins over the path
    #[serde(default, deserialize_with = "reading::optional_id")]
    parent_id: Option<Uuid>,
    /// Capacity
    #[serde(default)]
    #[schema(value_type = Option<CapacityView>)]
    capacity: Option<CapacityBody>,
    /// Attributes
    #[serde(default, deserialize_with = "reading::optional_constants")]
    attributes: Option<Vec<ResidentialAttributeValue>>,
    /// Usages of a non-residential location
    #[serde(default)]
    usage: Option<Vec<UsageBody>>,
    /// When it was created in NOMIS
    #[serde(default, deserialize_with = "reading::optional_date_time")]
    create_date: Option<NaiveDateTime>,
    /// When it was changed last in NOMIS; has to be a date-time and is not used
    #[serde(default, rename = "lastModifiedDate", deserialize_with = "reading::optional_date_time")]
    _last_modified_date: Option<NaiveDateTime>,
    /// Who changed it last in NOMIS
    #[serde(deserialize_with = "reading::text")]
    last_updated_by: String,
    /// Whether the cell is certified
    #[serde(default, deserialize_with = "reading::optional_boolean")]
    certified_cell: Option<bool>,
    /// Whether it is for internal movements
    #[serde(default, deserialize_with = "reading::optional_boolean")]
    internal_movement_allowed: Option<bool>,
    /// Certification, as it was sent before it became part of the capacity (migration)
    #[serde(default)]
    certification: Option<CertificationBody>,
    /// What happened to it in NOMIS (migration)
    #[serde(default)]
    history: Option<Vec<HistoryBody>>,
}

/// Capacity as NOMIS sends it; nothing is checked (02 section 8). In the document it is that of an answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CapacityBody {
    /// Max capacity
    #[serde(default, deserialize_with = "reading::integer")]
    max_capacity: i32,
    /// Working capacity
    #[serde(default, deserialize_with = "reading::integer")]
    working_capacity: i32,
    /// Certified normal accommodation
    #[serde(default, deserialize_with = "reading::optional_integer")]
    certified_normal_accommodation: Option<i32>,
}

/// A usage as NOMIS sends it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UsageBody {
    /// What it is used for
    #[serde(deserialize_with = "reading::constant")]
    usage_type: NonResidentialUsageType,
    /// For how many persons
    #[serde(default, deserialize_with = "reading::optional_integer")]
    capacity: Option<i32>,
    /// Order among the usages
    #[serde(default = "last", deserialize_with = "reading::integer")]
    sequence: i32,
}

/// The sequence of a usage that has none.
fn last() -> i32 {
    99
}

/// The longest user name that fits its column.
const LONGEST_USER: usize = 80;

impl Check for NomisBody {
    fn violations(&self) -> Vec<Violation> {
        let mut violations: Vec<Violation> = [
            prison_field("prisonId", &self.prison_id),
            length("code", &self.code, 1..=12),
            optional_length("localName", self.local_name.as_deref(), 0..=80),
            optional_length("comments", self.comments.as_deref(), 0..=255),
            length("lastUpdatedBy", &self.last_updated_by, 0..=LONGEST_USER),
        ]
        .into_iter()
        .flatten()
        .collect();
        for (n, change) in self.history.iter().flatten().enumerate() {
            violations.extend(
                change
                    .violations()
                    .into_iter()
                    .map(|v| Violation { field: format!("history[{n}].{}", v.field), message: v.message }),
            );
        }
        violations
    }
}

impl NomisBody {
    fn into_location(self) -> NomisLocation {
        NomisLocation {
            prison_id: self.prison_id,
            code: self.code,
            location_type: self.location_type,
            local_name: self.local_name,
            housing_type: self.residential_housing_type,
            comments: self.comments,
            order_within_parent: self.order_within_parent_location,
            deactivation: self.deactivation_reason.map(|reason| NomisDeactivation {
                reason,
                date: self.deactivated_date,
                proposed_reactivation_date: self.proposed_reactivation_date,
            }),
            capacity: self.capacity.map(|c| NomisCapacity {
                max: c.max_capacity,
                working: c.working_capacity,
                certified_normal_accommodation: c.certified_normal_accommodation,
            }),
            certified_cell: self.certified_cell,
            attributes: self.attributes.map(BTreeSet::from_iter),
            // Of two usages of one type the later one wins.
            usages: self.usage.map(|usages| {
                let usage = |u: UsageBody| (u.usage_type, Usage { capacity: u.capacity, sequence: u.sequence });
                usages.into_iter().map(usage).collect::<BTreeMap<_, _>>()
            }),
            internal_movement_allowed: self.internal_movement_allowed,
            create_date: self.create_date,
            last_updated_by: self.last_updated_by,
        }
    }
}

impl From<NomisBody> for UpsertRequest {
    fn from(mut body: NomisBody) -> Self {
        Self {
            id: body.id,
            parent_id: body.parent_id.take(),
            parent_path: body.parent_location_path.take(),
            location: body.into_location(),
        }
    }
}

/// Certification of a migrated cell.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CertificationBody {
    /// Whether the cell is certified
    #[serde(default, deserialize_with = "reading::boolean")]
    certified: bool,
    /// Certified normal accommodation
    #[serde(default, deserialize_with = "reading::integer")]
    capacity_of_certified_cell: i32,
}

/// One change in the history of a migrated location; single values or lists, of which the first counts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MigrateHistoryRequest)]
pub struct HistoryBody {
    /// Constant of the attribute, today's or the one that the client used to send
    #[serde(deserialize_with = "migrated_attribute")]
    attribute: LocationAttribute,
    /// Value before
    #[serde(default, deserialize_with = "reading::optional_text")]
    old_value: Option<String>,
    /// Value after
    #[serde(default, deserialize_with = "reading::optional_text")]
    new_value: Option<String>,
    /// Values before
    #[serde(default)]
    old_values: Option<Vec<String>>,
    /// Values after
    #[serde(default)]
    new_values: Option<Vec<String>>,
    /// Who changed it
    #[serde(deserialize_with = "reading::text")]
    #[schema(max_length = 255)]
    amended_by: String,
    /// When
    #[serde(deserialize_with = "reading::date_time")]
    amended_date: NaiveDateTime,
}

fn migrated_attribute<'de, D: Deserializer<'de>>(from: D) -> Result<LocationAttribute, D::Error> {
    let code = reading::text(from)?;
    LocationAttribute::from_migrated(&code)
        .ok_or_else(|| serde::de::Error::custom(format!("{code} is no attribute of a location")))
}

/// The longest texts of a history row.
const LONGEST_HISTORY_VALUE: usize = 1024;

impl Check for HistoryBody {
    fn violations(&self) -> Vec<Violation> {
        [
            optional_length("oldValue", self.value_before(), 0..=LONGEST_HISTORY_VALUE),
            optional_length("newValue", self.value_after(), 0..=LONGEST_HISTORY_VALUE),
            length("amendedBy", &self.amended_by, 0..=255),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl HistoryBody {
    fn value_before(&self) -> Option<&str> {
        first(self.old_value.as_deref(), self.old_values.as_deref())
    }

    fn value_after(&self) -> Option<&str> {
        first(self.new_value.as_deref(), self.new_values.as_deref())
    }
}

fn first<'a>(single: Option<&'a str>, list: Option<&'a [String]>) -> Option<&'a str> {
    single.or_else(|| list.and_then(<[String]>::first).map(String::as_str))
}

impl From<HistoryBody> for MigratedHistory {
    fn from(body: HistoryBody) -> Self {
        Self {
            attribute: body.attribute,
            old: body.value_before().map(str::to_owned),
            new: body.value_after().map(str::to_owned),
            amended_by: body.amended_by,
            amended_date: body.amended_date,
        }
    }
}

impl From<NomisBody> for MigratedLocation {
    fn from(mut body: NomisBody) -> Self {
        let parent_id = body.parent_id.take();
        let parent_path = body.parent_location_path.take();
        let history = body.history.take().into_iter().flatten().map(MigratedHistory::from).collect();
        let certification = body.certification.take();
        let mut location = body.into_location();
        if let Some(given) = certification {
            location.certified_cell.get_or_insert(given.certified);
            add_certified_capacity(&mut location, given.capacity_of_certified_cell);
        }
        Self { location, parent_id, parent_path, history }
    }
}

/// As the live data was converted: a CNA without a capacity makes a capacity row 0/0/CNA (02 section 12.4).
fn add_certified_capacity(location: &mut NomisLocation, cna: i32) {
    if cna > 0 {
        let nothing = NomisCapacity { max: 0, working: 0, certified_normal_accommodation: None };
        location.capacity.get_or_insert(nothing).certified_normal_accommodation.get_or_insert(cna);
    }
}
