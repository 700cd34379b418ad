//! For whom the outbox speaks (decisions C6), and whether it is paused (decisions C7): one row.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};

/// How many messages one statement of [`discard`] deletes.
const DISCARD_STEP: i64 = 5_000;

/// Which state of the control row was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub(super) DateTime<Utc>);

/// The environment and the topic that an outbox or a process belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `EVENTS_ENVIRONMENT`, where it is given.
    pub environment: Option<String>,
    /// ARN of the topic; none writes to the log.
    pub topic_arn: Option<String>,
}

/// Whether an outbox is the one that the settings mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belonging {
    /// It says what the settings say.
    Ours,
    /// It says nothing yet, or less than the settings.
    Unclaimed,
    /// It belongs to another environment or topic.
    Foreign,
}

impl Identity {
    /// How the outbox that has this identity stands to a process with these `settings` (decisions C6).
    ///
    /// A process without a topic only speaks for an outbox without one, so that a topic forgotten in the settings does not
    /// drain the outbox into the log. An environment counts where both name one.
    pub fn belonging(&self, settings: &Self) -> Belonging {
        let other_topic = self.topic_arn.is_some() && self.topic_arn != settings.topic_arn;
        let other_environment =
            self.environment.is_some() && settings.environment.is_some() && self.environment != settings.environment;
        if other_topic || other_environment {
            Belonging::Foreign
        } else if self.topic_arn != settings.topic_arn || (self.environment.is_none() && settings.environment.is_some())
        {
            Belonging::Unclaimed
        } else {
            Belonging::Ours
        }
    }
}

/// The control row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Whom it speaks for.
    pub identity: Identity,
    /// Whether an operator has paused the publishing of events.
    pub paused: bool,
    /// Who changed it last.
    pub changed_by: Option<String>,
    /// This state of it.
    pub version: Version,
}

impl Control {
    /// When it was changed last.
    pub fn changed_at(&self) -> DateTime<Utc> {
        self.version.0
    }
}

/// Reads the control row.
///
/// # Errors
/// Whatever the database says.
pub async fn read(executor: impl PgExecutor<'_>) -> Result<Control, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT environment, topic_arn, paused, changed_by, changed_at FROM locations_service.outbox_control"
    )
    .fetch_one(executor)
    .await?;
    Ok(Control {
        identity: Identity { environment: row.environment, topic_arn: row.topic_arn },
        paused: row.paused,
        changed_by: row.changed_by,
        version: Version(row.changed_at),
    })
}

/// Pauses or resumes the publishing of events. Answers whether that changed anything.
///
/// # Errors
/// Whatever the database says.
pub async fn set_paused(pool: &PgPool, paused: bool, by: &str) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "UPDATE locations_service.outbox_control SET paused = $1, changed_by = $2, changed_at = clock_timestamp()
         WHERE paused <> $1",
        paused,
        by
    )
    .execute(pool)
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// Writes down whom the outbox speaks for from now on.
///
/// # Errors
/// Whatever the database says.
pub async fn adopt(executor: impl PgExecutor<'_>, identity: &Identity, by: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE locations_service.outbox_control
         SET environment = $1, topic_arn = $2, changed_by = $3, changed_at = clock_timestamp()",
        identity.environment.as_deref(),
        identity.topic_arn.as_deref(),
        by
    )
    .execute(executor)
    .await
    .map(drop)
}

/// The same for an outbox that is still in the state `version`: a process that found it unclaimed may be too late.
///
/// # Errors
/// Whatever the database says.
pub async fn claim(executor: impl PgExecutor<'_>, identity: &Identity, version: Version) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE locations_service.outbox_control
         SET environment = coalesce($1, environment), topic_arn = $2, changed_by = 'first start',
            changed_at = clock_timestamp()
         WHERE changed_at = $3",
        identity.environment.as_deref(),
        identity.topic_arn.as_deref(),
        version.0
    )
    .execute(executor)
    .await
    .map(drop)
}

/// What [`discard`] deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discarded {
    /// Unsent events, set aside or not.
    pub events: u64,
    /// Audit messages.
    pub audit: u64,
}

/// Deletes every unsent event and audit message, in steps, and then lets the outbox speak for `identity`.
///
/// # Errors
/// Whatever the database says; some may be deleted then, and the outbox still speaks for whom it did.
pub async fn discard(pool: &PgPool, identity: &Identity, by: &str) -> Result<Discarded, sqlx::Error> {
    let mut discarded = Discarded::default();
    loop {
        let events = sqlx::query!(
            "DELETE FROM locations_service.domain_event WHERE id IN (
                SELECT id FROM locations_service.domain_event WHERE sent_at IS NULL ORDER BY id LIMIT $1
            )",
            DISCARD_STEP
        );
        let audit = sqlx::query!(
            "DELETE FROM locations_service.audit_message WHERE id IN (
                SELECT id FROM locations_service.audit_message ORDER BY id LIMIT $1
            )",
            DISCARD_STEP
        );
        let step = Discarded {
            events: events.execute(pool).await?.rows_affected(),
            audit: audit.execute(pool).await?.rows_affected(),
        };
        if step == Discarded::default() {
            break;
        }
        discarded.events += step.events;
        discarded.audit += step.audit;
    }
    adopt(pool, identity, by).await?;
    Ok(discarded)
}

#[cfg(test)]
mod tests {
    use super::{Belonging, Identity};

    fn identity(environment: Option<&str>, topic_arn: Option<&str>) -> Identity {
        Identity { environment: environment.map(str::to_owned), topic_arn: topic_arn.map(str::to_owned) }
    }

    #[test]
    fn an_outbox_speaks_only_for_its_own_topic_and_environment() {
        let prod = identity(Some("prod"), Some("arn:prod"));
        let topic_only = identity(None, Some("arn:prod"));
        let nothing = identity(None, None);
        for (outbox, settings, expected) in [
            (&prod, &prod, Belonging::Ours),
            (&prod, &topic_only, Belonging::Ours),
            (&topic_only, &topic_only, Belonging::Ours),
            (&nothing, &nothing, Belonging::Ours),
            (&nothing, &prod, Belonging::Unclaimed),
            (&nothing, &topic_only, Belonging::Unclaimed),
            (&topic_only, &prod, Belonging::Unclaimed),
            (&prod, &identity(Some("preprod"), Some("arn:preprod")), Belonging::Foreign),
            (&prod, &identity(Some("prod"), Some("arn:other")), Belonging::Foreign),
            (&prod, &identity(Some("preprod"), Some("arn:prod")), Belonging::Foreign),
            (&prod, &nothing, Belonging::Foreign),
            (&topic_only, &nothing, Belonging::Foreign),
            (&identity(Some("prod"), None), &identity(Some("prod"), None), Belonging::Ours),
        ] {
            assert_eq!(outbox.belonging(settings), expected, "{outbox:?} with {settings:?}");
        }
    }
}
