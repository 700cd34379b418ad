//! The relay of domain events: from the outbox to SNS, in the order of each location, nothing lost.
//!
//! Of all replicas, the relay that holds a session advisory lock is at work. It reads events over the very connection that holds
//! the lock, so one that has lost the lock reads no more of them. No transaction is open while it sends: it reads, sends,
//! marks. If it dies in between, the next one sends the same events again, with the same ids. The others stand by, try to
//! get the lock every second, and pass the bell of their own process on to the one at work.

use std::future::Future;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::backoff;
use super::line_up::{LineUp, Outcome};
use super::status::{Reports, Role, StandStill, stand_still};
use super::topic::Topic;
use crate::store::Wake;
use crate::store::outbox::control::{self, Belonging, Identity, Version};
use crate::store::outbox::events::{self, CHANNEL, Tried, UnsentEvent};
use crate::telemetry::metrics::PUBLISH_DELAY;

/// How often the relay looks into the outbox without being woken, and how often one that stands by tries to take over.
const TICK: Duration = Duration::from_secs(1);

/// A statement of the relay that takes longer means that its connection is lost.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// Batches on their way at once.
const BATCHES_IN_FLIGHT: usize = 8;

/// Prisons whose events are held in memory at once, and how many of each.
const PRISONS: i64 = 64;
const WINDOW: i64 = 50;

/// The least time between two bells that a relay standing by passes on.
const BELL_PAUSE: Duration = Duration::from_millis(10);

/// Session settings by which Postgres notices within seconds that a relay is gone whose machine died, and frees the lock.
const KEEPALIVE: [(&str, &str); 4] = [
    ("tcp_keepalives_idle", "3"),
    ("tcp_keepalives_interval", "1"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "6000"),
];

/// Why a relay has to begin anew.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    /// The connection is lost, or a statement went wrong.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// What became of a batch is not known.
    #[error("sending: {0}")]
    Sending(#[from] JoinError),
}

/// The relay of one process.
pub struct EventRelay {
    options: PgConnectOptions,
    topic: Topic,
    identity: Identity,
    wake: Wake,
    reports: Reports,
    /// What has been sent but could not be written down, because the connection was lost.
    unrecorded: Tried,
}

impl EventRelay {
    /// A relay that publishes for `identity`: to its topic by `sns`, or to the log if it has none. `options` connect to the database.
    pub fn new(
        options: PgConnectOptions,
        sns: aws_sdk_sns::Client,
        identity: Identity,
        wake: Wake,
        reports: Reports,
    ) -> Self {
        let topic = match &identity.topic_arn {
            Some(arn) => Topic::Sns { client: sns, arn: arn.clone() },
            None => Topic::Log,
        };
        let options = options.application_name("locations-event-relay").options(KEEPALIVE);
        Self { options, topic, identity, wake, reports, unrecorded: Tried::default() }
    }

    /// Works until `stop`: then what is on its way is finished and written down, and another relay may take over at once.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            match self.serve(&stop).await {
                Ok(()) => failures = 0,
                Err(error) => {
                    failures = if self.reports.latest().role == Role::NotConnected { failures + 1 } else { 1 };
                    tracing::warn!(%error, "the event relay begins anew");
                    self.reports.change(|r| r.last_failure = Some(error.to_string()));
                    self.set_role(Role::NotConnected);
                    let pause = tokio::time::sleep(backoff::wait(failures, backoff::chance()));
                    let _ = stop.run_until_cancelled(pause).await;
                }
            }
        }
        self.set_role(Role::NotConnected);
    }

    /// Connects, stands by, works; until the end or until the connection is lost.
    async fn serve(&mut self, stop: &CancellationToken) -> Result<(), RelayError> {
        let mut conn = in_time(PgConnection::connect_with(&self.options)).await?;
        // What was sent is sent, whoever is at work now.
        self.record(&mut conn).await?;
        self.reports.change(|r| r.last_failure = None);
        self.set_role(Role::StandingBy);
        if stand_by(&mut conn, &self.wake, stop).await? {
            self.set_role(Role::AtWork);
            tracing::info!("the event relay of this process is at work");
            self.work(&mut conn, stop).await?;
            in_time(events::unlock(&mut conn)).await?;
        }
        Ok(in_time(conn.close()).await?)
    }

    fn set_role(&self, role: Role) {
        metrics::gauge!("event_relay_at_work").set(if role == Role::AtWork { 1.0 } else { 0.0 });
        self.reports.change(|r| r.role = role);
    }

    /// Publishes until the end, or until the connection is lost. In both cases what is on its way is waited for.
    async fn work(&mut self, conn: &mut PgConnection, stop: &CancellationToken) -> Result<(), RelayError> {
        let listening = stop.child_token();
        let listener = tokio::spawn(listen(self.options.clone(), self.wake.clone(), listening.clone()));
        let mut shift = Shift { in_flight: JoinSet::new(), line_up: LineUp::default(), standing: Standing::default() };
        let outcome = self.shift(conn, &mut shift, stop).await;
        // What was read but not sent stays in the outbox.
        while let Some(sent) = shift.in_flight.join_next().await {
            if let Err(error) = self.settle(&mut shift.line_up, sent) {
                tracing::error!(%error, "it is not known what became of a batch; it is sent again");
            }
        }
        listening.cancel();
        // How it ended does not matter.
        let _ = listener.await;
        let recorded = self.record(conn).await;
        outcome.and(Ok(recorded?))
    }

    async fn shift(
        &mut self,
        conn: &mut PgConnection,
        shift: &mut Shift,
        stop: &CancellationToken,
    ) -> Result<(), RelayError> {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let wake = self.wake.clone();
        // Whether there may be events in the outbox that are not here.
        let mut look = true;
        while !stop.is_cancelled() {
            self.send_off(shift);
            if look
                && shift.has_room()
                && let Some(version) = shift.standing.open()
            {
                let occupied = shift.line_up.occupied(Instant::now());
                shift.line_up.add(in_time(events::next(conn, version, &occupied, PRISONS, WINDOW)).await?);
                look = false;
                self.send_off(shift);
            }
            let wait_is_over = until(shift.line_up.next_wait(Instant::now()));
            tokio::select! {
                Some(sent) = shift.in_flight.join_next() => {
                    self.settle(&mut shift.line_up, sent)?;
                    while let Some(sent) = shift.in_flight.try_join_next() {
                        self.settle(&mut shift.line_up, sent)?;
                    }
                    self.record(conn).await?;
                    self.reports.change(|r| r.waiting_prisons = shift.line_up.waiting(Instant::now()));
                    look = true;
                }
                () = wake.events() => look = true,
                () = wait_is_over => look = true,
                _ = tick.tick() => {
                    self.check_control(conn, shift).await?;
                    look = true;
                }
                () = stop.cancelled() => {}
            }
        }
        Ok(())
    }

    /// Sends batches as long as there are any and not too many are on their way.
    fn send_off(&self, shift: &mut Shift) {
        while shift.has_room()
            && let Some(batch) = shift.line_up.next_batch()
        {
            let topic = self.topic.clone();
            shift.in_flight.spawn(async move {
                let outcomes = topic.publish(&batch).await;
                (batch, outcomes)
            });
        }
    }

    /// Takes in what became of a batch. It is kept until it is written down.
    fn settle(&mut self, line_up: &mut LineUp, sent: Result<SentBatch, JoinError>) -> Result<(), RelayError> {
        let (batch, outcomes) = sent?;
        for (event, outcome) in batch.iter().zip(&outcomes) {
            self.report_outcome(event, outcome);
        }
        self.unrecorded.extend(line_up.settle(batch, outcomes, Instant::now(), backoff::chance()));
        Ok(())
    }

    fn report_outcome(&self, event: &UnsentEvent, outcome: &Outcome) {
        let event_type = event.event_type.clone();
        match outcome {
            Outcome::Sent => {
                metrics::counter!("events_published_total", "event_type" => event_type).increment(1);
                metrics::histogram!(PUBLISH_DELAY).record(event.written_at.elapsed().as_secs_f64());
                self.reports.change(|r| r.last_failure = None);
            }
            Outcome::Refused(reason) | Outcome::RefusedTogether(reason) => {
                metrics::counter!("event_publish_failures_total", "kind" => "refused").increment(1);
                tracing::error!(event_id = %event.event_id, event_type, prison_id = event.prison_id, reason,
                    "SNS refuses an event for good; alone, it is set aside: see `events status`");
            }
            Outcome::Failed(reason) => {
                metrics::counter!("event_publish_failures_total", "kind" => "failed").increment(1);
                tracing::warn!(event_id = %event.event_id, prison_id = event.prison_id, reason,
                    "an event could not be published; its prison waits");
                self.reports.change(|r| r.last_failure = Some(reason.clone()));
            }
        }
    }

    /// Writes down what became of the events that were tried.
    async fn record(&mut self, conn: &mut PgConnection) -> Result<(), sqlx::Error> {
        if !self.unrecorded.is_empty() {
            in_time(events::record(conn, &self.unrecorded)).await?;
            self.unrecorded = Tried::default();
        }
        Ok(())
    }

    /// Reads whom the outbox speaks for and whether it is paused; claims it if nobody has yet.
    async fn check_control(&self, conn: &mut PgConnection, shift: &mut Shift) -> Result<(), sqlx::Error> {
        let mut control = in_time(control::read(&mut *conn)).await?;
        if control.identity.belonging(&self.identity) == Belonging::Unclaimed {
            in_time(control::claim(&mut *conn, &self.identity, control.version)).await?;
            control = in_time(control::read(&mut *conn)).await?;
        }
        let still = stand_still(&control, &self.identity);
        if still.is_some() {
            shift.line_up.clear();
        }
        if still != shift.standing.still && still == Some(StandStill::Foreign) {
            tracing::error!(outbox = ?control.identity, settings = ?self.identity,
                "the outbox belongs to another environment or topic: nothing is published until `events adopt` or `events discard`");
        } else if still != shift.standing.still {
            tracing::info!(
                paused = still.is_some(),
                by = control.changed_by,
                "the publishing of events was paused or resumed"
            );
        }
        shift.standing = Standing { version: Some(control.version), still };
        Ok(())
    }
}

type SentBatch = (Vec<UnsentEvent>, Vec<Outcome>);

/// What a relay has in hand while it is at work.
struct Shift {
    in_flight: JoinSet<SentBatch>,
    line_up: LineUp,
    standing: Standing,
}

impl Shift {
    /// Whether one more batch may go on its way.
    fn has_room(&self) -> bool {
        self.in_flight.len() < BATCHES_IN_FLIGHT
    }
}

/// What the control row said last.
#[derive(Default)]
struct Standing {
    version: Option<Version>,
    still: Option<StandStill>,
}

impl Standing {
    /// The state of the control row under which events may be read; none if they may not.
    fn open(&self) -> Option<Version> {
        self.version.filter(|_| self.still.is_none())
    }
}

/// Waits for the lock; answers false at the end. Passes the bell of this process on meanwhile.
async fn stand_by(conn: &mut PgConnection, wake: &Wake, stop: &CancellationToken) -> Result<bool, sqlx::Error> {
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            _ = tick.tick() => {
                if in_time(events::try_lock(conn)).await? {
                    return Ok(true);
                }
            }
            () = wake.events() => {
                in_time(events::notify(conn)).await?;
                tokio::time::sleep(BELL_PAUSE).await;
            }
            () = stop.cancelled() => return Ok(false),
        }
    }
}

/// Rings the bell of this process when the relay of another one passes its own on.
async fn listen(options: PgConnectOptions, wake: Wake, stop: CancellationToken) {
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None).connect_lazy_with(options);
    let listening = async {
        loop {
            if let Err(error) = listen_on(&pool, &wake).await {
                tracing::debug!(%error, "cannot listen to other replicas; their events are found by polling");
            }
            tokio::time::sleep(TICK).await;
        }
    };
    let _: Option<()> = stop.run_until_cancelled(listening).await;
}

async fn listen_on(pool: &sqlx::PgPool, wake: &Wake) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        listener.recv().await?;
        wake.notify();
    }
}

/// Gives up on a database that does not answer: behind a broken network it may be another relay's turn already.
async fn in_time<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    match tokio::time::timeout(STATEMENT_TIMEOUT, statement).await {
        Ok(answer) => answer,
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}

/// Sleeps until then; forever if there is no then.
async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}
