//! TLS by the server itself: a certificate and its key, read once at the start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error, InconsistentKeys, ServerConfig};

use crate::config::private::{self, PrivateFileError, Readers};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate's file cannot be read.
    #[error("cannot read the certificate {}", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The key's file cannot be read, or by too many.
    #[error("the private key cannot be used: {0}")]
    Key(#[from] PrivateFileError),
    /// The certificate's file holds something else.
    #[error(
        "{} holds no certificate: give the server's certificate and then those that vouch for it, PEM \
         (-----BEGIN CERTIFICATE-----)", .0.display()
    )]
    NoCertificate(PathBuf),
    /// The key's file holds something else.
    #[error("{} holds no private key: give one in PEM without a passphrase (-----BEGIN PRIVATE KEY-----)", .0.display())]
    NoKey(PathBuf),
    /// The two do not belong together.
    #[error("the private key in {} is not that of the certificate in {}", key.display(), cert.display())]
    Mismatch {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// They cannot be used for another reason.
    #[error("the certificate in {} and its key cannot be used: {why}", cert.display())]
    Unfit {
        /// The certificate's file.
        cert: PathBuf,
        /// What the library says.
        why: Error,
    },
}

/// Greets clients with the certificate in `cert`, whose private key is in `key`.
pub(super) fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let pem = std::fs::read(cert).map_err(|source| TlsError::Unreadable(cert.to_owned(), source))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, PemError>>()
        .ok()
        .filter(|chain: &Vec<_>| !chain.is_empty())
        .ok_or_else(|| TlsError::NoCertificate(cert.to_owned()))?;
    let pem = private::read(key, Readers::Group)?;
    let private_key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| TlsError::NoKey(key.to_owned()))?;

    let unfit = |why| match why {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsError::Mismatch { cert: cert.to_owned(), key: key.to_owned() }
        }
        why => TlsError::Unfit { cert: cert.to_owned(), why },
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unfit)?
        .with_no_client_auth()
        .with_single_cert(chain, private_key)
        .map_err(unfit)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
