//! Every constant has exactly the name that the OpenAPI document of the live service gives it, in its order, and is read
//! and written the same in text and in JSON.

use std::fmt::Debug;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use strum::VariantArray;
use utoipa::PartialSchema;

use crate::domain::reference::*;

/// Checks an enum against the names of its constants, separated by blanks.
fn assert_constants<T>(names: &str)
where
    T: VariantArray + FromStr + Into<&'static str> + Copy + Ord + Debug,
    T: Serialize + DeserializeOwned + PartialSchema,
{
    let names: Vec<&str> = names.split_whitespace().collect();
    let constants: Vec<&str> = T::VARIANTS.iter().map(|constant| (*constant).into()).collect();
    assert_eq!(constants, names);
    assert!(T::VARIANTS.is_sorted(), "declared in the order in which they compare");
    for (constant, name) in T::VARIANTS.iter().zip(&names) {
        assert_eq!(T::from_str(name).ok(), Some(*constant), "{name} as text");
        assert_eq!(serde_json::to_value(constant).ok(), Some(json!(name)), "{constant:?} to JSON");
        assert_eq!(serde_json::from_value(json!(name)).ok(), Some(*constant), "{name} from JSON");
    }
    let schema = serde_json::to_value(T::schema()).unwrap();
    assert_eq!(schema["enum"], json!(names), "in our OpenAPI document");
    for wrong in ["", "NO_SUCH_CONSTANT", &names[0].to_lowercase(), &format!(" {}", names[0])] {
        assert!(T::from_str(wrong).is_err(), "{wrong:?} as text");
        assert!(serde_json::from_value::<T>(json!(wrong)).is_err(), "{wrong:?} from JSON");
    }
    assert!(serde_json::from_value::<T>(Value::from(0)).is_err(), "a number is no constant");
}

#[test]
fn constants_are_named_as_in_the_live_service() {
    assert_constants::<AccommodationType>(
        "CARE_AND_SEPARATION HEALTHCARE_INPATIENTS NORMAL_ACCOMMODATION OTHER_NON_RESIDENTIAL",
    );
    assert_constants::<ApprovalStatus>("PENDING APPROVED REJECTED WITHDRAWN");
    assert_constants::<ApprovalType>(
        "SIGNED_OP_CAP DRAFT DEACTIVATION PERMANENT_DEACTIVATION UN_ARCHIVE CELL_MARK CELL_SANITATION REACTIVATION \
         CAPACITY_CHANGE SPECIALIST_CELL_TYPE CONVERT_ROOM_TO_CELL CONVERT_CELL_TO_ROOM PRISON_BASELINE \
         CELL_CERTIFICATE_UPLOAD",
    );
    assert_constants::<ConversionAccommodationType>("NORMAL_ACCOMMODATION HEALTHCARE_INPATIENTS CARE_AND_SEPARATION");
    assert_constants::<ConvertedCellType>(
        "HOLDING_ROOM INTERVIEW_ROOM KITCHEN_SERVERY LISTENERS_ROOM OFFICE SHOWER STAFF_ROOM STORE TREATMENT_ROOM \
         UTILITY_ROOM OTHER",
    );
    assert_constants::<DeactivatedReason>(
        "DAMAGED DAMP MAINTENANCE MOTHBALLED PEST REFURBISHMENT SECURITY_SEALED STAFF_SHORTAGE NEW_BUILD \
         CONVERT_CELL_TO_ROOM OTHER",
    );
    assert_constants::<InactiveStatus>("INACTIVE_TEMP INACTIVE_PEND_CHANGE_REQ INACTIVE_MATCHING_CELL_CERT");
    assert_constants::<LocationAttribute>(
        "STATUS LOCATION_CREATED CERTIFICATION ACCOMMODATION_TYPE USED_FOR SPECIALIST_CELL_TYPE CONVERTED_CELL_TYPE \
         WORKING_CAPACITY MAX_CAPACITY CERTIFIED_CAPACITY DEACTIVATION_REASON PROPOSED_REACTIVATION_DATE \
         PLANET_FM_NUMBER LOCAL_NAME CELL_MARK IN_CELL_SANITATION USAGE NON_RESIDENTIAL_CAPACITY \
         INTERNAL_MOVEMENT_ALLOWED USED_BY_SERVICE HIDDEN_FROM_LIST CODE LOCATION_TYPE RESIDENTIAL_HOUSING_TYPE \
         PARENT_LOCATION ORDER_WITHIN_PARENT_LOCATION COMMENTS ATTRIBUTES PERMANENT_DEACTIVATION ACTIVE \
         DEACTIVATED_DATE DEACTIVATED_REASON DEACTIVATED_REASON_DESCRIPTION",
    );
    assert_constants::<LocationStatus>("ACTIVE INACTIVE ARCHIVED DRAFT");
    assert_constants::<LocationType>(
        "WING SPUR LANDING CELL ROOM HOLDING_AREA MOVEMENT_AREA RESIDENTIAL_UNIT EXTERNAL_GROUNDS HOLDING_CELL \
         MEDICAL GROUP OFFICE ADMINISTRATION_AREA BOOTH BOX RETURN_TO_UNIT CLASSROOM TRAINING_AREA TRAINING_ROOM \
         EXERCISE_AREA AREA SPORTS WORKSHOP INSIDE_PARTY OUTSIDE_PARTY FAITH_AREA ADJUDICATION_ROOM APPOINTMENTS \
         VISITS VIDEO_LINK ASSOCIATION INTERNAL_GROUNDS INTERVIEW LOCATION POSITION SHELF STORE TABLE",
    );
    assert_constants::<NomisDeactivatedReason>(
        "REFURBISHMENT LOCAL_WORK STAFF_SHORTAGE MOTHBALLED DAMAGED NEW_BUILDING CELL_RECLAIMS CHANGE_OF_USE \
         CLOSURE OUT_OF_USE CELLS_RETURNING_TO_USE OTHER",
    );
    assert_constants::<NonResidentialLocationType>(
        "GROUP OFFICE ADMINISTRATION_AREA BOOTH BOX RETURN_TO_UNIT CLASSROOM TRAINING_AREA TRAINING_ROOM \
         EXERCISE_AREA SPORTS WORKSHOP INSIDE_PARTY OUTSIDE_PARTY FAITH_AREA ADJUDICATION_ROOM APPOINTMENTS VISITS \
         VIDEO_LINK ASSOCIATION INTERNAL_GROUNDS INTERVIEW LOCATION POSITION SHELF STORE TABLE",
    );
    assert_constants::<NonResidentialUsageType>(
        "ADJUDICATION_HEARING APPOINTMENT MOVEMENT OCCURRENCE PROGRAMMES_ACTIVITIES PROPERTY VISIT OTHER",
    );
    assert_constants::<PrisonSwitch>("ACTIVE INACTIVE");
    assert_constants::<ResidentialAttributeType>(
        "USED_FOR LOCATION_ATTRIBUTE SANITATION_FITTINGS NON_ASSOCIATIONS SECURITY",
    );
    assert_constants::<ResidentialAttributeValue>(
        "ANTI_BARRICADE_DOOR AUDITABLE_CELL_BELL FIXED_BED METAL_DOOR MOVABLE_BED PRIVACY_CURTAIN PRIVACY_SCREEN \
         STANDARD_CELL_BELL SEPARATE_TOILET WOODEN_DOOR CAT_A_CELL DOUBLE_OCCUPANCY E_LIST_CELL GATED_CELL \
         LISTENER_CELL LOCATE_FLAT MULTIPLE_OCCUPANCY NON_SMOKER_CELL OBSERVATION_CELL SAFE_CELL SINGLE_OCCUPANCY \
         SPECIAL_CELL WHEELCHAIR_ACCESS UNCONVICTED_JUVENILES SENTENCED_JUVENILES UNCONVICTED_18_20 SENTENCED_18_20 \
         UNCONVICTED_ADULTS SENTENCED_ADULTS VULNERABLE_PRISONER_UNIT SPECIAL_UNIT RESETTLEMENT_HOSTEL \
         HEALTHCARE_CENTRE NATIONAL_RESOURCE_HOSPITAL OTHER_SPECIFIED REMAND_CENTRE LOCAL_PRISON CLOSED_PRISON \
         OPEN_TRAINING HOSTEL CLOSED_YOUNG_OFFENDER OPEN_YOUNG_OFFENDER REMAND_UNDER_18 SENTENCED_UNDER_18 \
         ECL_COMPONENT ADDITIONAL_SPECIAL_UNIT SECOND_CLOSED_TRAINER IMMIGRATION_DETAINEES CELL LANDING WING CAT_A \
         CAT_A_EX CAT_A_HI CAT_B CAT_C CAT_D ELIGIBLE PAROLE_GRANTED INELIGIBLE YOI_CLOSED YOI_OPEN YOI_RESTRICTED \
         YOI_SHORT_SENTENCE YOI_LONG_TERM_CLOSED UNCLASSIFIED UNCATEGORISED_SENTENCED_MALE LOW MEDIUM HIGH \
         NOT_APPLICABLE PROV_A PENDING REF_REVIEW REFUSED_NO_REVIEW STANDARD FEMALE_RESTRICTED FEMALE_CLOSED \
         FEMALE_SEMI FEMALE_OPEN UN_SENTENCED YES NO",
    );
    assert_constants::<ResidentialHousingType>(
        "HEALTHCARE HOLDING_CELL NORMAL_ACCOMMODATION RECEPTION SEGREGATION SPECIALIST_CELL OTHER_USE",
    );
    assert_constants::<ResidentialLocationType>(
        "WING SPUR LANDING CELL ROOM RESIDENTIAL_UNIT HOLDING_CELL MEDICAL ADJUDICATION_ROOM FAITH_AREA GROUP STORE \
         AREA HOLDING_AREA MOVEMENT_AREA EXTERNAL_GROUNDS",
    );
    assert_constants::<ServiceFamilyType>(
        "ACTIVITIES_APPOINTMENTS VIDEO_LINK_APPOINTMENTS ADJUDICATIONS INTERNAL_MOVEMENTS OFFICIAL_VISITS \
         USE_OF_FORCE",
    );
    assert_constants::<ServiceType>(
        "APPOINTMENT PROGRAMMES_AND_ACTIVITIES VIDEO_LINK HEARING_LOCATION LOCATION_OF_INCIDENT INTERNAL_MOVEMENTS \
         OFFICIAL_VISITS USE_OF_FORCE VIDEO_ENABLED",
    );
    assert_constants::<ShownStatus>(
        "ACTIVE INACTIVE ARCHIVED DRAFT NON_RESIDENTIAL LOCKED_ACTIVE LOCKED_INACTIVE LOCKED_DRAFT \
         LOCKED_NON_RESIDENTIAL",
    );
    assert_constants::<SpecialistCellType>(
        "ACCESSIBLE_CELL BIOHAZARD_DIRTY_PROTEST CSU CAT_A CONSTANT_SUPERVISION DRY ESCAPE_LIST ISOLATION_DISEASES \
         LISTENER_CRISIS LOCATE_FLAT_CELL MEDICAL MOTHER_AND_BABY SAFE_CELL UNFURNISHED",
    );
    assert_constants::<StructuralType>("CELL LANDING SPUR WING");
    assert_constants::<TransactionType>(
        "LOCATION_CREATE LOCATION_CREATE_NON_RESI LOCATION_UPDATE LOCATION_UPDATE_NON_RESI SYNC \
         SYNC_NON_RESIDENTIAL DELETE CAPACITY_CHANGE CELL_TYPE_CHANGES DEACTIVATION PERMANENT_DEACTIVATION \
         REACTIVATION CELL_CONVERTION_TO_ROOM ROOM_CONVERTION_TO_CELL SIGNED_OP_CAP RESI_SERVICE_ACTIVATION \
         NON_RESI_SERVICE_ACTIVATION INCLUDE_SEG_IN_ROLL_COUNT_ACTIVATION APPROVAL_PROCESS_ACTIVATION \
         REQUEST_CERTIFICATION_APPROVAL APPROVE_CERTIFICATION_REQUEST REJECT_CERTIFICATION_REQUEST \
         WITHDRAW_CERTIFICATION_REQUEST CERTIFICATE_BASELINE",
    );
    assert_constants::<UploadRowStatus>("PENDING PROCESSED SKIPPED FAILED");
    assert_constants::<UploadStatus>("PENDING STARTED FINISHED");
    assert_constants::<UsedForType>(
        "CLOSE_SUPERVISION_CENTRE SUB_MISUSE_DRUG_RECOVERY FIRST_NIGHT_CENTRE HIGH_SECURITY IPP_LONG_TERM_SENTENCES \
         MOTHER_AND_BABY OPEN_UNIT PATHWAY_TO_PROG PERINATAL_UNIT PERSONALITY_DISORDER PIPE REMAND \
         SEPARATION_CENTRE STANDARD_ACCOMMODATION THERAPEUTIC_COMMUNITY VULNERABLE_PRISONERS YOUNG_PERSONS",
    );
}

#[test]
fn the_uploads_of_a_certificate_are_stored_under_a_shorter_name() {
    for approval_type in ApprovalType::VARIANTS {
        let stored = match approval_type {
            ApprovalType::CellCertificateUpload => "CELL_CERT_UPLOAD",
            other => other.as_str(),
        };
        assert_eq!(approval_type.stored(), stored);
        assert_eq!(ApprovalType::from_stored(stored), Some(*approval_type));
    }
    assert_eq!(ApprovalType::from_stored("CELL_CERTIFICATE_UPLOAD"), None);
}

#[test]
fn two_columns_hold_positions_or_names() {
    for (position, reason) in DeactivatedReason::VARIANTS.iter().enumerate() {
        assert_eq!(reason.position(), position);
        assert_eq!(DeactivatedReason::from_position_or_name(&position.to_string()), Some(*reason));
        assert_eq!(DeactivatedReason::from_position_or_name(reason.as_str()), Some(*reason));
    }
    assert_eq!(DeactivatedReason::Damaged.position(), 0);
    assert_eq!(DeactivatedReason::ConvertCellToRoom.position(), 9);
    assert_eq!(DeactivatedReason::Other.position(), 10);
    for (position, room) in ConvertedCellType::VARIANTS.iter().enumerate() {
        assert_eq!(room.position(), position);
        assert_eq!(ConvertedCellType::from_position_or_name(&position.to_string()), Some(*room));
        assert_eq!(ConvertedCellType::from_position_or_name(room.as_str()), Some(*room));
    }
    assert_eq!(ConvertedCellType::HoldingRoom.position(), 0);
    assert_eq!(ConvertedCellType::Other.position(), 10);
    for wrong in ["11", "-1", "", "DAMAGE"] {
        assert_eq!(DeactivatedReason::from_position_or_name(wrong), None, "{wrong:?}");
        assert_eq!(ConvertedCellType::from_position_or_name(wrong), None, "{wrong:?}");
    }
}

#[test]
fn lists_keep_their_order_and_refuse_strangers() {
    let structure = [StructuralType::Wing, StructuralType::Landing, StructuralType::Cell];
    assert_eq!(join_constants(structure), "WING,LANDING,CELL");
    assert_eq!(parse_constants("WING,LANDING,CELL"), Ok(structure.to_vec()));
    assert_eq!(parse_constants(" WING, LANDING ,CELL"), Ok(structure.to_vec()));
    assert_eq!(join_constants(Vec::<UsedForType>::new()), "");
    assert_eq!(parse_constants::<UsedForType>(""), Ok(Vec::new()));
    assert!(parse_constants::<UsedForType>("REMAND,GARDEN").is_err());
}
