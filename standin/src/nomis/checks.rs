//! The bodies of the NOMIS API, and what it checks in them (08 section 4.2 rules 2 and 3).

use chrono::NaiveDate;
use serde::Deserialize;

use super::location::{Profile, Usage};
use crate::common::error::ApiError;

/// A new location.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateLocation {
    pub prison_id: String,
    pub certified: Option<bool>,
    pub capacity: Option<i32>,
    pub operational_capacity: Option<i32>,
    pub cna_capacity: Option<i32>,
    pub active: Option<bool>,
    #[serde(flatten)]
    pub common: LocationBody,
}

/// What create and update have in common. `active` of an update is accepted and ignored.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LocationBody {
    pub location_code: String,
    pub location_type: String,
    pub description: String,
    pub parent_location_id: Option<i64>,
    pub user_description: Option<String>,
    pub comment: Option<String>,
    pub unit_type: Option<String>,
    pub list_sequence: Option<i32>,
    pub tracking: Option<bool>,
    #[serde(default)]
    pub profiles: Option<Vec<Profile>>,
    #[serde(default)]
    pub usages: Option<Vec<Usage>>,
}

/// A deactivation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deactivate {
    pub deactivate_date: Option<NaiveDate>,
    pub reason_code: Option<String>,
    pub reactivate_date: Option<NaiveDate>,
    #[serde(default)]
    pub force: bool,
}

/// Both capacities; absent clears.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Capacity {
    pub capacity: Option<i32>,
    pub operational_capacity: Option<i32>,
}

/// Both are required.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Certification {
    pub cna_capacity: i32,
    pub certified: bool,
}

impl LocationBody {
    /// Sizes. A code that is too long for its column is not looked for: the database refuses it with 500 (rule 4).
    pub fn check(&self) -> Result<(), ApiError> {
        at_most("description", Some(&self.description), 240)?;
        at_most("userDescription", self.user_description.as_deref(), 40)?;
        at_most("comment", self.comment.as_deref(), 240)
    }
}

fn at_most(name: &str, text: Option<&str>, longest: usize) -> Result<(), ApiError> {
    match text {
        Some(text) if text.chars().count() > longest => {
            Err(ApiError::bad_request(format!("{name} is longer than {longest} characters")))
        }
        _ => Ok(()),
    }
}
