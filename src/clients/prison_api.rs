//! Prison API: who moved today (07 section 6.2).

use chrono::NaiveDate;
use serde::Deserialize;

use super::RemoteError;
use super::remote::Remote;
use crate::domain::roll_count::Movement;

/// The client of Prison API.
#[derive(Clone, Debug)]
pub struct PrisonApi(Remote);

/// How many prisoners moved today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MovementCount {
    /// In and out.
    pub in_out_movements_today: InOut,
    /// On their way to the prison.
    pub en_route_today: i32,
}

/// Movements in and out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct InOut {
    /// Into the prison.
    pub r#in: i32,
    /// Out of the prison.
    pub out: i32,
}

/// A movement out of the prison.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OutMovement {
    offender_no: String,
    movement_sequence: Option<String>,
}

impl PrisonApi {
    /// The client that asks this service.
    pub fn new(remote: Remote) -> Self {
        Self(remote)
    }

    /// How many prisoners came and went today.
    ///
    /// # Errors
    /// When Prison API, or the service that gives us a token, does not give a usable answer.
    pub async fn movements_today(&self, prison_id: &str) -> Result<MovementCount, RemoteError> {
        self.0.get(&format!("/api/prison/roll-count/{prison_id}/movement-count")).await
    }

    /// The movements out of the prison on a day; an empty answer counts as none.
    ///
    /// # Errors
    /// When Prison API, or the service that gives us a token, does not give a usable answer.
    pub async fn movements_out(&self, prison_id: &str, day: NaiveDate) -> Result<Vec<Movement>, RemoteError> {
        let movements: Option<Vec<OutMovement>> = self.0.get(&format!("/api/movements/{prison_id}/out/{day}")).await?;
        let movement = |m: OutMovement| Movement { offender: m.offender_no, sequence: m.movement_sequence };
        Ok(movements.unwrap_or_default().into_iter().map(movement).collect())
    }
}
