//! The reset of a training database (07 section 10).

use serde_json::json;

use crate::support::estate::{add_wing, configure};
use crate::support::service::{LOCAL_NOW, TestService};

const TRAIN: [(&str, &str); 1] = [("SPRING_PROFILES_ACTIVE", "train")];

#[tokio::test]
async fn a_reset_replaces_all_that_prisons_had() {
    let service = TestService::with(&TRAIN).await;
    add_wing(&service.database, 3).await;
    configure(&service.database, true).await;
    let certification = "LOCATION_CERTIFICATION";
    service.post("/cell-certificates/prison/LEI/baseline").role(certification).write().send().await.expect(201);
    // A prison that the table of prisons does not know.
    let other = json!({"prisonId": "XYI", "code": "Z", "locationType": "WING", "lastUpdatedBy": "U",
        "residentialHousingType": "NORMAL_ACCOMMODATION"});
    service.post("/sync/upsert").role("SYNC_LOCATIONS").write().json(&other).send().await.expect(201);
    let (events, audit) = (service.events().await, service.audit_messages().await);

    let done = service.put("/reset-training").anonymous().send().await;
    assert_eq!((done.status.as_u16(), done.text.as_str()), (200, ""));

    let prisons = "SELECT prison_id, count(*) FROM location GROUP BY 1 ORDER BY 1";
    let expected = [json!({"prison_id": "LEI", "count": 150}), json!({"prison_id": "XYI", "count": 150})];
    assert_eq!(service.rows(prisons).await, expected);
    for nothing in [
        "location WHERE updated_by <> 'ZQW42M'",
        "location WHERE prison_id = 'XYI' AND path_hierarchy = 'Z'",
        "capacity c WHERE NOT EXISTS (SELECT FROM location l WHERE l.capacity_id = c.id)",
        "linked_transaction",
        "location_history",
        "cell_certificate",
        "certification_approval_request",
    ] {
        assert_eq!(service.count(nothing).await, 0, "{nothing}");
    }
    assert!(service.count("location WHERE location_type = 'CELL' AND status = 'ACTIVE'").await > 50);
    assert!(service.count("location WHERE status <> 'ACTIVE'").await > 0);
    let configured = service.rows("SELECT * FROM prison_configuration ORDER BY prison_id").await;
    assert_eq!(configured.len(), 2);
    assert_eq!(
        configured[0],
        json!({
            "prison_id": "LEI", "when_updated": LOCAL_NOW, "updated_by": "ZQW42M", "resi_location_service_active": true,
            "include_segregation_in_roll_count": false, "certification_approval_required": false,
            "non_resi_service_active": false
        })
    );
    let wrong = "SELECT s.prison_id FROM signed_operation_capacity s WHERE signed_operation_capacity <> (
            SELECT sum(c.max_capacity) FROM location l JOIN capacity c ON c.id = l.capacity_id
            WHERE l.prison_id = s.prison_id AND l.status = 'ACTIVE')";
    assert_eq!(service.rows(wrong).await, Vec::<serde_json::Value>::new());
    assert_eq!(service.count("signed_operation_capacity").await, 2);
    assert_eq!((service.events().await, service.audit_messages().await), (events, audit));

    // What was made is a prison like any other, and the same each time.
    let sql = "SELECT path_hierarchy, status, local_name FROM location ORDER BY prison_id, path_hierarchy";
    let before = service.rows(sql).await;
    service.put("/reset-training").anonymous().send().await.expect(200);
    assert_eq!(service.rows(sql).await, before);
    let summary = service.get("/locations/prison/XYI/residential-hierarchy").role("VIEW_LOCATIONS").send().await;
    assert!(!summary.expect(200).as_array().unwrap().is_empty());
}

#[tokio::test]
async fn an_empty_training_database_gets_the_prisons_of_the_demonstration_data() {
    let service = TestService::with(&TRAIN).await;
    service.put("/reset-training").anonymous().send().await.expect(200);
    let prisons: i64 = service.database.value("SELECT count(DISTINCT prison_id) FROM location").await;
    assert_eq!(prisons, 122);
}

#[tokio::test]
async fn elsewhere_there_is_no_reset() {
    let service = TestService::start().await;
    add_wing(&service.database, 1).await;
    assert_eq!(service.put("/reset-training").anonymous().send().await.status, 401);
    service.put("/reset-training").send().await.refused(404, None);
    assert_eq!(service.count("location").await, 3);
}
