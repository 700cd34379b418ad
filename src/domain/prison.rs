//! What is set for a prison as a whole (07 section 5).

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
