//! The switches of a prison (07 section 5.1).

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::prison::PrisonConfiguration;
use crate::domain::reference::PrisonSwitch;

/// Prison configuration
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PrisonConfigurationDto)]
pub struct PrisonConfigurationView<'a> {
    /// Prison ID
    #[schema(example = "MDI")]
    pub prison_id: &'a str,
    /// Indicates that the residential service is active
    #[schema(example = "ACTIVE")]
    pub resi_location_service_active: PrisonSwitch,
    /// Indicates that the non-resi service is active
    #[schema(example = "ACTIVE")]
    pub non_resi_service_active: PrisonSwitch,
    /// Indicates that roll count should include segregation in its calculations for net vacancies
    #[schema(example = "INACTIVE")]
    pub include_segregation_in_roll_count: PrisonSwitch,
    /// Indicates that this prison must go through the certification process to create or change cells
    #[schema(example = "INACTIVE")]
    pub certification_approval_required: PrisonSwitch,
}

impl<'a> From<&'a PrisonConfiguration> for PrisonConfigurationView<'a> {
    fn from(configuration: &'a PrisonConfiguration) -> Self {
        Self {
            prison_id: &configuration.prison_id,
            resi_location_service_active: configuration.resi_location_service_active.into(),
            non_resi_service_active: configuration.non_resi_service_active.into(),
            include_segregation_in_roll_count: configuration.include_segregation_in_roll_count.into(),
            certification_approval_required: configuration.certification_approval_required.into(),
        }
    }
}
