//! One TLS configuration for everything that goes out: vendors' clients, and the AWS SDKs' one.
//!
//! Trusted are the certificates that Mozilla trusts, which Amazon Linux takes over too. They are constants of the build: reading
//! the system's was the costliest part of a function's start. A newer list comes with `webpki-roots` and the next deployment.

use std::sync::{Arc, LazyLock};

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};

static CONFIG: LazyLock<ClientConfig> = LazyLock::new(|| {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has a cipher suite of each version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
});

/// The configuration, for `reqwest::ClientBuilder::tls_backend_preconfigured`: Mozilla's certificates, HTTP/1.1. Clones share
/// certificates and sessions.
pub fn tls() -> ClientConfig {
    CONFIG.clone()
}
