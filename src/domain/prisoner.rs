//! Prisoners, as Prisoner Search tells of them and as we pass them on (07 section 6.2).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
