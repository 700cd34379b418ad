//! What is set for a prison as a whole (07 section 5), and what its cells may be used for (03 section 17.11).

use super::certification::certificate;
use super::{ServiceError, Services, journal};
use crate::domain::Refusal;
use crate::domain::prison::Switch;
use crate::domain::reference::PrisonSwitch;
use crate::domain::tree::Tree;
use crate::store::{Changes, UnitOfWork, prison};
use crate::view::constants::{Constant, used_for_types_of_prison};
use crate::view::json::Rendered;
use crate::view::prison_configuration::PrisonConfigurationView;

/// The switches of a prison.
///
/// # Errors
/// 101 when the prison has none.
pub async fn configuration(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let configuration = prison::configuration(&mut conn, prison_id).await?;
    drop(conn);
    let configuration = configuration.ok_or_else(|| Refusal::PrisonNotFound(prison_id.to_owned()))?;
    Ok(Rendered::of(&PrisonConfigurationView::from(&configuration))?)
}

/// Sets one switch of a prison. Approval that is switched on for the first time makes a baseline certificate
/// (07 section 5.2).
///
/// # Errors
/// 101 when the prison has no configuration.
pub async fn set_switch(
    services: &Services,
    user: &str,
    prison_id: &str,
    switch: Switch,
    status: PrisonSwitch,
) -> Result<Rendered, ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    let configuration = prison::configuration(work.connection(), prison_id).await?;
    let mut configuration = configuration.ok_or_else(|| Refusal::PrisonNotFound(prison_id.to_owned()))?;
    let value = switch.value_in(&mut configuration);
    if *value == status.is_active() {
        return Ok(Rendered::of(&PrisonConfigurationView::from(&configuration))?);
    }
    *value = status.is_active();
    let detail = switch.detail(status);
    let mut journals = vec![journal(services, switch.transaction_type(), prison_id, detail, user)];
    prison::set_switches(work.connection(), &configuration).await?;
    let approval_on = switch == Switch::CertificationApproval && status.is_active();
    if approval_on && !certificate::exists(&mut work, prison_id).await? {
        journals.extend(certificate::make_baseline(services, &mut work, prison_id, user).await?.journals);
    }
    let answer = Rendered::of(&PrisonConfigurationView::from(&configuration))?;
    let transaction = journals.first().map(|j| j.transaction.id.to_string()).unwrap_or_default();
    work.commit(&Tree::default(), &Changes { journals, ..Changes::default() }).await?;
    log_switch(prison_id, switch, status, transaction);
    Ok(answer)
}

/// The custom event of 07 section 3.8.
fn log_switch(prison_id: &str, switch: Switch, status: PrisonSwitch, transaction: String) {
    let (name, property) = match switch {
        Switch::ResidentialService => ("Residential service configuration update", "residentialStatus"),
        Switch::NonResidentialService => ("Residential service configuration update", "nonResiStatus"),
        Switch::CertificationApproval => {
            ("Certification approval process configuration update", "certificationApprovalProcess")
        }
        Switch::SegregationInRollCount => ("Include seg in roll count update", "includeSegInRollCount"),
    };
    crate::telemetry::custom_event(
        name,
        &[("prisonId", prison_id.to_owned()), (property, status.as_str().to_owned()), ("tx", transaction)],
    );
}

/// What cells of a prison may be used for, by what kind of prison the register says it is.
///
/// # Errors
/// The prison register, when it gives no usable answer; a prison that it does not know is an ordinary one.
pub async fn used_for_types(services: &Services, prison_id: &str) -> Result<Vec<Constant>, ServiceError> {
    let prison = services.clients.prison_register.prison(prison_id).await?;
    let (female, secure) = prison.map_or((false, false), |p| (p.female, p.lthse));
    Ok(used_for_types_of_prison(female, secure))
}
