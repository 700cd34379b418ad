//! What is set for a prison as a whole (07 section 5).

use super::reference::{PrisonSwitch, TransactionType};

/// The switches of a prison: its row of `prison_configuration`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrisonConfiguration {
    /// The prison.
    pub prison_id: String,
    /// Whether its residential locations are managed here.
    pub resi_location_service_active: bool,
    /// Whether its non-residential locations are managed here.
    pub non_resi_service_active: bool,
    /// Whether segregation counts for net vacancies.
    pub include_segregation_in_roll_count: bool,
    /// Whether changes of cells need an approval; null in the table means no.
    pub certification_approval_required: bool,
}

impl PrisonConfiguration {
    /// "Active": residential or non-residential locations are managed here (03 section 14).
    pub fn is_active(&self) -> bool {
        self.resi_location_service_active || self.non_resi_service_active
    }
}

/// One of the switches (07 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Residential locations are managed here.
    ResidentialService,
    /// Non-residential locations are managed here.
    NonResidentialService,
    /// Changes of cells need an approval.
    CertificationApproval,
    /// Segregation counts for net vacancies.
    SegregationInRollCount,
}

impl Switch {
    /// The type of the linked transaction of a change.
    pub fn transaction_type(self) -> TransactionType {
        match self {
            Self::ResidentialService => TransactionType::ResiServiceActivation,
            Self::NonResidentialService => TransactionType::NonResiServiceActivation,
            Self::CertificationApproval => TransactionType::ApprovalProcessActivation,
            Self::SegregationInRollCount => TransactionType::IncludeSegInRollCountActivation,
        }
    }

    /// What the linked transaction says of a change.
    pub fn detail(self, status: PrisonSwitch) -> String {
        let what = match self {
            Self::ResidentialService => "Residential service status changed to",
            Self::NonResidentialService => "Non-resi service status changed to",
            Self::CertificationApproval => "Certification approval process changed to",
            Self::SegregationInRollCount => "Include seg in roll count changed to",
        };
        format!("{what} {}", status.as_str())
    }

    /// The value of this switch in a configuration.
    pub fn value_in(self, configuration: &mut PrisonConfiguration) -> &mut bool {
        match self {
            Self::ResidentialService => &mut configuration.resi_location_service_active,
            Self::NonResidentialService => &mut configuration.non_resi_service_active,
            Self::CertificationApproval => &mut configuration.certification_approval_required,
            Self::SegregationInRollCount => &mut configuration.include_segregation_in_roll_count,
        }
    }
}
