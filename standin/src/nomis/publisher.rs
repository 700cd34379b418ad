//! Publishes the events of the outbox to the prison events topic (08 sections 6.2 and 15.3 rule 5): at least once, in the order in
//! which they were committed.

use std::collections::VecDeque;
use std::time::Duration;

use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use sqlx::PgPool;
use sqlx::postgres::PgListener;

use crate::common::aws::describe;
use crate::common::clock;
use crate::common::faults::{Injected, Phase};
use crate::common::role::Context;
use crate::common::telemetry::{Fields, fields};

/// How many rows are read at once.
const BATCH: i64 = 100;
/// How many messages SNS takes in one call.
const MOST_AT_ONCE: usize = 10;
/// How long it sleeps when nobody wakes it.
const POLL: Duration = Duration::from_secs(1);
/// Pause after a failure.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

#[derive(Clone, Debug, sqlx::FromRow)]
struct Event {
    id: i64,
    event_type: String,
    body: String,
}

/// Has the context count what was not sent yet.
pub(super) fn watch_outbox(context: &Context) {
    let pool = context.pool.clone();
    context.quiet.watch("event_outbox", move || {
        let pool = pool.clone();
        Box::pin(
            async move { sqlx::query_scalar("select count(*) from event_outbox").fetch_one(&pool).await.unwrap_or(1) },
        )
    });
}

/// Publishes until the role stops.
pub(super) async fn run(context: Context, sns: aws_sdk_sns::Client, topic: String) {
    let publisher = Publisher { context: context.clone(), sns, topic };
    let _ = context.stop.run_until_cancelled(publisher.work()).await;
}

struct Publisher {
    context: Context,
    sns: aws_sdk_sns::Client,
    topic: String,
}

impl Publisher {
    async fn work(&self) {
        let mut held = VecDeque::new();
        loop {
            match self.listen_and_drain(&mut held).await {
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(error, "NOMIS events can't be published");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Drains the outbox each time that the triggers wake it, until something fails.
    async fn listen_and_drain(&self, held: &mut VecDeque<(u32, Event)>) -> Result<(), String> {
        let pool = &self.context.pool;
        let mut listener = PgListener::connect_with(pool).await.map_err(|e| e.to_string())?;
        listener.listen("nomis_event_outbox").await.map_err(|e| e.to_string())?;
        loop {
            while self.drain(pool, held).await? {}
            // Woken, or not: the outbox is looked at anyway.
            if let Ok(Err(error)) = tokio::time::timeout(POLL, listener.recv()).await {
                return Err(error.to_string());
            }
        }
    }

    /// Publishes one batch; answers whether there was one.
    async fn drain(&self, pool: &PgPool, held: &mut VecDeque<(u32, Event)>) -> Result<bool, String> {
        let waiting: Vec<i64> = held.iter().map(|(_, event)| event.id).collect();
        let events: Vec<Event> =
            sqlx::query_as("select id, event_type, body from event_outbox where id <> all($2) order by id limit $1")
                .bind(BATCH)
                .bind(&waiting)
                .fetch_all(pool)
                .await
                .map_err(|e| e.to_string())?;
        let found = !events.is_empty();
        if held.is_empty() && self.context.faults.rules().is_empty() {
            for some in events.chunks(MOST_AT_ONCE) {
                self.publish_some(pool, some).await?;
            }
            return Ok(found);
        }
        for event in events {
            self.publish(pool, event, held).await?;
        }
        // With nothing left to overtake it, what was held back goes too.
        if !found {
            while let Some((_, event)) = held.pop_front() {
                self.send(&event).await?;
                remove(pool, event.id).await?;
            }
        }
        Ok(found)
    }

    /// Publishes up to ten events in one call. What SNS did not take stays in the outbox.
    async fn publish_some(&self, pool: &PgPool, events: &[Event]) -> Result<(), String> {
        let mut batch = self.sns.publish_batch().topic_arn(&self.topic);
        for event in events {
            let entry = PublishBatchRequestEntry::builder()
                .id(event.id.to_string())
                .message(&event.body)
                .message_attributes("eventType", text(&event.event_type)?)
                .message_attributes("publishedAt", text(&clock::now().to_rfc3339())?);
            batch = batch.publish_batch_request_entries(entry.build().map_err(|e| e.to_string())?);
        }
        let answer = batch.send().await.map_err(|e| describe(&e))?;
        let sent: Vec<i64> = answer.successful().iter().filter_map(|entry| entry.id()?.parse().ok()).collect();
        let removed = sqlx::query("delete from event_outbox where id = any($1)").bind(&sent).execute(pool).await;
        removed.map_err(|e| e.to_string())?;
        let refused = answer.failed().first();
        refused.map_or(Ok(()), |entry| Err(format!("SNS refused an event: {}", entry.message().unwrap_or_default())))
    }

    /// Publishes one event, with the faults on purpose.
    async fn publish(&self, pool: &PgPool, event: Event, held: &mut VecDeque<(u32, Event)>) -> Result<(), String> {
        let about = about(&event);
        let mut times = 1;
        match self.context.faults.at("nomis.publish", Phase::Before, &about).await {
            Some(Injected::Drop) => times = 0,
            Some(Injected::Duplicate) => times = 2,
            Some(Injected::Hold(others)) => {
                held.push_back((others, event));
                return Ok(());
            }
            Some(_) => return Err("a fault on purpose".to_owned()),
            None => {}
        }
        for _ in 0..times {
            self.send(&event).await?;
        }
        if self.context.faults.at("nomis.publish", Phase::After, &about).await.is_some() {
            return Err("a fault on purpose, after it was sent".to_owned());
        }
        remove(pool, event.id).await?;
        for (others, _) in held.iter_mut() {
            *others = others.saturating_sub(1);
        }
        while held.front().is_some_and(|(others, _)| *others == 0) {
            if let Some((_, event)) = held.pop_front() {
                self.send(&event).await?;
                remove(pool, event.id).await?;
            }
        }
        Ok(())
    }

    async fn send(&self, event: &Event) -> Result<(), String> {
        let publish = self
            .sns
            .publish()
            .topic_arn(&self.topic)
            .message(&event.body)
            .message_attributes("eventType", text(&event.event_type)?)
            .message_attributes("publishedAt", text(&clock::now().to_rfc3339())?);
        publish.send().await.map(drop).map_err(|e| describe(&e))
    }
}

fn text(value: &str) -> Result<MessageAttributeValue, String> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().map_err(|e| e.to_string())
}

async fn remove(pool: &PgPool, id: i64) -> Result<(), String> {
    let removed = sqlx::query("delete from event_outbox where id = $1").bind(id).execute(pool).await;
    removed.map(drop).map_err(|e| e.to_string())
}

/// What fault rules can match on.
fn about(event: &Event) -> Fields {
    let mut found = fields([("eventType", &event.event_type)]);
    let body: serde_json::Value = serde_json::from_str(&event.body).unwrap_or_default();
    for name in ["internalLocationId", "prisonId", "description", "auditModuleName", "recordDeleted"] {
        match &body[name] {
            serde_json::Value::Null => {}
            serde_json::Value::String(text) => drop(found.insert(name.to_owned(), text.clone())),
            other => drop(found.insert(name.to_owned(), other.to_string())),
        }
    }
    found
}
