//! What is sent of non-residential and property locations, and the rules of the fields (05 sections 10, 11 and 14).

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::check::{Check, Violation, length, not_blank, optional_length, prison_field};
use crate::api::reading;
use crate::domain::non_residential::patch::{ParentPatch, Patch};
use crate::domain::non_residential::property::PropertyUpdate;
use crate::domain::non_residential::update::Update;
use crate::domain::reference::{NonResidentialLocationType, ServiceType};
use crate::service::non_residential::{BasicRequest, PlacedRequest};

/// The longest local name.
const LONGEST_NAME: usize = 80;
/// The longest local name in a patch (05 section 18 quirk 21).
const LONGEST_PATCHED_NAME: usize = 40;

fn code(text: Option<&str>) -> Option<Violation> {
    optional_length("code", text, 1..=12)
}

/// Request to create or update a non-residential location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateOrUpdateNonResidentialLocationRequest)]
pub struct BasicBody {
    /// Description of the non-residential locations, mandatory for create
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(min_length = 1, max_length = 80)]
    local_name: Option<String>,
    /// Services that use this location
    #[serde(default, deserialize_with = "reading::constants")]
    services_using_location: Vec<ServiceType>,
    /// Status, if false will be marked as inactive, true will make active or null untouched
    #[serde(default, deserialize_with = "reading::optional_boolean")]
    active: Option<bool>,
}

impl Check for BasicBody {
    fn violations(&self) -> Vec<Violation> {
        optional_length("localName", self.local_name.as_deref(), 1..=LONGEST_NAME).into_iter().collect()
    }
}

impl BasicBody {
    /// The request to create a location; none without a name.
    pub fn creation(self) -> Option<BasicRequest> {
        Some(BasicRequest {
            local_name: self.local_name?,
            services: self.services_using_location.into_iter().collect(),
            active: self.active.unwrap_or(true),
        })
    }
}

impl From<BasicBody> for Update {
    fn from(body: BasicBody) -> Self {
        Self {
            local_name: body.local_name,
            services: body.services_using_location.into_iter().collect(),
            active: body.active,
        }
    }
}

/// Request to create a non-residential location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateNonResidentialLocationRequest)]
pub struct PlacedBody {
    /// Prison ID where the location is situated
    #[serde(deserialize_with = "reading::text")]
    #[schema(min_length = 3, max_length = 5, pattern = "^[A-Z]{2}I|ZZGHI$")]
    prison_id: String,
    /// Code of the location
    #[serde(deserialize_with = "reading::text")]
    #[schema(min_length = 1, max_length = 12)]
    code: String,
    /// Location Type
    #[serde(deserialize_with = "reading::constant")]
    location_type: NonResidentialLocationType,
    /// Alternative description to display for location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(max_length = 80)]
    local_name: Option<String>,
    /// ID of parent location
    #[serde(default, deserialize_with = "reading::optional_id")]
    parent_id: Option<Uuid>,
    /// Services that use this location
    #[serde(default, deserialize_with = "reading::optional_constants")]
    services_using_location: Option<Vec<ServiceType>>,
    /// Non residential location active, if false will be marked as inactive
    #[serde(default = "active", deserialize_with = "reading::boolean")]
    #[schema(default = true)]
    active: bool,
}

/// A location is active unless the request says otherwise.
fn active() -> bool {
    true
}

impl Check for PlacedBody {
    fn violations(&self) -> Vec<Violation> {
        [
            prison_field("prisonId", &self.prison_id),
            code(Some(&self.code)),
            optional_length("localName", self.local_name.as_deref(), 0..=LONGEST_NAME),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl From<PlacedBody> for PlacedRequest {
    fn from(body: PlacedBody) -> Self {
        Self {
            prison_id: body.prison_id,
            code: body.code,
            location_type: body.location_type,
            local_name: body.local_name,
            parent_id: body.parent_id,
            services: body.services_using_location.map(|services| services.into_iter().collect()),
            active: body.active,
        }
    }
}

/// Request to partially update a non-residential location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PatchNonResidentialLocationRequest)]
pub struct PatchBody {
    /// Code of the location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(min_length = 1, max_length = 12)]
    code: Option<String>,
    /// Location Type
    #[serde(default, deserialize_with = "reading::optional_constant")]
    location_type: Option<NonResidentialLocationType>,
    /// ID of parent location
    #[serde(default, deserialize_with = "reading::optional_id")]
    parent_id: Option<Uuid>,
    /// Key of parent location
    #[serde(default, deserialize_with = "reading::optional_text")]
    parent_location_key: Option<String>,
    /// Indicates this location should move to the top of the hierarchy
    #[serde(default, deserialize_with = "reading::optional_boolean")]
    remove_parent: Option<bool>,
    /// Services that use this location
    #[serde(default, deserialize_with = "reading::optional_constants")]
    services_using_location: Option<Vec<ServiceType>>,
    /// Alternative description to display for location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(max_length = 40)]
    local_name: Option<String>,
    /// Additional comments that can be made about this location
    #[serde(default, deserialize_with = "reading::optional_text")]
    comments: Option<String>,
}

impl Check for PatchBody {
    fn violations(&self) -> Vec<Violation> {
        [code(self.code.as_deref()), optional_length("localName", self.local_name.as_deref(), 0..=LONGEST_PATCHED_NAME)]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl From<PatchBody> for Patch {
    fn from(body: PatchBody) -> Self {
        Self {
            code: body.code,
            local_name: body.local_name,
            comments: body.comments,
            location_type: body.location_type,
            parent: ParentPatch {
                remove: body.remove_parent.unwrap_or(false),
                id: body.parent_id,
                key: body.parent_location_key,
            },
            services: body.services_using_location.map(|services| services.into_iter().collect()),
        }
    }
}

/// Ids of locations
#[derive(Debug, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct IdsBody(#[serde(deserialize_with = "reading::ids")] pub Vec<Uuid>);

impl Check for IdsBody {}

/// Request to create a property storage location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreatePropertyLocationRequest)]
pub struct CreatePropertyBody {
    /// Name to display for the location
    #[serde(deserialize_with = "reading::text")]
    #[schema(min_length = 1, max_length = 80)]
    pub local_name: String,
    /// How many property containers this location can hold
    #[serde(deserialize_with = "reading::integer")]
    #[schema(minimum = 0)]
    pub capacity: i32,
}

impl Check for CreatePropertyBody {
    fn violations(&self) -> Vec<Violation> {
        [
            not_blank("localName", &self.local_name),
            length("localName", &self.local_name, 1..=LONGEST_NAME),
            capacity(Some(self.capacity)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn capacity(number: Option<i32>) -> Option<Violation> {
    number.filter(|number| *number < 0).map(|_| Violation::new("capacity", "must be greater than or equal to 0"))
}

/// Request to update a property storage location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdatePropertyLocationRequest)]
pub struct UpdatePropertyBody {
    /// New name to display for the location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(min_length = 1, max_length = 80)]
    local_name: Option<String>,
    /// New number of property containers this location can hold
    #[serde(default, deserialize_with = "reading::optional_integer")]
    #[schema(minimum = 0)]
    capacity: Option<i32>,
}

impl Check for UpdatePropertyBody {
    fn violations(&self) -> Vec<Violation> {
        [optional_length("localName", self.local_name.as_deref(), 1..=LONGEST_NAME), capacity(self.capacity)]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl From<UpdatePropertyBody> for PropertyUpdate {
    fn from(body: UpdatePropertyBody) -> Self {
        Self { local_name: body.local_name, capacity: body.capacity }
    }
}
