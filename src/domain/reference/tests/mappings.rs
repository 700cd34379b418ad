//! Labels, sequences and mappings that the constants endpoints do not show.

use std::collections::BTreeSet;

use strum::VariantArray;

use crate::domain::reference::*;

/// `(constant, label)` of every constant, to compare with a table of a chapter.
fn labels<T: VariantArray + Copy + Into<&'static str>>(
    label: impl Fn(T) -> &'static str,
) -> Vec<(&'static str, &'static str)> {
    T::VARIANTS.iter().map(|constant| ((*constant).into(), label(*constant))).collect()
}

#[test]
fn sequences_count_up_in_the_order_of_declaration() {
    let counts = |sequences: Vec<i32>, ends_with_99: bool| {
        let last = i32::try_from(sequences.len()).unwrap();
        let mut expected: Vec<i32> = (1..=last).collect();
        if ends_with_99 {
            *expected.last_mut().unwrap() = 99;
        }
        assert_eq!(sequences, expected);
    };
    counts(AccommodationType::VARIANTS.iter().map(|t| t.sequence()).collect(), true);
    counts(ResidentialHousingType::VARIANTS.iter().map(|t| t.sequence()).collect(), true);
    counts(UsedForType::VARIANTS.iter().map(|t| t.sequence()).collect(), false);
    counts(SpecialistCellType::VARIANTS.iter().map(|t| t.sequence()).collect(), false);
    counts(ConvertedCellType::VARIANTS.iter().map(|t| t.sequence()).collect(), true);
    counts(DeactivatedReason::VARIANTS.iter().map(|t| t.sequence()).collect(), true);
    counts(NonResidentialUsageType::VARIANTS.iter().map(|t| t.sequence()).collect(), true);
    counts(ServiceFamilyType::VARIANTS.iter().map(|t| t.sequence()).collect(), false);
    counts(ServiceType::VARIANTS.iter().map(|t| t.sequence()).collect(), false);
    assert_eq!(TransactionType::LocationCreate.sequence(), 0);
    assert_eq!(TransactionType::CapacityChange.sequence(), 7);
    assert_eq!(TransactionType::CertificateBaseline.sequence(), 23);
}

#[test]
fn location_types_belong_to_one_class_at_most() {
    let class = |belongs: fn(LocationType) -> bool| -> BTreeSet<&str> {
        LocationType::VARIANTS.iter().filter(|t| belongs(**t)).map(|t| t.as_str()).collect()
    };
    assert_eq!(class(LocationType::is_structural), BTreeSet::from(["WING", "SPUR", "LANDING"]));
    let areas = BTreeSet::from(["AREA", "HOLDING_AREA", "MOVEMENT_AREA", "EXTERNAL_GROUNDS"]);
    assert_eq!(class(LocationType::is_area), areas);
    let rooms = BTreeSet::from([
        "ROOM",
        "RESIDENTIAL_UNIT",
        "HOLDING_CELL",
        "MEDICAL",
        "ADJUDICATION_ROOM",
        "FAITH_AREA",
        "GROUP",
        "STORE",
    ]);
    assert_eq!(class(LocationType::is_room_type), rooms);
    let mut on_summary = rooms;
    on_summary.extend(["WING", "SPUR", "LANDING", "CELL"]);
    assert_eq!(class(LocationType::shown_on_summary), on_summary);
}

#[test]
fn location_types_have_other_labels_in_requests() {
    for residential in ResidentialLocationType::VARIANTS {
        let location_type = residential.location_type();
        assert_eq!(location_type.as_str(), residential.as_str());
        assert_eq!(location_type.residential(), Some(*residential));
        assert!(location_type.label().eq_ignore_ascii_case(residential.label()), "only capitals differ");
    }
    for non_residential in NonResidentialLocationType::VARIANTS {
        let location_type = non_residential.location_type();
        assert_eq!(location_type.as_str(), non_residential.as_str());
        assert_eq!(location_type.non_residential(), Some(*non_residential));
        assert!(location_type.label().eq_ignore_ascii_case(non_residential.label()), "only capitals differ");
    }
    let differing = |label: fn(LocationType) -> Option<&'static str>| -> Vec<&str> {
        let labelled = LocationType::VARIANTS.iter().filter_map(|t| Some((t.label(), label(*t)?)));
        labelled.filter(|(own, other)| own != other).map(|(_, other)| other).collect()
    };
    assert_eq!(
        differing(LocationType::residential_label),
        ["Holding Area", "Movement Area", "External Grounds"],
        "the three of 01 section 10.3"
    );
    assert_eq!(
        differing(LocationType::non_residential_label),
        [
            "Administration Area",
            "Return to Unit",
            "Training Area",
            "Training Room",
            "Exercise Area",
            "Inside Party",
            "Outside Party",
            "Faith Area",
            "Adjudication Room",
            "Video Link",
            "Internal Grounds",
        ]
    );
    assert_eq!(LocationType::Office.residential_label(), None);
    assert_eq!(LocationType::Wing.non_residential_label(), None);
    assert_eq!(LocationType::Landing.plural(), "Landings");
    assert_eq!(LocationType::ExternalGrounds.plural(), "External groundss");
}

#[test]
fn the_structure_says_what_stands_below() {
    use StructuralType::{Cell, Landing, Spur, Wing};
    let structure = [Wing, Spur, Cell];
    let next = |own| StructuralType::next_level(&structure, own);
    assert_eq!(next(LocationType::Wing), Some(Spur));
    assert_eq!(next(LocationType::Spur), Some(Cell));
    assert_eq!(next(LocationType::Cell), None, "the last one: its default");
    assert_eq!(next(LocationType::Landing), Some(Wing), "not in the structure: its first");
    assert_eq!(
        StructuralType::next_level(&[Wing, Spur], LocationType::Spur),
        Some(Landing),
        "the last one: its default"
    );
    assert_eq!(StructuralType::next_level(&[Wing], LocationType::Wing), Some(Landing));
    assert_eq!(StructuralType::next_level(&[Landing], LocationType::Landing), Some(Cell));
    assert_eq!(StructuralType::next_level(&[], LocationType::Wing), None, "no structure");
    for level in StructuralType::VARIANTS {
        assert_eq!(level.as_str(), level.location_type().as_str());
        assert_eq!(level.plural(), level.location_type().plural());
    }
}

#[test]
fn accommodation_and_housing_types_stand_for_each_other() {
    use AccommodationType as A;
    use ResidentialHousingType as H;
    let housing: Vec<H> = A::VARIANTS.iter().map(|t| t.housing_type()).collect();
    assert_eq!(housing, [H::Segregation, H::Healthcare, H::NormalAccommodation, H::OtherUse]);
    let accommodation: Vec<A> = H::VARIANTS.iter().map(|t| t.accommodation_type()).collect();
    let other = A::OtherNonResidential;
    assert_eq!(
        accommodation,
        [A::HealthcareInpatients, other, A::NormalAccommodation, other, A::CareAndSeparation, other, other]
    );
    for accommodation_type in A::VARIANTS {
        assert_eq!(accommodation_type.housing_type().accommodation_type(), *accommodation_type);
    }
    for offered in ConversionAccommodationType::VARIANTS {
        assert_eq!(offered.accommodation_type().as_str(), offered.as_str());
    }
}

#[test]
fn attributes_make_specialist_cells() {
    let mapped: Vec<(&str, &str)> = ResidentialAttributeValue::VARIANTS
        .iter()
        .filter_map(|value| Some((value.as_str(), value.specialist_cell_type()?.as_str())))
        .collect();
    assert_eq!(
        mapped,
        [
            ("CAT_A_CELL", "CAT_A"),
            ("E_LIST_CELL", "ESCAPE_LIST"),
            ("GATED_CELL", "CONSTANT_SUPERVISION"),
            ("LISTENER_CELL", "LISTENER_CRISIS"),
            ("LOCATE_FLAT", "LOCATE_FLAT_CELL"),
            ("OBSERVATION_CELL", "CONSTANT_SUPERVISION"),
            ("SAFE_CELL", "SAFE_CELL"),
            ("WHEELCHAIR_ACCESS", "ACCESSIBLE_CELL"),
        ]
    );
    assert!(ResidentialAttributeValue::VARIANTS.iter().all(|value| !value.label().is_empty()));
}

#[test]
fn nomis_reasons_become_ours() {
    use DeactivatedReason as D;
    let mapped: Vec<D> = NomisDeactivatedReason::VARIANTS.iter().map(|reason| reason.mapped()).collect();
    let mut expected = vec![D::Refurbishment, D::Maintenance, D::StaffShortage, D::Mothballed, D::Damaged];
    expected.extend([D::Other; 7]);
    assert_eq!(mapped, expected);
}

#[test]
fn services_stand_for_usages_and_location_types() {
    let usages: Vec<Option<&str>> = ServiceType::VARIANTS.iter().map(|s| s.usage().map(|u| u.as_str())).collect();
    assert_eq!(
        usages,
        [
            Some("APPOINTMENT"),
            Some("PROGRAMMES_ACTIVITIES"),
            None,
            Some("ADJUDICATION_HEARING"),
            Some("OCCURRENCE"),
            Some("MOVEMENT"),
            Some("VISIT"),
            Some("OCCURRENCE"),
            None,
        ]
    );
    let implied = |usage: NonResidentialUsageType| usage.services().collect::<Vec<_>>();
    assert_eq!(
        implied(NonResidentialUsageType::Occurrence),
        [ServiceType::LocationOfIncident, ServiceType::UseOfForce]
    );
    assert_eq!(implied(NonResidentialUsageType::Movement), [ServiceType::InternalMovements]);
    assert_eq!(implied(NonResidentialUsageType::Property), []);
    assert_eq!(implied(NonResidentialUsageType::Other), []);

    let implied = |location_type: LocationType| location_type.implied_services().collect::<Vec<_>>();
    assert_eq!(implied(LocationType::VideoLink), [ServiceType::VideoLink]);
    assert_eq!(implied(LocationType::AdjudicationRoom), [ServiceType::HearingLocation]);
    assert_eq!(implied(LocationType::Visits), []);

    let cross_cutting: Vec<_> = ServiceType::VARIANTS.iter().filter(|s| s.is_cross_cutting()).collect();
    assert_eq!(cross_cutting, [&ServiceType::VideoEnabled]);
}

#[test]
fn the_location_type_of_services_goes_by_precedence() {
    use ServiceType as S;
    assert_eq!(location_type_for_services([S::VideoLink, S::HearingLocation]), Some(LocationType::AdjudicationRoom));
    assert_eq!(location_type_for_services([S::Appointment, S::VideoLink]), Some(LocationType::VideoLink));
    assert_eq!(location_type_for_services([S::VideoEnabled, S::UseOfForce]), None);
    assert_eq!(location_type_for_services([]), None);
}

#[test]
fn pending_values_are_of_five_approval_types() {
    let pending: Vec<&str> =
        ApprovalType::VARIANTS.iter().filter(|t| t.uses_pending_values()).map(|t| t.as_str()).collect();
    assert_eq!(pending, ["DRAFT", "CELL_MARK", "CELL_SANITATION", "CAPACITY_CHANGE", "SPECIALIST_CELL_TYPE"]);
}

#[test]
fn statuses_are_labelled() {
    assert_eq!(
        labels(LocationStatus::label),
        [("ACTIVE", "Active"), ("INACTIVE", "Inactive"), ("ARCHIVED", "Archived"), ("DRAFT", "Draft")]
    );
    assert_eq!(
        labels(ShownStatus::label),
        [
            ("ACTIVE", "Active"),
            ("INACTIVE", "Inactive"),
            ("ARCHIVED", "Archived"),
            ("DRAFT", "Draft"),
            ("NON_RESIDENTIAL", "Non-residential"),
            ("LOCKED_ACTIVE", "Active (Change requested)"),
            ("LOCKED_INACTIVE", "Inactive (Change requested)"),
            ("LOCKED_DRAFT", "Draft (Change requested)"),
            ("LOCKED_NON_RESIDENTIAL", "Non-residential (Change requested)"),
        ]
    );
    assert_eq!(
        labels(InactiveStatus::label),
        [
            ("INACTIVE_TEMP", "Temporary inactive cell"),
            ("INACTIVE_PEND_CHANGE_REQ", "Inactive cell with certificate change requests"),
            ("INACTIVE_MATCHING_CELL_CERT", "Inactive cell with capacity decreased on cell certificate"),
        ]
    );
    assert_eq!(PrisonSwitch::from(true), PrisonSwitch::Active);
    assert_eq!(PrisonSwitch::from(false), PrisonSwitch::Inactive);
    assert!(PrisonSwitch::Active.is_active() && !PrisonSwitch::Inactive.is_active());
}

#[test]
fn history_attributes_are_labelled_shown_and_ordered() {
    let shown: Vec<(&str, &str, i32)> = LocationAttribute::VARIANTS
        .iter()
        .filter(|a| a.shown())
        .map(|a| (a.as_str(), a.label(), a.display_order()))
        .collect();
    assert_eq!(
        shown,
        [
            ("STATUS", "Status", 0),
            ("LOCATION_CREATED", "Location created", 1),
            ("CERTIFICATION", "Certification", 5),
            ("ACCOMMODATION_TYPE", "Accommodation type", 10),
            ("USED_FOR", "Used for", 15),
            ("SPECIALIST_CELL_TYPE", "Cell type", 20),
            ("CONVERTED_CELL_TYPE", "Non-residential room", 25),
            ("WORKING_CAPACITY", "Working capacity", 30),
            ("MAX_CAPACITY", "Maximum capacity", 35),
            ("CERTIFIED_CAPACITY", "Certified normal accommodation", 36),
            ("DEACTIVATION_REASON", "Deactivation reason", 40),
            ("PROPOSED_REACTIVATION_DATE", "Estimated reactivation date", 45),
            ("PLANET_FM_NUMBER", "Planet FM reference number", 50),
            ("LOCAL_NAME", "Local name", 55),
            ("CELL_MARK", "Cell mark", 60),
            ("IN_CELL_SANITATION", "In-cell sanitation", 65),
            ("USAGE", "Usage", 99),
            ("NON_RESIDENTIAL_CAPACITY", "Non residential capacity", 99),
            ("INTERNAL_MOVEMENT_ALLOWED", "Internal movement allowed", 99),
            ("USED_BY_SERVICE", "Use by service", 99),
            ("HIDDEN_FROM_LIST", "Hidden from list", 99),
        ]
    );
    let hidden: Vec<(&str, i32)> =
        LocationAttribute::VARIANTS.iter().filter(|a| !a.shown()).map(|a| (a.label(), a.display_order())).collect();
    assert_eq!(
        hidden,
        [
            ("Code", 99),
            ("Location type", 99),
            ("Residential housing type", 99),
            ("Parent location", 99),
            ("Order within parent location", 99),
            ("Comments", 99),
            ("Attributes", 99),
            ("Permanent deactivation", 99),
            ("Active", 99),
            ("Deactivated date", 99),
            ("Deactivated reason", 99),
            ("Deactivated reason description", 99),
        ]
    );
}

#[test]
fn migrated_history_may_use_the_old_codes() {
    for attribute in LocationAttribute::VARIANTS {
        assert_eq!(LocationAttribute::from_migrated(attribute.as_str()), Some(*attribute));
    }
    let renamed = [
        ("CERTIFIED", LocationAttribute::Certification),
        ("DESCRIPTION", LocationAttribute::LocalName),
        ("OPERATIONAL_CAPACITY", LocationAttribute::WorkingCapacity),
        ("CAPACITY", LocationAttribute::MaxCapacity),
    ];
    for (code, attribute) in renamed {
        assert_eq!(LocationAttribute::from_migrated(code), Some(attribute), "{code}");
    }
    assert_eq!(LocationAttribute::from_migrated("Local name"), None);
}

#[test]
fn transaction_types_are_labelled() {
    assert_eq!(
        labels(TransactionType::label),
        [
            ("LOCATION_CREATE", "Created residential location"),
            ("LOCATION_CREATE_NON_RESI", "Created non-residential location"),
            ("LOCATION_UPDATE", "Updated residential location"),
            ("LOCATION_UPDATE_NON_RESI", "Updated non-residential location"),
            ("SYNC", "NOMIS sync (Residential)"),
            ("SYNC_NON_RESIDENTIAL", "NOMIS sync (Non-Residential)"),
            ("DELETE", "Locations deleted"),
            ("CAPACITY_CHANGE", "Capacity change"),
            ("CELL_TYPE_CHANGES", "Cell type change"),
            ("DEACTIVATION", "Deactivation"),
            ("PERMANENT_DEACTIVATION", "Permanent deactivation"),
            ("REACTIVATION", "Reactivation"),
            ("CELL_CONVERTION_TO_ROOM", "Cell conversion to room"),
            ("ROOM_CONVERTION_TO_CELL", "Room conversion to cell"),
            ("SIGNED_OP_CAP", "Signed operational capacity"),
            ("RESI_SERVICE_ACTIVATION", "Residential service activation"),
            ("NON_RESI_SERVICE_ACTIVATION", "Non-residential service activation"),
            ("INCLUDE_SEG_IN_ROLL_COUNT_ACTIVATION", "Include segregation in roll count activation"),
            ("APPROVAL_PROCESS_ACTIVATION", "Certification approval activation"),
            ("REQUEST_CERTIFICATION_APPROVAL", "Request certification approval"),
            ("APPROVE_CERTIFICATION_REQUEST", "Approve request"),
            ("REJECT_CERTIFICATION_REQUEST", "Reject request"),
            ("WITHDRAW_CERTIFICATION_REQUEST", "Withdraw request"),
            ("CERTIFICATE_BASELINE", "Certificate baseline"),
        ]
    );
}

#[test]
fn upload_states_are_labelled() {
    assert_eq!(
        labels(UploadStatus::label),
        [
            ("PENDING", "Stored and waiting to be processed"),
            ("STARTED", "Processing has started"),
            ("FINISHED", "Processing has finished"),
        ]
    );
    assert_eq!(
        labels(UploadRowStatus::label),
        [
            ("PENDING", "Not yet processed"),
            ("PROCESSED", "Successfully processed"),
            ("SKIPPED", "Skipped, no change required or not applicable"),
            ("FAILED", "Processing failed"),
        ]
    );
}
