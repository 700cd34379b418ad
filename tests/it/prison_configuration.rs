//! The switches of a prison (07 section 5.2).

use serde_json::{Value, json};

use crate::support::estate::{add_wing, configure};
use crate::support::service::{LOCAL_NOW, Reply, TestService, USER};

async fn switch(service: &TestService, path: &str) -> Reply {
    service.put(&format!("/prison-configuration/{path}")).role("LOCATION_CONFIG_ADMIN").send().await
}

async fn transactions(service: &TestService) -> Vec<Value> {
    let sql =
        "SELECT transaction_type, transaction_detail, transaction_invoked_by, prison_id, tx_start_time, tx_end_time
               FROM linked_transaction ORDER BY id";
    service.rows(sql).await
}

#[tokio::test]
async fn each_switch_changes_its_column_and_says_so_in_a_transaction() {
    for (name, field, column, transaction_type, detail) in [
        (
            "resi-service",
            "resiLocationServiceActive",
            "resi_location_service_active",
            "RESI_SERVICE_ACTIVATION",
            "Residential service status changed to",
        ),
        (
            "non-resi-service",
            "nonResiServiceActive",
            "non_resi_service_active",
            "NON_RESI_SERVICE_ACTIVATION",
            "Non-resi service status changed to",
        ),
        (
            "include-seg-in-roll-count",
            "includeSegregationInRollCount",
            "include_segregation_in_roll_count",
            "INCLUDE_SEG_IN_ROLL_COUNT_ACTIVATION",
            "Include seg in roll count changed to",
        ),
    ] {
        let service = TestService::start().await;
        configure(&service.database, false).await;
        let before = service.rows("SELECT when_updated, updated_by FROM prison_configuration").await;
        let mut expected = json!({
            "prisonId": "LEI", "resiLocationServiceActive": "INACTIVE", "nonResiServiceActive": "INACTIVE",
            "includeSegregationInRollCount": "INACTIVE", "certificationApprovalRequired": "INACTIVE"
        });
        // It is off already: nothing is written.
        assert_eq!(switch(&service, &format!("LEI/{name}/INACTIVE")).await.expect(200), expected);
        assert_eq!(transactions(&service).await, Vec::<Value>::new());

        expected[field] = "ACTIVE".into();
        assert_eq!(switch(&service, &format!("LEI/{name}/ACTIVE")).await.expect(200), expected);
        let written = json!({
            "transaction_type": transaction_type, "transaction_detail": format!("{detail} ACTIVE"),
            "transaction_invoked_by": USER, "prison_id": "LEI", "tx_start_time": LOCAL_NOW, "tx_end_time": LOCAL_NOW
        });
        assert_eq!(transactions(&service).await, [written], "{name}");
        let on: bool = service.database.value(&format!("SELECT {column} FROM prison_configuration")).await;
        assert!(on, "{name}");
        assert_eq!(service.rows("SELECT when_updated, updated_by FROM prison_configuration").await, before);
        switch(&service, &format!("LEI/{name}/INACTIVE")).await.expect(200);
        assert_eq!(transactions(&service).await[1]["transaction_detail"], format!("{detail} INACTIVE"));
        assert!(service.events().await.is_empty() && service.audit_messages().await.is_empty());
    }
}

#[tokio::test]
async fn approvals_begin_with_a_certificate_where_there_is_none() {
    let service = TestService::start().await;
    configure(&service.database, false).await;
    add_wing(&service.database, 2).await;
    let path = "LEI/certification-approval-required";
    let answer = switch(&service, &format!("{path}/ACTIVE")).await.expect(200);
    assert_eq!(answer["certificationApprovalRequired"], "ACTIVE");
    let types: Vec<Value> = transactions(&service).await.iter().map(|t| t["transaction_type"].clone()).collect();
    assert_eq!(types, ["APPROVAL_PROCESS_ACTIVATION", "CERTIFICATE_BASELINE", "APPROVE_CERTIFICATION_REQUEST"]);
    let certificates = "SELECT c.current, c.total_max_capacity, r.approval_type, r.status FROM cell_certificate c
        JOIN certification_approval_request r ON r.id = c.certification_approval_request_id";
    let made =
        json!({"current": true, "total_max_capacity": 4, "approval_type": "PRISON_BASELINE", "status": "APPROVED"});
    assert_eq!(service.rows(certificates).await, [made]);

    // Off and on again: the certificate stays, and no other is made.
    switch(&service, &format!("{path}/INACTIVE")).await.expect(200);
    switch(&service, &format!("{path}/ACTIVE")).await.expect(200);
    assert_eq!(service.count("cell_certificate").await, 1);
    let details: Vec<Value> = transactions(&service).await.iter().map(|t| t["transaction_detail"].clone()).collect();
    assert_eq!(
        details[3..],
        ["Certification approval process changed to INACTIVE", "Certification approval process changed to ACTIVE"]
    );
    assert!(service.events().await.is_empty() && service.audit_messages().await.is_empty());
}

#[tokio::test]
async fn switches_that_are_none_and_prisons_without_a_configuration() {
    let service = TestService::start().await;
    configure(&service.database, false).await;
    for name in ["resi-service", "non-resi-service", "include-seg-in-roll-count", "certification-approval-required"] {
        switch(&service, &format!("MDI/{name}/ACTIVE")).await.refused(404, Some(101));
        switch(&service, &format!("lei/{name}/ACTIVE")).await.refused(400, None);
        // What can't be read is refused before the role is looked at.
        let unread = service.put(&format!("/prison-configuration/LEI/{name}/active")).send().await;
        unread.refused(400, None);
    }
    assert_eq!(service.count("linked_transaction").await, 0);
}
