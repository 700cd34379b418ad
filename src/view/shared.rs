//! Small parts that several views share.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::location::{Capacity, Location};
use crate::domain::reference::{NonResidentialUsageType, ServiceFamilyType, ServiceType};

/// The three capacity numbers, in persons. The document has one schema for what is sent and what is answered, as the live
/// one: so it says that the CNA may be missing, which holds for what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Capacity)]
pub struct CapacityView {
    /// How many prisoners fit at most.
    #[schema(example = 2, minimum = 0, maximum = 99)]
    pub max_capacity: i32,
    /// How many may be held in normal use.
    #[schema(example = 1, minimum = 0, maximum = 99)]
    pub working_capacity: i32,
    /// How many it is certified for.
    #[schema(value_type = Option<i32>, required = false, example = 2, minimum = 0, maximum = 99)]
    pub certified_normal_accommodation: i32,
}

impl From<Capacity> for CapacityView {
    fn from(capacity: Capacity) -> Self {
        Self {
            max_capacity: capacity.max,
            working_capacity: capacity.working,
            certified_normal_accommodation: capacity.certified_normal_accommodation,
        }
    }
}

/// How a non-residential location is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NonResidentialUsageDto)]
pub struct UsageView {
    /// What it is used for.
    pub usage_type: NonResidentialUsageType,
    /// For how many persons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i32>,
    /// Order among the usages.
    pub sequence: i32,
}

/// The usages of a location, in the order of their types.
pub fn usages(location: &Location) -> Vec<UsageView> {
    location
        .usages
        .iter()
        .map(|(usage_type, usage)| UsageView {
            usage_type: *usage_type,
            capacity: usage.capacity,
            sequence: usage.sequence,
        })
        .collect()
}

/// A service that uses a non-residential location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceUsingLocationDto)]
pub struct ServiceView {
    /// The service.
    pub service_type: ServiceType,
    /// Its family.
    pub service_family_type: ServiceFamilyType,
}

/// The services of a location, in the order of their sequence.
pub fn services(location: &Location) -> Vec<ServiceView> {
    location
        .services
        .iter()
        .map(|service| ServiceView { service_type: *service, service_family_type: service.family() })
        .collect()
}
