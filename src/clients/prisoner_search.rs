//! Prisoner Search: who is in which cell (07 section 6.2).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::RemoteError;

/// Prisoners in one answer; more of them are fetched page by page.
const PAGE_SIZE: usize = 3000;

/// The fields that Prisoner Search is asked for: those of [`Prisoner`], in its order.
const RESPONSE_FIELDS: &str = "prisonerNumber,prisonId,prisonName,cellLocation,firstName,lastName,gender,status,\
                               inOutStatus,csra,category,alerts,lastMovementTypeCode,lastMovementDate";

/// Prisoner Information
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of Prisoner Search, passed on as they come")]
pub struct Prisoner {
    pub prisoner_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prison_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prison_name: Option<String>,
    /// Path of the cell, without the prison.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_location: Option<String>,
    pub first_name: String,
    pub last_name: String,
    pub gender: String,
    pub status: String,
    pub in_out_status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csra: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alerts: Option<Vec<Alert>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_movement_type_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_movement_date: Option<NaiveDate>,
}

/// An alert about a prisoner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of Prisoner Search, passed on as they come")]
pub struct Alert {
    pub alert_type: String,
    pub alert_code: String,
    pub active: bool,
    pub expired: bool,
}

/// A page of an answer; of the data about the page nothing is needed.
#[derive(Debug, Deserialize)]
struct Page {
    content: Vec<Prisoner>,
}

/// The client of Prisoner Search.
#[derive(Clone, Debug)]
pub struct PrisonerSearch {}

impl PrisonerSearch {
    /// The prisoners in these cells of a prison (paths without the prison id, in any order), in the order of Prisoner
    /// Search. Without cells nobody is asked, and nobody is there.
    ///
    /// # Errors
    /// When Prisoner Search, or the service that gives us a token, does not give a usable answer.
    pub async fn prisoners_in_cells(
        &self,
        prison_id: &str,
        cell_paths: &[String],
    ) -> Result<Vec<Prisoner>, RemoteError> {
        if cell_paths.is_empty() {
            return Ok(Vec::new());
        }
        self.search(&in_cells(prison_id, cell_paths)).await
    }

    async fn search(&self, _query: &serde_json::Value) -> Result<Vec<Prisoner>, RemoteError> {
        // To be connected as soon as the platform's HTTP client is here.
        let _ = (PAGE_SIZE, RESPONSE_FIELDS);
        Err(RemoteError::Unavailable { service: "prisoner-search", reason: "not connected yet".to_owned() })
    }
}

/// The attribute search for prisoners in these cells: the paths sorted, in one term.
fn in_cells(prison_id: &str, cell_paths: &[String]) -> serde_json::Value {
    let mut paths: Vec<&str> = cell_paths.iter().map(String::as_str).collect();
    paths.sort_unstable();
    let matcher = |attribute, condition, term: &str| {
        json!({"type": "String", "attribute": attribute, "condition": condition, "searchTerm": term})
    };
    let matchers = [matcher("prisonId", "IS", prison_id), matcher("cellLocation", "IN", &paths.join(","))];
    json!({"joinType": "AND", "queries": [{"joinType": "AND", "matchers": matchers}]})
}
