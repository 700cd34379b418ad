//! Who may ask for tokens, and what roles they get.

use serde::Deserialize;

use super::AuthSettings;

/// A client of the sign-on service.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Client {
    pub id: String,
    pub secret: String,
    pub roles: Vec<String>,
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// All clients.
pub(super) struct Clients(Vec<Client>);

/// The clients of the estate with their roles (08 sections 4, 5.2, 12, 13.2). All may read and write.
const BUILT_IN: [(&str, &[&str]); 4] = [
    (
        "locations-inside-prison-api",
        &["ESTABLISHMENT_ROLL", "PRISONER_SEARCH", "PRISON_API__SERVICE_AGENCY_SWITCHES__RO"],
    ),
    (
        "prisoner-to-nomis-update",
        &[
            "NOMIS_PRISONER_API__SYNCHRONISATION__RW",
            "NOMIS_MAPPING_API__SYNCHRONISATION__RW",
            "VIEW_LOCATIONS",
            "MAINTAIN_LOCATIONS",
            "SYNC_LOCATIONS",
            "LOCATION_CONFIG_ADMIN",
            "PRISONER_FROM_NOMIS__UPDATE__RW",
        ],
    ),
    (
        "prisoner-from-nomis-migration",
        &[
            "NOMIS_PRISONER_API__SYNCHRONISATION__RW",
            "NOMIS_MAPPING_API__SYNCHRONISATION__RW",
            "VIEW_LOCATIONS",
            "SYNC_LOCATIONS",
            "MIGRATE_LOCATIONS",
        ],
    ),
    // Whoever tries the estate out: operators, the switch-over command, the demonstration, tests.
    (
        "operator",
        &[
            "ESTABLISHMENT_ROLL",
            "LOCATION_CERTIFICATION",
            "LOCATION_CONFIG_ADMIN",
            "MAINTAIN_LOCATIONS",
            "MANAGE_PROPERTY_LOCATIONS",
            "MIGRATE_LOCATIONS",
            "NOMIS_DPS_MAPPING__LOCATIONS__R",
            "NOMIS_MAPPING_API__SYNCHRONISATION__RW",
            "NOMIS_PRISONER_API__SYNCHRONISATION__RW",
            "PRISONER_FROM_NOMIS__MIGRATION__RW",
            "PRISONER_FROM_NOMIS__UPDATE__RW",
            "PRISONER_TO_NOMIS__UPDATE__RW",
            "PRISON_API__SERVICE_AGENCY_SWITCHES__RO",
            "PRISON_API__SPLASH_SCREEN__RO",
            "PRISON_API__SPLASH_SCREEN__RW",
            "QUEUE_ADMIN",
            "READ_LOCATION_REFERENCE_DATA",
            "SERVICE_AGENCY_SWITCHES",
            "STANDIN",
            "SYNC_LOCATIONS",
            "SYSCON__QUEUE_ADMIN",
            "UNARCHIVE_LOCATIONS",
            "VIEW_LOCATIONS",
            "VIEW_PRISONER_LOCATIONS",
        ],
    ),
];

impl Clients {
    /// The clients of the file, or the built-in ones with the secret of the settings.
    pub fn of(settings: &AuthSettings) -> Result<Self, String> {
        if let Some(file) = &settings.clients_file {
            let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
            return serde_json::from_str(&text).map(Self).map_err(|e| format!("{}: {e}", file.display()));
        }
        let Some(secret) = &settings.client_secret else {
            return Err("the clients need a secret: give STANDIN_CLIENT_SECRET or STANDIN_CLIENTS_FILE".to_owned());
        };
        let client = |(id, roles): (&str, &[&str])| Client {
            id: id.to_owned(),
            secret: secret.clone(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            scopes: vec!["read".to_owned(), "write".to_owned()],
        };
        Ok(Self(BUILT_IN.map(client).to_vec()))
    }

    /// The client with this id and secret.
    pub fn find(&self, id: &str, secret: &str) -> Option<&Client> {
        self.0.iter().find(|client| client.id == id && client.secret == secret)
    }
}
