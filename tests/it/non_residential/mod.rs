//! Non-residential locations as their users see them (chapter 05): what the recorded exchanges don't say.

mod change;
mod create;
mod lists;
mod property;

use axum::http::Method;
use serde_json::Value;

use crate::support::service::{Call, Reply, TestService};

const VIEW: &str = "VIEW_LOCATIONS";
const MAINTAIN: &str = "MAINTAIN_LOCATIONS";
const PROPERTY: &str = "MANAGE_PROPERTY_LOCATIONS";

/// A location of the prison LEI, put into the tables behind the service's back.
struct Row<'a> {
    n: u32,
    code: &'a str,
    parent: Option<u32>,
    name: Option<&'a str>,
    status: &'a str,
    services: &'a [&'a str],
    usages: &'a [(&'a str, Option<i32>)],
}

/// An active leaf at the top without services.
const ROW: Row<'static> =
    Row { n: 0, code: "", parent: None, name: None, status: "ACTIVE", services: &[], usages: &[] };

fn id(n: u32) -> String {
    format!("00000000-0000-7000-8000-{n:012}")
}

/// Adds rows, parents first.
async fn given(service: &TestService, rows: &[Row<'_>]) {
    for row in rows {
        let parent = row.parent.map(id);
        sqlx::query(
            "INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, parent_id, local_name, status,
                location_type_discriminator, when_created, when_updated, updated_by, internal_movement_allowed)
             VALUES ($1::uuid, 'LEI',
                coalesce((SELECT path_hierarchy || '-' FROM location WHERE id = $2::uuid), '') || $3, $3, 'LOCATION',
                $2::uuid, $4, $5, 'NON_RESIDENTIAL', '2020-01-02 03:04:05', '2020-01-02 03:04:05', 'CREATOR', false)",
        )
        .bind(id(row.n))
        .bind(parent)
        .bind(row.code)
        .bind(row.name)
        .bind(row.status)
        .execute(&service.database.pool)
        .await
        .unwrap();
        for used_by in row.services {
            sqlx::query("INSERT INTO service_usage (location_id, service_type) VALUES ($1::uuid, $2)")
                .bind(id(row.n))
                .bind(used_by)
                .execute(&service.database.pool)
                .await
                .unwrap();
        }
        for (usage, capacity) in row.usages {
            sqlx::query(
                "INSERT INTO non_residential_usage (location_id, usage_type, capacity, sequence)
                 VALUES ($1::uuid, $2, $3, 5)",
            )
            .bind(id(row.n))
            .bind(usage)
            .bind(capacity)
            .execute(&service.database.pool)
            .await
            .unwrap();
        }
    }
}

async fn set(service: &TestService, n: u32, assignments: &str) {
    let sql = format!("UPDATE location SET {assignments} WHERE id = '{}'", id(n));
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&service.database.pool).await.unwrap();
}

fn maintain<'a>(service: &'a TestService, method: Method, path: &str) -> Call<'a> {
    service.request(method, &format!("/locations/non-residential{path}")).role(MAINTAIN).write()
}

async fn put(service: &TestService, n: u32, body: Value) -> Reply {
    maintain(service, Method::PUT, &format!("/{}", id(n))).json(&body).send().await
}

async fn patch(service: &TestService, n: u32, body: Value) -> Reply {
    maintain(service, Method::PATCH, &format!("/{}", id(n))).json(&body).send().await
}

async fn create(service: &TestService, body: Value) -> Reply {
    maintain(service, Method::POST, "/LEI").json(&body).send().await
}

async fn view(service: &TestService, path: &str) -> Reply {
    service.get(path).role(VIEW).send().await
}

/// The values of one field of a list.
fn all<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|l| l[field].as_str().unwrap_or("-")).collect()
}

async fn paths(service: &TestService, query: &str) -> Vec<String> {
    let page = view(service, &format!("/locations/non-residential/summary/LEI?{query}")).await.expect(200);
    let content = &page["locations"]["content"];
    assert_eq!(page["locations"]["totalElements"].as_u64().unwrap() as usize, content.as_array().unwrap().len());
    all(content, "pathHierarchy").into_iter().map(str::to_owned).collect()
}
