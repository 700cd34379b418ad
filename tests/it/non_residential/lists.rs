//! Lists of non-residential locations (05).

use serde_json::json;

use super::{ROW, Row, VIEW, all, given, id, paths, set, view};
use crate::support::service::TestService;

#[tokio::test]
async fn lists_leave_out_parents_inactive_ones_and_return_to_unit() {
    let service = TestService::start().await;
    let visits: &[&str] = &["OFFICIAL_VISITS", "APPOINTMENT"];
    let visit: &[(&str, Option<i32>)] = &[("VISIT", None), ("PROPERTY", Some(1))];
    given(
        &service,
        &[
            Row { n: 1, code: "P", name: Some("zoo"), services: visits, usages: visit, ..ROW },
            Row { n: 2, code: "C", parent: Some(1), services: visits, usages: visit, status: "INACTIVE", ..ROW },
            Row { n: 3, code: "RTU", name: Some("back"), services: visits, usages: visit, ..ROW },
            Row { n: 4, code: "V", name: Some("Visits IT"), services: visits, usages: visit, ..ROW },
        ],
    )
    .await;
    let keys = |path: &'static str| {
        let service = &service;
        async move {
            let list = view(service, &format!("/locations/{path}")).await.expect(200);
            all(&list, "pathHierarchy").into_iter().map(str::to_owned).collect::<Vec<_>>()
        }
    };
    // The inactive child knocks out its parent, and is not shown itself.
    assert_eq!(keys("non-residential/prison/LEI/service/OFFICIAL_VISITS").await, ["RTU", "V"]);
    assert_eq!(keys("non-residential/prison/LEI/service/OFFICIAL_VISITS?filterParents=false").await, ["P", "RTU", "V"]);
    assert_eq!(keys("prison/LEI/non-residential-usage-type").await, ["V"]);
    assert_eq!(keys("prison/LEI/non-residential-usage-type?filterParents=no&sortByLocalName=true").await, ["V", "P"]);
    assert_eq!(keys("prison/LEI/non-residential").await, ["V", "P"]);
    assert_eq!(keys("prison/LEI/property").await, ["V"]);
    let list = view(&service, "/locations/non-residential/prison/LEI/service/OFFICIAL_VISITS").await.expect(200);
    assert_eq!(all(&list[1]["servicesUsingLocation"], "serviceType"), ["OFFICIAL_VISITS"], "only the one asked for");
    assert_eq!(list[1]["usage"].as_array().unwrap().len(), 2);
    let list =
        view(&service, "/locations/prison/LEI/non-residential-usage-type/VISIT?formatLocalName=on").await.expect(200);
    assert_eq!((all(&list, "localName"), all(&list[0]["usage"], "usageType")), (vec!["Visits IT"], vec!["VISIT"]));
    for path in ["non-residential/prison/LEI/service/VISIT", "prison/LEI/non-residential-usage-type/GYM"] {
        service.get(&format!("/locations/{path}")).send().await.refused(400, None);
    }
    for path in ["non-residential/prison/XX/service/APPOINTMENT", "prison/XX/property", "prison/XX/non-residential"] {
        view(&service, &format!("/locations/{path}")).await.refused(400, None);
        service.get(&format!("/locations/{path}")).send().await.refused(403, None);
    }
}

#[tokio::test]
async fn names_are_looked_up_in_any_case() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "A", name: Some("Visit ROOM"), status: "INACTIVE", ..ROW },
            Row { n: 2, code: "B", name: Some("visit room"), status: "ARCHIVED", ..ROW },
        ],
    )
    .await;
    let base = "/locations/non-residential/prison/LEI/local-name";
    let found = view(&service, &format!("{base}/visit%20Room")).await.expect(200);
    assert_eq!(all(&found, "localName"), ["Visit ROOM"]);
    view(&service, &format!("{base}/Hall")).await.refused(404, Some(101));
    view(&service, &format!("{base}/{}", "x".repeat(41))).await.refused(400, None);
    let ids = json!([id(1), id(2), id(1), id(8), null]);
    let batch = service.post("/locations/non-residential/batch").role(VIEW).json(&ids).send().await.expect(200);
    assert_eq!(all(&batch, "pathHierarchy"), ["A", "B"]);
    view(&service, &format!("/locations/non-residential/{}", id(8))).await.refused(404, Some(101));
}

#[tokio::test]
async fn the_paged_list_is_filtered() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "P", name: Some("Parent 100%"), services: &["APPOINTMENT", "USE_OF_FORCE"], ..ROW },
            Row { n: 2, code: "C", parent: Some(1), name: Some("child"), services: &["USE_OF_FORCE"], ..ROW },
            Row {
                n: 3,
                code: "BOX",
                name: Some("Box"),
                services: &["VIDEO_LINK"],
                usages: &[("PROPERTY", None)],
                ..ROW
            },
            Row { n: 4, code: "MIX", name: Some("Mix"), usages: &[("PROPERTY", None), ("OTHER", None)], ..ROW },
            Row { n: 5, code: "OFF", status: "INACTIVE", services: &["VIDEO_ENABLED"], ..ROW },
            Row { n: 6, code: "OLD", name: Some("Old"), status: "ARCHIVED", ..ROW },
            Row { n: 7, code: "HID", name: Some("Hid"), ..ROW },
            Row { n: 8, code: "RTU", name: Some("RTU"), ..ROW },
            Row { n: 9, code: "NEW", name: Some("New"), status: "DRAFT", ..ROW },
        ],
    )
    .await;
    set(&service, 7, "hidden_from_list = true").await;
    set(&service, 4, "location_type = 'STORE'").await;
    for (query, expected) in [
        ("", vec!["MIX", "P", "P-C", "OFF"]),
        ("status=", vec!["HID", "MIX", "NEW", "OLD", "P", "P-C", "OFF"]),
        ("status=ACTIVE", vec!["MIX", "P", "P-C"]),
        ("status=ARCHIVED", vec!["HID", "OLD"]),
        ("status=DRAFT,INACTIVE", vec!["NEW", "OFF"]),
        ("includeProperty=true", vec!["BOX", "MIX", "P", "P-C", "OFF"]),
        ("localName=%20100%25%20", vec!["P"]),
        ("localName=CHI", vec!["P-C"]),
        ("localName=%20", vec!["MIX", "P", "P-C"]),
        ("localName=_", vec![]),
        ("filterParents=true", vec!["MIX", "P-C", "OFF"]),
        ("locationType=STORE,BOX", vec!["MIX"]),
        ("serviceFamilyType=USE_OF_FORCE", vec!["P-C"]),
        ("serviceFamilyType=USE_OF_FORCE,ACTIVITIES_APPOINTMENTS", vec!["P", "P-C"]),
        ("serviceFamilyType=VIDEO_LINK_APPOINTMENTS&includeProperty=true", vec!["BOX", "OFF"]),
        ("serviceType=USE_OF_FORCE", vec!["P", "P-C"]),
        ("serviceType=APPOINTMENT&serviceFamilyType=VIDEO_LINK_APPOINTMENTS", vec!["P", "OFF"]),
        ("sort=localName,desc", vec!["OFF", "P-C", "P", "MIX"]),
        ("sort=status,desc&sort=pathHierarchy", vec!["OFF", "MIX", "P", "P-C"]),
    ] {
        assert_eq!(paths(&service, query).await, expected, "{query}");
    }
    for query in ["sort=key", "sort=parent.code", "status=active", "filterParents=maybe", "locationType=WING"] {
        view(&service, &format!("/locations/non-residential/summary/LEI?{query}")).await.refused(400, None);
    }
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let service = TestService::start().await;
    let codes: Vec<String> = (0..5).map(|n| format!("R{n}")).collect();
    let rows: Vec<Row<'_>> = codes.iter().zip(1..).map(|(code, n)| Row { n, code, name: Some(code), ..ROW }).collect();
    given(&service, &rows).await;
    let page = |query: &'static str| {
        let service = &service;
        async move { view(service, &format!("/locations/non-residential/summary/LEI?{query}")).await.expect(200) }
    };
    let second = page("size=2&page=1").await;
    let locations = &second["locations"];
    assert_eq!(second["prisonId"], "LEI");
    assert_eq!(all(&locations["content"], "code"), ["R2", "R3"]);
    assert_eq!(
        (&locations["totalElements"], &locations["totalPages"], &locations["number"], &locations["last"]),
        (&json!(5), &json!(3), &json!(1), &json!(false))
    );
    let past = page("size=2&page=9").await;
    assert_eq!(past["locations"]["content"], json!([]));
    assert_eq!(
        (&past["locations"]["totalElements"], &past["locations"]["last"], &past["locations"]["empty"]),
        (&json!(5), &json!(true), &json!(true))
    );
    for (query, size) in [("size=x", 100), ("size=5000", 2000), ("size=0", 100)] {
        assert_eq!(page(query).await["locations"]["size"], size, "{query}");
    }
}
