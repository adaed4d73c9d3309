//! `connect`: adds a cluster. The certificate is settled before any credential is read or sent.

use std::path::Path;

use app::{NEEDED_PRIVILEGES, NewCluster, Rights, Role, add_cluster, certificate_of};
use secrecy::SecretString;
use serde_json::json;
use store::{AuthKind, Trust};

use super::Session;
use crate::{
    arguments::{ConnectArgs, Reach},
    failure::Failure,
    output,
};

pub(super) async fn run(session: &Session, arguments: ConnectArgs) -> Result<u8, Failure> {
    let app = session.app(Role::Command).await?;
    let trust = trust(&arguments.url, &arguments.reach).await?;
    let (auth, identity, secret) = credentials(&arguments.reach).await?;
    let by_password = auth == AuthKind::Password;
    let new = NewCluster {
        id: arguments.name,
        url: arguments.url,
        auth,
        identity,
        secret,
        trust,
    };
    let now = app.registry.clock().now();
    let rights = add_cluster(&app.store, new, now).await?;
    if session.json() {
        let missing: Vec<_> = rights
            .missing
            .iter()
            .map(|missing| json!({ "path": missing.path, "privilege": missing.privilege }))
            .collect();
        output::say_json(&json!({
            "id": rights.id, "pve_version": rights.version, "missing_privileges": missing,
            "renewed": rights.renewed,
        }));
    } else {
        tell(&rights);
        if by_password {
            advise_token();
        }
    }
    app.stop().await;
    Ok(0)
}

fn tell(rights: &Rights) {
    let what = if rights.renewed {
        "renewed"
    } else {
        "connected"
    };
    output::say(&format!(
        "{what} cluster {} (Proxmox VE {})",
        rights.id, rights.version
    ));
    for missing in &rights.missing {
        let purpose = NEEDED_PRIVILEGES
            .iter()
            .find(|(path, privilege, _)| *path == missing.path && *privilege == missing.privilege)
            .map_or("", |(_, _, purpose)| *purpose);
        output::say(&format!(
            "missing privilege {} on {}: {purpose} will not work",
            missing.privilege, missing.path
        ));
    }
}

/// A token that can do just what is needed is better than a password; these commands make one on a node.
fn advise_token() {
    let privileges: Vec<&str> = NEEDED_PRIVILEGES
        .iter()
        .map(|(_, privilege, _)| *privilege)
        .collect();
    output::note(&format!(
        "A token with just the needed rights is safer than a password. On a node:\n  \
         pveum role add ProxmoxAI --privs \"{}\"\n  \
         pveum user add proxmox-ai@pve\n  \
         pveum acl modify / --users proxmox-ai@pve --roles ProxmoxAI\n  \
         pveum user token add proxmox-ai@pve main --privsep 0\n\
         then: proxmox-ai connect URL --token-id 'proxmox-ai@pve!main' --token-stdin --fingerprint FP",
        privileges.join(" ")
    ));
}

/// Which certificate is believed: what the flags say, else what the system trusts, else what the person
/// at the terminal compares. Nothing is sent to the server meanwhile.
pub(super) async fn trust(url: &str, reach: &Reach) -> Result<Trust, Failure> {
    // An address that will never do is told before anything is asked for.
    pve::parse_endpoint(url).map_err(|error| Failure::new(2, error.to_string()))?;
    if url.starts_with("http://") && (reach.fingerprint.is_some() || reach.ca.is_some()) {
        return Err(Failure::new(
            2,
            format!(
                "{url} is not https: there is no certificate to check, so no credential is sent; write https://"
            ),
        ));
    }
    if let Some(fingerprint) = &reach.fingerprint {
        let parsed: pve::Fingerprint = fingerprint
            .parse()
            .map_err(|error| Failure::new(2, format!("--fingerprint: {error}")))?;
        return Ok(Trust::Fingerprint(parsed.to_string()));
    }
    if let Some(path) = &reach.ca {
        return Ok(Trust::CaPem(read_pem(path)?));
    }
    if url.starts_with("http://") || trusted_by_system(url).await? {
        return Ok(Trust::System);
    }
    let fingerprint = certificate_of(url).await?;
    let explain = format!(
        "the certificate of {url} is not signed by an authority this machine trusts; its SHA-256 fingerprint is\n  {fingerprint}\n\
         Compare it with `pvenode cert info` on the node."
    );
    if !output::can_ask() {
        return Err(Failure::new(
            1,
            format!(
                "{explain}\nIf it is the same, connect with --fingerprint {fingerprint}; nothing was sent"
            ),
        ));
    }
    output::note(&explain);
    match output::ask("Is it the same? [y/N]")
        .await
        .as_deref()
        .map(str::trim)
    {
        Some("y" | "Y" | "yes") => Ok(Trust::Fingerprint(fingerprint.to_string())),
        _ => Err(Failure::new(3, "not connected; nothing was sent")),
    }
}

/// Whether the handshake succeeds with the authorities of the system. No request is made.
async fn trusted_by_system(url: &str) -> Result<bool, Failure> {
    let endpoint = pve::parse_endpoint(url).map_err(|error| Failure::new(2, error.to_string()))?;
    match pve::check_trust(&endpoint, &pve::Trust::SystemRoots).await {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), pve::ErrorKind::Tls { .. }) => Ok(false),
        Err(error) => Err(Failure::Operation(app::call_error(url, &error))),
    }
}

pub(super) fn read_pem(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            2,
            format!("--ca {} cannot be read: {error}", path.display()),
        )
    })
}

/// Who we are. The secret comes from standard input, never from the command line.
pub(super) async fn credentials(
    reach: &Reach,
) -> Result<(AuthKind, String, SecretString), Failure> {
    let (auth, identity) = match (&reach.token_id, &reach.user) {
        (Some(token), _) => (AuthKind::Token, token.clone()),
        (None, Some(user)) => (AuthKind::Password, user.clone()),
        (None, None) if output::can_ask() => {
            let user = output::ask("User or token (name@realm or name@realm!token):")
                .await
                .unwrap_or_default();
            let kind = if user.contains('!') {
                AuthKind::Token
            } else {
                AuthKind::Password
            };
            (kind, user.trim().to_owned())
        }
        (None, None) => {
            return Err(Failure::new(
                2,
                "say who you are: --token-id ID --token-stdin, or --user NAME@REALM --password-stdin",
            ));
        }
    };
    match auth {
        AuthKind::Token => identity.parse::<pve::TokenId>().map(|_| ()),
        AuthKind::Password => identity.parse::<pve::UserId>().map(|_| ()),
    }
    .map_err(|error| Failure::new(2, error.to_string()))?;
    let what = match auth {
        AuthKind::Token => "secret of the token",
        AuthKind::Password => "password",
    };
    let secret = if output::can_ask() {
        output::ask(&format!("{what}:")).await
    } else {
        output::read_line().await
    };
    match secret
        .map(|secret| secret.trim().to_owned())
        .filter(|secret| !secret.is_empty())
    {
        Some(secret) => Ok((auth, identity, secret.into())),
        None => Err(Failure::new(
            2,
            format!("the {what} is missing on standard input"),
        )),
    }
}
