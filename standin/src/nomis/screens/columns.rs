//! What a save of a screen holds: any column, by the name that the NOMIS API gives it; absent leaves it, null clears it.

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sqlx::{Postgres, QueryBuilder};

use crate::common::clock;
use crate::common::error::ApiError;
use crate::nomis::location::{Profile, Usage};
use crate::nomis::transaction::Write;
use crate::nomis::write::flag;

/// How the value of a column is read.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Id,
    Flag,
    Date,
}

/// JSON name, column, kind, and the list that its codes are in.
const COLUMNS: [(&str, &str, Kind, Option<&str>); 19] = [
    ("prisonId", "agy_loc_id", Kind::Text, None),
    ("locationCode", "internal_location_code", Kind::Text, None),
    ("locationType", "internal_location_type", Kind::Text, Some("ILOC_TYPE")),
    ("description", "description", Kind::Text, None),
    ("parentLocationId", "parent_internal_location_id", Kind::Id, None),
    ("userDescription", "user_desc", Kind::Text, None),
    ("comment", "comment_text", Kind::Text, None),
    ("listSequence", "list_seq", Kind::Number, None),
    ("unitType", "unit_type", Kind::Text, Some("HOU_UN_TYPE")),
    ("capacity", "capacity", Kind::Number, None),
    ("operationalCapacity", "operation_capacity", Kind::Number, None),
    ("cnaCapacity", "cna_no", Kind::Number, None),
    ("certified", "certified_flag", Kind::Flag, None),
    ("tracking", "tracking_flag", Kind::Flag, None),
    ("active", "active_flag", Kind::Flag, None),
    ("deactivateDate", "deactivate_date", Kind::Date, None),
    ("reasonCode", "deactivate_reason_code", Kind::Text, Some("LIV_UN_RSN")),
    ("reactivateDate", "reactivate_date", Kind::Date, None),
    ("occupants", "no_of_occupant", Kind::Number, None),
];

/// A save.
pub(super) struct Changes {
    columns: Map<String, Value>,
    /// The attributes, where they are to be replaced.
    pub profiles: Option<Vec<Profile>>,
    /// The usages, where they are to be replaced.
    pub usages: Option<Vec<Usage>>,
}

impl Changes {
    /// Reads the body. What follows from the active flag is filled in: its date when it goes, none of the three when it comes.
    ///
    /// # Errors
    /// 400 for an unknown name or a value of the wrong kind.
    pub fn read(mut body: Map<String, Value>) -> Result<Self, ApiError> {
        let profiles = set(&mut body, "profiles")?;
        let usages = set(&mut body, "usages")?;
        for (name, value) in &body {
            let Some((_, _, kind, _)) = COLUMNS.iter().find(|column| column.0 == name) else {
                return Err(ApiError::bad_request(format!("there is no column {name}")));
            };
            let fits = match kind {
                _ if value.is_null() => true,
                Kind::Text => value.is_string(),
                Kind::Number => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
                Kind::Id => value.is_i64(),
                Kind::Flag => value.is_boolean(),
                Kind::Date => value.as_str().is_some_and(|text| text.parse::<NaiveDate>().is_ok()),
            };
            if !fits {
                return Err(ApiError::bad_request(format!("{name} can't be {value}")));
            }
        }
        match body.get("active").and_then(Value::as_bool) {
            Some(false) => {
                body.entry("deactivateDate").or_insert_with(|| clock::local_seconds().date().to_string().into());
            }
            Some(true) => {
                for name in ["deactivateDate", "reasonCode", "reactivateDate"] {
                    body.entry(name).or_insert(Value::Null);
                }
            }
            None => {}
        }
        Ok(Self { columns: body, profiles, usages })
    }

    /// The text of a column.
    pub fn text(&self, name: &str) -> Option<String> {
        self.columns.get(name)?.as_str().map(str::to_owned)
    }

    /// The codes that should be in a list, with the list.
    pub fn codes(&self) -> Vec<(&'static str, String)> {
        COLUMNS.iter().filter_map(|(name, _, _, list)| Some(((*list)?, self.text(name)?))).collect()
    }

    /// Column, kind and value of what is in the save.
    fn given(&self) -> impl Iterator<Item = (&'static str, Kind, &Value)> {
        COLUMNS.iter().filter_map(|(name, column, kind, _)| Some((*column, *kind, self.columns.get(*name)?)))
    }
}

fn set<T: DeserializeOwned>(body: &mut Map<String, Value>, name: &str) -> Result<Option<Vec<T>>, ApiError> {
    let Some(value) = body.remove(name) else { return Ok(None) };
    serde_json::from_value(value).map(Some).map_err(|e| ApiError::bad_request(format!("{name}: {e}")))
}

fn push(query: &mut QueryBuilder<Postgres>, kind: Kind, value: &Value) {
    match kind {
        Kind::Text => query.push_bind(value.as_str().map(str::to_owned)),
        Kind::Number => query.push_bind(value.as_i64().and_then(|number| i32::try_from(number).ok())),
        Kind::Id => query.push_bind(value.as_i64()),
        Kind::Flag => query.push_bind(value.as_bool().map(flag)),
        Kind::Date => query.push_bind(value.as_str().and_then(|text| text.parse::<NaiveDate>().ok())),
    };
}

/// Inserts a location. Without a description it gets the one that follows from parent and code.
pub(super) async fn insert(write: &mut Write, changes: &Changes) -> Result<i64, ApiError> {
    let prison = changes.text("prisonId").unwrap_or_default();
    let known = "select exists (select from agency_locations where agy_loc_id = $1)";
    if !sqlx::query_scalar(known).bind(&prison).fetch_one(&mut **write).await? {
        return Err(ApiError::bad_request(format!("there is no prison {prison}")));
    }
    let Some(code) = changes.text("locationCode") else { return Err(ApiError::bad_request("locationCode is missing")) };
    if changes.text("locationType").is_none() {
        return Err(ApiError::bad_request("locationType is missing"));
    }
    let parent = changes.columns.get("parentLocationId").and_then(Value::as_i64);
    let mut columns = QueryBuilder::new("insert into agency_internal_locations (");
    let mut list = columns.separated(", ");
    for (column, _, _) in changes.given() {
        list.push(column);
    }
    if changes.text("description").is_none() {
        list.push("description");
    }
    columns.push(") values (");
    for (index, (_, kind, value)) in changes.given().enumerate() {
        if index > 0 {
            columns.push(", ");
        }
        push(&mut columns, kind, value);
    }
    if changes.text("description").is_none() {
        columns.push(", ");
        columns.push_bind(followed(write, &prison, parent, &code).await?);
    }
    columns.push(") returning internal_location_id");
    columns.build_query_scalar().fetch_one(&mut **write).await.map_err(refused)
}

/// Updates a location. With a new code or parent, and no description, the description follows; those below it stay as they are.
pub(super) async fn update(write: &mut Write, id: i64, changes: &Changes) -> Result<(), ApiError> {
    if changes.columns.contains_key("prisonId") {
        return Err(ApiError::bad_request("a location stays in its prison"));
    }
    let mut columns = changes.columns.clone();
    let moves = columns.contains_key("locationCode") || columns.contains_key("parentLocationId");
    if moves && !columns.contains_key("description") {
        let (prison, code, parent): (String, String, Option<i64>) = sqlx::query_as(
            "select agy_loc_id, internal_location_code, parent_internal_location_id
               from agency_internal_locations where internal_location_id = $1",
        )
        .bind(id)
        .fetch_one(&mut **write)
        .await?;
        let code = changes.text("locationCode").unwrap_or(code);
        let parent = columns.get("parentLocationId").map_or(parent, Value::as_i64);
        columns.insert("description".to_owned(), followed(write, &prison, parent, &code).await?.into());
    }
    let changes = Changes { columns, profiles: None, usages: None };
    if changes.columns.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::new("update agency_internal_locations set ");
    for (index, (column, kind, value)) in changes.given().enumerate() {
        query.push(if index > 0 { ", " } else { "" }).push(column).push(" = ");
        push(&mut query, kind, value);
    }
    query.push(" where internal_location_id = ").push_bind(id);
    query.build().execute(&mut **write).await.map(drop).map_err(refused)
}

/// The description that follows from parent and code.
async fn followed(write: &mut Write, prison: &str, parent: Option<i64>, code: &str) -> Result<String, ApiError> {
    let Some(parent) = parent else { return Ok(format!("{prison}-{code}")) };
    let above: Option<String> = sqlx::query_scalar(
        "select description from agency_internal_locations where internal_location_id = $1 and agy_loc_id = $2",
    )
    .bind(parent)
    .bind(prison)
    .fetch_optional(&mut **write)
    .await?;
    let Some(above) = above else { return Err(ApiError::bad_request(format!("{prison} has no location {parent}"))) };
    Ok(format!("{above}-{code}"))
}

/// A form tells its user what does not fit, where the API answers 500.
fn refused(error: sqlx::Error) -> ApiError {
    match &error {
        sqlx::Error::Database(cause) if cause.is_unique_violation() => {
            ApiError::conflict("the prison has a location with this description")
        }
        sqlx::Error::Database(cause)
            if matches!(cause.code().as_deref(), Some("22001" | "23502" | "23503" | "23514")) =>
        {
            ApiError::bad_request(cause.message().to_owned())
        }
        _ => error.into(),
    }
}
