//! Writes what a job changed: the difference between a tree as it was loaded and as it is, set-based.
//!
//! Rows travel as JSON record sets: one parameter a table, whatever the number of rows, and the columns are named where they
//! are written.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::rows::UsageRow;
use crate::domain::location::Location;
use crate::domain::tree::Tree;

/// The columns of `location`, as they are written.
#[derive(Serialize)]
struct LocationRecord<'a> {
    id: Uuid,
    prison_id: &'a str,
    path_hierarchy: &'a str,
    code: &'a str,
    location_type: &'static str,
    parent_id: Option<Uuid>,
    local_name: Option<&'a str>,
    comments: Option<&'a str>,
    order_within_parent_location: Option<i32>,
    residential_housing_type: Option<&'static str>,
    capacity_id: Option<i64>,
    deactivated_date: Option<chrono::NaiveDateTime>,
    deactivated_reason: Option<&'static str>,
    proposed_reactivation_date: Option<chrono::NaiveDate>,
    when_created: chrono::NaiveDateTime,
    when_updated: chrono::NaiveDateTime,
    updated_by: &'a str,
    accommodation_type: Option<&'static str>,
    planet_fm_reference: Option<&'a str>,
    converted_cell_type: Option<&'static str>,
    other_converted_cell_type: Option<&'a str>,
    archived_reason: Option<&'a str>,
    deactivated_by: Option<&'a str>,
    deactivation_reason_description: Option<&'a str>,
    location_type_discriminator: &'static str,
    status: &'static str,
    in_cell_sanitation: Option<bool>,
    cell_mark: Option<&'a str>,
    residential_structure: Option<&'a str>,
    internal_movement_allowed: Option<bool>,
    certified_cell: Option<bool>,
    temporarily_off_cell_cert: Option<bool>,
    hidden_from_list: bool,
}

impl<'a> LocationRecord<'a> {
    fn of(l: &'a Location, capacity_id: Option<i64>) -> Self {
        Self {
            id: l.id,
            prison_id: &l.prison_id,
            path_hierarchy: &l.path,
            code: &l.code,
            location_type: l.location_type.into(),
            parent_id: l.parent_id,
            local_name: l.local_name.as_deref(),
            comments: l.comments.as_deref(),
            order_within_parent_location: l.order_within_parent,
            residential_housing_type: l.housing_type.map(Into::into),
            capacity_id,
            deactivated_date: l.deactivated_date,
            deactivated_reason: l.deactivated_reason.map(Into::into),
            proposed_reactivation_date: l.proposed_reactivation_date,
            when_created: l.when_created,
            when_updated: l.when_updated,
            updated_by: &l.updated_by,
            accommodation_type: l.accommodation_type.map(Into::into),
            planet_fm_reference: l.planet_fm_reference.as_deref(),
            converted_cell_type: l.converted_cell_type.map(Into::into),
            other_converted_cell_type: l.other_converted_cell_type.as_deref(),
            archived_reason: l.archived_reason.as_deref(),
            deactivated_by: l.deactivated_by.as_deref(),
            deactivation_reason_description: l.deactivation_reason_description.as_deref(),
            location_type_discriminator: l.kind.as_str(),
            status: l.status.into(),
            in_cell_sanitation: l.in_cell_sanitation,
            cell_mark: l.cell_mark.as_deref(),
            residential_structure: l.residential_structure.as_deref(),
            internal_movement_allowed: l.internal_movement_allowed,
            certified_cell: l.certified_cell,
            temporarily_off_cell_cert: l.temporarily_off_cell_cert,
            hidden_from_list: l.hidden_from_list,
        }
    }
}

/// Writes all that was added, changed and removed in a tree.
///
/// # Errors
/// Whatever the database says; `uk_location_prison_code_id` is violated when a path is taken.
pub async fn save(conn: &mut PgConnection, tree: &Tree) -> Result<(), sqlx::Error> {
    let changed = tree.changed();
    let added: Vec<&Location> = tree.added().collect();
    let removed: Vec<Uuid> = tree.removed().map(|l| l.id).collect();
    let new_ids = insert_capacities(conn, &changed, &added).await?;
    let id_of = |l: &Location| match l.capacity {
        Some(_) => new_ids.get(&l.id).copied().or(l.capacity_id),
        None => None,
    };
    update_capacities(conn, &changed).await?;
    // First, so that what comes may take the path of what goes.
    delete_locations(conn, &removed).await?;
    let records: Vec<_> = changed.iter().map(|(_, after)| LocationRecord::of(after, id_of(after))).collect();
    update_locations(conn, &records).await?;
    let records: Vec<_> = added.iter().map(|l| LocationRecord::of(l, id_of(l))).collect();
    insert_locations(conn, &records).await?;
    let orphans: Vec<i64> = changed
        .iter()
        .filter(|(_, after)| after.capacity.is_none())
        .filter_map(|(before, _)| before.capacity_id)
        .chain(tree.removed_capacities())
        .collect();
    delete_capacities(conn, &orphans).await?;
    save_child_rows(conn, &changed, &added).await
}

/// New capacity rows for locations that have a capacity and no row yet: the id for each location.
async fn insert_capacities(
    conn: &mut PgConnection,
    changed: &[(&Location, &Location)],
    added: &[&Location],
) -> Result<HashMap<Uuid, i64>, sqlx::Error> {
    let without_row = changed
        .iter()
        .filter(|(before, _)| before.capacity_id.is_none() || before.capacity.is_none())
        .map(|(_, after)| *after)
        .chain(added.iter().copied());
    let new: Vec<_> = without_row.filter_map(|l| l.capacity.map(|c| (l.id, c))).collect();
    if new.is_empty() {
        return Ok(HashMap::new());
    }
    let locations: Vec<Uuid> = new.iter().map(|(id, _)| *id).collect();
    let max: Vec<i32> = new.iter().map(|(_, c)| c.max).collect();
    let working: Vec<i32> = new.iter().map(|(_, c)| c.working).collect();
    let cna: Vec<i32> = new.iter().map(|(_, c)| c.certified_normal_accommodation).collect();
    let rows = sqlx::query!(
        r#"
        WITH wanted AS MATERIALIZED (
            SELECT nextval('capacity_id_seq')::integer AS id, w.location_id, w.max, w.working, w.cna
            FROM UNNEST($1::uuid[], $2::integer[], $3::integer[], $4::integer[]) AS w (location_id, max, working, cna)
        ), stored AS (
            INSERT INTO capacity (id, max_capacity, working_capacity, certified_normal_accommodation)
            SELECT id, max, working, cna FROM wanted
        )
        SELECT location_id AS "location_id!", id AS "id!" FROM wanted
        "#,
        &locations,
        &max,
        &working,
        &cna
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.location_id, i64::from(r.id))).collect())
}

async fn update_capacities(conn: &mut PgConnection, changed: &[(&Location, &Location)]) -> Result<(), sqlx::Error> {
    let updates: Vec<_> = changed
        .iter()
        .filter(|(before, after)| before.capacity.is_some() && before.capacity != after.capacity)
        .filter_map(|(before, after)| Some((before.capacity_id?, after.capacity?)))
        .collect();
    if updates.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = updates.iter().map(|(id, _)| *id).collect();
    let max: Vec<i32> = updates.iter().map(|(_, c)| c.max).collect();
    let working: Vec<i32> = updates.iter().map(|(_, c)| c.working).collect();
    let cna: Vec<i32> = updates.iter().map(|(_, c)| c.certified_normal_accommodation).collect();
    sqlx::query!(
        r#"
        UPDATE capacity c
        SET max_capacity = n.max, working_capacity = n.working, certified_normal_accommodation = n.cna
        FROM UNNEST($1::bigint[], $2::integer[], $3::integer[], $4::integer[]) AS n (id, max, working, cna)
        WHERE c.id = n.id
        "#,
        &ids,
        &max,
        &working,
        &cna
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn update_locations(conn: &mut PgConnection, records: &[LocationRecord<'_>]) -> Result<(), sqlx::Error> {
    if records.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        UPDATE location l
        SET prison_id = n.prison_id, path_hierarchy = n.path_hierarchy, code = n.code, location_type = n.location_type,
            parent_id = n.parent_id, local_name = n.local_name, comments = n.comments,
            order_within_parent_location = n.order_within_parent_location,
            residential_housing_type = n.residential_housing_type, capacity_id = n.capacity_id,
            deactivated_date = n.deactivated_date, deactivated_reason = n.deactivated_reason,
            proposed_reactivation_date = n.proposed_reactivation_date, when_updated = n.when_updated,
            updated_by = n.updated_by, accommodation_type = n.accommodation_type,
            planet_fm_reference = n.planet_fm_reference, converted_cell_type = n.converted_cell_type,
            other_converted_cell_type = n.other_converted_cell_type, archived_reason = n.archived_reason,
            deactivated_by = n.deactivated_by, deactivation_reason_description = n.deactivation_reason_description,
            location_type_discriminator = n.location_type_discriminator, status = n.status,
            in_cell_sanitation = n.in_cell_sanitation, cell_mark = n.cell_mark,
            residential_structure = n.residential_structure,
            internal_movement_allowed = n.internal_movement_allowed, certified_cell = n.certified_cell,
            temporarily_off_cell_cert = n.temporarily_off_cell_cert, hidden_from_list = n.hidden_from_list
        FROM jsonb_to_recordset($1) AS n (id uuid, prison_id text, path_hierarchy text, code text, location_type text,
            parent_id uuid, local_name text, comments text, order_within_parent_location integer,
            residential_housing_type text, capacity_id bigint, deactivated_date timestamp, deactivated_reason text,
            proposed_reactivation_date date, when_updated timestamp, updated_by text, accommodation_type text,
            planet_fm_reference text, converted_cell_type text, other_converted_cell_type text, archived_reason text,
            deactivated_by text, deactivation_reason_description text, location_type_discriminator text, status text,
            in_cell_sanitation boolean, cell_mark text, residential_structure text,
            internal_movement_allowed boolean, certified_cell boolean, temporarily_off_cell_cert boolean,
            hidden_from_list boolean)
        WHERE l.id = n.id
        "#,
        Json(records) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_locations(conn: &mut PgConnection, records: &[LocationRecord<'_>]) -> Result<(), sqlx::Error> {
    if records.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, parent_id, local_name, comments,
            order_within_parent_location, residential_housing_type, capacity_id, deactivated_date, deactivated_reason,
            proposed_reactivation_date, when_created, when_updated, updated_by, accommodation_type,
            planet_fm_reference, converted_cell_type, other_converted_cell_type, archived_reason, deactivated_by,
            deactivation_reason_description, location_type_discriminator, status, in_cell_sanitation, cell_mark,
            residential_structure, internal_movement_allowed, certified_cell, temporarily_off_cell_cert,
            hidden_from_list)
        SELECT id, prison_id, path_hierarchy, code, location_type, parent_id, local_name, comments,
            order_within_parent_location, residential_housing_type, capacity_id, deactivated_date, deactivated_reason,
            proposed_reactivation_date, when_created, when_updated, updated_by, accommodation_type,
            planet_fm_reference, converted_cell_type, other_converted_cell_type, archived_reason, deactivated_by,
            deactivation_reason_description, location_type_discriminator, status, in_cell_sanitation, cell_mark,
            residential_structure, internal_movement_allowed, certified_cell, temporarily_off_cell_cert,
            hidden_from_list
        FROM jsonb_to_recordset($1) AS n (id uuid, prison_id text, path_hierarchy text, code text, location_type text,
            parent_id uuid, local_name text, comments text, order_within_parent_location integer,
            residential_housing_type text, capacity_id bigint, deactivated_date timestamp, deactivated_reason text,
            proposed_reactivation_date date, when_created timestamp, when_updated timestamp, updated_by text,
            accommodation_type text, planet_fm_reference text, converted_cell_type text,
            other_converted_cell_type text, archived_reason text, deactivated_by text,
            deactivation_reason_description text, location_type_discriminator text, status text,
            in_cell_sanitation boolean, cell_mark text, residential_structure text,
            internal_movement_allowed boolean, certified_cell boolean, temporarily_off_cell_cert boolean,
            hidden_from_list boolean)
        "#,
        Json(records) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn delete_locations(conn: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!("DELETE FROM location WHERE id = ANY($1)", ids).execute(conn).await?;
    Ok(())
}

/// Capacity rows whose location has let go of them; before that, deleting one would take the location with it
/// (01 section 2.5 rule 3).
async fn delete_capacities(conn: &mut PgConnection, ids: &[i64]) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!("DELETE FROM capacity WHERE id = ANY($1::bigint[])", ids).execute(conn).await?;
    Ok(())
}

/// Values of child rows that were added to or removed from locations.
#[derive(Default)]
struct ValueChanges {
    removed_from: Vec<Uuid>,
    removed: Vec<String>,
    added_to: Vec<Uuid>,
    added: Vec<String>,
}

impl ValueChanges {
    fn collect<T: Ord + Copy + Into<&'static str>>(
        changed: &[(&Location, &Location)],
        added: &[&Location],
        values: fn(&Location) -> &std::collections::BTreeSet<T>,
    ) -> Self {
        let mut changes = Self::default();
        for (before, after) in changed {
            for gone in values(before).difference(values(after)) {
                changes.removed_from.push(before.id);
                changes.removed.push(Into::<&'static str>::into(*gone).to_owned());
            }
            for new in values(after).difference(values(before)) {
                changes.added_to.push(after.id);
                changes.added.push(Into::<&'static str>::into(*new).to_owned());
            }
        }
        for location in added {
            for new in values(location) {
                changes.added_to.push(location.id);
                changes.added.push(Into::<&'static str>::into(*new).to_owned());
            }
        }
        changes
    }
}

/// A row may be there already: one that a location kept while it was of a kind that has no such values is not loaded.
async fn save_child_rows(
    conn: &mut PgConnection,
    changed: &[(&Location, &Location)],
    added: &[&Location],
) -> Result<(), sqlx::Error> {
    let used_for = ValueChanges::collect(changed, added, |l| &l.used_for);
    save_used_for(conn, &used_for).await?;
    let specialist = ValueChanges::collect(changed, added, |l| &l.specialist_cell_types);
    save_specialist_types(conn, &specialist).await?;
    save_attributes(conn, changed, added).await?;
    let services = ValueChanges::collect(changed, added, |l| &l.services);
    save_services(conn, &services).await?;
    save_usages(conn, changed, added).await
}

async fn save_used_for(conn: &mut PgConnection, changes: &ValueChanges) -> Result<(), sqlx::Error> {
    if !changes.removed.is_empty() {
        sqlx::query!(
            "DELETE FROM cell_used_for t USING UNNEST($1::uuid[], $2::text[]) AS n (location_id, value)
             WHERE t.location_id = n.location_id AND t.used_for = n.value",
            &changes.removed_from,
            &changes.removed
        )
        .execute(&mut *conn)
        .await?;
    }
    if !changes.added.is_empty() {
        sqlx::query!(
            "INSERT INTO cell_used_for (location_id, used_for) SELECT * FROM UNNEST($1::uuid[], $2::text[])
             ON CONFLICT DO NOTHING",
            &changes.added_to,
            &changes.added
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

async fn save_specialist_types(conn: &mut PgConnection, changes: &ValueChanges) -> Result<(), sqlx::Error> {
    if !changes.removed.is_empty() {
        sqlx::query!(
            "DELETE FROM specialist_cell t USING UNNEST($1::uuid[], $2::text[]) AS n (location_id, value)
             WHERE t.location_id = n.location_id AND t.specialist_cell_type = n.value",
            &changes.removed_from,
            &changes.removed
        )
        .execute(&mut *conn)
        .await?;
    }
    if !changes.added.is_empty() {
        sqlx::query!(
            "INSERT INTO specialist_cell (location_id, specialist_cell_type)
             SELECT * FROM UNNEST($1::uuid[], $2::text[])
             ON CONFLICT DO NOTHING",
            &changes.added_to,
            &changes.added
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

async fn save_services(conn: &mut PgConnection, changes: &ValueChanges) -> Result<(), sqlx::Error> {
    if !changes.removed.is_empty() {
        sqlx::query!(
            "DELETE FROM service_usage t USING UNNEST($1::uuid[], $2::text[]) AS n (location_id, value)
             WHERE t.location_id = n.location_id AND t.service_type = n.value",
            &changes.removed_from,
            &changes.removed
        )
        .execute(&mut *conn)
        .await?;
    }
    if !changes.added.is_empty() {
        sqlx::query!(
            "INSERT INTO service_usage (location_id, service_type) SELECT * FROM UNNEST($1::uuid[], $2::text[])
             ON CONFLICT DO NOTHING",
            &changes.added_to,
            &changes.added
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

async fn save_attributes(
    conn: &mut PgConnection,
    changed: &[(&Location, &Location)],
    added: &[&Location],
) -> Result<(), sqlx::Error> {
    let changes = ValueChanges::collect(changed, added, |l| &l.attributes);
    if !changes.removed.is_empty() {
        sqlx::query!(
            "DELETE FROM residential_attribute t USING UNNEST($1::uuid[], $2::text[]) AS n (location_id, value)
             WHERE t.location_id = n.location_id AND t.attribute_value = n.value",
            &changes.removed_from,
            &changes.removed
        )
        .execute(&mut *conn)
        .await?;
    }
    if !changes.added.is_empty() {
        let types: Vec<String> = changes
            .added
            .iter()
            .map(|v| {
                let value: crate::domain::reference::ResidentialAttributeValue =
                    super::rows::constant("attribute_value", v)?;
                Ok(value.attribute_type().as_str().to_owned())
            })
            .collect::<Result<_, sqlx::Error>>()?;
        sqlx::query!(
            "INSERT INTO residential_attribute (location_id, attribute_type, attribute_value)
             SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::text[])
             ON CONFLICT DO NOTHING",
            &changes.added_to,
            &types,
            &changes.added
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// A usage row with the location that it belongs to.
#[derive(Serialize)]
struct UsageRecord {
    location_id: Uuid,
    #[serde(flatten)]
    usage: UsageRow,
}

async fn save_usages(
    conn: &mut PgConnection,
    changed: &[(&Location, &Location)],
    added: &[&Location],
) -> Result<(), sqlx::Error> {
    let (mut removed_from, mut removed) = (Vec::new(), Vec::new());
    let mut stored = Vec::new();
    let empty = std::collections::BTreeMap::new();
    let new = added.iter().map(|l| (&empty, *l));
    for (before, after) in changed.iter().map(|(before, after)| (&before.usages, *after)).chain(new) {
        for usage_type in before.keys().filter(|t| !after.usages.contains_key(t)) {
            removed_from.push(after.id);
            removed.push(usage_type.as_str().to_owned());
        }
        for (usage_type, usage) in after.usages.iter().filter(|(t, usage)| before.get(t) != Some(usage)) {
            let usage = UsageRow {
                usage_type: usage_type.as_str().to_owned(),
                capacity: usage.capacity,
                sequence: usage.sequence,
            };
            stored.push(UsageRecord { location_id: after.id, usage });
        }
    }
    if !removed.is_empty() {
        sqlx::query!(
            "DELETE FROM non_residential_usage t USING UNNEST($1::uuid[], $2::text[]) AS n (location_id, value)
             WHERE t.location_id = n.location_id AND t.usage_type = n.value",
            &removed_from,
            &removed
        )
        .execute(&mut *conn)
        .await?;
    }
    if !stored.is_empty() {
        sqlx::query!(
            "INSERT INTO non_residential_usage (location_id, usage_type, capacity, sequence)
             SELECT location_id, usage_type, capacity, sequence
             FROM jsonb_to_recordset($1) AS n (location_id uuid, usage_type text, capacity integer, sequence integer)
             ON CONFLICT (location_id, usage_type)
             DO UPDATE SET capacity = excluded.capacity, sequence = excluded.sequence",
            Json(&stored) as _
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}
