//! The caller of a request, as its token describes it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::{Map, Value};

use crate::api::error::ApiError;
use crate::api::permission::Permission;

/// The acting user of a token without `user_name` (07 section 1.4).
pub const SYSTEM_USERNAME: &str = "LOCATIONS_INSIDE_PRISON_API";

/// What a good token says about its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Claim `client_id`.
    pub client_id: String,
    /// Claim `user_name`.
    pub user_name: Option<String>,
    /// Claim `authorities`, as it is, and `SCOPE_x` for each scope `x`.
    pub authorities: Vec<String>,
}

impl Identity {
    /// The identity in the claims of a token (07 section 1.3); none without a `client_id`.
    pub fn of_claims(claims: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let scopes = claims.get("scope").or_else(|| claims.get("scp"));
        let mut authorities: Vec<String> = scopes.map(words).unwrap_or_default();
        for scope in &mut authorities {
            scope.insert_str(0, "SCOPE_");
        }
        if let Some(Value::Array(given)) = claims.get("authorities") {
            authorities.extend(given.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        Some(Self { client_id: text("client_id")?, user_name: text("user_name"), authorities })
    }
}

/// A blank-separated text, or a list of texts.
fn words(claim: &Value) -> Vec<String> {
    match claim {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Who calls. Handlers take it as an argument, and begin with [`Caller::require`].
#[derive(Clone, Debug)]
pub struct Caller(Arc<Identity>);

impl Caller {
    /// A caller with this identity.
    pub fn new(identity: Arc<Identity>) -> Self {
        Self(identity)
    }

    /// The acting user: written into rows, history and audit (07 section 1.4).
    pub fn username(&self) -> &str {
        self.0.user_name.as_deref().unwrap_or(SYSTEM_USERNAME)
    }

    /// The client that the token was given to. Never recorded in rows.
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// Says no to a caller who lacks the role or the scope (07 section 1.3). The caseload is never looked at.
    ///
    /// # Errors
    /// 403.
    pub fn require(&self, permission: &Permission) -> Result<(), ApiError> {
        let has_role = self.0.authorities.iter().any(|a| a.strip_prefix("ROLE_") == Some(permission.role.as_ref()));
        let may_write = !permission.write || self.0.authorities.iter().any(|a| a == "SCOPE_write");
        if has_role && may_write { Ok(()) } else { Err(ApiError::forbidden()) }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            // Only a handler behind an open path gets here without a caller, and such a handler must not ask for one.
            tracing::error!(path = parts.uri.path(), "a handler of an open path asks who calls");
            ApiError::internal()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::permission::{LOCATION_CERTIFICATION, MAINTAIN_LOCATIONS_WRITE, VIEW_LOCATIONS};

    fn caller(claims: Value) -> Caller {
        Caller::new(Arc::new(Identity::of_claims(claims.as_object().unwrap()).unwrap()))
    }

    #[test]
    fn a_role_counts_with_its_prefix_only() {
        let with = |authority: &str| caller(serde_json::json!({"client_id": "c", "authorities": [authority]}));
        assert!(with("ROLE_VIEW_LOCATIONS").require(&VIEW_LOCATIONS).is_ok());
        assert!(with("VIEW_LOCATIONS").require(&VIEW_LOCATIONS).is_err());
        assert!(with("ROLE_ROLE_VIEW_LOCATIONS").require(&VIEW_LOCATIONS).is_err());
        assert!(with("ROLE_MAINTAIN_LOCATIONS").require(&VIEW_LOCATIONS).is_err());
    }

    #[test]
    fn write_comes_as_scope_or_as_authority() {
        for claims in [
            serde_json::json!({"scope": ["read", "write"], "authorities": ["ROLE_MAINTAIN_LOCATIONS"]}),
            serde_json::json!({"scope": "read write", "authorities": ["ROLE_MAINTAIN_LOCATIONS"]}),
            serde_json::json!({"scp": "write", "authorities": ["ROLE_MAINTAIN_LOCATIONS"]}),
            serde_json::json!({"authorities": ["ROLE_MAINTAIN_LOCATIONS", "SCOPE_write"]}),
        ] {
            let mut claims = claims;
            claims["client_id"] = "c".into();
            assert!(caller(claims.clone()).require(&MAINTAIN_LOCATIONS_WRITE).is_ok(), "{claims}");
        }
        for claims in [
            serde_json::json!({"client_id": "c", "scope": "read", "authorities": ["ROLE_MAINTAIN_LOCATIONS"]}),
            serde_json::json!({"client_id": "c", "scope": "read", "scp": "write", "authorities": ["ROLE_MAINTAIN_LOCATIONS"]}),
            serde_json::json!({"client_id": "c", "scope": "write"}),
            serde_json::json!({"client_id": "c", "scope": "write", "authorities": "ROLE_MAINTAIN_LOCATIONS"}),
        ] {
            let refused = caller(claims.clone()).require(&MAINTAIN_LOCATIONS_WRITE).unwrap_err();
            assert_eq!(refused.status(), 403, "{claims}");
        }
    }

    #[test]
    fn certification_asks_for_no_scope() {
        let caller = caller(serde_json::json!({"client_id": "c", "authorities": ["ROLE_LOCATION_CERTIFICATION"]}));
        assert!(caller.require(&LOCATION_CERTIFICATION).is_ok());
    }

    #[test]
    fn the_acting_user_is_the_user_name_or_the_system() {
        assert_eq!(caller(serde_json::json!({"client_id": "c", "user_name": "ABC1D", "sub": "s"})).username(), "ABC1D");
        assert_eq!(caller(serde_json::json!({"client_id": "c", "sub": "s"})).username(), SYSTEM_USERNAME);
        assert_eq!(Identity::of_claims(serde_json::json!({"sub": "s"}).as_object().unwrap()), None);
    }
}
