//! Proving who we are: every given way in its order, until the server is content.

use std::path::Path;
use std::sync::Arc;

use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, load_secret_key};
use secrecy::{ExposeSecret, SecretString};

use super::SshSignIn;
use super::host_key::Verifier;
use crate::error::ErrorKind;

/// Rounds of questions a server may ask before its password is given up.
const MOST_QUESTIONS: usize = 4;

type Session = Handle<Verifier>;

/// Signs in, or says why each way did not work.
pub(super) async fn sign_in(
    session: &mut Session,
    user: &str,
    ways: &[SshSignIn],
) -> Result<(), ErrorKind> {
    let mut reasons = Vec::new();
    for way in ways {
        let tried = match way {
            SshSignIn::Agent { socket } => by_agent(session, user, socket).await,
            SshSignIn::KeyFile { path, passphrase } => {
                by_key(session, user, path, passphrase.as_ref()).await
            }
            SshSignIn::Password(password) => by_password(session, user, password).await,
        };
        match tried {
            Ok(()) => return Ok(()),
            Err(reason) => reasons.push(reason),
        }
        if session.is_closed() {
            reasons.push("the server closed the connection".to_owned());
            break;
        }
    }
    let text = format!(
        "the SSH server does not let `{user}` in: {}",
        reasons.join("; ")
    );
    Err(ErrorKind::Unauthorized { text })
}

async fn by_agent(session: &mut Session, user: &str, socket: &Path) -> Result<(), String> {
    let at = socket.display();
    let fail = |error: russh::keys::Error| format!("the agent at {at} does not help: {error}");
    let mut agent = AgentClient::connect_uds(socket).await.map_err(fail)?;
    let identities = agent.request_identities().await.map_err(fail)?;
    let hash = rsa_hash(session).await?;
    for identity in &identities {
        let AgentIdentity::PublicKey { key, .. } = identity else {
            continue;
        };
        let hash = if key.algorithm().is_rsa() { hash } else { None };
        let tried = session
            .authenticate_publickey_with(user, key.clone(), hash, &mut agent)
            .await;
        match tried {
            Ok(AuthResult::Success) => return Ok(()),
            Ok(AuthResult::Failure { .. }) => {}
            // One key that the agent cannot use does not speak against the next.
            Err(error) => tracing::debug!(%error, "a key of the agent cannot be used"),
        }
    }
    let count = identities.len();
    Err(format!("none of the {count} keys of the agent is accepted"))
}

async fn by_key(
    session: &mut Session,
    user: &str,
    path: &Path,
    passphrase: Option<&SecretString>,
) -> Result<(), String> {
    let (file, secret) = (path.to_owned(), passphrase.cloned());
    // Deriving the key of an encrypted file is made slow on purpose.
    let loading = tokio::task::spawn_blocking(move || {
        load_secret_key(file, secret.as_ref().map(ExposeSecret::expose_secret))
    });
    let at = path.display();
    let key = loading
        .await
        .map_err(|_| format!("reading the key {at} was broken off"))?
        .map_err(|error| format!("the key {at} cannot be used: {error}"))?;
    let hash = if key.algorithm().is_rsa() {
        rsa_hash(session).await?
    } else {
        None
    };
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
    match session.authenticate_publickey(user, key).await {
        Ok(AuthResult::Success) => Ok(()),
        Ok(AuthResult::Failure { .. }) => Err(format!("the key {at} is not accepted")),
        Err(error) => Err(error.to_string()),
    }
}

/// SHA-2 for RSA keys; servers that say nothing about it are newer than SHA-1's end, too.
async fn rsa_hash(session: &Session) -> Result<Option<HashAlg>, String> {
    let supported = session.best_supported_rsa_hash().await;
    match supported.map_err(|error| error.to_string())? {
        Some(Some(hash)) => Ok(Some(hash)),
        Some(None) | None => Ok(Some(HashAlg::Sha512)),
    }
}

async fn by_password(
    session: &mut Session,
    user: &str,
    password: &SecretString,
) -> Result<(), String> {
    let refused = || Err("the password is not accepted".to_owned());
    let secret = password.expose_secret();
    match session.authenticate_password(user, secret).await {
        Ok(AuthResult::Success) => return Ok(()),
        Ok(AuthResult::Failure { .. }) => {}
        Err(error) => return Err(error.to_string()),
    }
    // Some servers take passwords as the answer to a question only.
    let text = |error: russh::Error| error.to_string();
    let mut step = session
        .authenticate_keyboard_interactive_start(user, None)
        .await
        .map_err(text)?;
    for _ in 0..MOST_QUESTIONS {
        let prompts = match step {
            KeyboardInteractiveAuthResponse::Success => return Ok(()),
            KeyboardInteractiveAuthResponse::Failure { .. } => return refused(),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => prompts,
        };
        // A second hidden question is another secret, which is not ours to guess.
        let answers = match prompts.as_slice() {
            [] => Vec::new(),
            [only] if !only.echo => vec![secret.to_owned()],
            _ => return Err("the server asks for more than a password".to_owned()),
        };
        step = session
            .authenticate_keyboard_interactive_respond(answers)
            .await
            .map_err(text)?;
    }
    refused()
}
