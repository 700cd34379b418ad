//! Changing non-residential locations, and hiding them (05).

use axum::http::Method;
use serde_json::{Value, json};

use super::{PROPERTY, ROW, Row, given, id, maintain, patch, put, set, view};
use crate::support::service::{LOCAL_NOW, TestService, USER};

/// Services before and after, usages before and after, and the rows about them: 05 section 7.
#[tokio::test]
async fn services_bring_their_usages_and_types_along() {
    struct Example {
        before: &'static [&'static str],
        usages: &'static [(&'static str, Option<i32>)],
        sent: &'static [&'static str],
        after: &'static [(&'static str, Option<i32>)],
        location_type: &'static str,
        history: &'static [&'static str],
    }
    let examples = [
        Example {
            before: &["OFFICIAL_VISITS"],
            usages: &[("PROPERTY", Some(10)), ("VISIT", Some(15))],
            sent: &["INTERNAL_MOVEMENTS"],
            after: &[("MOVEMENT", Some(99)), ("PROPERTY", Some(10))],
            location_type: "LOCATION",
            history: &[
                "USED_BY_SERVICE - -> Internal movements",
                "USED_BY_SERVICE Official visits -> -",
                "USAGE - -> Movement",
                "NON_RESIDENTIAL_CAPACITY - -> 99",
                "USAGE Visit -> -",
                "INTERNAL_MOVEMENT_ALLOWED false -> true",
            ],
        },
        Example {
            before: &["USE_OF_FORCE"],
            usages: &[("OCCURRENCE", None), ("OTHER", None)],
            sent: &["LOCATION_OF_INCIDENT", "LOCATION_OF_INCIDENT"],
            after: &[("OCCURRENCE", None), ("OTHER", None)],
            location_type: "LOCATION",
            history: &[
                "USED_BY_SERVICE - -> Adjudications - location of incident",
                "USED_BY_SERVICE Use of force -> -",
            ],
        },
        Example {
            before: &[],
            usages: &[],
            sent: &["VIDEO_LINK", "HEARING_LOCATION"],
            after: &[("ADJUDICATION_HEARING", Some(99))],
            location_type: "ADJUDICATION_ROOM",
            history: &[
                "USED_BY_SERVICE - -> Book a video link",
                "USED_BY_SERVICE - -> Adjudications - hearing location",
                "USAGE - -> Adjudication hearing",
                "NON_RESIDENTIAL_CAPACITY - -> 99",
            ],
        },
        Example {
            before: &["APPOINTMENT", "VIDEO_ENABLED"],
            usages: &[("APPOINTMENT", Some(3))],
            sent: &[],
            after: &[],
            location_type: "LOCATION",
            history: &[
                "USED_BY_SERVICE Appointments -> -",
                "USED_BY_SERVICE Video enabled -> -",
                "USAGE Appointment -> -",
            ],
        },
    ];
    for example in examples {
        let service = TestService::start().await;
        given(&service, &[Row { n: 1, code: "R", services: example.before, usages: example.usages, ..ROW }]).await;
        let answer = patch(&service, 1, json!({"servicesUsingLocation": example.sent})).await.expect(200);
        let shown: Vec<(&str, Option<i64>)> = answer["usage"]
            .as_array()
            .unwrap()
            .iter()
            .map(|u| (u["usageType"].as_str().unwrap(), u["capacity"].as_i64()))
            .collect();
        let after: Vec<(&str, Option<i64>)> = example.after.iter().map(|(u, c)| (*u, c.map(i64::from))).collect();
        assert_eq!(shown, after);
        assert_eq!(answer["locationType"], example.location_type);
        assert_eq!(service.history().await, example.history);
        assert_eq!(answer["lastModifiedBy"], "CREATOR", "services do not touch");
    }
}

#[tokio::test]
async fn a_parent_keeps_its_usages_and_a_put_without_services_takes_them_all() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row {
                n: 1,
                code: "P",
                services: &["OFFICIAL_VISITS", "APPOINTMENT"],
                usages: &[("VISIT", Some(7))],
                ..ROW
            },
            Row { n: 2, code: "C", parent: Some(1), status: "ARCHIVED", ..ROW },
        ],
    )
    .await;
    let shown = view(&service, &format!("/locations/non-residential/{}", id(1))).await.expect(200);
    assert_eq!(shown["usedByServices"], json!(["APPOINTMENT"]), "visits are not edited in a parent");
    let answer = put(&service, 1, json!({"localName": "P"})).await.expect(200);
    assert_eq!(answer["usedByServices"], json!([]));
    assert_eq!(answer["canBeHiddenFromList"], true);
    assert_eq!(service.count("service_usage").await, 0);
    assert_eq!(service.count("non_residential_usage").await, 1);
    assert_eq!(
        service.history().await,
        ["LOCAL_NAME - -> P", "USED_BY_SERVICE Appointments -> -", "USED_BY_SERVICE Official visits -> -"]
    );
}

#[tokio::test]
async fn a_put_switches_a_location_off_and_on_again_with_what_is_above_it() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "A", status: "INACTIVE", ..ROW },
            Row { n: 2, code: "B", parent: Some(1), ..ROW },
            Row { n: 3, code: "C", parent: Some(2), ..ROW },
        ],
    )
    .await;
    set(
        &service,
        1,
        "deactivated_reason = 'DAMAGED', planet_fm_reference = 'X1', proposed_reactivation_date = '2024-07-01'",
    )
    .await;
    let off = put(&service, 2, json!({"active": false})).await.expect(200);
    assert_eq!((&off["status"], &off["deactivatedBy"]), (&json!("INACTIVE"), &json!(USER)));
    assert!(off.get("deactivatedDate").is_none() && off.get("deactivatedReason").is_none(), "{off}");
    let child = view(&service, &format!("/locations/non-residential/{}", id(3))).await.expect(200);
    assert_eq!(child["status"], "ACTIVE", "children are not touched");
    let sql = format!(
        "SELECT status, deactivated_date, deactivated_reason, deactivation_reason_description, updated_by
         FROM location WHERE id = '{}'",
        id(2)
    );
    assert_eq!(
        service.rows(&sql).await,
        [json!({
            "status": "INACTIVE", "deactivated_date": LOCAL_NOW, "deactivated_reason": "OTHER", "updated_by": USER,
            "deactivation_reason_description": "Non residential location - deactivated"
        })]
    );
    put(&service, 2, json!({"active": false})).await.expect(200);
    let on = put(&service, 2, json!({"active": true})).await.expect(200);
    assert_eq!(on["status"], "ACTIVE");
    assert_eq!(
        service.events().await,
        ["amended LEI-A-B", "deactivated LEI-A-B", "amended LEI-A-B", "amended LEI-A-B", "reactivated LEI-A-B"]
    );
    assert_eq!(
        service.history().await,
        [
            "STATUS Active -> Inactive",
            "DEACTIVATION_REASON - -> Other - Non residential location - deactivated",
            "STATUS Inactive -> Active",
            "PROPOSED_REACTIVATION_DATE 01/07/2024 -> -",
            "PLANET_FM_NUMBER X1 -> -",
            "STATUS Inactive -> Active",
        ]
    );
    let above = service.rows("SELECT status, deactivated_reason, updated_by FROM location WHERE code = 'A'").await;
    assert_eq!(above, [json!({"status": "ACTIVE", "deactivated_reason": null, "updated_by": USER})]);
    assert_eq!(service.audit_messages().await.len(), 5);
}

#[tokio::test]
async fn a_draft_stays_one_and_is_not_spoken_of() {
    let service = TestService::start().await;
    given(&service, &[Row { n: 1, code: "D", status: "DRAFT", ..ROW }]).await;
    let answer = put(&service, 1, json!({"localName": "Draft room", "active": true})).await.expect(200);
    assert_eq!((&answer["status"], &answer["localName"]), (&json!("DRAFT"), &json!("Draft Room")));
    assert_eq!(service.events().await, Vec::<String>::new());
    let what: Vec<Value> = service.audit_messages().await.iter().map(|a| a["what"].clone()).collect();
    assert_eq!(what, ["LOCATION_AMENDED", "LOCATION_REACTIVATED"]);
    assert_eq!(service.history().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_archived_itself_or_from_above_is_not_changed() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "A", status: "ARCHIVED", ..ROW },
            Row { n: 2, code: "B", parent: Some(1), usages: &[("PROPERTY", None)], ..ROW },
        ],
    )
    .await;
    for n in [1, 2] {
        put(&service, n, json!({})).await.refused(409, Some(107));
        patch(&service, n, json!({})).await.refused(409, Some(107));
        let path = format!("/locations/property/{}", id(n));
        let update = service.put(&path).role(PROPERTY).write().json(&json!({})).send().await;
        update.refused(409, Some(107));
        service.delete(&path).role(PROPERTY).write().send().await.refused(409, Some(107));
    }
    assert_eq!(service.count("linked_transaction").await, 0);
}

/// Table of 05 section 11.4 step 2, and what B3 of the decisions adds.
#[tokio::test]
async fn a_patch_moves_a_location() {
    // What is sent for LEI-A-X; its path afterwards, or status and code; the events.
    type Outcome = Result<&'static str, (u16, Option<u16>)>;
    let a = id(1);
    let examples: [(Value, Outcome, &[&str]); 13] = [
        (json!({"removeParent": true}), Ok("X"), &["amended LEI-X", "amended LEI-A"]),
        (json!({"removeParent": true, "parentId": id(2)}), Ok("A-X"), &["amended LEI-A-X"]),
        (json!({"removeParent": true, "parentId": id(2), "code": "Y"}), Ok("Y"), &["amended LEI-Y"]),
        (json!({"parentId": id(2)}), Ok("B-X"), &["amended LEI-B-X", "amended LEI-B", "amended LEI-A"]),
        (
            json!({"parentId": id(2), "parentLocationKey": "LEI-A"}),
            Ok("B-X"),
            &["amended LEI-B-X", "amended LEI-B", "amended LEI-A"],
        ),
        (json!({"parentLocationKey": "LEI-B"}), Ok("B-X"), &["amended LEI-B-X", "amended LEI-B", "amended LEI-A"]),
        (json!({"parentId": a}), Ok("A-X"), &["amended LEI-A-X"]),
        (json!({"code": "Y", "parentId": null, "removeParent": null}), Ok("A-Y"), &["amended LEI-A-Y"]),
        (json!({"parentId": id(9)}), Err((404, Some(101))), &[]),
        (json!({"parentLocationKey": "LEI-NOWHERE"}), Err((404, Some(101))), &[]),
        (json!({"parentId": id(3)}), Err((400, None)), &[]),
        (json!({"parentId": id(4)}), Err((400, None)), &[]),
        (json!({"removeParent": true, "code": "B"}), Err((409, Some(103))), &[]),
    ];
    for (body, outcome, events) in examples {
        let service = TestService::start().await;
        given(
            &service,
            &[
                Row { n: 1, code: "A", ..ROW },
                Row { n: 2, code: "B", ..ROW },
                Row { n: 3, code: "X", parent: Some(1), ..ROW },
                Row { n: 4, code: "C", parent: Some(3), ..ROW },
            ],
        )
        .await;
        let reply = patch(&service, 3, body.clone()).await;
        match outcome {
            Ok(path) => {
                assert_eq!(reply.expect(200)["pathHierarchy"], path, "{body}");
                let below = service.rows("SELECT path_hierarchy FROM location WHERE code = 'C'").await;
                assert_eq!(below[0]["path_hierarchy"], format!("{path}-C"), "{body}");
            }
            Err((status, code)) => {
                reply.refused(status, code);
                assert_eq!(service.count("linked_transaction").await, 0, "{body}");
            }
        }
        assert_eq!(service.events().await, events, "{body}");
    }
}

#[tokio::test]
async fn a_move_is_answered_with_the_new_parents_and_audited_three_times() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "A", ..ROW },
            Row { n: 2, code: "B", ..ROW },
            Row { n: 3, code: "X", parent: Some(1), ..ROW },
            Row { n: 4, code: "C", parent: Some(3), ..ROW },
        ],
    )
    .await;
    let answer = patch(&service, 3, json!({"parentId": id(2), "comments": "moved"})).await.expect(200);
    assert_eq!(answer["childLocations"], json!([]), "non-residential children are left out");
    assert_eq!(answer["parentLocation"]["key"], "LEI-B");
    assert_eq!(
        service.history().await,
        [format!("PARENT_LOCATION {} -> {}", id(1), id(2)), "COMMENTS - -> moved".to_owned()]
    );
    let audits = service.audit_messages().await;
    let details: Vec<Value> =
        audits.iter().map(|a| serde_json::from_str(a["details"].as_str().unwrap()).unwrap()).collect();
    assert_eq!(details.iter().map(|d| d["key"].as_str().unwrap()).collect::<Vec<_>>(), ["LEI-B-X", "LEI-A", "LEI-B-X"]);
    assert_eq!(details[0], answer);
    assert!(details[2].get("parentLocation").is_none() && details[2].get("childLocations").is_none());
    // Already at the top, it would stand in its own way (05 section 18 quirk 8).
    patch(&service, 1, json!({"removeParent": true})).await.refused(409, Some(103));
    let other = sqlx::query("UPDATE location SET prison_id = 'MDI' WHERE code = 'A'");
    other.execute(&service.database.pool).await.unwrap();
    patch(&service, 3, json!({"parentId": id(1)})).await.refused(400, None);
}

#[tokio::test]
async fn a_patched_type_wins_over_the_services_and_its_label_is_recorded() {
    let service = TestService::start().await;
    given(&service, &[Row { n: 1, code: "R", ..ROW }]).await;
    set(&service, 1, "internal_movement_allowed = NULL").await;
    let body = json!({"locationType": "VIDEO_LINK", "servicesUsingLocation": ["HEARING_LOCATION"]});
    assert_eq!(patch(&service, 1, body).await.expect(200)["locationType"], "VIDEO_LINK");
    patch(&service, 1, json!({"locationType": "VIDEO_LINK"})).await.expect(200);
    let rows = service.history().await;
    assert_eq!(
        rows[rows.len() - 3..],
        [
            "INTERNAL_MOVEMENT_ALLOWED null -> false",
            "LOCATION_TYPE Adjudication room -> Video Link",
            "LOCATION_TYPE Video link -> Video Link"
        ]
    );
    for (body, code) in [
        (json!({"localName": "x".repeat(41)}), Some(102)),
        (json!({"code": ""}), Some(102)),
        (json!({"comments": "x".repeat(256)}), None),
        (json!({"locationType": 3}), None),
    ] {
        patch(&service, 1, body).await.refused(400, code);
    }
}

#[tokio::test]
async fn only_unused_parents_can_be_hidden() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "P", ..ROW },
            Row { n: 2, code: "C", parent: Some(1), ..ROW },
            Row { n: 3, code: "Q", services: &["USE_OF_FORCE"], ..ROW },
            Row { n: 4, code: "C", parent: Some(3), ..ROW },
        ],
    )
    .await;
    let hide = |n: u32| maintain(&service, Method::PUT, &format!("/{}/hide", id(n))).send();
    assert!(hide(2).await.refused(409, Some(144)).contains("not a parent"));
    assert!(hide(3).await.refused(409, Some(144)).contains("Use of force"));
    let hidden = hide(1).await.expect(200);
    assert_eq!((&hidden["hiddenFromList"], &hidden["canBeHiddenFromList"]), (&json!(true), &json!(false)));
    assert_eq!(hidden["status"], "ACTIVE");
    assert!(hide(1).await.refused(409, Some(144)).contains("already hidden"));
    hide(9).await.refused(404, Some(101));
    assert_eq!(service.history().await, ["HIDDEN_FROM_LIST false -> true"]);
    assert_eq!(service.events().await, ["amended LEI-P"]);
}
