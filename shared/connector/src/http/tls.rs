//! One TLS configuration for everything that goes out: vendors' clients, and the AWS SDKs' one.
//!
//! Invariant: the system's certificates are read once a process. Reading them is the costliest part of a function's start.

use std::sync::{Arc, LazyLock};

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};

static CONFIG: LazyLock<ClientConfig> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (_, unreadable) = roots.add_parsable_certificates(found.certs);
    if roots.is_empty() || unreadable > 0 {
        // Every handshake fails with "unknown issuer" then; nothing says why but this line.
        tracing::warn!(trusted = roots.len(), unreadable, errors = ?found.errors, "Certificates of the system are missing.");
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has a cipher suite of each version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
});

/// The configuration, for `reqwest::ClientBuilder::tls_backend_preconfigured`: the system's certificates, HTTP/1.1. Clones share
/// certificates and sessions.
pub fn tls() -> ClientConfig {
    CONFIG.clone()
}
