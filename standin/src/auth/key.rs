//! The key that tokens are signed with.

use std::path::Path;

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use rsa::rand_core::OsRng;
use serde::Serialize;

const BITS: usize = 2048;

/// An RSA key, and its public part for the key set.
pub(super) struct SigningKey {
    key: EncodingKey,
    public: Jwk,
    id: String,
}

impl SigningKey {
    /// The key of this file, or a new one.
    pub fn of(file: Option<&Path>) -> Result<Self, String> {
        match file {
            Some(file) => {
                let pem = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
                Self::from_pem(&pem).map_err(|e| format!("{}: {e}", file.display()))
            }
            None => {
                let key = RsaPrivateKey::new(&mut OsRng, BITS).map_err(|e| e.to_string())?;
                let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|e| e.to_string())?;
                Self::from_pem(pem.as_bytes())
            }
        }
    }

    fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let key = EncodingKey::from_rsa_pem(pem).map_err(|e| e.to_string())?;
        let mut public = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(|e| e.to_string())?;
        let id = public.thumbprint(ThumbprintHash::SHA256).map_err(|e| e.to_string())?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { key, public, id })
    }

    /// The public part.
    pub fn key_set(&self) -> JwkSet {
        JwkSet { keys: vec![self.public.clone()] }
    }

    /// A signed token with these claims.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, String> {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, &self.key).map_err(|e| e.to_string())
    }
}
