//! Topic, queues and outbox among the components of health (07 section 8.1).

use sqlx::PgPool;

use super::{Check, Component, check};
use crate::config::{Queue, QueueSettings};
use crate::events::aws::{self, Aws};
use crate::events::status::{self, OutboxStatus, Reports, StandStill};
use crate::store::outbox::control::Identity;

/// One component for the topic and each queue that is configured, named as in the live service.
pub fn messaging(settings: &QueueSettings, aws: &Aws) -> Vec<(String, Check)> {
    let mut checks = Vec::new();
    if let Some(arn) = settings.topic_arn.clone() {
        let sns = aws.sns.clone();
        checks.push(check("domainevents-health", move || topic(sns.clone(), arn.clone())));
    }
    for (id, names) in settings.configured() {
        let sqs = aws.sqs.clone();
        checks.push(check(&format!("{id}-health"), move || queue(sqs.clone(), names.clone())));
    }
    checks
}

async fn topic(sns: aws_sdk_sns::Client, arn: String) -> Component {
    match aws::topic_subscriptions(&sns, &arn).await {
        Ok((confirmed, pending)) => Component::up()
            .with("topicArn", arn)
            .with("subscriptionsConfirmed", confirmed)
            .with("subscriptionsPending", pending),
        Err(error) => Component::down(error).with("topicArn", arn),
    }
}

async fn queue(sqs: aws_sdk_sqs::Client, names: Queue) -> Component {
    let component = match aws::queue_depth(&sqs, &names.name).await {
        Err(error) => return Component::down(error).with("queueName", names.name),
        Ok(depth) => {
            let redrive_missing = names.dlq.is_some() && depth.redrive_policy.is_none();
            let component = if redrive_missing {
                Component::down("the queue has no redrive policy").with("dlqStatus", "DOWN")
            } else {
                Component::up()
            };
            component
                .with("queueName", names.name)
                .with("messagesOnQueue", depth.visible)
                .with("messagesInFlight", depth.in_flight)
        }
    };
    let Some(dlq) = names.dlq else { return component };
    match aws::queue_depth(&sqs, &dlq).await {
        Ok(depth) if component.details.contains_key("dlqStatus") => {
            component.with("dlqName", dlq).with("messagesOnDlq", depth.visible)
        }
        Ok(depth) => component.with("dlqStatus", "UP").with("dlqName", dlq).with("messagesOnDlq", depth.visible),
        Err(error) => {
            Component { status: super::Status::Down, ..component }.with("dlqStatus", "DOWN").with("error", error)
        }
    }
}

/// What waits to be sent. Down when it can't be read, or belongs to another environment (decisions C6): nothing that happens
/// here is published then, until an operator decides. A backlog or a pause is shown, and measured, but is not down.
pub fn outbox(pool: PgPool, settings: Identity, reports: Reports) -> (String, Check) {
    check("outbox", move || {
        let (pool, settings, reports) = (pool.clone(), settings.clone(), reports.clone());
        async move {
            match status::read(&pool, &settings, &reports).await {
                Ok(status) => component(&status),
                Err(error) => Component::down(error.to_string()),
            }
        }
    })
}

fn component(status: &OutboxStatus) -> Component {
    let foreign = status.stand_still == Some(StandStill::Foreign);
    let component = if foreign {
        Component::down("the outbox belongs to another environment or topic: events adopt or events discard")
    } else {
        Component::up()
    };
    status::details(status).into_iter().fold(component, |component, (name, value)| component.with(&name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::outbox::Backlog;

    fn state(stand_still: Option<StandStill>) -> OutboxStatus {
        OutboxStatus {
            events: Backlog { unsent: 2, set_aside: 1, ..Backlog::default() },
            audit: Backlog::default(),
            paused: stand_still == Some(StandStill::Paused),
            changed_by: None,
            changed_at: chrono::DateTime::UNIX_EPOCH,
            identity: Identity::default(),
            stand_still,
            relay: status::RelayReport::default(),
        }
    }

    #[test]
    fn only_an_outbox_of_another_environment_is_down() {
        for (stand_still, expected) in [
            (None, super::super::Status::Up),
            (Some(StandStill::Paused), super::super::Status::Up),
            (Some(StandStill::Foreign), super::super::Status::Down),
        ] {
            let component = component(&state(stand_still));
            assert_eq!(component.status, expected);
            assert_eq!(component.details["eventsUnsent"], 2);
            assert_eq!(component.details["eventsSetAside"], 1);
            assert_eq!(component.details.contains_key("error"), stand_still == Some(StandStill::Foreign));
        }
    }
}
