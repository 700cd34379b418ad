//! Every business reason to refuse a request, with its status, code and words (07 section 2.3; our own codes start at 901).

use uuid::Uuid;

/// Why a request is refused. One variant for each reason that a caller can tell apart.
///
/// The words of a message are `<category>: <detail>`; clients switch on the code, people read the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 101: no location with this id, key or description.
    LocationNotFound(String),
    /// 101: the prison has no configuration row.
    PrisonNotFound(String),
    /// 101: no cell certificate with this id.
    CertificateNotFound(Uuid),
    /// 101: the prison has no current cell certificate.
    NoCurrentCertificate(String),
    /// 103: the key is taken, by a location of any kind and status.
    LocationExists(String),
    /// 104: the location is archived, so it can't be reactivated (key).
    ArchivedCannotBeReactivated(String),
    /// 104: the location is inactive for a short time only, which needs no approval (key).
    ShortTermInactive(String),
    /// 105: an active location cannot be archived (key).
    ActiveLocationCannotBeArchived(String),
    /// 106, 112 to 117, 141: a capacity rule is broken.
    Capacity(CapacityRule),
    /// 107: the location is archived (key).
    Archived(String),
    /// 108: no linked transaction with this id.
    TransactionNotFound(Uuid),
    /// 109: there are prisoners in the location.
    Occupied {
        /// Number of cells with prisoners.
        locations: usize,
        /// Number of prisoners in them.
        prisoners: usize,
    },
    /// 110: no signed operational capacity for this prison.
    SignedOperationalCapacityNotFound(String),
    /// 111: no location prefix for `<prison>_<group>`.
    LocationPrefixNotFound(String),
    /// 118: reason OTHER without a description (key).
    OtherReasonNeedsDescription(String),
    /// 119: the local name is in use at the same level.
    LocalNameTaken {
        /// The name asked for.
        name: String,
        /// Key of the location under which it is taken, or the prison.
        under: String,
    },
    /// 120: the cell is converted to a room, NOMIS may not change it (key).
    ConvertedCell(String),
    /// 121: no approval request with this id.
    ApprovalNotFound(Uuid),
    /// 122: a pending approval locks the location (key).
    Locked(String),
    /// 123: a pending approval exists already for the location (key).
    AlreadyPending(String),
    /// 124: only drafts can be deleted.
    OnlyDraftsCanBeDeleted,
    /// 125: the approval request is not pending.
    ApprovalNotPending(Uuid),
    /// 126: no approval is needed here.
    ApprovalNotNeeded(String),
    /// 128: signed operational capacity needs approval in this prison.
    SignedOperationalCapacityNeedsApproval(String),
    /// 129: approval has to be asked for at a higher level (key).
    ApprovalAtHigherLevel(String),
    /// 130: the local name is in use among the prison's non-residential locations.
    NonResidentialLocalNameTaken {
        /// The name asked for.
        name: String,
        /// The prison.
        prison_id: String,
    },
    /// 131: nothing can be created while an approval is pending here or above (key).
    CreationWhilePending(String),
    /// 132: the cell mark is in use at the same level.
    CellMarkTaken {
        /// The mark asked for.
        mark: String,
        /// Key of the location under which it is taken, or the prison.
        under: String,
    },
    /// 133: an approval request needs a reason for change (key).
    ReasonForChangeNeeded(String),
    /// 134: no such change without certification approval (prison or key).
    NeedsCertificationApproval(String),
    /// 135: the change of specialist cell types needs approval (key).
    SpecialistTypeChangeNeedsApproval(String),
    /// 135: approval was asked for a change of specialist cell types that needs none (key).
    SpecialistTypeChangeNeedsNoApproval(String),
    /// 136: permanent deactivation needs approval (key).
    PermanentDeactivationNeedsApproval(String),
    /// 137: no bulk permanent deactivation in a prison that uses approvals.
    BulkPermanentDeactivationNotAllowed(String),
    /// 138: used-for types are for normal accommodation only (key).
    UsedForNeedsNormalAccommodation(String),
    /// 139: a certificate upload is in progress for the prison.
    UploadInProgress(String),
    /// 140: no certificate upload with this id.
    UploadNotFound(Uuid),
    /// 142: a location below has a pending approval.
    PendingBelow {
        /// Key of the location that should change.
        key: String,
        /// Key of the location below it that is pending.
        below: String,
    },
    /// 143: the location is not archived (key).
    NotArchived(String),
    /// 144: the location cannot be hidden from the list.
    CannotBeHidden {
        /// Key of the location.
        key: String,
        /// Why not, in words.
        why: String,
    },
    /// 409 without a code: the cells that were asked about changed again and again meanwhile (decisions B5).
    KeepsChanging(String),
    /// A plain rule failure: 400 without a code.
    Invalid(String),
    /// 120 (decisions D5): DPS is master of this prison, an update by NOMIS is refused and done.
    UpdateWhileOneWay(String),
    /// 901 (decisions D5): DPS is master of this prison, NOMIS may neither create nor delete here.
    ChangeWhileOneWay(String),
}

/// The rules of 01 section 6.5, and those of the signed operational capacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapacityRule {
    /// 106: normal accommodation must have a working capacity and a CNA.
    ZeroInNormalAccommodation,
    /// 106: without its specialist types the cell would be normal accommodation with a capacity of 0.
    SpecialistTypesKeepZeroCapacity,
    /// 112: working capacity over 99.
    WorkingTooHigh,
    /// 113: max capacity over 99.
    MaxTooHigh,
    /// 114: working capacity above max capacity.
    WorkingAboveMax {
        /// Working capacity asked for.
        working: i32,
        /// Max capacity asked for.
        max: i32,
    },
    /// 115: max capacity is 0.
    MaxIsZero,
    /// 116: signed operational capacity above the max capacity of the prison.
    SignedAboveMax(i32),
    /// 117: max capacity below the number of prisoners in the cell.
    MaxBelowOccupancy {
        /// Max capacity asked for.
        max: i32,
        /// Prisoners in the cell.
        occupancy: i32,
    },
    /// 141: working capacity of a normal accommodation cell below the number of prisoners in it.
    WorkingBelowOccupancy {
        /// Working capacity asked for.
        working: i32,
        /// Prisoners in the cell.
        occupancy: i32,
    },
}

impl CapacityRule {
    fn code(&self) -> u16 {
        match self {
            Self::ZeroInNormalAccommodation | Self::SpecialistTypesKeepZeroCapacity => 106,
            Self::WorkingTooHigh => 112,
            Self::MaxTooHigh => 113,
            Self::WorkingAboveMax { .. } => 114,
            Self::MaxIsZero => 115,
            Self::SignedAboveMax(_) => 116,
            Self::MaxBelowOccupancy { .. } => 117,
            Self::WorkingBelowOccupancy { .. } => 141,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::ZeroInNormalAccommodation => {
                "Normal accommodation must not have a CNA or working capacity of 0".into()
            }
            Self::SpecialistTypesKeepZeroCapacity => {
                "Cannot removes specialist cell types for a normal accommodation with a working capacity of 0".into()
            }
            Self::WorkingTooHigh => "Working capacity must be less than 100".into(),
            Self::MaxTooHigh => "Max capacity must be less than 100".into(),
            Self::WorkingAboveMax { working, max } => {
                format!("Working capacity ({working}) cannot be more than max capacity ({max})")
            }
            Self::MaxIsZero => "Max capacity cannot be zero".into(),
            Self::SignedAboveMax(max) => {
                format!("Signed operational capacity cannot be more than the establishment's maximum capacity of {max}")
            }
            Self::MaxBelowOccupancy { max, occupancy } => {
                format!("Max capacity ({max}) cannot be decreased below current cell occupancy ({occupancy})")
            }
            Self::WorkingBelowOccupancy { working, occupancy } => {
                format!("Working capacity ({working}) cannot be decreased below current cell occupancy ({occupancy})")
            }
        }
    }
}

/// Status, code, category and detail of a refusal.
struct Words {
    status: u16,
    code: Option<u16>,
    category: &'static str,
    detail: String,
}

fn words(status: u16, code: u16, category: &'static str, detail: String) -> Words {
    Words { status, code: Some(code), category, detail }
}

fn not_found(id: impl std::fmt::Display) -> String {
    format!("There is no location found for ID = {id}")
}

/// 104, whatever the reason is in the words of one.
fn not_reactivated(why: &str) -> Words {
    words(
        400,
        104,
        "Location cannot be reactivated as parent inactive",
        format!("Location cannot be reactivated if parent is deactivated = {why}"),
    )
}

impl Refusal {
    /// A location that was asked for by its id and is not there.
    pub fn no_location(id: Uuid) -> Self {
        Self::LocationNotFound(id.to_string())
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        self.words().status
    }

    /// `errorCode` of the answer, if it has one.
    pub fn error_code(&self) -> Option<u16> {
        self.words().code
    }

    /// `userMessage` of the answer. Capacity errors and code 111 are the bare detail (07 section 2.1).
    pub fn user_message(&self) -> String {
        let w = self.words();
        match self {
            Self::Capacity(_) | Self::LocationPrefixNotFound(_) => w.detail,
            _ => format!("{}: {}", w.category, w.detail),
        }
    }

    /// `developerMessage` of the answer.
    pub fn developer_message(&self) -> String {
        let w = self.words();
        match self {
            Self::Capacity(_) => format!("{}: {}", w.category, w.detail),
            _ => w.detail,
        }
    }

    /// What is wrong, without the category: part of the answer of the bulk capacity update (04 section 22).
    pub fn detail(&self) -> String {
        self.words().detail
    }

    fn words(&self) -> Words {
        match self {
            Self::LocationNotFound(_)
            | Self::PrisonNotFound(_)
            | Self::CertificateNotFound(_)
            | Self::NoCurrentCertificate(_)
            | Self::TransactionNotFound(_)
            | Self::SignedOperationalCapacityNotFound(_)
            | Self::LocationPrefixNotFound(_)
            | Self::ApprovalNotFound(_)
            | Self::UploadNotFound(_) => self.missing(),
            Self::ApprovalNotPending(_)
            | Self::ApprovalNotNeeded(_)
            | Self::SignedOperationalCapacityNeedsApproval(_)
            | Self::ApprovalAtHigherLevel(_)
            | Self::ReasonForChangeNeeded(_)
            | Self::NeedsCertificationApproval(_)
            | Self::SpecialistTypeChangeNeedsApproval(_)
            | Self::SpecialistTypeChangeNeedsNoApproval(_)
            | Self::PermanentDeactivationNeedsApproval(_)
            | Self::BulkPermanentDeactivationNotAllowed(_) => self.about_approval(),
            Self::ArchivedCannotBeReactivated(_)
            | Self::ShortTermInactive(_)
            | Self::Capacity(_)
            | Self::OtherReasonNeedsDescription(_)
            | Self::OnlyDraftsCanBeDeleted
            | Self::CreationWhilePending(_)
            | Self::UsedForNeedsNormalAccommodation(_)
            | Self::NotArchived(_)
            | Self::Invalid(_) => self.bad_request(),
            _ => self.conflict(),
        }
    }

    fn missing(&self) -> Words {
        match self {
            Self::PrisonNotFound(id) => {
                words(404, 101, "Prison not found", format!("There is no prison found for ID = {id}"))
            }
            Self::CertificateNotFound(id) => {
                words(404, 101, "Certificate not found", format!("Cell certificate with id {id} not found"))
            }
            Self::NoCurrentCertificate(prison) => words(
                404,
                101,
                "Cell certificate not found",
                format!("No current cell certificate found for prison {prison}"),
            ),
            Self::TransactionNotFound(id) => {
                words(404, 108, "Transaction not found", format!("There is no transaction found for txId = {id}"))
            }
            Self::SignedOperationalCapacityNotFound(prison) => words(
                404,
                110,
                "Signed Operation Capacity not found",
                format!("There is no signed operation capacity found for prison ID = {prison}"),
            ),
            Self::LocationPrefixNotFound(group) => {
                words(404, 111, "Location prefix not found", format!("Location prefix not found for {group}"))
            }
            Self::ApprovalNotFound(id) => {
                words(404, 121, "Approval not found", format!("Approval request {id} not found"))
            }
            Self::UploadNotFound(id) => words(
                404,
                140,
                "Cell certificate upload not found",
                format!("Cell certificate upload with id {id} not found"),
            ),
            Self::LocationNotFound(id) => words(404, 101, "Location not found", not_found(id)),
            _ => words(404, 101, "Location not found", not_found("?")),
        }
    }

    fn about_approval(&self) -> Words {
        match self {
            Self::ApprovalNotPending(id) => words(
                400,
                125,
                "Approval must be pending to approve/reject",
                format!("Approval request {id} is not in PENDING status"),
            ),
            Self::SignedOperationalCapacityNeedsApproval(prison) => words(
                400,
                128,
                "Approval required or signed op cap change",
                format!("Signed op cap cannot be updated in {prison} without approval"),
            ),
            Self::ApprovalAtHigherLevel(key) => words(
                400,
                129,
                "Approval must be requested at a higher level",
                format!("Location {key} has to be approved at a higher level"),
            ),
            Self::ReasonForChangeNeeded(key) => words(
                400,
                133,
                "Approval request requires a reason",
                format!("Approval request for {key} requires a reason for change"),
            ),
            Self::NeedsCertificationApproval(what) => words(
                400,
                134,
                "Cannot makes changes without certificate approval",
                format!("Changes cannot be made to {what} without certification approval"),
            ),
            Self::SpecialistTypeChangeNeedsApproval(key) => words(
                400,
                135,
                "Adding or removing specialist cell types that affect capacity requires certification approval",
                format!(
                    "Adding or removing specialist cell types that affect capacity for {key} requires certification approval - use the specialist cell type change approval endpoint"
                ),
            ),
            Self::SpecialistTypeChangeNeedsNoApproval(key) => words(
                400,
                135,
                "This specialist cell type change does not require approval",
                format!(
                    "The specialist cell type change for {key} does not require approval - the count of capacity-affecting specialist cell types is not changing"
                ),
            ),
            Self::PermanentDeactivationNeedsApproval(key) => words(
                400,
                136,
                "Permanent deactivation requires approval",
                format!(
                    "Location {key} cannot be permanently deactivated directly while certification approval is active - use the permanent deactivation approval endpoint"
                ),
            ),
            Self::BulkPermanentDeactivationNotAllowed(prison) => words(
                400,
                137,
                "Bulk permanent deactivation not allowed",
                format!(
                    "Bulk permanent deactivation is not allowed for {prison} while certification approval is active"
                ),
            ),
            Self::ApprovalNotNeeded(what) => words(
                400,
                126,
                "Location does not require approval",
                format!("Location {what} does not need to be approved"),
            ),
            _ => words(400, 126, "Location does not require approval", String::new()),
        }
    }

    fn bad_request(&self) -> Words {
        match self {
            Self::ArchivedCannotBeReactivated(key) => {
                not_reactivated(&format!("Location [{key}] permanently deactivated"))
            }
            Self::ShortTermInactive(key) => {
                not_reactivated(&format!("Location {key} is currently short term inactive"))
            }
            Self::Capacity(rule) => words(400, rule.code(), "Capacity Validation Error", rule.detail()),
            Self::OtherReasonNeedsDescription(key) => words(
                400,
                118,
                "De-activating location requires a reason when using OTHER reason type",
                format!("De-activating location {key} requires a reason when using OTHER reason type"),
            ),
            Self::OnlyDraftsCanBeDeleted => words(
                400,
                124,
                "DRAFT locations only can be deleted",
                "Location Cannot delete locations that are not in DRAFT state cannot be deleted when not DRAFT".into(),
            ),
            Self::CreationWhilePending(key) => words(
                400,
                131,
                "Locations cannot be created while an approval is pending",
                format!("Locations cannot be created below {key} while an approval request is pending"),
            ),
            Self::UsedForNeedsNormalAccommodation(key) => words(
                400,
                138,
                "Used for types can only be set for normal accommodation",
                format!("Location {key} is not normal accommodation"),
            ),
            Self::NotArchived(key) => words(
                400,
                143,
                "Location cannot be un-archived as it is not archived",
                format!("Location is not archived so cannot be un-archived = {key}"),
            ),
            Self::Invalid(detail) => {
                Words { status: 400, code: None, category: "Validation failure", detail: detail.clone() }
            }
            _ => Words { status: 400, code: None, category: "Validation failure", detail: String::new() },
        }
    }

    fn conflict(&self) -> Words {
        match self {
            Self::LocationExists(key) => {
                words(409, 103, "Location already exists", format!("Location already exists = {key}"))
            }
            Self::ActiveLocationCannotBeArchived(key) => words(
                409,
                105,
                "Permanent Deactivation Exception",
                format!("{key}: Location cannot be permanently deactivated as it is active"),
            ),
            Self::Archived(key) => words(
                409,
                107,
                "Deactivated Location Exception",
                format!("Location {key} cannot be updated as has been permanently deactivated"),
            ),
            Self::Occupied { locations, prisoners } => words(
                409,
                109,
                "Deactivation Exception",
                format!("{locations} locations contain {prisoners} prisoners"),
            ),
            Self::LocalNameTaken { name, under } => words(
                409,
                119,
                "Local name already exists in this prison at this level",
                format!("Same local name {name} in this hierarchy {under}"),
            ),
            Self::ConvertedCell(key) => words(
                409,
                120,
                "Converted Cell Location Exception",
                format!("Location {key} cannot be updated as it is a converted cell"),
            ),
            Self::UpdateWhileOneWay(prison) => {
                words(409, 120, "NOMIS update refused", format!("DPS is master of the locations of {prison}"))
            }
            Self::ChangeWhileOneWay(prison) => {
                words(409, 901, "NOMIS change refused", format!("DPS is master of the locations of {prison}"))
            }
            Self::Locked(key) => words(
                409,
                122,
                "Location with pending approval cannot be updated",
                format!("Location {key} cannot be updated as it has a pending approval request"),
            ),
            Self::AlreadyPending(key) => words(
                409,
                123,
                "Pending approval already exist for this location",
                format!("Location {key} already has a pending approval request"),
            ),
            Self::NonResidentialLocalNameTaken { name, prison_id } => words(
                409,
                130,
                "Local name already exists in this prison",
                format!("Same local name {name} in this prison {prison_id}"),
            ),
            Self::CellMarkTaken { mark, under } => words(
                409,
                132,
                "Cell mark already exists in this prison at this level",
                format!("Same cell mark {mark} in this hierarchy {under}"),
            ),
            Self::UploadInProgress(prison) => words(
                409,
                139,
                "Cell certificate upload already in progress",
                format!("A cell certificate upload is already in progress for prison {prison}"),
            ),
            Self::PendingBelow { key, below } => words(
                409,
                142,
                "Location cannot be archived as a location below it has a pending approval request",
                format!("Location {key} cannot be archived because {below} below it has a pending approval request"),
            ),
            Self::KeepsChanging(key) => Words {
                status: 409,
                code: None,
                category: "Conflict",
                detail: format!("Location {key} was changed by others meanwhile, again and again"),
            },
            Self::CannotBeHidden { key, why } => words(
                409,
                144,
                "Hide from list exception",
                format!("Location {key} cannot be hidden from the non-residential list: {why}"),
            ),
            _ => Words { status: 409, code: None, category: "Conflict", detail: String::new() },
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.user_message())
    }
}

impl std::error::Error for Refusal {}
