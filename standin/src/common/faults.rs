//! Faults on purpose (08 section 15.6). A rule says where, when, what, how often, for which id; calls and servers ask at their points.
//!
//! Points: `<role>.<service called>.<operation>` of each call; `<queue>.deliver` of each message received; `nomis.publish` of each NOMIS
//! event; and, beyond the chapter, `<role>.http` of each request that a role answers (fields `method` and `path`).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;

use super::telemetry::{Fields, Telemetry, fields};

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumString)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Phase {
    /// Nothing is done yet.
    Before,
    /// It is done and committed; the reply is not yet seen.
    After,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// An answer with this status.
    Status(u16),
    /// Milliseconds of waiting; then it goes on.
    Delay(u64),
    /// Nothing more comes: the caller's time-out ends it.
    Hang,
    /// The connection breaks.
    Reset,
    /// The process exits at once.
    Crash,
    /// Only of a publication or delivery: it does not happen.
    Drop,
    /// Only of a publication or delivery: it happens twice.
    Duplicate,
    /// Only of a publication or delivery: it happens after this many others.
    Hold(u32),
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Times {
    /// Each time.
    Always,
    /// By chance, in so many of 100 cases.
    Percent(f64),
    /// This often.
    #[serde(untagged)]
    Number(i32),
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its number, given when it is kept.
    #[serde(default)]
    pub id: i64,
    /// The point.
    pub at: String,
    /// When.
    pub phase: Phase,
    /// What.
    pub action: Action,
    /// How often still.
    #[serde(default = "once")]
    pub times: Times,
    /// What the fields of the point must say, where it matters.
    #[serde(default, rename = "match")]
    pub matching: Fields,
}

fn once() -> Times {
    Times::Number(1)
}

/// What the asker has to do; delays and crashes are done already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Injected {
    /// As if this status had been answered.
    Status(u16),
    /// As if nothing came.
    Hang,
    /// As if the connection broke.
    Reset,
    /// Do not do it.
    Drop,
    /// Do it twice.
    Duplicate,
    /// Do it after this many others.
    Hold(u32),
}

/// The rules of one role. Copies share them.
#[derive(Clone)]
pub struct Faults {
    role: &'static str,
    pool: PgPool,
    telemetry: Telemetry,
    state: Arc<Mutex<State>>,
}

struct State {
    rules: Vec<Rule>,
    dice: StdRng,
}

impl Faults {
    /// The rules that this role has kept.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn load(role: &'static str, pool: PgPool, telemetry: Telemetry, seed: u64) -> Result<Self, sqlx::Error> {
        let state = State { rules: kept(role, &pool).await?, dice: StdRng::seed_from_u64(seed) };
        Ok(Self { role, pool, telemetry, state: Arc::new(Mutex::new(state)) })
    }

    /// Strikes if a rule says so. Waits where it says `delay`; a `crash` never comes back.
    pub async fn at(&self, point: &str, phase: Phase, about: &Fields) -> Option<Injected> {
        let rule = self.take(point, phase, about)?;
        if matches!(rule.times, Times::Number(_))
            && let Err(error) = self.count_down(&rule).await
        {
            tracing::warn!(%error, "a fault could not be counted");
        }
        let mut told = about.clone();
        told.extend(fields([("at", &point), ("phase", &phase), ("action", &format!("{:?}", rule.action))]));
        self.telemetry.event("standin-fault", &told);
        match rule.action {
            Action::Delay(milliseconds) => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                None
            }
            Action::Crash => {
                tracing::error!(point, "a fault ends this process");
                std::process::exit(70)
            }
            Action::Status(code) => Some(Injected::Status(code)),
            Action::Hang => Some(Injected::Hang),
            Action::Reset => Some(Injected::Reset),
            Action::Drop => Some(Injected::Drop),
            Action::Duplicate => Some(Injected::Duplicate),
            Action::Hold(others) => Some(Injected::Hold(others)),
        }
    }

    /// The first rule that strikes here, counted down.
    fn take(&self, point: &str, phase: Phase, about: &Fields) -> Option<Rule> {
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, rule) in state.rules.iter_mut().enumerate() {
            let meant = rule.at == point
                && rule.phase == phase
                && rule.matching.iter().all(|(name, value)| about.get(name) == Some(value));
            if !meant {
                continue;
            }
            match rule.times {
                Times::Always => return Some(rule.clone()),
                Times::Percent(percent) => {
                    if state.dice.random_bool((percent / 100.0).clamp(0.0, 1.0)) {
                        return Some(rule.clone());
                    }
                }
                Times::Number(left) if left > 1 => {
                    rule.times = Times::Number(left - 1);
                    return Some(rule.clone());
                }
                Times::Number(_) => return Some(state.rules.remove(index)),
            }
        }
        None
    }

    /// In the table too, before it strikes: a process that crashes must not crash again and again.
    async fn count_down(&self, rule: &Rule) -> Result<(), sqlx::Error> {
        sqlx::query("update standin.fault_rule set times_left = times_left - 1 where id = $1")
            .bind(rule.id)
            .execute(&self.pool)
            .await?;
        sqlx::query("delete from standin.fault_rule where id = $1 and times_left <= 0")
            .bind(rule.id)
            .execute(&self.pool)
            .await
            .map(drop)
    }

    /// The rules that may still strike.
    pub fn rules(&self) -> Vec<Rule> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).rules.clone()
    }

    /// Adds a rule; answers it with its number.
    ///
    /// # Errors
    /// When it can't be kept.
    pub async fn add(&self, mut rule: Rule) -> Result<Rule, sqlx::Error> {
        let (times_left, percent) = match rule.times {
            Times::Number(times) => (Some(times), None),
            Times::Percent(percent) => (None, Some(percent)),
            Times::Always => (None, None),
        };
        rule.id = sqlx::query_scalar(
            "insert into standin.fault_rule (role, at, phase, action, match, times_left, percent)
             values ($1, $2, $3, $4, $5, $6, $7) returning id",
        )
        .bind(self.role)
        .bind(&rule.at)
        .bind(rule.phase.to_string())
        .bind(Json(&rule.action))
        .bind(Json(&rule.matching))
        .bind(times_left)
        .bind(percent)
        .fetch_one(&self.pool)
        .await?;
        self.state.lock().unwrap_or_else(PoisonError::into_inner).rules.push(rule.clone());
        Ok(rule)
    }

    /// Takes all rules of this role away.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn clear(&self) -> Result<(), sqlx::Error> {
        sqlx::query("delete from standin.fault_rule where role = $1").bind(self.role).execute(&self.pool).await?;
        self.state.lock().unwrap_or_else(PoisonError::into_inner).rules.clear();
        Ok(())
    }
}

type Row = (i64, String, String, Json<Action>, Json<Fields>, Option<i32>, Option<f64>);

async fn kept(role: &str, pool: &PgPool) -> Result<Vec<Rule>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, at, phase, action, match, times_left, percent from standin.fault_rule where role = $1 order by id",
    )
    .bind(role)
    .fetch_all(pool)
    .await?;
    let rule = |(id, at, phase, action, matching, times_left, percent): Row| Rule {
        id,
        at,
        phase: phase.parse().unwrap_or(Phase::Before),
        action: action.0,
        times: match (times_left, percent) {
            (Some(times), _) => Times::Number(times),
            (None, Some(percent)) => Times::Percent(percent),
            (None, None) => Times::Always,
        },
        matching: matching.0,
    };
    Ok(rows.into_iter().map(rule).collect())
}
