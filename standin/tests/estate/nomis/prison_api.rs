//! The calls of Prison API (08 section 13.2).

use reqwest::Method;
use serde_json::json;

use super::Nomis;
use crate::support::{Client, call};

#[tokio::test]
async fn the_housing_checkbox_is_switched_by_prison() {
    let nomis = Nomis::start().await;
    let path = "/api/agency-switches/DISPLAY_HOUSING_CHECKBOX/agency/LEI";
    let send = async |method: Method, path: &str| nomis.operator.call(method, path, None).await.status;
    assert_eq!(send(Method::GET, path).await, 404);
    assert_eq!(send(Method::POST, path).await, 201);
    assert_eq!(send(Method::POST, path).await, 409);
    assert_eq!(send(Method::GET, path).await, 204);
    assert_eq!(send(Method::DELETE, path).await, 204);
    assert_eq!(send(Method::GET, path).await, 404);
    for unknown in ["/api/agency-switches/NONE/agency/LEI", "/api/agency-switches/DISPLAY_HOUSING_CHECKBOX/agency/XXI"]
    {
        assert_eq!(send(Method::POST, unknown).await, 404, "{unknown}");
        assert_eq!(send(Method::DELETE, unknown).await, 404, "{unknown}");
    }
    let all = "/api/agency-switches/DISPLAY_HOUSING_CHECKBOX/agency/*ALL*";
    assert_eq!(send(Method::POST, all).await, 201);
    assert_eq!(send(Method::GET, path).await, 204, "*ALL* counts as on");
}

#[tokio::test]
async fn a_condition_of_a_screen_is_added_changed_and_removed() {
    let nomis = Nomis::start().await;
    let base = "/api/splash-screen/OIMILOCA/condition";
    let one = format!("{base}/CASELOAD/LEI");
    let new = json!({ "conditionType": "CASELOAD", "conditionValue": "LEI", "blockAccess": true });
    assert_eq!(nomis.operator.get(&one).await.status, 404);
    assert_eq!(nomis.operator.call(Method::PUT, &format!("{one}/true"), None).await.status, 404);
    assert_eq!(nomis.operator.delete(&one).await.status, 404);
    assert_eq!(nomis.operator.post("/api/splash-screen/NONE/condition", new.clone()).await.status, 404);
    assert_eq!(nomis.operator.post(base, new.clone()).await.status, 201);
    assert_eq!(nomis.operator.post(base, new.clone()).await.status, 409);
    assert_eq!(nomis.operator.get(&one).await.body, new);
    assert_eq!(nomis.operator.call(Method::PUT, &format!("{one}/false"), None).await.status, 200);
    assert_eq!(nomis.operator.get(&one).await.body["blockAccess"], json!(false));
    assert_eq!(nomis.operator.call(Method::PUT, &format!("{one}/maybe"), None).await.status, 400);
    assert_eq!(nomis.operator.delete(&one).await.status, 200);
    assert_eq!(nomis.operator.get(&one).await.status, 404);
}

#[tokio::test]
async fn each_call_asks_for_its_role() {
    let nomis = Nomis::start().await;
    let switch = format!("{}/api/agency-switches/DISPLAY_HOUSING_CHECKBOX/agency/LEI", nomis.running.url);
    assert_eq!(call(None, Method::GET, &switch, None).await.status, 401);
    let service = nomis.auth.token("locations-inside-prison-api").await;
    assert_eq!(call(Some(&service), Method::GET, &switch, None).await.status, 404, "it may read");
    assert_eq!(call(Some(&service), Method::POST, &switch, None).await.status, 403, "but not write");
    let condition = format!("{}/api/splash-screen/OIMILOCA/condition/CASELOAD/LEI", nomis.running.url);
    assert_eq!(call(Some(&service), Method::GET, &condition, None).await.status, 403);
    assert_eq!(call(Some(&service), Method::DELETE, &condition, None).await.status, 403);
}

#[tokio::test]
async fn nobody_moves_unless_it_is_seeded() {
    let nomis = Nomis::start().await;
    let service = Client::new(&nomis.running, nomis.auth.token("locations-inside-prison-api").await);
    let none = json!({ "inOutMovementsToday": { "in": 0, "out": 0 }, "enRouteToday": 0 });
    assert_eq!(service.get("/api/prison/roll-count/LEI/movement-count").await.body, none);
    assert_eq!(service.get("/api/movements/LEI/out/2024-05-06").await.body, json!([]));
    sqlx::query(
        r#"insert into prison_movements values ('LEI', 1, 2, 3, '[{"day": "2024-05-06", "offenderNo": "A1234BC", "movementSequence": "2"}]')"#,
    )
    .execute(&nomis.pool)
    .await
    .unwrap();
    let some = json!({ "inOutMovementsToday": { "in": 1, "out": 2 }, "enRouteToday": 3 });
    assert_eq!(service.get("/api/prison/roll-count/LEI/movement-count").await.body, some);
    let out = json!([{ "offenderNo": "A1234BC", "movementSequence": "2" }]);
    assert_eq!(service.get("/api/movements/LEI/out/2024-05-06").await.body, out);
    assert_eq!(service.get("/api/movements/LEI/out/2024-05-07").await.body, json!([]));
    assert_eq!(service.get("/api/movements/LEI/out/soon").await.status, 400);
}

#[tokio::test]
async fn there_are_no_prisoners_but_prisons() {
    let nomis = Nomis::start().await;
    let service = Client::new(&nomis.running, nomis.auth.token("locations-inside-prison-api").await);
    let found = service.post("/attribute-search?size=3000", json!({ "queries": [] })).await;
    assert_eq!((found.status, &found.body["content"]), (200, &json!([])));
    let found = service.get("/prisoner-search/prison/LEI?size=3000").await;
    assert_eq!((found.status, &found.body["content"]), (200, &json!([])));
    let search = format!("{}/attribute-search", nomis.running.url);
    assert_eq!(call(None, Method::POST, &search, Some(json!({}))).await.status, 401);
    let register = |path: &str| format!("{}{path}", nomis.running.url);
    let leeds = call(None, Method::GET, &register("/prisons/id/LEI"), None).await;
    assert_eq!((leeds.status, &leeds.body["prisonName"]), (200, &json!("Leeds")));
    assert_eq!(call(None, Method::GET, &register("/prisons/id/XXI"), None).await.status, 404);
    assert_eq!(call(None, Method::GET, &register("/prisons"), None).await.body.as_array().map(Vec::len), Some(2));
}
