//! Reads from outside (03): what the recorded exchanges don't say, and each rule once where it can be seen.

use serde_json::{Value, json};

use crate::support::remote::Remotes;
use crate::support::service::TestService;

const VIEW: &str = "VIEW_LOCATIONS";

/// A small prison: wing A with a landing of four cells and a room, wing B that is inactive, an archived wing C, a draft
/// wing D, reception, and a visits room. The numbers in the ids are there to be recognised.
const LEEDS: &str = "
    INSERT INTO capacity (id, max_capacity, working_capacity, certified_normal_accommodation)
    OVERRIDING SYSTEM VALUE VALUES (1, 2, 1, 1), (2, 2, 2, 2), (3, 1, 0, 1), (4, 3, 3, 3), (5, 1, 1, 1), (6, 9, 9, 9);
    INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, parent_id, local_name, status,
        location_type_discriminator, residential_structure, capacity_id, certified_cell, temporarily_off_cell_cert,
        accommodation_type, cell_mark, converted_cell_type, deactivated_reason, deactivated_date,
        when_created, when_updated, updated_by)
    SELECT ('00000000-0000-0000-0000-0000000000' || n)::uuid, 'LEI', path, code, type,
        ('00000000-0000-0000-0000-0000000000' || parent)::uuid, name, status, kind, structure, capacity, certified,
        false, accommodation, mark, converted, reason, CASE WHEN reason IS NOT NULL THEN timestamp '2024-01-01 10:00' END,
        timestamp '2023-01-01 09:00', timestamp '2023-01-02 09:00', 'MAKER'
    FROM (VALUES
        ('01', 'A', 'A', 'WING', NULL, 'HOUSEBLOCK gp', 'ACTIVE', 'RESIDENTIAL', 'WING,LANDING,CELL', NULL, NULL, NULL,
            NULL, NULL, NULL),
        ('02', 'A-1', '1', 'LANDING', '01', NULL, 'ACTIVE', 'RESIDENTIAL', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('03', 'A-1-002', '002', 'CELL', '02', 'Own name', 'ACTIVE', 'CELL', NULL, 1, true, 'NORMAL_ACCOMMODATION',
            'A1', NULL, NULL),
        ('04', 'A-1-10', '10', 'CELL', '02', NULL, 'ACTIVE', 'CELL', NULL, 2, true, 'NORMAL_ACCOMMODATION', 'A2', NULL,
            NULL),
        ('05', 'A-1-3', '3', 'CELL', '02', NULL, 'INACTIVE', 'CELL', NULL, 3, true, 'NORMAL_ACCOMMODATION', 'A1', NULL,
            'DAMP'),
        ('06', 'A-1-ROOM', 'ROOM', 'CELL', '02', NULL, 'ACTIVE', 'CELL', NULL, NULL, false, NULL, NULL, 'SHOWER', NULL),
        ('07', 'B', 'B', 'WING', NULL, NULL, 'INACTIVE', 'RESIDENTIAL', NULL, NULL, NULL, NULL, NULL, NULL, 'MOTHBALLED'),
        ('08', 'B-1', '1', 'CELL', '07', NULL, 'ACTIVE', 'CELL', NULL, 4, true, 'NORMAL_ACCOMMODATION', NULL, NULL, NULL),
        ('09', 'C', 'C', 'WING', NULL, 'Old wing', 'ARCHIVED', 'RESIDENTIAL', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('10', 'C-1', '1', 'CELL', '09', NULL, 'ACTIVE', 'CELL', NULL, 5, true, 'NORMAL_ACCOMMODATION', NULL, NULL, NULL),
        ('11', 'D', 'D', 'WING', NULL, NULL, 'DRAFT', 'RESIDENTIAL', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('12', 'RECP', 'RECP', 'AREA', NULL, 'Reception', 'ACTIVE', 'VIRTUAL', NULL, 6, NULL, NULL, NULL, NULL, NULL),
        ('13', 'VISIT', 'VISIT', 'VISITS', NULL, 'visits hall', 'ACTIVE', 'NON_RESIDENTIAL', NULL, NULL, NULL, NULL,
            NULL, NULL, NULL)
    ) AS l(n, path, code, type, parent, name, status, kind, structure, capacity, certified, accommodation, mark,
        converted, reason);
    INSERT INTO specialist_cell (location_id, specialist_cell_type)
        SELECT id, 'LISTENER_CRISIS' FROM location WHERE path_hierarchy = 'A-1-10';
    INSERT INTO residential_attribute (location_id, attribute_type, attribute_value)
        SELECT id, 'LOCATION_ATTRIBUTE', 'LISTENER_CELL' FROM location WHERE path_hierarchy = 'A-1-10';
    INSERT INTO residential_attribute (location_id, attribute_type, attribute_value)
        SELECT id, 'SANITATION_FITTINGS', 'FIXED_BED' FROM location WHERE path_hierarchy = 'A-1-10';
    INSERT INTO prison_configuration (prison_id, when_updated, updated_by, non_resi_service_active,
        certification_approval_required) VALUES ('LEI', now(), 'MAKER', true, NULL);
    INSERT INTO signed_operation_capacity (prison_id, signed_operation_capacity, when_updated, updated_by)
        VALUES ('LEI', 42, now(), 'MAKER');";

fn id(n: u8) -> String {
    format!("00000000-0000-0000-0000-0000000000{n:02}")
}

async fn leeds() -> TestService {
    let service = TestService::start().await;
    service.database.execute(LEEDS).await;
    service
}

async fn leeds_among(remotes: &Remotes, more: &[(&str, &str)]) -> TestService {
    let mut settings = remotes.settings();
    settings.extend(more);
    let service = TestService::with(&settings).await;
    service.database.execute(LEEDS).await;
    service
}

async fn view(service: &TestService, path: &str) -> Value {
    service.get(path).role(VIEW).send().await.expect(200)
}

/// One field of each element of a list.
fn each(list: &Value, field: &str) -> Vec<String> {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    list.as_array().unwrap().iter().map(|l| text(&l[field])).collect()
}

const READS_OF_A_PRISON: [&str; 13] = [
    "/locations/prison/{p}",
    "/locations/prison/{p}/archived",
    "/locations/prison/{p}/inactive-cells",
    "/locations/prison/{p}/location-type/CELL",
    "/locations/prison/{p}/residential-hierarchy",
    "/locations/prison/{p}/residential-hierarchy/A",
    "/locations/prison/{p}/residential-first-level",
    "/locations/prison/{p}/groups",
    "/locations/prison/{p}/group/A/location-prefix",
    "/locations/{p}/local-name/HOUSEBLOCK%20gp",
    "/locations/{p}/cell-mark/A1",
    "/locations/groups/{p}/A",
    "/location-occupancy/cells-with-capacity/{p}?groupName=none",
];

#[tokio::test]
async fn each_read_wants_a_token_its_role_and_a_prison_id() {
    let service = leeds().await;
    let mut reads: Vec<(&str, &str)> = READS_OF_A_PRISON.iter().map(|path| (*path, VIEW)).collect();
    reads.push(("/locations/residential-summary/{p}?parentPathHierarchy=A", VIEW));
    reads.push(("/prison-configuration/{p}", "LOCATION_CONFIG_ADMIN"));
    reads.push(("/constants/used-for-type/{p}", "READ_LOCATION_REFERENCE_DATA"));
    for (path, role) in reads {
        let good = path.replace("{p}", "LEI");
        assert_eq!(service.get(&good).anonymous().send().await.expect(401), Value::Null, "{path}");
        service.get(&good).role("SYNC_LOCATIONS").send().await.refused(403, None);
        let bad = path.replace("{p}", "lei");
        // The role is looked at before the rules for values are (03 section 1.3).
        service.get(&bad).role("SYNC_LOCATIONS").send().await.refused(403, None);
        service.get(&bad).role(role).send().await.refused(400, None);
    }
}

#[tokio::test]
async fn lists_of_a_prison() {
    let service = leeds().await;
    let all = view(&service, "/locations/prison/LEI").await;
    assert_eq!(
        each(&all, "pathHierarchy"),
        ["A", "A-1", "A-1-002", "A-1-10", "A-1-3", "A-1-ROOM", "B", "B-1", "D", "RECP", "VISIT"]
    );
    let archived = view(&service, "/locations/prison/LEI/archived").await;
    assert_eq!(each(&archived, "key"), ["LEI-C"]);
    let inactive = view(&service, "/locations/prison/LEI/inactive-cells").await;
    assert_eq!(each(&inactive, "pathHierarchy"), ["A-1-3"]);
    // Only below a parent are cells listed that are closed by what is above them (03 Q2).
    let below = view(&service, &format!("/locations/prison/LEI/inactive-cells?parentLocationId={}", id(7))).await;
    assert_eq!(each(&below, "pathHierarchy"), ["B-1"]);
    let unknown = format!("/locations/prison/LEI/inactive-cells?parentLocationId={}", id(13));
    service.get(&unknown).role(VIEW).send().await.refused(404, Some(101));
    assert_eq!(view(&service, "/locations/prison/NMI").await, json!([]));
}

#[tokio::test]
async fn lists_by_type() {
    let service = leeds().await;
    // Closed from above is listed, converted cells are under CELL, inactive and archived ones are not there.
    let cells = view(&service, "/locations/prison/LEI/location-type/CELL").await;
    assert_eq!(each(&cells, "pathHierarchy"), ["A-1-002", "A-1-10", "A-1-ROOM", "B-1"]);
    assert_eq!(each(&cells, "locationType"), ["CELL", "CELL", "ROOM", "CELL"]);
    assert_eq!(each(&cells, "active"), ["true", "true", "true", "false"]);
    assert_eq!(view(&service, "/locations/prison/LEI/location-type/ROOM").await, json!([]));
    let visits = "/locations/prison/LEI/location-type/VISITS?formatLocalName=true&sortByLocalName=YES";
    assert_eq!(each(&view(&service, visits).await, "localName"), ["Visits Hall"]);
    service.get("/locations/prison/LEI/location-type/cell").role(VIEW).send().await.refused(400, None);
}

#[tokio::test]
async fn keys_names_and_marks() {
    let service = leeds().await;
    let keys = json!(["LEI-VISIT", "LEI-C-1", "LEI-VISIT", "XXX-1", "nothing", null]);
    let found = service.post("/locations/keys").role(VIEW).json(&keys).send().await.expect(200);
    assert_eq!(each(&found, "key"), ["LEI-C-1", "LEI-VISIT"]);
    service.post("/locations/keys").role(VIEW).json(&json!({})).send().await.refused(400, None);
    service.post("/locations/keys").role(VIEW).raw("text/plain", "[]").send().await.refused(415, None);

    let wing = view(&service, "/locations/LEI/local-name/HOUSEBLOCK%20gp").await;
    assert_eq!((wing["key"].as_str(), wing["localName"].as_str()), (Some("LEI-A"), Some("HOUSEBLOCK gp")));
    let cell = view(&service, &format!("/locations/LEI/local-name/Own%20name?parentLocationId={}", id(2))).await;
    assert_eq!((cell["key"].as_str(), cell.get("localName")), (Some("LEI-A-1-002"), None));
    // Without a parent only the top is searched; archived and non-residential ones are not found.
    for name in ["Own%20name", "Old%20wing", "visits%20hall"] {
        service.get(&format!("/locations/LEI/local-name/{name}")).role(VIEW).send().await.refused(404, Some(101));
    }
    service.get(&format!("/locations/LEI/local-name/{}", "x".repeat(41))).role(VIEW).send().await.refused(400, None);

    assert_eq!(view(&service, "/locations/LEI/cell-mark/A1").await.as_array().unwrap().len(), 2);
    let below_wing = format!("/locations/LEI/cell-mark/A1?parentLocationId={}", id(1));
    service.get(&below_wing).role(VIEW).send().await.refused(404, Some(101));
    service.get("/locations/LEI/cell-mark/1234567890123").role(VIEW).send().await.refused(400, None);
}

#[tokio::test]
async fn the_hierarchy() {
    let service = leeds().await;
    let of = async |query: &str| view(&service, &format!("/locations/prison/LEI/residential-hierarchy{query}")).await;
    let landing = json!([{
        "locationId": id(2), "locationType": "LANDING", "locationCode": "1", "fullLocationPath": "A-1", "level": 2,
        "status": "ACTIVE", "subLocations": [
            {"locationId": id(3), "locationType": "CELL", "locationCode": "002", "fullLocationPath": "A-1-002",
             "level": 3, "status": "ACTIVE"},
            {"locationId": id(4), "locationType": "CELL", "locationCode": "10", "fullLocationPath": "A-1-10",
             "level": 3, "status": "ACTIVE"}
        ]
    }]);
    let wing = json!({
        "locationId": id(1), "locationType": "WING", "locationCode": "A", "fullLocationPath": "A",
        "localName": "Houseblock GP", "level": 1, "status": "ACTIVE", "subLocations": landing
    });
    assert_eq!(of("").await, json!([wing]));
    // Inactive and draft too; archived not at the first level. Names and paths are in one natural order.
    let inactive = of("?includeInactive=true&includeVirtualLocations=true&maxLevel=1").await;
    assert_eq!(each(&inactive, "fullLocationPath"), ["B", "D", "A", "RECP"]);
    assert_eq!(inactive[2].get("subLocations"), None);
    let below = of("/A-1?includeInactive=true").await;
    assert_eq!(each(&below, "fullLocationPath"), ["A-1-3", "A-1-10", "A-1-002"]);
    // The first level that is returned is shown whatever the highest level is.
    assert_eq!(each(&of("/A?maxLevel=0").await, "fullLocationPath"), ["A-1"]);
    let first = view(&service, "/locations/prison/LEI/residential-first-level?includeVirtualLocations=true").await;
    assert_eq!(each(&first, "fullLocationPath"), ["A", "RECP"]);
    for path in ["/VISIT", "/NONE"] {
        let path = format!("/locations/prison/LEI/residential-hierarchy{path}");
        service.get(&path).role(VIEW).send().await.refused(404, Some(101));
    }
    service.get("/locations/prison/LEI/residential-hierarchy?maxLevel=x").role(VIEW).send().await.refused(400, None);
}

#[tokio::test]
async fn the_summary_of_a_prison() {
    let remotes = Remotes::start().await;
    let service = leeds_among(&remotes, &[("PRISON_NAME_CACHE_SECONDS", "0")]).await;
    let path = "/locations/residential-summary/LEI";
    let unnamed = view(&service, path).await;
    assert_eq!(
        unnamed["prisonSummary"],
        json!({"prisonName": "LEI", "workingCapacity": 3, "maxCapacity": 8, "numberOfCellLocations": 5,
               "signedOperationalCapacity": 42})
    );
    assert_eq!(unnamed["topLevelLocationType"], "Wings");
    assert_eq!(unnamed["subLocationName"], "Wings");
    assert_eq!(each(&unnamed["subLocations"], "pathHierarchy"), ["B", "D", "A"]);
    assert_eq!(each(&unnamed["subLocations"], "inactiveCells"), ["1", "0", "1"]);
    assert_eq!(each(&unnamed["subLocations"], "numberOfCellLocations"), ["1", "0", "4"]);
    assert_eq!(unnamed.get("parentLocation"), None);

    let leeds = json!({"prisonId": "LEI", "prisonName": "Leeds (HMP)", "active": true, "male": true, "female": false,
                       "contracted": false, "lthse": false});
    remotes.answers("GET /prisons/id/LEI", 200, leeds);
    assert_eq!(view(&service, path).await["prisonSummary"]["prisonName"], "Leeds (HMP)");
    assert!(remotes.asked().iter().all(|asked| asked.authorization.is_none()));
    remotes.answers("GET /prisons/id/LEI", 500, json!({}));
    service.get(path).role(VIEW).send().await.refused(502, None);
}

/// Single locations, lists and the summary are loaded in different ways; what they say must be the same.
#[tokio::test]
async fn lists_and_summaries_say_of_a_location_what_it_says_of_itself() {
    let remotes = Remotes::start().await;
    let service = leeds_among(&remotes, &[]).await;
    service
        .database
        .execute(
            "INSERT INTO cell_used_for (location_id, used_for)
                SELECT id, 'STANDARD_ACCOMMODATION' FROM location WHERE path_hierarchy IN ('A-1-002', 'A-1-3', 'B-1');
             INSERT INTO cell_used_for (location_id, used_for)
                SELECT id, 'FIRST_NIGHT_CENTRE' FROM location WHERE path_hierarchy = 'A-1-002';
             INSERT INTO service_usage (location_id, service_type)
                SELECT id, 'OFFICIAL_VISITS' FROM location WHERE code = 'VISIT';
             INSERT INTO non_residential_usage (location_id, usage_type, capacity, sequence)
                SELECT id, 'VISIT', 12, 1 FROM location WHERE code = 'VISIT';
             UPDATE location SET temporarily_off_cell_cert = true WHERE path_hierarchy = 'A-1-3';
             UPDATE location SET cell_mark = 'B1', in_cell_sanitation = true, local_name = 'b wing',
                comments = 'on ' || path_hierarchy WHERE path_hierarchy LIKE 'B%';
             INSERT INTO certification_approval_request (id, prison_id, location_id, status, requested_by, requested_date,
                approval_type, reason_for_change)
                SELECT gen_random_uuid(), 'LEI', id, 'PENDING', 'MAKER', now(), 'CAPACITY_CHANGE', 'more room'
                FROM location WHERE path_hierarchy IN ('A-1-10', 'D');",
        )
        .await;
    let list = view(&service, "/locations/prison/LEI").await;
    assert_eq!(list.as_array().map(Vec::len), Some(11));
    for listed in list.as_array().unwrap() {
        assert_eq!(listed, &view(&service, &format!("/locations/{}", listed["id"].as_str().unwrap())).await);
    }
    let mut summary = view(&service, "/locations/residential-summary/LEI").await;
    let top = summary["subLocations"].as_array_mut().unwrap();
    assert_eq!(top.len(), 3);
    for location in top {
        for counted in ["inactiveCells", "numberOfCellLocations"] {
            location.as_object_mut().unwrap().remove(counted).unwrap();
        }
        assert_eq!(location, &view(&service, &format!("/locations/{}", location["id"].as_str().unwrap())).await);
    }
}

#[tokio::test]
async fn the_name_of_a_prison_is_kept_for_a_while() {
    let remotes = Remotes::start().await;
    let service = leeds_among(&remotes, &[("PRISON_NAME_CACHE_SECONDS", "60")]).await;
    for _ in 0..2 {
        view(&service, "/locations/residential-summary/LEI").await;
    }
    assert_eq!(remotes.asked().len(), 1);
}

#[tokio::test]
async fn the_summary_below_a_location() {
    let service = leeds().await;
    let summary = view(&service, "/locations/residential-summary/LEI?parentPathHierarchy=A-1&latestHistory=true").await;
    assert_eq!(summary.get("prisonSummary"), None);
    assert_eq!(summary["topLevelLocationType"], "Wings");
    assert_eq!(summary["subLocationName"], "Cells");
    assert_eq!(summary["wingStructure"], json!(["WING", "LANDING", "CELL"]));
    assert_eq!(
        summary["locationHierarchy"],
        json!([
            {"id": id(1), "prisonId": "LEI", "code": "A", "type": "WING", "localName": "HOUSEBLOCK gp",
             "pathHierarchy": "A", "level": 1},
            {"id": id(2), "prisonId": "LEI", "code": "1", "type": "LANDING", "pathHierarchy": "A-1", "level": 2}
        ])
    );
    assert_eq!(each(&summary["subLocations"], "pathHierarchy"), ["A-1-3", "A-1-10", "A-1-002", "A-1-ROOM"]);
    assert_eq!(
        (&summary["parentLocation"]["inactiveCells"], &summary["parentLocation"]["numberOfCellLocations"]),
        (&json!(1), &json!(4))
    );
    // With nothing below, the structure of the wing says what would come next; without one, the type does.
    let of = async |n| view(&service, &format!("/locations/residential-summary/LEI?parentLocationId={}", id(n))).await;
    assert_eq!(of(11).await["subLocationName"], "Landings");
    assert_eq!(of(3).await["subLocationName"], "Wings");
    // A parent of another prison has no locations of this one below it (03 Q9).
    let other = view(&service, &format!("/locations/residential-summary/MDI?parentLocationId={}", id(1))).await;
    assert_eq!((&other["parentLocation"]["key"], &other["subLocations"]), (&json!("LEI-A"), &json!([])));
    for query in [format!("parentLocationId={}", id(13)), "parentPathHierarchy=".to_owned()] {
        let path = format!("/locations/residential-summary/LEI?{query}");
        service.get(&path).role(VIEW).send().await.refused(404, Some(101));
    }
}

#[tokio::test]
async fn groups_from_files_and_from_the_tree() {
    let service = leeds().await;
    assert_eq!(
        view(&service, "/locations/prison/LEI/groups").await,
        json!([{"name": "Houseblock GP", "key": "A", "children": [{"name": "1", "key": "1", "children": []}]}])
    );
    let wri = view(&service, "/locations/prison/WRI/groups").await;
    assert_eq!(each(&wri[0]["children"], "name"), [" Red", "Blue", "Green"]);
    let cells = view(&service, "/locations/groups/LEI/A_1").await;
    assert_eq!(each(&cells, "pathHierarchy"), ["A-1-10", "A-1-002", "A-1-ROOM"]);
    // A cell counts that is closed from above or below an archived wing (03 Q5).
    assert_eq!(each(&view(&service, "/locations/groups/LEI/C").await, "status"), ["ARCHIVED"]);
    assert_eq!(
        view(&service, "/locations/prison/CDI/group/A-Wing_Landing%201/location-prefix").await,
        json!({"locationPrefix": "CDI-A-1-"})
    );
    let words = service.get("/locations/prison/LEI/group/A/location-prefix").role(VIEW).send().await;
    assert_eq!(words.refused(404, Some(111)), "Location prefix not found for LEI_A");
    let without = TestService::with(&[("LOCATION_GROUP_PRISONS", "CDI")]).await;
    assert_eq!(view(&without, "/locations/prison/WRI/groups").await, json!([]));
}

fn prisoner(number: &str, cell: &str) -> Value {
    json!({"prisonerNumber": number, "firstName": "F", "lastName": "L", "gender": "Male", "status": "ACTIVE IN",
           "inOutStatus": "IN", "cellLocation": cell, "prisonId": "LEI"})
}

#[tokio::test]
async fn cells_with_room() {
    let remotes = Remotes::start().await;
    let service = leeds_among(&remotes, &[]).await;
    let found = json!({"content": [prisoner("A1", "A-1-002"), prisoner("A2", "A-1-10")]});
    remotes.answers("POST /attribute-search", 200, found);
    let path = "/location-occupancy/cells-with-capacity/LEI";
    // A-1-002 is full: its working capacity is 1. Inactive, converted and closed cells are not asked about.
    let cell = json!({
        "id": id(4), "prisonId": "LEI", "pathHierarchy": "A-1-10", "key": "LEI-A-1-10", "noOfOccupants": 1,
        "maxCapacity": 2, "workingCapacity": 2,
        "specialistCellTypes": [{"typeCode": "LISTENER_CRISIS", "typeDescription": "Listener / crisis cell"}],
        "legacyAttributes": [{"typeCode": "LISTENER_CELL", "typeDescription": "Listener Cell"}]
    });
    assert_eq!(view(&service, path).await, json!([cell]));
    let asked = remotes.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].authorization.as_deref(), Some("Bearer a-token"));
    assert!(asked[0].target.starts_with("POST /attribute-search?size=3000&responseFields=prisonerNumber,prisonId,"));
    let matchers = &asked[0].body["queries"][0]["matchers"];
    assert_eq!((&matchers[0]["searchTerm"], &matchers[1]["searchTerm"]), (&json!("LEI"), &json!("A-1-002,A-1-10")));

    let with_prisoners = view(&service, &format!("{path}?includePrisonerInformation=true&groupName=A_1")).await;
    assert_eq!(with_prisoners[0]["prisonersInCell"], json!([prisoner("A2", "A-1-10")]));
    assert_eq!(view(&service, &format!("{path}?specialistCellType=LISTENER_CRISIS")).await, json!([cell]));
    remotes.asked();
    // Nobody is asked when no cell is left.
    for query in ["specialistCellType=CSU".to_owned(), "groupName=X".to_owned(), format!("locationId={}", id(7))] {
        assert_eq!(view(&service, &format!("{path}?{query}")).await, json!([]), "{query}");
    }
    assert!(remotes.asked().is_empty());
    service.get(&format!("{path}?locationId={}", id(13))).role(VIEW).send().await.refused(404, Some(101));
    service.get(&format!("{path}?specialistCellType=X")).role(VIEW).send().await.refused(400, None);
}

#[tokio::test]
async fn a_prisoner_search_that_fails() {
    let remotes = Remotes::start().await;
    let service = leeds_among(&remotes, &[]).await;
    let path = "/location-occupancy/cells-with-capacity/LEI";
    service.get(path).role(VIEW).send().await.refused(404, None);
    remotes.answers("POST /attribute-search", 200, json!({"content": [{"prisonerNumber": "A1"}]}));
    service.get(path).role(VIEW).send().await.refused(502, None);
    remotes.answers("POST /attribute-search", 503, json!({}));
    service.get(path).role(VIEW).send().await.refused(502, None);
}

#[tokio::test]
async fn attributes_of_a_cell() {
    let specialist = json!([{"code": "LISTENER_CRISIS", "description": "Listener / crisis cell"}]);
    let legacy = json!([{"code": "LISTENER_CELL", "description": "Listener Cell"}]);
    let path = format!("/locations/{}/attributes", id(4));
    let service = leeds().await;
    assert_eq!(view(&service, &path).await, specialist);
    service.get(&format!("/locations/{}/attributes", id(2))).role(VIEW).send().await.refused(404, Some(101));
    drop(service);
    let by_prison = TestService::with(&[("SERVICE_RESIDENTIAL_ACTIVATED_PER_PRISON", "true")]).await;
    by_prison.database.execute(LEEDS).await;
    assert_eq!(view(&by_prison, &path).await, specialist);
    by_prison.database.execute("UPDATE prison_configuration SET non_resi_service_active = false").await;
    assert_eq!(view(&by_prison, &path).await, legacy);
    by_prison.database.execute("DELETE FROM prison_configuration").await;
    assert_eq!(view(&by_prison, &path).await, legacy);
}

#[tokio::test]
async fn switches_of_a_prison() {
    let service = leeds().await;
    let get = async |path: &str| service.get(path).role("LOCATION_CONFIG_ADMIN").send().await;
    // A switch that is null is off, where the live service fails (03 Q21).
    assert_eq!(
        get("/prison-configuration/LEI").await.expect(200),
        json!({"prisonId": "LEI", "resiLocationServiceActive": "INACTIVE", "nonResiServiceActive": "ACTIVE",
               "includeSegregationInRollCount": "INACTIVE", "certificationApprovalRequired": "INACTIVE"})
    );
    get("/prison-configuration/MDI").await.refused(404, Some(101));
}

#[tokio::test]
async fn a_transaction_with_what_it_changed() {
    let service = leeds().await;
    let transaction = "018f0000-0000-7000-8000-000000000001";
    service
        .database
        .execute(&format!(
            "INSERT INTO linked_transaction (id, transaction_type, prison_id, transaction_detail,
                 transaction_invoked_by, tx_start_time) VALUES ('{transaction}', 'LOCATION_UPDATE', 'LEI', 'Change',
                 'USER', '2024-01-01 10:00:00');
             INSERT INTO location_history (location_id, attribute_name, old_value, new_value, amended_by, amended_date,
                 linked_transaction_id) VALUES
                 ('{0}', 'USED_FOR', NULL, 'Remand', 'USER', '2024-01-01 10:00:00', '{transaction}'),
                 ('{0}', 'STATUS', 'Active', 'Inactive', 'USER', '2024-01-01 10:00:01', '{transaction}'),
                 ('{0}', 'CODE', '1', '2', 'USER', '2024-01-01 10:00:01', '{transaction}')",
            id(3)
        ))
        .await;
    let detail = |code: &str, label: &str, at: &str| {
        json!({"locationId": id(3), "locationKey": "LEI-A-1-002", "attributeCode": code, "attribute": label,
               "amendedBy": "USER", "amendedDate": at})
    };
    let mut status = detail("STATUS", "Status", "2024-01-01T10:00:01");
    (status["oldValues"], status["newValues"]) = (json!(["Active"]), json!(["Inactive"]));
    let mut used_for = detail("USED_FOR", "Used for", "2024-01-01T10:00:00");
    used_for["newValues"] = json!(["Remand"]);
    assert_eq!(
        view(&service, &format!("/transactions/{transaction}")).await,
        json!({"transactionId": transaction, "transactionType": "LOCATION_UPDATE", "prisonId": "LEI",
               "transactionDetail": "Change", "transactionInvokedBy": "USER", "txStartTime": "2024-01-01T10:00:00",
               "transactionDetails": [status, used_for]})
    );
    service.get(&format!("/transactions/{}", id(1))).role(VIEW).send().await.refused(404, Some(108));
    service.get("/transactions/x").role(VIEW).send().await.refused(400, None);
}

#[tokio::test]
async fn used_for_types_depend_on_the_prison() {
    let remotes = Remotes::start().await;
    let service = leeds_among(&remotes, &[]).await;
    let types = async || {
        let get = service.get("/constants/used-for-type/LEI").role("READ_LOCATION_REFERENCE_DATA");
        get.send().await.expect(200)["usedForTypes"].as_array().unwrap().len()
    };
    assert_eq!(types().await, 11);
    let prison = |female: bool, lthse: bool| {
        json!({"prisonId": "LEI", "prisonName": "L", "active": true, "male": true, "female": female,
               "contracted": false, "lthse": lthse})
    };
    for (female, secure, offered) in [(false, false, 11), (true, false, 13), (false, true, 15), (true, true, 17)] {
        remotes.answers("GET /prisons/id/LEI", 200, prison(female, secure));
        assert_eq!(types().await, offered);
    }
}
