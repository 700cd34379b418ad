//! Switches of event types while a role runs (08 section 13.2, S8 to S10; X12).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;

use super::settings::Profile;

/// What happens to messages of an event type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// They are worked on.
    #[default]
    On,
    /// Off, as the profile has it: `live` drops, `fixed` pauses.
    Off,
    /// Acknowledged and lost.
    Drop,
    /// They wait on the queue.
    Pause,
}

/// The switches of a role, as they are asked for and shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// All event types of the role (S9, S10). Wins over a type that is on.
    #[serde(default)]
    pub all: Switch,
    /// Single event types (S8).
    #[serde(default)]
    pub events: BTreeMap<String, Switch>,
}

/// The switches of a role. Copies share them.
#[derive(Clone)]
pub struct Switches {
    role: &'static str,
    pool: PgPool,
    profile: Profile,
    setting: Arc<Mutex<Setting>>,
}

const NAME: &str = "switches";

impl Switches {
    /// The switches as they were last set; all on if they never were.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn load(role: &'static str, pool: PgPool, profile: Profile) -> Result<Self, sqlx::Error> {
        let kept: Option<Setting> = role_setting(&pool, role, NAME).await?;
        Ok(Self { role, pool, profile, setting: Arc::new(Mutex::new(kept.unwrap_or_default())) })
    }

    /// What is to happen to messages of this type: never [`Switch::Off`].
    pub fn of(&self, event_type: &str) -> Switch {
        let setting = self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        let own = setting.events.get(event_type).copied().unwrap_or_default();
        self.resolve(if own == Switch::On { setting.all } else { own })
    }

    /// Whether nothing at all is to be taken from the queue.
    pub fn all_paused(&self) -> bool {
        let all = self.setting.lock().unwrap_or_else(PoisonError::into_inner).all;
        self.resolve(all) == Switch::Pause
    }

    fn resolve(&self, switch: Switch) -> Switch {
        match (switch, self.profile) {
            (Switch::Off, Profile::Live) => Switch::Drop,
            (Switch::Off, Profile::Fixed) => Switch::Pause,
            (other, _) => other,
        }
    }

    /// As they are set.
    pub fn setting(&self) -> Setting {
        self.setting.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets them, and keeps them over a restart.
    ///
    /// # Errors
    /// When they can't be kept; then they stay as they were.
    pub async fn set(&self, setting: Setting) -> Result<(), sqlx::Error> {
        keep_role_setting(&self.pool, self.role, NAME, &setting).await?;
        *self.setting.lock().unwrap_or_else(PoisonError::into_inner) = setting;
        Ok(())
    }
}

/// What a role has kept under this name.
///
/// # Errors
/// When the database can't be read.
pub async fn role_setting<T>(pool: &PgPool, role: &str, name: &str) -> Result<Option<T>, sqlx::Error>
where
    T: for<'a> Deserialize<'a> + Send + Unpin + 'static,
{
    let found: Option<Json<T>> =
        sqlx::query_scalar("select value from standin.role_setting where role = $1 and name = $2")
            .bind(role)
            .bind(name)
            .fetch_optional(pool)
            .await?;
    Ok(found.map(|json| json.0))
}

/// Keeps something under this name.
///
/// # Errors
/// When the database refuses.
pub async fn keep_role_setting<T: Serialize + Sync>(
    pool: &PgPool,
    role: &str,
    name: &str,
    value: &T,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into standin.role_setting (role, name, value) values ($1, $2, $3)
         on conflict (role, name) do update set value = excluded.value",
    )
    .bind(role)
    .bind(name)
    .bind(Json(value))
    .execute(pool)
    .await
    .map(drop)
}
