//! The NOMIS API (08 section 4).

use axum::http::Method;
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use super::{Digests, Page};
use crate::common::remote::{Remote, RemoteError};
use crate::common::telemetry::{Fields, fields};

/// A profile: an attribute of a location.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// A list, such as HOU_SANI_FIT.
    pub profile_type: String,
    /// A code of that list.
    pub profile_code: String,
}

/// What a location is used for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// A code of the list ILOC_USG, or OTH.
    pub internal_location_usage_type: String,
    /// For how many people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i32>,
    /// Order among the usages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i32>,
}

/// A change that NOMIS remembers (08 section 2.4).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are the columns of 08 section 2.4")]
pub struct Amendment {
    pub amend_date_time: NaiveDateTime,
    #[serde(default)]
    pub column_name: Option<String>,
    #[serde(default)]
    pub old_value: Option<String>,
    #[serde(default)]
    pub new_value: Option<String>,
    pub amended_by: String,
}

/// A location as the NOMIS API answers it (08 section 4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are the columns of 08 section 2.1, in the words of section 4.2")]
pub struct NomisLocation {
    pub location_id: i64,
    pub prison_id: String,
    pub location_type: String,
    pub location_code: String,
    pub description: String,
    pub parent_location_id: Option<i64>,
    pub parent_key: Option<String>,
    pub user_description: Option<String>,
    pub comment: Option<String>,
    pub unit_type: Option<String>,
    pub list_sequence: Option<i32>,
    pub capacity: Option<i32>,
    pub operational_capacity: Option<i32>,
    pub cna_capacity: Option<i32>,
    pub certified: bool,
    pub tracking: bool,
    pub active: bool,
    pub deactivate_date: Option<NaiveDate>,
    pub reason_code: Option<String>,
    pub reactivate_date: Option<NaiveDate>,
    pub profiles: Vec<Profile>,
    pub usages: Vec<Usage>,
    pub amendments: Vec<Amendment>,
    pub create_datetime: Option<NaiveDateTime>,
    pub create_username: String,
    pub modify_username: Option<String>,
}

/// What create and update have in common (08 section 4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of 08 section 4.2")]
pub struct Common {
    pub location_code: String,
    pub location_type: String,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_location_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_sequence: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking: Option<bool>,
    pub active: bool,
    pub profiles: Vec<Profile>,
    pub usages: Vec<Usage>,
}

/// The body of a create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of 08 section 4.2")]
pub struct Create {
    pub prison_id: String,
    #[serde(flatten)]
    pub common: Common,
    #[serde(flatten)]
    pub capacity: CapacityBody,
    #[serde(flatten)]
    pub certification: Certification,
}

/// The body of a change of capacity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapacityBody {
    /// Physical maximum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i32>,
    /// Working capacity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operational_capacity: Option<i32>,
}

/// The body of a change of certification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Certification {
    /// Certified normal accommodation.
    pub cna_capacity: i32,
    /// Whether it is certified.
    pub certified: bool,
}

/// The body of a deactivation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deactivate {
    /// From when; today if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivate_date: Option<NaiveDate>,
    /// A letter of the list LIV_UN_RSN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reactivate_date: Option<NaiveDate>,
    /// Whether an inactive location is overwritten.
    pub force: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Id {
    location_id: i64,
}

/// One location in the digest of NOMIS's side.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DigestedLocation {
    /// NOMIS's id.
    pub nomis_location_id: i64,
    /// Prison, then the codes from the top down.
    pub key: String,
}

/// The client.
#[derive(Clone)]
pub struct Nomis(Remote);

impl Nomis {
    /// A client of the NOMIS API there.
    pub fn new(remote: Remote) -> Self {
        Self(remote)
    }

    /// A location by its id; none if there is none.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn get(&self, id: i64) -> Result<Option<NomisLocation>, RemoteError> {
        let call = self.0.call(Method::GET, "get", format!("/locations/{id}")).about(&about_id(id));
        found(call.retried().send().await)
    }

    /// A location by its DESCRIPTION; none if there is none.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn by_key(&self, key: &str) -> Result<Option<NomisLocation>, RemoteError> {
        let call = self.0.call(Method::GET, "get-by-key", format!("/locations/key/{}", path_segment(key)));
        found(call.about(&fields([("key", &key)])).retried().send().await)
    }

    /// A page of the ids of the whole estate, in order.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn ids(&self, page: u64, size: u64) -> Result<Page<i64>, RemoteError> {
        let call = self.0.call(Method::GET, "ids", "/locations/ids").query("page", page).query("size", size);
        let page: Page<Id> = call.retried().send().await?.json()?;
        let content = page.content.iter().map(|id| id.location_id).collect();
        Ok(Page { content, total_elements: page.total_elements })
    }

    /// Creates a location; answers its id.
    ///
    /// # Errors
    /// When it is refused or there is no answer.
    pub async fn create(&self, body: &Create) -> Result<i64, RemoteError> {
        let about = fields([("key", &body.common.description)]);
        let id: Id = self.0.call(Method::POST, "create", "/locations").json(body).about(&about).send().await?.json()?;
        Ok(id.location_id)
    }

    /// Changes what is no capacity, certification and activity.
    ///
    /// # Errors
    /// When it is refused or there is no answer.
    pub async fn update(&self, id: i64, body: &Common) -> Result<(), RemoteError> {
        let about = fields([("key", &body.description), ("nomisId", &id)]);
        self.0.call(Method::PUT, "update", format!("/locations/{id}")).json(body).about(&about).send().await.map(drop)
    }

    /// Changes the capacities.
    ///
    /// # Errors
    /// When it is refused or there is no answer.
    pub async fn capacity(&self, id: i64, body: &CapacityBody, ignore_operational: bool) -> Result<(), RemoteError> {
        let call = self.0.call(Method::PUT, "capacity", format!("/locations/{id}/capacity")).json(body);
        call.query("ignoreOperationalCapacity", ignore_operational).about(&about_id(id)).send().await.map(drop)
    }

    /// Changes the certification.
    ///
    /// # Errors
    /// When it is refused or there is no answer.
    pub async fn certification(&self, id: i64, body: &Certification) -> Result<(), RemoteError> {
        let call = self.0.call(Method::PUT, "certification", format!("/locations/{id}/certification")).json(body);
        call.about(&about_id(id)).send().await.map(drop)
    }

    /// Makes it inactive.
    ///
    /// # Errors
    /// When it is refused or there is no answer.
    pub async fn deactivate(&self, id: i64, body: &Deactivate) -> Result<(), RemoteError> {
        let call = self.0.call(Method::PUT, "deactivate", format!("/locations/{id}/deactivate")).json(body);
        call.about(&about_id(id)).send().await.map(drop)
    }

    /// Makes it active.
    ///
    /// # Errors
    /// When it is refused or there is no answer.
    pub async fn reactivate(&self, id: i64) -> Result<(), RemoteError> {
        let call = self.0.call(Method::PUT, "reactivate", format!("/locations/{id}/reactivate"));
        call.about(&about_id(id)).send().await.map(drop)
    }

    /// The prisons that have locations.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn prisons(&self) -> Result<Vec<String>, RemoteError> {
        self.0.call(Method::GET, "prisons", "/standin/reconciliation/prisons").retried().send().await?.json()
    }

    /// Count and hash of a prison's locations, for the prison and for each subtree.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn digests(&self, prison: &str) -> Result<Digests, RemoteError> {
        let call = self.0.call(Method::GET, "digest", format!("/standin/reconciliation/prisons/{prison}"));
        call.retried().send().await?.json()
    }

    /// The locations of a prison, parents before children.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn digested_locations(&self, prison: &str) -> Result<Vec<DigestedLocation>, RemoteError> {
        let call = self.0.call(Method::GET, "digest", format!("/standin/reconciliation/prisons/{prison}/locations"));
        call.retried().send().await?.json()
    }
}

fn about_id(id: i64) -> Fields {
    fields([("nomisId", &id)])
}

/// The answer of a read, where not to be there is no error.
pub(super) fn found<T: serde::de::DeserializeOwned>(
    answer: Result<crate::common::remote::Reply, RemoteError>,
) -> Result<Option<T>, RemoteError> {
    match answer {
        Ok(reply) => reply.json().map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A text as part of a path.
pub(super) fn path_segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
