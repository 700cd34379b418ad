//! Prisoners, as Prisoner Search tells of them and as we pass them on (07 section 6.2).

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};
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
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text_or_numbers")]
    pub last_movement_date: Option<NaiveDate>,
}

/// A date as text, or as a list of year, month and day: Prisoner Search may give either.
fn text_or_numbers<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Date {
        Text(NaiveDate),
        Numbers(i32, u32, u32),
    }
    match Option::<Date>::deserialize(from)? {
        None => Ok(None),
        Some(Date::Text(date)) => Ok(Some(date)),
        Some(Date::Numbers(year, month, day)) => NaiveDate::from_ymd_opt(year, month, day)
            .map(Some)
            .ok_or_else(|| serde::de::Error::custom("there is no such day")),
    }
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
