//! Prisoner Search: who is in which cell (07 section 6.2).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::RemoteError;
use super::remote::Remote;

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
pub struct PrisonerSearch(Remote);

impl PrisonerSearch {
    /// The client that asks this service.
    pub fn new(remote: Remote) -> Self {
        Self(remote)
    }

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
        let query = in_cells(prison_id, cell_paths);
        let mut prisoners = Vec::new();
        // Later pages are asked for only after a full one, which the live service cuts off (07 section 12 Q22).
        for number in 0.. {
            let page_number = if number == 0 { String::new() } else { format!("&page={number}") };
            let path = format!("/attribute-search?size={PAGE_SIZE}{page_number}&responseFields={RESPONSE_FIELDS}");
            let page: Page = self.0.post(&path, &query).await?;
            let full = page.content.len() >= PAGE_SIZE;
            prisoners.extend(page.content);
            if !full {
                break;
            }
        }
        Ok(prisoners)
    }

    /// All prisoners of a prison, in the order of Prisoner Search (07 section 6.2).
    ///
    /// # Errors
    /// When Prisoner Search, or the service that gives us a token, does not give a usable answer.
    pub async fn prisoners_of_prison(&self, prison_id: &str) -> Result<Vec<Prisoner>, RemoteError> {
        let mut prisoners = Vec::new();
        for number in 0.. {
            let page_number = if number == 0 { String::new() } else { format!("&page={number}") };
            let path = format!(
                "/prisoner-search/prison/{prison_id}?size={PAGE_SIZE}{page_number}&responseFields={RESPONSE_FIELDS}"
            );
            let page: Page = self.0.get(&path).await?;
            let full = page.content.len() >= PAGE_SIZE;
            prisoners.extend(page.content);
            if !full {
                break;
            }
        }
        Ok(prisoners)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_asked_for_in_one_sorted_term() {
        let cells = ["Z-2-001", "A-1-10", "A-1-002"].map(str::to_owned);
        assert_eq!(
            in_cells("MDI", &cells),
            json!({"joinType": "AND", "queries": [{"joinType": "AND", "matchers": [
                {"type": "String", "attribute": "prisonId", "condition": "IS", "searchTerm": "MDI"},
                {"type": "String", "attribute": "cellLocation", "condition": "IN", "searchTerm": "A-1-002,A-1-10,Z-2-001"}
            ]}]})
        );
    }

    #[test]
    fn a_prisoner_is_passed_on_as_it_came() {
        let prisoner = json!({
            "prisonerNumber": "A1234AA", "firstName": "F", "lastName": "L", "gender": "Male", "status": "ACTIVE IN",
            "inOutStatus": "IN", "cellLocation": "A-1-001", "lastMovementDate": "2023-05-01",
            "alerts": [{"alertType": "X", "alertCode": "XA", "active": true, "expired": false}]
        });
        let read: Prisoner = serde_json::from_value(prisoner.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), prisoner);
    }

    #[test]
    fn a_prisoner_without_a_name_is_no_usable_answer() {
        let nameless = json!({"prisonerNumber": "A1234AA", "gender": "Male", "status": "S", "inOutStatus": "IN"});
        assert!(serde_json::from_value::<Prisoner>(nameless).is_err());
    }
}
