//! The HTTP client that all calls to other services share.

use std::time::Duration;

use reqwest::Client;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Makes TLS of the whole process use one cryptography provider. Repeating it does no harm.
pub fn install_tls_provider() {
    // An error only says that there is a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client whose answers must be complete within `timeout`. Proxy settings of the environment are honoured
/// (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`). Connections are kept and shared by its clones.
///
/// # Errors
/// When the trusted certificates of the system can't be read.
pub fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    install_tls_provider();
    Client::builder()
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .pool_idle_timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
        .build()
}
