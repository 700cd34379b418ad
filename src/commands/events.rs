//! `events`: what an operator does with the outbox.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use sqlx::PgPool;
use uuid::Uuid;

use super::{bad_settings, failed};
use crate::clock::Clock;
use crate::config::{EventsSettings, process_environment};
use crate::events::identity;
use crate::events::replay::{self, Replay, Selection};
use crate::events::status::{self, OutboxStatus, Reports, StandStill};
use crate::store::lock::PrisonQueues;
use crate::store::outbox::control::{self, Belonging, Identity};
use crate::store::outbox::{Backlog, audit, events};
use crate::store::{Store, Wake, pool};

/// Exit code where an operator is needed: the outbox belongs to another environment, or something was set aside.
const NEEDS_AN_OPERATOR: u8 = 3;

/// At most so many troubled events are shown.
const TROUBLES: i64 = 20;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: EventsCommand,
}

#[derive(Debug, Subcommand)]
enum EventsCommand {
    /// Show what waits to be sent, and why. Exit code 3 if an operator is needed
    Status,
    /// Stop publishing events, on all replicas, until `resume`. Changes go on; their events wait. Audit messages are still sent
    Pause(By),
    /// Publish events again
    Resume(By),
    /// Tell the present state of locations again: `amended`, then `deactivated` where it is inactive, or `deleted` where it is gone
    Replay(ReplayArguments),
    /// Send what was set aside again: events that no later event of their location has overtaken, and all audit messages
    Retry(RetryArguments),
    /// Let an outbox that belongs to another environment or topic speak for this one: what waits in it is sent
    Adopt(By),
    /// Delete what waits in an outbox of another environment or topic, and let it speak for this one; or delete what was set aside
    Discard(DiscardArguments),
}

/// Who did it, as the outbox keeps it.
#[derive(Debug, Args)]
struct By {
    /// Who does it
    #[arg(long, env = "USER", default_value = "command line")]
    by: String,
}

#[derive(Debug, Args)]
#[group(skip)]
struct ReplayArguments {
    /// Locations by id, separated by commas
    #[arg(long = "id", value_delimiter = ',')]
    ids: Vec<Uuid>,
    /// Locations by key, such as LEI-A-1-003, separated by commas
    #[arg(long = "key", value_delimiter = ',')]
    keys: Vec<String>,
    /// All locations of a prison
    #[arg(long, conflicts_with_all = ["ids", "keys"], required_unless_present_any = ["ids", "keys"])]
    prison: Option<String>,
    /// Only show which events would be published
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
struct RetryArguments {
    /// Events by their eventId, separated by commas; all events and audit messages if none is named
    #[arg(long = "event-id", value_delimiter = ',')]
    event_ids: Vec<Uuid>,
    /// Also events that a later event of their location has overtaken: they repeat the past. Rather replay the location
    #[arg(long)]
    overtaken: bool,
}

#[derive(Debug, Args)]
struct DiscardArguments {
    /// Delete what was set aside, and nothing else
    #[arg(long)]
    set_aside: bool,
    /// With --set-aside: only these events, by their eventId, separated by commas
    #[arg(long = "event-id", value_delimiter = ',', requires = "set_aside")]
    event_ids: Vec<Uuid>,
    /// Really delete; otherwise only show how much it would be
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    by: By,
}

pub(super) async fn run(arguments: &Arguments) -> ExitCode {
    crate::clients::http::install_tls_provider();
    let (settings, database) = match EventsSettings::from_env(&process_environment) {
        Ok(settings) => settings,
        Err(error) => return bad_settings(&error.0),
    };
    let pool = match pool::connect(&database, 2).await {
        Ok(pool) => pool,
        Err(error) => return failed(&error),
    };
    let done = execute(&arguments.command, &pool, &identity(&settings)).await;
    pool.close().await;
    match done {
        Ok(code) => code,
        Err(error) => failed(&format!("database: {error}")),
    }
}

async fn execute(command: &EventsCommand, pool: &PgPool, settings: &Identity) -> Result<ExitCode, sqlx::Error> {
    match command {
        EventsCommand::Status => show_status(pool, settings).await,
        EventsCommand::Pause(By { by }) => set_paused(pool, true, by).await,
        EventsCommand::Resume(By { by }) => set_paused(pool, false, by).await,
        EventsCommand::Replay(arguments) => replay_locations(pool, arguments).await,
        EventsCommand::Retry(arguments) => retry(pool, arguments).await,
        EventsCommand::Adopt(By { by }) => adopt(pool, settings, by).await,
        EventsCommand::Discard(arguments) if arguments.set_aside => discard_set_aside(pool, arguments).await,
        EventsCommand::Discard(arguments) => discard(pool, settings, arguments).await,
    }
}

async fn show_status(pool: &PgPool, settings: &Identity) -> Result<ExitCode, sqlx::Error> {
    let status = status::read(pool, settings, &Reports::default()).await?;
    print!("{}", status_text(&status, settings));
    for trouble in events::troubles(pool, TROUBLES).await? {
        let state = if trouble.set_aside { "set aside" } else { "waits" };
        println!(
            "  {state}: {} {} {} after {} attempts: {}",
            trouble.event_id, trouble.event_type, trouble.key, trouble.attempts, trouble.reason
        );
    }
    let set_aside = status.events.set_aside + status.audit.set_aside;
    let needed = set_aside > 0 || status.stand_still == Some(StandStill::Foreign);
    Ok(if needed { ExitCode::from(NEEDS_AN_OPERATOR) } else { ExitCode::SUCCESS })
}

fn status_text(status: &OutboxStatus, settings: &Identity) -> String {
    let publishing = match status.stand_still {
        None => "yes".to_owned(),
        Some(StandStill::Paused) => format!(
            "no: paused by {} at {}",
            status.changed_by.as_deref().unwrap_or("somebody"),
            status.changed_at.format("%Y-%m-%dT%H:%M:%SZ")
        ),
        Some(StandStill::Foreign) => {
            "no: the outbox belongs to another environment or topic (adopt or discard)".to_owned()
        }
    };
    format!(
        "publishing:     {publishing}\noutbox of:      {}\nsettings:       {}\nevents:         {}\naudit messages: {}\n",
        identity_text(&status.identity),
        identity_text(settings),
        backlog_text(&status.events),
        backlog_text(&status.audit)
    )
}

fn identity_text(identity: &Identity) -> String {
    let topic = identity.topic_arn.as_deref().unwrap_or("no topic");
    match &identity.environment {
        Some(environment) => format!("{environment}, {topic}"),
        None => topic.to_owned(),
    }
}

fn backlog_text(backlog: &Backlog) -> String {
    let Backlog { unsent, lag, set_aside } = backlog;
    match unsent {
        0 => format!("0 unsent, {set_aside} set aside"),
        _ => format!("{unsent} unsent (the oldest for {} s), {set_aside} set aside", lag.as_secs()),
    }
}

async fn set_paused(pool: &PgPool, paused: bool, by: &str) -> Result<ExitCode, sqlx::Error> {
    let changed = control::set_paused(pool, paused, by).await?;
    match (paused, changed) {
        (true, true) => println!("Paused: within a second no event is published any more"),
        (true, false) => println!("Publishing is paused already"),
        (false, true) => println!("Resumed: events are published within a second"),
        (false, false) => println!("Publishing is not paused"),
    }
    Ok(ExitCode::SUCCESS)
}

async fn replay_locations(pool: &PgPool, arguments: &ReplayArguments) -> Result<ExitCode, sqlx::Error> {
    let clock = match process_environment("FIXED_CLOCK").filter(|text| !text.is_empty()).map(|text| text.parse()) {
        None => Clock::system(),
        Some(Ok(instant)) => Clock::fixed(instant),
        Some(Err(_)) => return Ok(bad_settings(&["FIXED_CLOCK: is not an instant".to_owned()])),
    };
    let selection = match &arguments.prison {
        Some(prison) => Selection::Prison(prison.clone()),
        None => Selection::Locations { ids: arguments.ids.clone(), keys: arguments.keys.clone() },
    };
    let store = Store {
        pool: pool.clone(),
        queues: PrisonQueues::default(),
        wake: Wake::default(),
        capacity_and_certification_events: false,
    };
    let replay = replay::run(&store, &clock, &selection, arguments.dry_run).await?;
    print!("{}", replay_text(&replay, arguments.dry_run));
    Ok(if replay.unknown.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn replay_text(replay: &Replay, dry_run: bool) -> String {
    let said = replay.events.iter().map(|event| format!("{} {}\n", event.event_type.as_str(), event.key));
    let drafts = replay.drafts.iter().map(|key| format!("draft, left out: {key}\n"));
    let unknown = replay.unknown.iter().map(|unknown| format!("unknown, left out: {unknown}\n"));
    let verb = if dry_run { "would be published" } else { "to be published" };
    let sum = format!("{} events {verb}\n", replay.events.len());
    said.chain(drafts).chain(unknown).chain([sum]).collect()
}

async fn retry(pool: &PgPool, arguments: &RetryArguments) -> Result<ExitCode, sqlx::Error> {
    let named = (!arguments.event_ids.is_empty()).then_some(arguments.event_ids.as_slice());
    let retried = events::retry(pool, named, arguments.overtaken).await?;
    println!("{} events are sent again", retried.queued);
    if retried.overtaken > 0 {
        println!(
            "{} events stay aside, because later events of their locations have been sent: replay those locations, then \
             `events discard --set-aside`",
            retried.overtaken
        );
    }
    if named.is_none() {
        println!("{} audit messages are sent again", audit::retry(pool).await?);
    }
    Ok(if retried.overtaken > 0 { ExitCode::from(NEEDS_AN_OPERATOR) } else { ExitCode::SUCCESS })
}

async fn adopt(pool: &PgPool, settings: &Identity, by: &str) -> Result<ExitCode, sqlx::Error> {
    let before = control::read(pool).await?.identity;
    control::adopt(pool, settings, by).await?;
    println!("The outbox of {} is now that of {}", identity_text(&before), identity_text(settings));
    Ok(ExitCode::SUCCESS)
}

async fn discard_set_aside(pool: &PgPool, arguments: &DiscardArguments) -> Result<ExitCode, sqlx::Error> {
    let named = (!arguments.event_ids.is_empty()).then_some(arguments.event_ids.as_slice());
    if !arguments.yes {
        let (events, audit) = (events::backlog(pool).await?.set_aside, audit::backlog(pool).await?.set_aside);
        println!("{events} events and {audit} audit messages are set aside; --yes deletes them");
        return Ok(ExitCode::FAILURE);
    }
    println!("{} events deleted", events::discard_set_aside(pool, named).await?);
    if named.is_none() {
        println!("{} audit messages deleted", audit::discard_set_aside(pool).await?);
    }
    Ok(ExitCode::SUCCESS)
}

async fn discard(pool: &PgPool, settings: &Identity, arguments: &DiscardArguments) -> Result<ExitCode, sqlx::Error> {
    let owner = control::read(pool).await?.identity;
    if owner.belonging(settings) != Belonging::Foreign {
        eprintln!("The outbox is that of {}: what waits in it is ours to send", identity_text(settings));
        return Ok(ExitCode::FAILURE);
    }
    if !arguments.yes {
        let (events, audit) = (events::backlog(pool).await?, audit::backlog(pool).await?);
        println!(
            "The outbox of {} holds {} events and {} audit messages; --yes deletes them",
            identity_text(&owner),
            events.unsent + events.set_aside,
            audit.unsent + audit.set_aside
        );
        return Ok(ExitCode::FAILURE);
    }
    let discarded = control::discard(pool, settings, &arguments.by.by).await?;
    println!(
        "{} events and {} audit messages of {} deleted; the outbox is now that of {}",
        discarded.events,
        discarded.audit,
        identity_text(&owner),
        identity_text(settings)
    );
    Ok(ExitCode::SUCCESS)
}
