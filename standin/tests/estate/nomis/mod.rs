//! The role `nomis`: NOMIS API, screens, triggers and publisher, Prison API switches.

mod api;
mod events;
mod prison_api;
mod screens;

use serde_json::{Value, json};
use sqlx::PgPool;
use standin::common::role::Running;
use standin::nomis::{self, NomisSettings};

use crate::support::{Auth, Client, Database, settings};

/// NOMIS with two prisons: LEI has all usages but OTHER, MDI has none.
pub struct Nomis {
    pub running: Running,
    pub auth: Auth,
    /// As the sync calls.
    pub sync: Client,
    /// As an operator calls.
    pub operator: Client,
    /// Straight into the tables.
    pub pool: PgPool,
    _database: Database,
}

impl Nomis {
    pub async fn start() -> Self {
        Self::publishing_to(None).await
    }

    pub async fn publishing_to(topic: Option<&str>) -> Self {
        let database = Database::new().await;
        let auth = Auth::start(&database.url()).await;
        let jwks = format!("{}/auth/.well-known/jwks.json", auth.url);
        let url = database.url();
        let mut arguments = vec!["--database-url", &url, "--jwks-url", &jwks];
        let aws = std::env::var("TEST_AWS_ENDPOINT_URL").unwrap();
        arguments.extend(["--aws-endpoint-url", &aws]);
        if let Some(topic) = topic {
            arguments.extend(["--prison-events-topic-arn", topic]);
        }
        let running = nomis::start(settings::<NomisSettings>(&arguments)).await.unwrap();
        let sync = Client::new(&running, auth.token("prisoner-to-nomis-update").await);
        let operator = Client::new(&running, auth.token("operator").await);
        let pool = database.pool("nomis").await;
        for sql in [
            "insert into agency_locations (agy_loc_id, description) values ('LEI', 'Leeds'), ('MDI', 'Moorland')",
            "insert into internal_location_usages (agy_loc_id, internal_location_usage)
             select 'LEI', usage from unnest(array['VISIT', 'APP', 'PROP', 'MOVEMENT', 'OIC', 'PROG', 'OCCUR', 'OTH']) as usage",
        ] {
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
        Self { running, auth, sync, operator, pool, _database: database }
    }

    /// Creates a location as the sync would; answers its id.
    pub async fn create(&self, code: &str, parent: Option<(i64, &str)>, more: Value) -> i64 {
        let key = parent.map_or_else(|| format!("LEI-{code}"), |(_, key)| format!("{key}-{code}"));
        let mut body = json!({ "prisonId": "LEI", "locationCode": code, "locationType": "CELL", "description": key });
        if let Some((id, _)) = parent {
            body["parentLocationId"] = json!(id);
        }
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let created = self.sync.post("/locations", body).await;
        assert_eq!(created.status, 201, "{created:?}");
        created.body["locationId"].as_i64().unwrap()
    }

    /// The location, whole.
    pub async fn read(&self, id: i64) -> Value {
        let found = self.sync.get(&format!("/locations/{id}")).await;
        assert_eq!(found.status, 200, "{found:?}");
        found.body
    }

    /// What is in the outbox, oldest first.
    pub async fn events(&self) -> Vec<Value> {
        let bodies: Vec<String> =
            sqlx::query_scalar("select body from event_outbox order by id").fetch_all(&self.pool).await.unwrap();
        bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }

    /// Empties the outbox.
    pub async fn forget_events(&self) {
        sqlx::query("delete from event_outbox").execute(&self.pool).await.unwrap();
    }
}
