//! The code lists of both sides and how they go over (08 sections 3.1 to 3.5). Constants are texts: what a list does not know is an error
//! of the function that asks, not of the type.

/// Location types: DPS, NOMIS (08 section 3.1).
pub const LOCATION_TYPES: [(&str, &str); 39] = [
    ("WING", "WING"),
    ("SPUR", "SPUR"),
    ("LANDING", "LAND"),
    ("CELL", "CELL"),
    ("ADJUDICATION_ROOM", "ADJU"),
    ("ADMINISTRATION_AREA", "ADMI"),
    ("APPOINTMENTS", "APP"),
    ("AREA", "AREA"),
    ("ASSOCIATION", "ASSO"),
    ("BOOTH", "BOOT"),
    ("BOX", "BOX"),
    ("CLASSROOM", "CLAS"),
    ("EXERCISE_AREA", "EXER"),
    ("EXTERNAL_GROUNDS", "EXTE"),
    ("FAITH_AREA", "FAIT"),
    ("GROUP", "GROU"),
    ("HOLDING_CELL", "HCEL"),
    ("HOLDING_AREA", "HOLD"),
    ("INTERNAL_GROUNDS", "IGRO"),
    ("INSIDE_PARTY", "INSI"),
    ("INTERVIEW", "INTE"),
    ("LOCATION", "LOCA"),
    ("MEDICAL", "MEDI"),
    ("MOVEMENT_AREA", "MOVE"),
    ("OFFICE", "OFFI"),
    ("OUTSIDE_PARTY", "OUTS"),
    ("POSITION", "POSI"),
    ("RESIDENTIAL_UNIT", "RESI"),
    ("ROOM", "ROOM"),
    ("RETURN_TO_UNIT", "RTU"),
    ("SHELF", "SHEL"),
    ("SPORTS", "SPOR"),
    ("STORE", "STOR"),
    ("TABLE", "TABL"),
    ("TRAINING_AREA", "TRAI"),
    ("TRAINING_ROOM", "TRRM"),
    ("VIDEO_LINK", "VIDE"),
    ("VISITS", "VISIT"),
    ("WORKSHOP", "WORK"),
];

/// Location types that come in only (08 section 3.8, L1).
pub const OLD_LOCATION_TYPES: [(&str, &str); 4] =
    [("WING", "BLK"), ("WING", "HBLK"), ("LANDING", "TIER"), ("LANDING", "LAN")];

/// Housing types: DPS, NOMIS's unit type (08 section 3.2).
pub const HOUSING_TYPES: [(&str, &str); 7] = [
    ("HEALTHCARE", "HC"),
    ("HOLDING_CELL", "HOLC"),
    ("NORMAL_ACCOMMODATION", "NA"),
    ("OTHER_USE", "OU"),
    ("RECEPTION", "REC"),
    ("SEGREGATION", "SEG"),
    ("SPECIALIST_CELL", "SPLC"),
];

/// Usages: DPS, NOMIS (08 section 3.3).
pub const USAGES: [(&str, &str); 8] = [
    ("APPOINTMENT", "APP"),
    ("VISIT", "VISIT"),
    ("MOVEMENT", "MOVEMENT"),
    ("OCCURRENCE", "OCCUR"),
    ("ADJUDICATION_HEARING", "OIC"),
    ("PROGRAMMES_ACTIVITIES", "PROG"),
    ("PROPERTY", "PROP"),
    ("OTHER", "OTHER"),
];

/// A usage that comes in only; prisons that lack OTHER have it (08 section 3.8, L2).
pub const OLD_OTHER_USAGE: &str = "OTH";

/// Why a location is inactive: DPS to NOMIS (08 section 3.4, left half).
pub const REASONS_OUT: [(&str, &str); 6] = [
    ("DAMAGED", "J"),
    ("MAINTENANCE", "G"),
    ("MOTHBALLED", "I"),
    ("REFURBISHMENT", "D"),
    ("STAFF_SHORTAGE", "H"),
    ("OTHER", "F"),
];

/// Reasons that only the profile `fixed` sends (08 section 15.8, X9).
pub const FURTHER_REASONS_OUT: [(&str, &str); 5] =
    [("NEW_BUILD", "A"), ("CONVERT_CELL_TO_ROOM", "C"), ("DAMP", "K"), ("PEST", "K"), ("SECURITY_SEALED", "K")];

/// Why a location is inactive: NOMIS's letter, the word that is sent, the reason that DPS stores (08 section 3.4, right half).
pub const REASONS_IN: [(&str, &str, &str); 12] = [
    ("A", "NEW_BUILDING", "OTHER"),
    ("B", "CELL_RECLAIMS", "OTHER"),
    ("C", "CHANGE_OF_USE", "OTHER"),
    ("D", "REFURBISHMENT", "REFURBISHMENT"),
    ("E", "CLOSURE", "OTHER"),
    ("F", "OTHER", "OTHER"),
    ("G", "LOCAL_WORK", "MAINTENANCE"),
    ("H", "STAFF_SHORTAGE", "STAFF_SHORTAGE"),
    ("I", "MOTHBALLED", "MOTHBALLED"),
    ("J", "DAMAGED", "DAMAGED"),
    ("K", "OUT_OF_USE", "OTHER"),
    ("L", "CELLS_RETURNING_TO_USE", "OTHER"),
];

/// NOMIS's profile types.
pub const SANITATION: &str = "HOU_SANI_FIT";
/// See [`SANITATION`].
pub const UNIT_ATTRIBUTE: &str = "HOU_UNIT_ATT";
/// See [`SANITATION`].
pub const USED_FOR: &str = "HOU_USED_FOR";
/// See [`SANITATION`].
pub const SUPERVISION: &str = "SUP_LVL_TYPE";
/// See [`SANITATION`]: never translated.
pub const NON_ASSOCIATION: &str = "NON_ASSO_TYP";

/// Attributes: DPS, NOMIS's profile type and code (08 section 3.5).
pub const ATTRIBUTES: [(&str, &str, &str); 78] = [
    ("ANTI_BARRICADE_DOOR", SANITATION, "ABD"),
    ("AUDITABLE_CELL_BELL", SANITATION, "ACB"),
    ("FIXED_BED", SANITATION, "FIB"),
    ("METAL_DOOR", SANITATION, "MD"),
    ("MOVABLE_BED", SANITATION, "MOB"),
    ("PRIVACY_CURTAIN", SANITATION, "PC"),
    ("PRIVACY_SCREEN", SANITATION, "PS"),
    ("STANDARD_CELL_BELL", SANITATION, "SCB"),
    ("SEPARATE_TOILET", SANITATION, "SETO"),
    ("WOODEN_DOOR", SANITATION, "WD"),
    ("CAT_A_CELL", UNIT_ATTRIBUTE, "A"),
    ("DOUBLE_OCCUPANCY", UNIT_ATTRIBUTE, "DO"),
    ("E_LIST_CELL", UNIT_ATTRIBUTE, "ELC"),
    ("GATED_CELL", UNIT_ATTRIBUTE, "GC"),
    ("LISTENER_CELL", UNIT_ATTRIBUTE, "LC"),
    ("LOCATE_FLAT", UNIT_ATTRIBUTE, "LF"),
    ("MULTIPLE_OCCUPANCY", UNIT_ATTRIBUTE, "MO"),
    ("NON_SMOKER_CELL", UNIT_ATTRIBUTE, "NSMC"),
    ("OBSERVATION_CELL", UNIT_ATTRIBUTE, "OC"),
    ("SAFE_CELL", UNIT_ATTRIBUTE, "SC"),
    ("SINGLE_OCCUPANCY", UNIT_ATTRIBUTE, "SO"),
    ("SPECIAL_CELL", UNIT_ATTRIBUTE, "SPC"),
    ("WHEELCHAIR_ACCESS", UNIT_ATTRIBUTE, "WA"),
    ("UNCONVICTED_JUVENILES", USED_FOR, "1"),
    ("SENTENCED_JUVENILES", USED_FOR, "2"),
    ("UNCONVICTED_18_20", USED_FOR, "3"),
    ("SENTENCED_18_20", USED_FOR, "4"),
    ("UNCONVICTED_ADULTS", USED_FOR, "5"),
    ("SENTENCED_ADULTS", USED_FOR, "6"),
    ("VULNERABLE_PRISONER_UNIT", USED_FOR, "7"),
    ("SPECIAL_UNIT", USED_FOR, "8"),
    ("RESETTLEMENT_HOSTEL", USED_FOR, "9"),
    ("HEALTHCARE_CENTRE", USED_FOR, "10"),
    ("NATIONAL_RESOURCE_HOSPITAL", USED_FOR, "11"),
    ("OTHER_SPECIFIED", USED_FOR, "12"),
    ("REMAND_CENTRE", USED_FOR, "A"),
    ("LOCAL_PRISON", USED_FOR, "B"),
    ("CLOSED_PRISON", USED_FOR, "C"),
    ("OPEN_TRAINING", USED_FOR, "D"),
    ("HOSTEL", USED_FOR, "E"),
    ("CLOSED_YOUNG_OFFENDER", USED_FOR, "I"),
    ("OPEN_YOUNG_OFFENDER", USED_FOR, "J"),
    ("REMAND_UNDER_18", USED_FOR, "K"),
    ("SENTENCED_UNDER_18", USED_FOR, "L"),
    ("ECL_COMPONENT", USED_FOR, "R"),
    ("ADDITIONAL_SPECIAL_UNIT", USED_FOR, "T"),
    ("SECOND_CLOSED_TRAINER", USED_FOR, "Y"),
    ("IMMIGRATION_DETAINEES", USED_FOR, "Z"),
    ("CAT_A", SUPERVISION, "A"),
    ("CAT_A_EX", SUPERVISION, "E"),
    ("CAT_A_HI", SUPERVISION, "H"),
    ("CAT_B", SUPERVISION, "B"),
    ("CAT_C", SUPERVISION, "C"),
    ("CAT_D", SUPERVISION, "D"),
    ("PAROLE_GRANTED", SUPERVISION, "GRANTED"),
    ("YOI_CLOSED", SUPERVISION, "I"),
    ("YOI_OPEN", SUPERVISION, "J"),
    ("YOI_RESTRICTED", SUPERVISION, "V"),
    ("YOI_SHORT_SENTENCE", SUPERVISION, "K"),
    ("YOI_LONG_TERM_CLOSED", SUPERVISION, "L"),
    ("UNCLASSIFIED", SUPERVISION, "Z"),
    ("UNCATEGORISED_SENTENCED_MALE", SUPERVISION, "X"),
    ("LOW", SUPERVISION, "LOW"),
    ("MEDIUM", SUPERVISION, "MED"),
    ("HIGH", SUPERVISION, "HI"),
    ("NOT_APPLICABLE", SUPERVISION, "N/A"),
    ("PROV_A", SUPERVISION, "P"),
    ("PENDING", SUPERVISION, "PEND"),
    ("REF_REVIEW", SUPERVISION, "REF/REVIEW"),
    ("REFUSED_NO_REVIEW", SUPERVISION, "REFUSED"),
    ("STANDARD", SUPERVISION, "STANDARD"),
    ("FEMALE_RESTRICTED", SUPERVISION, "Q"),
    ("FEMALE_CLOSED", SUPERVISION, "R"),
    ("FEMALE_SEMI", SUPERVISION, "S"),
    ("FEMALE_OPEN", SUPERVISION, "T"),
    ("UN_SENTENCED", SUPERVISION, "U"),
    ("YES", SUPERVISION, "Y"),
    ("NO", SUPERVISION, "N"),
];

/// Attributes that come in only (08 section 3.8, L8).
pub const OLD_ATTRIBUTES: [(&str, &str, &str); 3] = [
    ("VULNERABLE_PRISONER_UNIT", USED_FOR, "V"),
    ("NATIONAL_RESOURCE_HOSPITAL", USED_FOR, "H"),
    ("NOT_APPLICABLE", SUPERVISION, "NA"),
];

/// What SAFE_CELL is called by profile `live` when it goes out, though NOMIS does not know it (08 section 16, W1).
pub const SAFE_CELL: &str = "SAFE_CELL";
