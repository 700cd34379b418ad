//! One prison of an estate, as staff see it from both sides.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::Estate;

/// The screen that most changes come from.
const SCREEN: &str = "OIMILOCA";
const USAGES: [&str; 8] = ["APP", "VISIT", "MOVEMENT", "OCCUR", "OIC", "PROG", "PROP", "OTHER"];

/// See the module.
pub struct Prison<'a> {
    pub estate: &'a Estate,
    pub id: &'static str,
}

impl<'a> Prison<'a> {
    /// A prison with all usages, known to NOMIS.
    pub async fn new(estate: &'a Estate, id: &'static str) -> Self {
        Self::with_usages(estate, id, &USAGES).await
    }

    /// A prison with these usages.
    pub async fn with_usages(estate: &'a Estate, id: &'static str, usages: &[&str]) -> Self {
        estate
            .nomis_sql(&format!("insert into agency_locations (agy_loc_id, description) values ('{id}', '{id}')"))
            .await;
        for usage in usages {
            let sql = "insert into internal_location_usages (agy_loc_id, internal_location_usage) values";
            estate.nomis_sql(&format!("{sql} ('{id}', '{usage}')")).await;
        }
        // No endpoint makes this row: it comes with the data (07 section 5).
        let sql = "insert into prison_configuration (prison_id, when_updated, updated_by) values";
        estate.dps_sql(&format!("{sql} ('{id}', now(), 'THE_TESTS')")).await;
        Self { estate, id }
    }

    /// The key of a path.
    pub fn key(&self, path: &str) -> String {
        format!("{}-{path}", self.id)
    }

    async fn dps(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        self.estate.good(method, &format!("{}{path}", self.estate.locations), body).await
    }

    /// Creates a residential location in DPS; answers its id.
    pub async fn dps_add(&self, code: &str, location_type: &str, parent: Option<&str>) -> String {
        let mut body = json!({
            "prisonId": self.id, "code": code, "locationType": location_type, "parentId": parent,
            "accommodationType": "NORMAL_ACCOMMODATION"
        });
        if location_type == "CELL" {
            body["capacity"] = json!({"maxCapacity": 2, "workingCapacity": 1, "certifiedNormalAccommodation": 1});
            body["certified"] = json!(true);
        }
        let made = self.dps(Method::POST, "/locations/residential", Some(&body)).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Creates a visits room in DPS that these services use; answers its id.
    pub async fn dps_add_room(&self, code: &str, services: &[&str]) -> String {
        let body = json!({
            "prisonId": self.id, "code": code, "locationType": "VISITS", "localName": code, "servicesUsingLocation": services
        });
        let made = self.dps(Method::POST, "/locations/non-residential", Some(&body)).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Changes a non-residential location in DPS.
    pub async fn dps_change_room(&self, id: &str, changes: &Value) {
        self.dps(Method::PATCH, &format!("/locations/non-residential/{id}"), Some(changes)).await;
    }

    /// Changes a residential location in DPS.
    pub async fn dps_change(&self, id: &str, changes: &Value) {
        self.dps(Method::PATCH, &format!("/locations/residential/{id}"), Some(changes)).await;
    }

    /// Closes a location in DPS.
    pub async fn dps_deactivate(&self, id: &str, reason: &str) {
        let mut body = json!({"deactivationReason": reason});
        if reason == "OTHER" {
            body["deactivationReasonDescription"] = json!("because");
        }
        self.dps(Method::PUT, &format!("/locations/{id}/deactivate/temporary"), Some(&body)).await;
    }

    /// Opens it again.
    pub async fn dps_reactivate(&self, id: &str) {
        self.dps(Method::PUT, &format!("/locations/{id}/reactivate"), None).await;
    }

    /// Any other request of DPS.
    pub async fn dps_put(&self, path: &str, body: &Value) {
        self.dps(Method::PUT, path, Some(body)).await;
    }

    /// The legacy form of a location in DPS by its key; none if it has none.
    pub async fn in_dps(&self, path: &str) -> Option<Value> {
        let base = &self.estate.locations;
        let found = self.estate.call(Method::GET, &format!("{base}/locations/key/{}", self.key(path)), None).await;
        if found.status == 404 {
            return None;
        }
        let id = found.body["id"].as_str().unwrap_or_else(|| panic!("{found:?}"));
        Some(self.dps(Method::GET, &format!("/sync/id/{id}"), None).await)
    }

    /// Adds a location on a screen of NOMIS; `parent` is the path of what is above.
    pub async fn screen_add(&self, path: &str, location_type: &str, more: &Value) -> i64 {
        let (parent, code) = path.rsplit_once('-').map_or((None, path), |(parent, code)| (Some(parent), code));
        let parent = match parent {
            Some(parent) => Some(self.nomis_id(parent).await),
            None => None,
        };
        let mut body = json!({
            "prisonId": self.id, "locationCode": code, "locationType": location_type, "description": self.key(path),
            "parentLocationId": parent, "active": true, "tracking": true
        });
        if matches!(location_type, "WING" | "LAND" | "CELL") {
            body["unitType"] = json!("NA");
        }
        if location_type == "CELL" {
            for (name, value) in [
                ("capacity", json!(2)),
                ("operationalCapacity", json!(1)),
                ("cnaCapacity", json!(1)),
                ("certified", json!(true)),
            ] {
                body[name] = value;
            }
        }
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let url = format!("{}/standin/screens/{SCREEN}/locations?user=NOMIS_USER&unchecked=true", self.estate.nomis);
        self.estate.good(Method::POST, &url, Some(&body)).await["locationId"].as_i64().unwrap()
    }

    /// Changes a location on a screen of NOMIS.
    pub async fn screen_change(&self, path: &str, changes: &Value) {
        let id = self.nomis_id(path).await;
        let url =
            format!("{}/standin/screens/{SCREEN}/locations/{id}?user=NOMIS_USER&unchecked=true", self.estate.nomis);
        self.estate.good(Method::PATCH, &url, Some(changes)).await;
    }

    /// Deletes it.
    pub async fn screen_delete(&self, path: &str) {
        let id = self.nomis_id(path).await;
        let url = format!("{}/standin/screens/{SCREEN}/locations/{id}?user=NOMIS_USER", self.estate.nomis);
        self.estate.good(Method::DELETE, &url, None).await;
    }

    /// A location in NOMIS by its DESCRIPTION; none if it has none.
    pub async fn in_nomis(&self, path: &str) -> Option<Value> {
        let url = format!("{}/locations/key/{}", self.estate.nomis, self.key(path));
        let found = self.estate.call(Method::GET, &url, None).await;
        (found.status != 404).then_some(found.body)
    }

    /// NOMIS's id of a location, which has to be there.
    pub async fn nomis_id(&self, path: &str) -> i64 {
        let found = self.in_nomis(path).await;
        found.and_then(|l| l["locationId"].as_i64()).unwrap_or_else(|| panic!("NOMIS has no {}", self.key(path)))
    }

    /// Wing A with landing 1 and these cells, made on NOMIS's screens and arrived in DPS.
    pub async fn built_in_nomis(&self, cells: &[&str]) {
        self.screen_add("A", "WING", &json!({})).await;
        self.screen_add("A-1", "LAND", &json!({})).await;
        for cell in cells {
            self.screen_add(&format!("A-1-{cell}"), "CELL", &json!({})).await;
        }
        self.estate.quiet().await;
    }

    /// Runs the reconciliation of this prison; answers `key kind field` of each finding.
    pub async fn findings(&self) -> Vec<String> {
        self.reconcile(&json!({"kind": "DIGEST", "prison": self.id})).await
    }

    /// The same with repair.
    pub async fn repair(&self) -> Vec<String> {
        self.reconcile(&json!({"kind": "DIGEST", "prison": self.id, "repair": true})).await
    }

    /// What a comparison of everything finds here, whatever the digests say.
    pub async fn findings_of_all(&self) -> Vec<String> {
        self.reconcile(&json!({"kind": "FULL"})).await
    }

    /// The same with repair.
    pub async fn repair_all(&self) -> Vec<String> {
        self.reconcile(&json!({"kind": "FULL", "repair": true})).await
    }

    async fn reconcile(&self, wanted: &Value) -> Vec<String> {
        let url = format!("{}/standin/reconciliation", self.estate.to_nomis);
        let run = self.estate.good(Method::POST, &url, Some(wanted)).await["run"].clone();
        let url = format!("{url}/{run}");
        let mut shown = Value::Null;
        self.estate
            .eventually("the reconciliation ends", async || {
                shown = self.estate.good(Method::GET, &url, None).await;
                shown["status"] != "RUNNING"
            })
            .await;
        assert_eq!(shown["status"], "DONE", "{shown}\n{}", self.estate.hint());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        // What could not be compared has no prison.
        let here = |f: &&Value| f["prison"] == self.id || f["kind"] == "error";
        let findings = shown["findings"].as_array().unwrap().iter().filter(here);
        findings
            .map(|f| format!("{} {} {}", text(&f["key"]), text(&f["kind"]), text(&f["field"])).trim().to_owned())
            .collect()
    }

    /// All is quiet, the dead letter queues are empty, the reconciliation finds nothing, and the two databases say the same.
    pub async fn converged(&self) {
        self.estate.quiet().await;
        let hint = self.estate.hint();
        assert_eq!(self.estate.dead_letters().await, 0, "dead letters; {hint}");
        assert_eq!(self.findings().await, Vec::<String>::new(), "{hint}");
        assert_eq!(self.differences().await, Vec::<String>::new(), "{hint}");
    }

    /// A direct comparison of the two databases, which only a test may make: a second opinion, with a translation of its own of what matters
    /// most. Answers what differs.
    pub async fn differences(&self) -> Vec<String> {
        let (dps, nomis) = (self.dps_rows().await, self.nomis_rows().await);
        let mut found = Vec::new();
        for key in dps.keys().chain(nomis.keys().filter(|key| !dps.contains_key(*key))) {
            match (dps.get(key), nomis.get(key)) {
                (Some(dps), Some(nomis)) if dps != nomis => found.push(format!("{key}: DPS {dps}, NOMIS {nomis}")),
                (Some(_), Some(_)) => {}
                (dps, _) => found.push(format!("{key}: only in {}", if dps.is_some() { "DPS" } else { "NOMIS" })),
            }
        }
        found
    }

    async fn dps_rows(&self) -> BTreeMap<String, Value> {
        // A location is open when it and all above it are; archived ones are left out.
        let sql = format!(
            "with recursive up as (
                select id, parent_id, status = 'ACTIVE' as open, status = 'ARCHIVED' as archived, id as of from location
                    where prison_id = '{0}'
                union all
                select l.id, l.parent_id, l.status = 'ACTIVE', l.status = 'ARCHIVED', up.of
                    from location l join up on l.id = up.parent_id
            ), state as (select of as id, bool_and(open) as open, bool_or(archived) as archived from up group by of)
            select coalesce(jsonb_object_agg(l.prison_id || '-' || l.path_hierarchy, jsonb_build_object(
                'name', left(l.local_name, 40), 'comment', left(l.comments, 240), 'order', l.order_within_parent_location,
                'open', case when l.residential_housing_type is null then l.status = 'ACTIVE' else s.open end,
                'max', c.max_capacity, 'working', c.working_capacity, 'cna', c.certified_normal_accommodation,
                'usages', (select coalesce(jsonb_object_agg(substring(n.usage_type, 1, 3), n.capacity), '{{}}')
                    from non_residential_usage n where n.location_id = l.id))), '{{}}')
            from location l join state s on s.id = l.id left join capacity c on c.id = l.capacity_id
            where not s.archived and l.status <> 'DRAFT'",
            self.id
        );
        serde_json::from_value(self.estate.dps_value::<Value>(&sql).await).unwrap()
    }

    async fn nomis_rows(&self) -> BTreeMap<String, Value> {
        let sql = format!(
            "select coalesce(jsonb_object_agg(l.description, jsonb_build_object(
                'name', l.user_desc, 'comment', l.comment_text, 'order', l.list_seq, 'open', l.active_flag = 'Y',
                'max', case when l.internal_location_type = 'CELL' then l.capacity end,
                'working', case when l.internal_location_type = 'CELL' then l.operation_capacity end,
                'cna', case when l.internal_location_type = 'CELL' then coalesce(l.cna_no, 0) end,
                'usages', (select coalesce(jsonb_object_agg(
                        case p.internal_location_usage when 'OIC' then 'ADJ' when 'OTHER' then 'OTH' when 'PROG' then 'PRO'
                            else substring(p.internal_location_usage, 1, 3) end, u.capacity), '{{}}')
                    from int_loc_usage_locations u join internal_location_usages p using (internal_location_usage_id)
                    where u.internal_location_id = l.internal_location_id and l.unit_type is null))), '{{}}')
            from agency_internal_locations l where l.agy_loc_id = '{}'",
            self.id
        );
        serde_json::from_value(self.estate.nomis_value::<Value>(&sql).await).unwrap()
    }
}
