//! Roll counts, and who is in which cell (07 section 7): the numbers, and what other services are asked.

use serde_json::{Value, json};

use crate::support::estate::{LANDING, WING, add_wing};
use crate::support::remote::Remotes;
use crate::support::service::TestService;

/// Wing A of four cells: 001 in use, 002 inactive, 003 for care and separation, 004 an office now; a reception beside it.
async fn leeds(remotes: &Remotes) -> TestService {
    let service = TestService::with(&remotes.settings()).await;
    add_wing(&service.database, 4).await;
    service
        .database
        .execute(
            "UPDATE location SET status = 'INACTIVE', deactivated_reason = 'DAMP' WHERE path_hierarchy = 'A-1-002';
             UPDATE location SET accommodation_type = 'CARE_AND_SEPARATION' WHERE path_hierarchy = 'A-1-003';
             UPDATE location SET converted_cell_type = 'OFFICE', capacity_id = NULL, certified_cell = false
                WHERE path_hierarchy = 'A-1-004';
             INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, status,
                location_type_discriminator, when_created, when_updated, updated_by)
             VALUES (gen_random_uuid(), 'LEI', 'RECP', 'RECP', 'AREA', 'ACTIVE', 'VIRTUAL', now(), now(), 'U');",
        )
        .await;
    service
}

fn prisoner(number: &str, cell: Option<&str>, in_out: &str) -> Value {
    let mut prisoner = json!({
        "prisonerNumber": number, "firstName": "F", "lastName": "L", "gender": "Male", "status": "ACTIVE IN",
        "inOutStatus": in_out, "prisonId": "LEI"
    });
    if let Some(cell) = cell {
        prisoner["cellLocation"] = cell.into();
    }
    prisoner
}

/// Three in A-1-001 (one of them being transferred), one out of A-1-002, one in A-1-003, one in reception, one without a cell
/// yet, one at court since yesterday.
fn prisoners() -> Value {
    let mut at_court = prisoner("A8", None, "OUT");
    at_court["status"] = "ACTIVE OUT".into();
    at_court["lastMovementTypeCode"] = "CRT".into();
    at_court["lastMovementDate"] = "2024-06-04".into();
    json!({"content": [
        prisoner("A1", Some("A-1-001"), "IN"), prisoner("A2", Some("A-1-001"), "IN"),
        prisoner("A3", Some("A-1-002"), "OUT"), prisoner("A4", Some("A-1-003"), "IN"), prisoner("A5", Some("RECP"), "IN"),
        prisoner("A6", Some("CSWAP"), "IN"), prisoner("A7", Some("A-1-001"), "TRN"), at_court
    ]})
}

/// A day with two double moves: those of A1; A2 went out twice, and not in between.
fn answer_for_roll(remotes: &Remotes) {
    let count = json!({"inOutMovementsToday": {"in": 3, "out": 4}, "enRouteToday": 2});
    remotes.answers("GET /api/prison/roll-count/LEI/movement-count", 200, count);
    let movement = |number: &str, sequence: Value| json!({"offenderNo": number, "movementSequence": sequence, "movementType": "CRT"});
    let out = json!([
        movement("A1", json!("1")),
        movement("A1", json!("2")),
        movement("A1", json!("3")),
        movement("A2", json!("6")),
        movement("A2", json!("8")),
        movement("A3", Value::Null)
    ]);
    remotes.answers("GET /api/movements/LEI/out/2024-06-05", 200, out);
    remotes.answers("GET /prisoner-search/prison/LEI", 200, prisoners());
    remotes.answers("POST /attribute-search", 200, prisoners());
}

async fn roll(service: &TestService, query: &str) -> Value {
    service.get(&format!("/prison/roll-count/LEI{query}")).role("ESTABLISHMENT_ROLL").send().await.expect(200)
}

fn numbers(net_vacancies: i32) -> Value {
    json!({
        "bedsInUse": 5, "currentlyInCell": 3, "currentlyOut": 1, "workingCapacity": 2, "netVacancies": net_vacancies,
        "outOfOrder": 1, "cellsOvercrowded": 1, "totalOvercrowded": 2
    })
}

fn keys(locations: &Value) -> Vec<&str> {
    locations.as_array().unwrap().iter().map(|location| location["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_roll_of_a_prison() {
    let remotes = Remotes::start().await;
    let service = leeds(&remotes).await;
    answer_for_roll(&remotes);
    let mut answer = roll(&service, "").await;
    let asked: Vec<String> = remotes.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(asked[0], "GET /api/prison/roll-count/LEI/movement-count");
    assert_eq!(asked[1], "GET /api/movements/LEI/out/2024-06-05");
    assert!(asked[2].starts_with("GET /prisoner-search/prison/LEI?size=3000&responseFields=prisonerNumber,prisonId,"));

    let locations = answer["locations"].take();
    assert_eq!(
        answer,
        json!({
            "prisonId": "LEI", "numCurrentPopulation": 5, "numUnlockRollToday": 4, "numArrivedToday": 3,
            "numOutToday": 4, "numStillToArrive": 2, "numInReception": 1, "numNoCellAllocated": 1, "numOvernights": 1,
            "totals": numbers(-1), "locations": null
        })
    );
    assert_eq!(keys(&locations), ["LEI-A"]);
    let landing = &locations[0]["subLocations"][0];
    assert_eq!(landing["subLocations"], json!([]));
    assert_eq!(landing["rollCount"], numbers(-2));
    let mut wing = locations[0].clone();
    wing["subLocations"].take();
    assert_eq!(
        wing,
        json!({
            "key": "LEI-A", "locationId": WING, "locationType": "WING", "locationCode": "A", "fullLocationPath": "A",
            "localName": "Wing A", "certified": true, "overcrowded": true, "overcrowdedBy": 2,
            "rollCount": numbers(-2), "subLocations": null
        })
    );
}

#[tokio::test]
async fn cells_are_shown_when_asked_for_and_active() {
    let remotes = Remotes::start().await;
    let service = leeds(&remotes).await;
    answer_for_roll(&remotes);
    let answer = roll(&service, "?include-cells=true").await;
    let cells = &answer["locations"][0]["subLocations"][0]["subLocations"];
    assert_eq!(keys(cells), ["LEI-A-1-001", "LEI-A-1-003"]);
    assert_eq!((&cells[0]["overcrowdedBy"], &cells[1]["overcrowdedBy"]), (&json!(2), &json!(0)));
    assert_eq!(cells[1]["localName"], "003");
}

#[tokio::test]
async fn segregation_counts_for_net_vacancies_where_it_is_switched_on() {
    let remotes = Remotes::start().await;
    let service = leeds(&remotes).await;
    answer_for_roll(&remotes);
    let configure =
        "INSERT INTO prison_configuration (prison_id, when_updated, updated_by, include_segregation_in_roll_count)
         VALUES ('LEI', now(), 'U', true)";
    service.database.execute(configure).await;
    let answer = roll(&service, "").await;
    assert_eq!(answer["totals"], numbers(-2));
    assert_eq!(answer["locations"][0]["rollCount"], numbers(-3));
}

#[tokio::test]
async fn what_is_locked_is_hidden_and_counted() {
    let remotes = Remotes::start().await;
    let service = leeds(&remotes).await;
    answer_for_roll(&remotes);
    let lock = format!(
        "INSERT INTO certification_approval_request (id, location_id, location_key, prison_id, approval_type, status,
            requested_by, requested_date)
         VALUES (gen_random_uuid(), '{WING}', 'LEI-A', 'LEI', 'DRAFT', 'PENDING', 'U', now())"
    );
    service.database.execute(&lock).await;
    let answer = roll(&service, "").await;
    assert_eq!(answer["locations"], json!([]));
    // Only what is inactive without being locked is out of order.
    let mut totals = numbers(-1);
    totals["outOfOrder"] = 0.into();
    assert_eq!(answer["totals"], totals);
}

#[tokio::test]
async fn one_movement_out_is_no_double_move_and_asks_for_no_more() {
    let remotes = Remotes::start().await;
    let service = leeds(&remotes).await;
    answer_for_roll(&remotes);
    let count = json!({"inOutMovementsToday": {"in": 0, "out": 1}, "enRouteToday": 0});
    remotes.answers("GET /api/prison/roll-count/LEI/movement-count", 200, count);
    assert_eq!(roll(&service, "").await["numUnlockRollToday"], 6);
    assert_eq!(remotes.asked().len(), 2);
}

#[tokio::test]
async fn the_roll_of_one_location() {
    let remotes = Remotes::start().await;
    let service = leeds(&remotes).await;
    answer_for_roll(&remotes);
    let get = async |prison: &str, id: &str| {
        service.get(&format!("/prison/roll-count/{prison}/cells-only/{id}")).role("ESTABLISHMENT_ROLL").send().await
    };
    let answer = get("LEI", LANDING).await.expect(200);
    assert_eq!(
        answer["locationHierarchy"],
        json!([
            {"id": WING, "prisonId": "LEI", "code": "A", "type": "WING", "pathHierarchy": "A", "level": 1, "localName": "WING A"},
            {"id": LANDING, "prisonId": "LEI", "code": "1", "type": "LANDING", "pathHierarchy": "A-1", "level": 2}
        ])
    );
    assert_eq!(answer["totals"], numbers(-1));
    assert_eq!(keys(&answer["locations"]), ["LEI-A-1"]);
    assert_eq!(keys(&answer["locations"][0]["subLocations"]), ["LEI-A-1-001", "LEI-A-1-003"]);
    let asked = remotes.asked();
    assert_eq!(asked.len(), 1);
    let matchers = &asked[0].body["queries"][0]["matchers"];
    assert_eq!(
        (&matchers[0]["searchTerm"], &matchers[1]["searchTerm"]),
        (&json!("LEI"), &json!("A-1-001,A-1-002,A-1-003,A-1-004"))
    );
    // The prison of the path is the one that is asked about, whatever the location's is.
    get("MDI", LANDING).await.expect(200);
    assert_eq!(remotes.asked()[0].body["queries"][0]["matchers"][0]["searchTerm"], "MDI");

    service.database.execute(&format!("UPDATE location SET status = 'INACTIVE' WHERE id = '{WING}'")).await;
    assert_eq!(get("LEI", LANDING).await.expect(200)["locations"], json!([]));
    service.database.execute(&format!("UPDATE location SET status = 'ARCHIVED' WHERE id = '{WING}'")).await;
    get("LEI", LANDING).await.refused(404, Some(101));
    let area: String = service.database.value("SELECT id::text FROM location WHERE code = 'RECP'").await;
    get("LEI", &area).await.refused(404, Some(101));
    get("LEI", "de91dfa7-821f-4552-a427-bf2f32eafeb0").await.refused(404, Some(101));
    // Thirty-two digits without hyphens are no id.
    get("LEI", &LANDING.replace('-', "")).await.refused(400, None);
    get("lei", LANDING).await.refused(400, None);
}

#[tokio::test]
async fn prisoners_by_cell() {
    let remotes = Remotes::start().await;
    let service = leeds(&remotes).await;
    let found = json!({"content": [
        prisoner("A1", Some("A-1-003"), "IN"), prisoner("A2", None, "OUT"), prisoner("A3", Some("A-1-001"), "IN"),
        prisoner("A4", Some("A-1-003"), "OUT")
    ]});
    remotes.answers("POST /attribute-search", 200, found);
    let get = async |path: &str| {
        service.get(&format!("/prisoner-locations/{path}")).role("VIEW_PRISONER_LOCATIONS").send().await
    };
    let expected = json!([
        {"cellLocation": "A-1-001", "prisoners": [prisoner("A3", Some("A-1-001"), "IN")]},
        {"cellLocation": "A-1-003", "prisoners": [prisoner("A1", Some("A-1-003"), "IN"), prisoner("A4", Some("A-1-003"), "OUT")]}
    ]);
    for (path, cells) in [
        (format!("id/{WING}"), "A-1-001,A-1-002,A-1-003,A-1-004"),
        ("key/LEI-A-1".to_owned(), "A-1-001,A-1-002,A-1-003,A-1-004"),
        // By prison only those that are active by themselves.
        ("prison/LEI".to_owned(), "A-1-001,A-1-003,A-1-004"),
    ] {
        assert_eq!(get(&path).await.expect(200), expected, "{path}");
        let asked = remotes.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].body["queries"][0]["matchers"][1]["searchTerm"], cells, "{path}");
    }
    // Where there are no cells nobody is asked.
    assert_eq!(get("key/LEI-RECP").await.expect(200), json!([]));
    assert_eq!(get("prison/MDI").await.expect(200), json!([]));
    assert!(remotes.asked().is_empty());
    get("key/LEI-X").await.refused(404, Some(101));
    get("prison/X").await.refused(400, None);
}

#[tokio::test]
async fn what_others_answer_is_not_made_up_for() {
    let remotes = Remotes::start().await;
    let service = leeds(&remotes).await;
    let get =
        async |path: &str| service.get(path).role("ESTABLISHMENT_ROLL").role("VIEW_PRISONER_LOCATIONS").send().await;
    // A 404 of another service stays one, without a code.
    get("/prison/roll-count/LEI").await.refused(404, None);
    answer_for_roll(&remotes);
    let mut incomplete = prisoners();
    incomplete["content"][0].as_object_mut().unwrap().remove("inOutStatus");
    remotes.answers("POST /attribute-search", 200, incomplete);
    assert!(get("/prisoner-locations/key/LEI-A").await.status.is_server_error());
    remotes.answers("GET /prisoner-search/prison/LEI", 503, json!({}));
    assert!(get("/prison/roll-count/LEI").await.status.is_server_error());
}
