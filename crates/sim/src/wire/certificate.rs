//! The certificate that is shown now: a fault can change it while the simulator runs, as an
//! administrator does on a node.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::tls::{self, Tls};
use crate::cluster::Cluster;

/// The certificate and the connections that were made with it.
#[derive(Debug)]
pub(crate) struct Certificates {
    names: Vec<String>,
    now: Mutex<Shown>,
}

#[derive(Clone)]
struct Shown {
    /// Counts up with each change.
    generation: u64,
    acceptor: Option<TlsAcceptor>,
    fingerprint: Option<String>,
    pem: String,
    connections: CancellationToken,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Shown")
            .field("generation", &self.generation)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

impl Certificates {
    /// The certificate of the start; without one, connections are plain.
    pub(crate) fn prepare(tls: &Tls, names: Vec<String>) -> crate::error::Result<Self> {
        let identity = tls::prepare(tls, names.clone())?;
        let (acceptor, fingerprint, pem) = match identity {
            Some(identity) => (
                Some(TlsAcceptor::from(identity.config)),
                Some(identity.fingerprint),
                identity.pem,
            ),
            None => (None, None, String::new()),
        };
        Ok(Self {
            names,
            now: Mutex::new(Shown {
                generation: 0,
                acceptor,
                fingerprint,
                pem,
                connections: CancellationToken::new(),
            }),
        })
    }

    fn now(&self) -> MutexGuard<'_, Shown> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pem(&self) -> String {
        self.now().pem.clone()
    }

    /// Makes a new certificate when the cluster says that it was changed; old connections end.
    pub(crate) fn follow(&self, cluster: &mut Cluster) {
        let mut now = self.now();
        if now.generation == cluster.certificate {
            return;
        }
        now.generation = cluster.certificate;
        if now.acceptor.is_none() {
            return;
        }
        match tls::prepare(&Tls::Generated, self.names.clone()) {
            Ok(Some(identity)) => {
                now.acceptor = Some(TlsAcceptor::from(identity.config));
                now.fingerprint = Some(identity.fingerprint);
                now.pem = identity.pem;
                cluster.certificate_pem.clone_from(&now.pem);
                std::mem::take(&mut now.connections).cancel();
            }
            Ok(None) => {}
            Err(cause) => tracing::error!(%cause, "the certificate stays as it was"),
        }
    }

    /// For a new connection: how it is protected, and when it has to end.
    pub(crate) fn for_connection(&self) -> (Option<TlsAcceptor>, CancellationToken) {
        let now = self.now();
        (now.acceptor.clone(), now.connections.clone())
    }

    pub(crate) fn fingerprint(&self) -> Option<String> {
        self.now().fingerprint.clone()
    }
}
