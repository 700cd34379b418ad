//! What others ask of us by queue (07 section 4): the queues that we listen to, and the messages to our own work queue.

mod certificate_upload;
pub mod depth;
mod external_update;
mod listener;
mod sender;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::QueueSettings;
use crate::service::Services;
use listener::Listener;

/// How many messages of other systems are worked on at once (07 section 4.3 rule 1).
const EXTERNAL_AT_ONCE: usize = 10;
/// Uploads are worked on one after the other (07 section 4.2).
const UPLOADS_AT_ONCE: usize = 1;

/// Listens to the queues that the settings name, measures them, and sends what waits for our own, until `stop`. What is being worked on
/// then is finished.
pub fn start(
    services: &Arc<Services>,
    settings: &QueueSettings,
    sqs: &aws_sdk_sqs::Client,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    tasks.spawn(depth::run(settings.clone(), sqs.clone(), stop.clone()));
    let listener = |name: &str, at_once| Listener {
        sqs: sqs.clone(),
        queue: name.to_owned(),
        at_once,
        error_visibility_timeouts: settings.error_visibility_timeouts.clone(),
    };
    if let Some(queue) = &settings.update_from_external_system_events {
        let services = services.clone();
        let handle = move |body: String| {
            let services = services.clone();
            async move { external_update::handle(&services, &body).await }
        };
        tasks.spawn(listener(&queue.name, EXTERNAL_AT_ONCE).run(handle, stop.clone()));
    }
    if let Some(queue) = &settings.update_cell_certificate {
        let services_of_uploads = services.clone();
        let handle = move |body: String| {
            let services = services_of_uploads.clone();
            async move { certificate_upload::handle(&services, &body).await }
        };
        tasks.spawn(listener(&queue.name, UPLOADS_AT_ONCE).run(handle, stop.clone()));
        let wake = services.store.wake.clone();
        tasks.spawn(sender::run(services.store.pool.clone(), sqs.clone(), queue.name.clone(), wake, stop.clone()));
    }
}
