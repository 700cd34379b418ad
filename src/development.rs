//! The development key pair: signs tokens for local use, and makes the service accept them. Only where
//! `DEVELOPMENT_MODE` is `true`; `serve` says so loudly.

use std::path::Path;

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use uuid::Uuid;

/// A private key whose tokens count in development.
pub struct DevelopmentKey {
    key: EncodingKey,
    public: Jwk,
    id: String,
}

/// What a development token says.
#[derive(Clone, Debug)]
pub struct DevelopmentClaims {
    /// Roles, with or without `ROLE_`.
    pub roles: Vec<String>,
    /// Scopes, as `read` and `write`.
    pub scopes: Vec<String>,
    /// Acting user.
    pub user: String,
    /// Client that the token is for.
    pub client_id: String,
    /// When it ends: seconds since 1970.
    pub expires: u64,
}

/// Why the key can't be used, in words.
#[derive(Debug, thiserror::Error)]
#[error("DEVELOPMENT_KEY_FILE: {0}")]
pub struct DevelopmentKeyError(String);

impl DevelopmentKey {
    /// Reads an RSA private key in PEM form.
    ///
    /// # Errors
    /// When the file can't be read, or holds no such key.
    pub fn read(file: &Path) -> Result<Self, DevelopmentKeyError> {
        let pem = std::fs::read(file).map_err(|e| DevelopmentKeyError(format!("{}: {e}", file.display())))?;
        Self::from_pem(&pem)
    }

    /// The same for a key at hand.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn from_pem(pem: &[u8]) -> Result<Self, DevelopmentKeyError> {
        let failed = |e: jsonwebtoken::errors::Error| DevelopmentKeyError(e.to_string());
        let key = EncodingKey::from_rsa_pem(pem).map_err(failed)?;
        let mut public = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(failed)?;
        let id = public.thumbprint(ThumbprintHash::SHA256).map_err(failed)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { key, public, id })
    }

    /// The public part, as a key set.
    pub fn key_set(&self) -> JwkSet {
        JwkSet { keys: vec![self.public.clone()] }
    }

    /// A signed token, in the form that the authorisation server gives out.
    ///
    /// # Errors
    /// When it can't be signed.
    pub fn token(&self, claims: &DevelopmentClaims) -> Result<String, DevelopmentKeyError> {
        let role = |role: &String| if role.starts_with("ROLE_") { role.clone() } else { format!("ROLE_{role}") };
        let body = json!({
            "jti": Uuid::new_v4(),
            "sub": claims.user,
            "user_name": claims.user,
            "client_id": claims.client_id,
            "auth_source": "none",
            "grant_type": "client_credentials",
            "scope": claims.scopes,
            "authorities": claims.roles.iter().map(role).collect::<Vec<_>>(),
            "exp": claims.expires
        });
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, &body, &self.key).map_err(|e| DevelopmentKeyError(e.to_string()))
    }
}
