//! History as clients see it (01 section 9.4, 03 section 5; the legacy form 02 section 6).

use chrono::NaiveDateTime;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::history::{History, StoredEntry};
use crate::domain::journal::LinkedTransaction;
use crate::domain::reference::{LocationAttribute, TransactionType};

/// One change of one attribute of a location.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChangeHistory)]
pub struct ChangeView<'a> {
    /// The linked transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<Uuid>,
    /// What the transaction did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_type: Option<TransactionType>,
    /// Label of the attribute.
    pub attribute: &'static str,
    /// Values before; left out when there were none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(nullable)]
    pub old_values: Vec<&'a str>,
    /// Values after; left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(nullable)]
    pub new_values: Vec<&'a str>,
    /// Who changed it.
    pub amended_by: &'a str,
    /// When.
    #[serde(serialize_with = "super::time::serialize")]
    pub amended_date: NaiveDateTime,
}

/// A linked transaction with what it changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransactionHistory)]
pub struct TransactionView<'a> {
    /// Id of the transaction.
    pub transaction_id: Uuid,
    /// What it did.
    pub transaction_type: TransactionType,
    /// The prison.
    pub prison_id: &'a str,
    /// What it did, in words.
    pub transaction_detail: &'a str,
    /// Who did it.
    pub transaction_invoked_by: &'a str,
    /// When it began.
    #[serde(serialize_with = "super::time::serialize")]
    pub tx_start_time: NaiveDateTime,
    /// When it ended, if it did.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::time::option::serialize")]
    pub tx_end_time: Option<NaiveDateTime>,
    /// The changes, by attribute.
    pub transaction_details: Vec<TransactionDetailView<'a>>,
}

/// What a transaction changed of one attribute of one location.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransactionDetail)]
pub struct TransactionDetailView<'a> {
    /// The location.
    pub location_id: Uuid,
    /// Its present key.
    pub location_key: &'a str,
    /// Constant of the attribute.
    pub attribute_code: LocationAttribute,
    /// Label of the attribute.
    pub attribute: &'static str,
    /// Who changed it.
    pub amended_by: &'a str,
    /// When.
    #[serde(serialize_with = "super::time::serialize")]
    pub amended_date: NaiveDateTime,
    /// Values before; left out when there were none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(nullable)]
    pub old_values: Vec<&'a str>,
    /// Values after; left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(nullable)]
    pub new_values: Vec<&'a str>,
}

/// The view of a transaction over these of its rows, given in base order.
pub fn transaction_view<'a>(
    transaction: &'a LinkedTransaction,
    entries: impl Iterator<Item = &'a StoredEntry>,
) -> TransactionView<'a> {
    let mut shown: Vec<&StoredEntry> = entries.filter(|e| e.attribute.shown()).collect();
    shown.sort_by_key(|e| (e.attribute.display_order(), e.amended_date));
    let mut details: Vec<TransactionDetailView<'a>> = Vec::new();
    for entry in shown {
        let group = details
            .iter()
            .position(|d| d.location_id == entry.location_id && d.attribute_code == entry.attribute)
            .unwrap_or_else(|| {
                details.push(TransactionDetailView {
                    location_id: entry.location_id,
                    location_key: &entry.location_key,
                    attribute_code: entry.attribute,
                    attribute: entry.attribute.label(),
                    amended_by: &entry.amended_by,
                    amended_date: entry.amended_date,
                    old_values: Vec::new(),
                    new_values: Vec::new(),
                });
                details.len() - 1
            });
        details[group].old_values.extend(entry.old.as_deref());
        details[group].new_values.extend(entry.new.as_deref());
    }
    TransactionView {
        transaction_id: transaction.id,
        transaction_type: transaction.transaction_type,
        prison_id: &transaction.prison_id,
        transaction_detail: &transaction.detail,
        transaction_invoked_by: &transaction.invoked_by,
        tx_start_time: transaction.start,
        tx_end_time: transaction.end,
        transaction_details: details,
    }
}

/// `transactionHistory` of a location: every transaction that has a row for it, shown or not, latest start first.
pub fn transaction_history(history: &History, location_id: Uuid) -> Vec<TransactionView<'_>> {
    let touched = |t: &&LinkedTransaction| history.of_location(location_id).any(|e| e.transaction_id == Some(t.id));
    history
        .transactions()
        .iter()
        .filter(touched)
        .map(|t| transaction_view(t, history.of_location(location_id).filter(|e| e.transaction_id == Some(t.id))))
        .collect()
}

/// `changeHistory` of a location: its transactions' details as changes, then the rows without a transaction.
pub fn change_history<'a>(
    history: &'a History,
    transactions: &[TransactionView<'a>],
    location_id: Uuid,
) -> Vec<ChangeView<'a>> {
    let mut changes: Vec<ChangeView<'a>> = Vec::new();
    for transaction in transactions {
        for detail in &transaction.transaction_details {
            let (old_values, new_values) = (distinct(&detail.old_values), distinct(&detail.new_values));
            if old_values != new_values {
                changes.push(ChangeView {
                    transaction_id: Some(transaction.transaction_id),
                    transaction_type: Some(transaction.transaction_type),
                    attribute: detail.attribute,
                    old_values,
                    new_values,
                    amended_by: detail.amended_by,
                    amended_date: detail.amended_date,
                });
            }
        }
    }
    let mut loose: Vec<&StoredEntry> =
        history.of_location(location_id).filter(|e| e.transaction_id.is_none() && e.attribute.shown()).collect();
    loose.sort_by_key(|e| std::cmp::Reverse(e.amended_date));
    changes.extend(loose.into_iter().map(|e| single_change(e, None)));
    changes
}

/// `changeHistory` of the legacy view: every row, hidden ones too, in base order (02 section 6).
pub fn legacy_change_history(history: &History, location_id: Uuid) -> Vec<ChangeView<'_>> {
    history
        .of_location(location_id)
        .map(|e| single_change(e, e.transaction_id.and_then(|id| history.transaction(id))))
        .collect()
}

fn single_change<'a>(entry: &'a StoredEntry, transaction: Option<&'a LinkedTransaction>) -> ChangeView<'a> {
    ChangeView {
        transaction_id: transaction.map(|t| t.id),
        transaction_type: transaction.map(|t| t.transaction_type),
        attribute: entry.attribute.label(),
        old_values: entry.old.as_deref().into_iter().collect(),
        new_values: entry.new.as_deref().into_iter().collect(),
        amended_by: &entry.amended_by,
        amended_date: entry.amended_date,
    }
}

fn distinct<'a>(values: &[&'a str]) -> Vec<&'a str> {
    let mut out: Vec<&str> = Vec::new();
    for value in values {
        if !out.contains(value) {
            out.push(value);
        }
    }
    out
}

/// A migrated history row as a change without a transaction (02 section 12.3).
pub fn migrated_change(history: &crate::domain::migration::MigratedHistory) -> ChangeView<'_> {
    ChangeView {
        transaction_id: None,
        transaction_type: None,
        attribute: history.attribute.label(),
        old_values: history.old.as_deref().into_iter().collect(),
        new_values: history.new.as_deref().into_iter().collect(),
        amended_by: &history.amended_by,
        amended_date: history.amended_date,
    }
}
