//! A write of NOMIS: one transaction, which says who does it, so that the triggers know.

use std::ops::{Deref, DerefMut};

use axum::http::StatusCode;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::common::error::ApiError;

/// The module name that writes of the sync carry (08 section 4.2 rule 14).
pub(super) const SYNC_MODULE: &str = "DPS_SYNCHRONISATION";
/// What Postgres says when a lock can't be had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Who writes.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    /// The screen, or [`SYNC_MODULE`].
    pub module: &'a str,
    /// The user.
    pub user: &'a str,
    /// Why; kept with the row as additional information.
    pub reason: Option<&'a str>,
    /// Whether the triggers put events into the outbox.
    pub events: bool,
}

/// A transaction on behalf of a writer. Dropped without [`Write::commit`], nothing has happened.
pub(super) struct Write(Transaction<'static, Postgres>);

impl Write {
    /// Begins. A lock is waited for 2 s at most (08 section 4.2 rule 1).
    pub async fn begin(pool: &PgPool, writer: Writer<'_>) -> Result<Self, ApiError> {
        let mut transaction = pool.begin().await?;
        sqlx::query(
            "select set_config('nomis.module', $1, true), set_config('nomis.user', $2, true),
                    set_config('nomis.silent', $3, true), set_config('nomis.reason', $4, true),
                    set_config('lock_timeout', '2s', true)",
        )
        .bind(writer.module)
        .bind(writer.user.chars().take(32).collect::<String>())
        .bind(if writer.events { "false" } else { "true" })
        .bind(writer.reason.unwrap_or_default())
        .execute(&mut *transaction)
        .await?;
        Ok(Self(transaction))
    }

    /// Locks the row of a location.
    ///
    /// # Errors
    /// 404 if there is none, 423 if somebody else keeps it for too long.
    pub async fn lock(&mut self, id: i64) -> Result<(), ApiError> {
        let found = sqlx::query("select from agency_internal_locations where internal_location_id = $1 for update")
            .bind(id)
            .fetch_optional(&mut *self.0)
            .await;
        match found {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(no_location(id)),
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) => {
                Err(ApiError::new(StatusCode::LOCKED, format!("location {id} is locked by somebody else")))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Commits.
    pub async fn commit(self) -> Result<(), ApiError> {
        Ok(self.0.commit().await?)
    }
}

impl Deref for Write {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

pub(super) fn no_location(id: i64) -> ApiError {
    ApiError::not_found(format!("there is no location {id}"))
}
