//! Property locations (05).

use serde_json::{Value, json};

use super::{MAINTAIN, PROPERTY, ROW, Row, given, id, view};
use crate::support::service::TestService;

#[tokio::test]
async fn property_comes_and_goes_as_a_usage() {
    let service = TestService::start().await;
    given(&service, &[Row { n: 1, code: "R", name: Some("it room"), usages: &[("PROPERTY", None)], ..ROW }]).await;
    let path = format!("/locations/property/{}", id(1));
    let update = |body: Value| service.put(&path).role(PROPERTY).write().json(&body).send();
    let shown = view(&service, &path).await.expect(200);
    assert_eq!(
        shown,
        json!({"id": id(1), "prisonId": "LEI", "code": "R", "pathHierarchy": "R", "localName": "IT Room",
            "locationType": "LOCATION"})
    );
    assert_eq!(update(json!({"capacity": 5})).await.expect(200)["capacity"], 5);
    update(json!({})).await.expect(200);
    let removed = service.delete(&path).role(PROPERTY).write().send().await.expect(200);
    assert!(removed.get("capacity").is_none());
    service.delete(&path).role(PROPERTY).write().send().await.refused(400, None);
    view(&service, &path).await.refused(404, Some(101));
    update(json!({"localName": "it room", "capacity": 7})).await.expect(200);
    assert_eq!(
        service.history().await,
        [
            "NON_RESIDENTIAL_CAPACITY - -> 5",
            "NON_RESIDENTIAL_CAPACITY 5 -> -",
            "USAGE Property -> -",
            "USAGE - -> Property",
            "NON_RESIDENTIAL_CAPACITY - -> 7"
        ]
    );
    let usages = service.rows("SELECT usage_type, capacity, sequence FROM non_residential_usage").await;
    assert_eq!(usages, [json!({"usage_type": "PROPERTY", "capacity": 7, "sequence": 99})]);
    assert_eq!(service.events().await, ["amended LEI-R"; 4]);
    for body in [json!({"localName": ""}), json!({"capacity": -1})] {
        update(body).await.refused(400, Some(102));
    }
    service.put(&path).role(MAINTAIN).write().json(&json!({})).send().await.refused(403, None);
}

#[tokio::test]
async fn a_property_box_is_created_at_the_top() {
    let service = TestService::start().await;
    let post = |body: Value| service.post("/locations/prison/LEI/property").role(PROPERTY).write().json(&body).send();
    let created = post(json!({"localName": "Gym", "capacity": 0})).await.expect(201);
    assert_eq!(
        created,
        json!({"id": created["id"], "prisonId": "LEI", "code": "GYM77", "pathHierarchy": "GYM77", "localName": "Gym",
            "locationType": "BOX", "capacity": 0})
    );
    assert_eq!(
        service.history().await,
        ["LOCATION_CREATED - -> LEI-GYM77", "USAGE - -> Property", "NON_RESIDENTIAL_CAPACITY - -> 0"]
    );
    for (body, code) in [
        (json!({"localName": " ", "capacity": 1}), Some(102)),
        (json!({"localName": "Hall", "capacity": -1}), Some(102)),
        (json!({"localName": "Hall"}), None),
        (json!({"localName": "Hall", "capacity": null}), None),
        (json!({"capacity": 1}), None),
    ] {
        post(body).await.refused(400, code);
    }
    let list = view(&service, "/locations/prison/LEI/property").await.expect(200);
    assert_eq!(list, json!([created]));
}
