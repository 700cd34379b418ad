//! Reference data: every constant of the model, with its label, its place in lists and what it stands for
//! (01 section 7, 9.3 and 9.5). Plain data; a constant's text is the same in the database, in JSON and in a path.
//!
//! Each enum is declared in the contract's "enum order", so comparing two constants compares their places in it, and
//! `VARIANTS` (of [`strum::VariantArray`]) lists them in it, which is also their order by sequence. `as_str` gives the
//! constant, `parse` reads it, `label` is what people see.
//!
//! | File | Holds |
//! |---|---|
//! | [`location_type`] | location types, and those that residential and non-residential requests may name |
//! | [`structure`] | the levels of a wing |
//! | [`accommodation`] | accommodation types and the housing types of NOMIS |
//! | [`used_for`] | what cells are used for, and which prisons may choose it |
//! | [`specialist_cell`] | specialist cell types |
//! | [`attribute`] | residential attributes of NOMIS |
//! | [`converted_cell`] | rooms that cells become |
//! | [`deactivation`] | reasons for deactivation, ours and those of NOMIS |
//! | [`non_residential`] | usages, services and families of services |
//! | [`approval`] | types and states of approval requests, states of certificate uploads |
//! | [`history`] | attributes of the change history |
//! | [`transaction`] | types of linked transactions |
//! | [`status`] | statuses stored and shown, inactive status, switches of a prison |
//! | [`list`] | lists of constants in one text column |

pub mod accommodation;
pub mod approval;
pub mod attribute;
pub mod converted_cell;
pub mod deactivation;
pub mod history;
pub mod list;
pub mod location_type;
pub mod non_residential;
pub mod specialist_cell;
pub mod status;
pub mod structure;
pub mod transaction;
pub mod used_for;

pub use accommodation::{AccommodationType, ConversionAccommodationType, ResidentialHousingType};
pub use approval::{ApprovalStatus, ApprovalType, UploadRowStatus, UploadStatus};
pub use attribute::{ResidentialAttributeType, ResidentialAttributeValue};
pub use converted_cell::ConvertedCellType;
pub use deactivation::{DeactivatedReason, NomisDeactivatedReason};
pub use history::LocationAttribute;
pub use list::{join_constants, parse_constants};
pub use location_type::{LocationType, NonResidentialLocationType, ResidentialLocationType};
pub use non_residential::{NonResidentialUsageType, ServiceFamilyType, ServiceType, location_type_for_services};
pub use specialist_cell::SpecialistCellType;
pub use status::{InactiveStatus, LocationStatus, PrisonSwitch, ShownStatus};
pub use structure::StructuralType;
pub use transaction::TransactionType;
pub use used_for::{Estate, UsedForType};

#[cfg(test)]
mod tests;
