//! The rows of one batch, and how they get into the tables: a statement for each table.

use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::prisons::Prison;

/// The ids that come next. Each kind begins elsewhere, so that ids never agree by chance.
pub(super) struct Ids {
    pub location: i64,
    pub usage: i64,
    pub amendment: i64,
}

impl Ids {
    pub fn first() -> Self {
        Self { location: 26_001, usage: 913_001, amendment: 4_700_001 }
    }

    fn take(next: &mut i64) -> i64 {
        let id = *next;
        *next += 1;
        id
    }
}

/// A location that is planned, with what hangs on it. Its parent is another of the same plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Planned {
    pub row: Location,
    /// Index in the plan.
    pub parent: Option<usize>,
    pub profiles: Vec<(&'static str, &'static str)>,
    pub usages: Vec<(&'static str, Option<i32>, Option<i32>)>,
    /// Label, old value, new value.
    pub amendments: Vec<(&'static str, String, String)>,
}

/// A row of `agency_internal_locations`, by the names of its columns.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Location {
    pub internal_location_id: i64,
    pub internal_location_code: String,
    pub agy_loc_id: String,
    pub internal_location_type: String,
    pub description: String,
    pub parent_internal_location_id: Option<i64>,
    pub user_desc: Option<String>,
    pub comment_text: Option<String>,
    pub list_seq: Option<i32>,
    pub unit_type: Option<String>,
    pub capacity: Option<i32>,
    pub operation_capacity: Option<i32>,
    pub cna_no: Option<i32>,
    pub certified_flag: Flag,
    pub active_flag: Flag,
    pub deactivate_date: Option<String>,
    pub deactivate_reason_code: Option<String>,
    pub reactivate_date: Option<String>,
    pub tracking_flag: Flag,
    /// When, as text.
    pub create_datetime: String,
}

/// `Y` or `N`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) enum Flag {
    Y,
    #[default]
    N,
}

/// A row of `agy_int_loc_profiles`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ProfileRow {
    pub internal_location_id: i64,
    pub int_loc_profile_type: String,
    pub int_loc_profile_code: String,
}

/// A row of `int_loc_usage_locations`; the usage is named by prison and code.
#[derive(Clone, Debug, Serialize)]
pub(super) struct UsageRow {
    pub usage_location_id: i64,
    pub agy_loc_id: String,
    pub internal_location_usage: String,
    pub internal_location_id: i64,
    pub capacity: Option<i32>,
    pub list_seq: Option<i32>,
}

/// A row of `agy_int_loc_amendments`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AmendmentRow {
    pub agy_int_loc_amendment_id: i64,
    pub internal_location_id: i64,
    pub amend_date: String,
    pub column_name: String,
    pub old_value: String,
    pub new_value: String,
}

/// What is written at once.
pub(super) struct Batch {
    pub locations: Vec<Location>,
    pub profiles: Vec<ProfileRow>,
    pub usages: Vec<UsageRow>,
    pub amendments: Vec<AmendmentRow>,
}

impl Batch {
    /// Gives ids and descriptions to what is planned; parents come before their children.
    pub fn of(plan: Vec<Planned>, ids: &mut Ids) -> Self {
        let mut batch =
            Self { locations: Vec::new(), profiles: Vec::new(), usages: Vec::new(), amendments: Vec::new() };
        for planned in plan {
            let id = Ids::take(&mut ids.location);
            let mut row = planned.row;
            row.internal_location_id = id;
            let parent = planned.parent.and_then(|index| batch.locations.get(index));
            let above = parent.map_or(&row.agy_loc_id, |parent: &Location| &parent.description);
            row.description = format!("{above}-{}", row.internal_location_code);
            row.parent_internal_location_id = parent.map(|parent| parent.internal_location_id);
            for (list, code) in planned.profiles {
                batch.profiles.push(ProfileRow {
                    internal_location_id: id,
                    int_loc_profile_type: list.to_owned(),
                    int_loc_profile_code: code.to_owned(),
                });
            }
            for (usage, capacity, list_seq) in planned.usages {
                batch.usages.push(UsageRow {
                    usage_location_id: Ids::take(&mut ids.usage),
                    agy_loc_id: row.agy_loc_id.clone(),
                    internal_location_usage: usage.to_owned(),
                    internal_location_id: id,
                    capacity,
                    list_seq,
                });
            }
            for (label, old_value, new_value) in planned.amendments {
                batch.amendments.push(AmendmentRow {
                    agy_int_loc_amendment_id: Ids::take(&mut ids.amendment),
                    internal_location_id: id,
                    amend_date: row.create_datetime.clone(),
                    column_name: label.to_owned(),
                    old_value,
                    new_value,
                });
            }
            batch.locations.push(row);
        }
        batch
    }

    /// Writes all of it.
    pub async fn insert(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into agency_internal_locations
                 (internal_location_id, internal_location_code, agy_loc_id, internal_location_type, description,
                  parent_internal_location_id, user_desc, comment_text, list_seq, unit_type, capacity, operation_capacity, cna_no,
                  certified_flag, active_flag, deactivate_date, deactivate_reason_code, reactivate_date, tracking_flag,
                  create_datetime, no_of_occupant)
             select internal_location_id, internal_location_code, agy_loc_id, internal_location_type, description,
                    parent_internal_location_id, user_desc, comment_text, list_seq, unit_type, capacity, operation_capacity, cna_no,
                    certified_flag, active_flag, deactivate_date, deactivate_reason_code, reactivate_date, tracking_flag,
                    create_datetime, 0
               from jsonb_populate_recordset(null::agency_internal_locations, $1)",
        )
        .bind(Json(&self.locations))
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "insert into agy_int_loc_profiles (internal_location_id, int_loc_profile_type, int_loc_profile_code)
             select internal_location_id, int_loc_profile_type, int_loc_profile_code
               from jsonb_populate_recordset(null::agy_int_loc_profiles, $1)
                 on conflict do nothing",
        )
        .bind(Json(&self.profiles))
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "insert into int_loc_usage_locations
                 (usage_location_id, internal_location_usage_id, internal_location_id, capacity, list_seq)
             select r.usage_location_id, u.internal_location_usage_id, r.internal_location_id, r.capacity, r.list_seq
               from jsonb_to_recordset($1) as r (usage_location_id bigint, agy_loc_id text, internal_location_usage text,
                                                 internal_location_id bigint, capacity integer, list_seq integer)
               join internal_location_usages u using (agy_loc_id, internal_location_usage)
                 on conflict do nothing",
        )
        .bind(Json(&self.usages))
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "insert into agy_int_loc_amendments
                 (agy_int_loc_amendment_id, internal_location_id, amend_date, column_name, old_value, new_value, amend_user_id)
             select agy_int_loc_amendment_id, internal_location_id, amend_date, column_name, old_value, new_value, 'SEED'
               from jsonb_populate_recordset(null::agy_int_loc_amendments, $1)",
        )
        .bind(Json(&self.amendments))
        .execute(&mut *connection)
        .await?;
        Ok(())
    }
}

/// The prison itself, and the usages that it has at all.
pub(super) async fn insert_prison(
    connection: &mut PgConnection,
    prison: &Prison,
    usages: [&str; 8],
) -> Result<(), sqlx::Error> {
    sqlx::query("insert into agency_locations (agy_loc_id, description) values ($1, $2) on conflict do nothing")
        .bind(&prison.id)
        .bind(&prison.name)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "insert into internal_location_usages (agy_loc_id, internal_location_usage)
         select $1, usage from unnest($2::text[]) as usage on conflict do nothing",
    )
    .bind(&prison.id)
    .bind(&usages[..])
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// The agencies that the sync ignores (08 sections 8.4 and 9.4), with a location each: they have to stay where they are.
pub(super) async fn insert_ignored_agencies(connection: &mut PgConnection, ids: &mut Ids) -> Result<(), sqlx::Error> {
    for (id, name) in [("TRN", "In transfer"), ("UNKNWN", "Unknown"), ("ZZGHI", "Ghost prison")] {
        sqlx::query("insert into agency_locations (agy_loc_id, description) values ($1, $2) on conflict do nothing")
            .bind(id)
            .bind(name)
            .execute(&mut *connection)
            .await?;
        sqlx::query(
            "insert into agency_internal_locations
                 (internal_location_id, internal_location_code, agy_loc_id, internal_location_type, description)
             values ($1, 'AREA', $2, 'AREA', $2 || '-AREA')",
        )
        .bind(Ids::take(&mut ids.location))
        .bind(id)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// What is made later goes on after what was seeded.
pub(super) async fn set_sequences(connection: &mut PgConnection, ids: &Ids) -> Result<(), sqlx::Error> {
    for (sequence, next) in [
        ("internal_location_id", ids.location),
        ("usage_location_id", ids.usage),
        ("agy_int_loc_amendment_id", ids.amendment),
    ] {
        sqlx::query("select setval($1::regclass, $2, false)")
            .bind(sequence)
            .bind(next)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
