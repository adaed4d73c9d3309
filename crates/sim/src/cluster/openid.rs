//! OpenID Connect as a node does it: it sends the browser to the issuer of a realm, remembers what it
//! asked, and turns the code that comes back into a user. The one issuer that is reached is the
//! simulator's own (`issuer`): nothing here goes out into a network.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::Cluster;
use super::access::User;
use super::issuer::Exchange;
use super::settings::Section;
use crate::random::{Random, mix, text_seed};

/// The file of realms.
pub(crate) const REALMS: &str = "domains.cfg";

/// Browsers that were sent away and are waited for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pending {
    all: VecDeque<Sent>,
}

#[derive(Debug, Clone)]
struct Sent {
    state: String,
    realm: String,
    nonce: String,
    /// What the digest in the address was made of: only who has it can redeem the code.
    verifier: String,
    until_ms: i64,
}

/// Browsers that are waited for at once, and how long.
const MOST: usize = 1000;
const PATIENCE_MS: i64 = 600_000;

/// Why there is no address to send a browser to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAddress {
    /// PVE's own words.
    Died(String),
    /// The issuer is out of the simulator's reach.
    OutOfReach(String),
}

/// The digest of a verifier, as it stands in the address.
pub(super) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn text<'a>(realm: &'a Section, key: &str) -> Option<&'a str> {
    realm.get(key).and_then(Value::as_str)
}

fn flag(realm: &Section, key: &str, usual: bool) -> bool {
    match realm.get(key) {
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        Some(Value::String(text)) => text == "1",
        _ => usual,
    }
}

impl Cluster {
    fn openid_realm(&self, realm: &str) -> Result<Section, String> {
        let section = match (self.settings.get(REALMS, realm), realm) {
            (Some(section), _) => section.clone(),
            (None, "pam" | "pve") => Section::from_iter([("type".to_owned(), realm.into())]),
            (None, _) => return Err(format!("authentication domain '{realm}' does not exist")),
        };
        match text(&section, "type").unwrap_or(realm) {
            "openid" => Ok(section),
            other => Err(format!("wrong realm type ({other} != openid)")),
        }
    }

    /// The address to send a browser to; it comes back to `redirect`.
    pub(crate) fn openid_address(
        &mut self,
        realm: &str,
        redirect: &str,
    ) -> Result<String, NoAddress> {
        let section = self.openid_realm(realm).map_err(NoAddress::Died)?;
        let issuer = text(&section, "issuer-url").unwrap_or_default();
        if !self.is_own_issuer(issuer) {
            return Err(NoAddress::OutOfReach(format!(
                "the simulator reaches no issuer but its own, {}: '{issuer}' is another",
                self.own_issuer()
            )));
        }
        let number = self.access.next_secret();
        let mut random = Random::new(mix(self.seed, &[number, text_seed(realm)]));
        let sent = Sent {
            state: random.uuid(),
            realm: realm.to_owned(),
            nonce: random.uuid(),
            verifier: format!("{}-{}", random.uuid(), random.uuid()),
            until_ms: self.now_ms + PATIENCE_MS,
        };
        let scopes = text(&section, "scopes").unwrap_or("email profile");
        let mut address = format!(
            "{}/authorize?response_type=code&client_id={}&state={}&code_challenge={}\
             &code_challenge_method=S256&redirect_uri={}&scope={}&nonce={}",
            issuer.trim_end_matches('/'),
            escaped(text(&section, "client-id").unwrap_or_default()),
            escaped(&sent.state),
            challenge_of(&sent.verifier),
            escaped(redirect),
            escaped(&format!("openid {scopes}")),
            escaped(&sent.nonce),
        );
        for (key, name) in [("prompt", "prompt"), ("acr-values", "acr_values")] {
            if let Some(value) = text(&section, key) {
                address.push_str(&format!("&{name}={}", escaped(value)));
            }
        }
        if self.openid.all.len() == MOST {
            self.openid.all.pop_front();
        }
        self.openid.all.push_back(sent);
        Ok(address)
    }

    /// The user that a browser came back as. Why it is nobody is for the journal alone.
    pub(crate) fn openid_user(
        &mut self,
        (state, code): (&str, &str),
        redirect: &str,
    ) -> Result<String, String> {
        let now_ms = self.now_ms;
        self.openid.all.retain(|sent| sent.until_ms > now_ms);
        let at = self.openid.all.iter().position(|sent| sent.state == state);
        let Some(sent) = at.and_then(|at| self.openid.all.remove(at)) else {
            return Err("no auth state found, try to log in again".to_owned());
        };
        let section = self.openid_realm(&sent.realm)?;
        let issuer = text(&section, "issuer-url").unwrap_or_default().to_owned();
        if !self.is_own_issuer(&issuer) {
            return Err(format!("cannot reach issuer '{issuer}'"));
        }
        let key = text(&section, "client-key").unwrap_or_default();
        let client = text(&section, "client-id").unwrap_or_default();
        let tokens = self
            .redeem_code(&Exchange {
                code,
                redirect,
                client,
                key,
                verifier: Some(&sent.verifier),
            })
            .map_err(|refused| format!("failed to contact token endpoint: {refused}"))?;
        let mut claims = self.check_identity_token(&tokens.identity, (&issuer, client, key))?;
        if claims.get("nonce").and_then(Value::as_str) != Some(sent.nonce.as_str()) {
            return Err("failed to verify ID token: nonce does not match".to_owned());
        }
        if flag(&section, "query-userinfo", true)
            && let Some(more) = self.user_information(&tokens.access)
        {
            claims.extend(more);
        }
        let user = user_of(&section, &sent.realm, &claims)?;
        self.admit(&section, &user, &claims)?;
        self.join_claimed_groups(&section, (&user, &sent.realm), &claims);
        Ok(user)
    }

    /// A user who is not known is made where the realm says so.
    fn admit(
        &mut self,
        realm: &Section,
        user: &str,
        claims: &Map<String, Value>,
    ) -> Result<(), String> {
        let now_ms = self.now_ms;
        if let Some(account) = self.access.users.get(user) {
            return match account.is_good(now_ms) {
                true => Ok(()),
                false if account.enabled => Err(format!("user account '{user}' expired")),
                false => Err(format!("user '{user}' is disabled")),
            };
        }
        if !flag(realm, "autocreate", false) {
            return Err(format!("no such user ('{user}')"));
        }
        if !self.quorate {
            return Err("autocreate openid user failed: no quorum!".to_owned());
        }
        let details = [
            ("email", "email"),
            ("given_name", "firstname"),
            ("family_name", "lastname"),
        ];
        let account = User {
            details: details
                .into_iter()
                .filter_map(|(claim, key)| {
                    let value = claims.get(claim)?.as_str()?;
                    Some((key.to_owned(), value.to_owned()))
                })
                .collect(),
            ..User::default()
        };
        self.access.users.insert(user.to_owned(), account);
        Ok(())
    }

    /// Groups of the issuer are groups here with the realm's name behind theirs.
    fn join_claimed_groups(
        &mut self,
        section: &Section,
        (user, realm): (&str, &str),
        claims: &Map<String, Value>,
    ) {
        let Some(claimed) = text(section, "groups-claim")
            .and_then(|claim| claims.get(claim))
            .and_then(Value::as_array)
        else {
            return;
        };
        let names: Vec<String> = claimed
            .iter()
            .filter_map(Value::as_str)
            .map(|group| format!("{group}-{realm}"))
            .filter(|group| crate::schema::is_group_name(group))
            .collect();
        if flag(section, "groups-autocreate", false) {
            for name in &names {
                self.access.groups.entry(name.clone()).or_default();
            }
        }
        let known = &self.access.groups;
        let joined: Vec<String> = names
            .into_iter()
            .filter(|name| known.contains_key(name))
            .collect();
        if let Some(account) = self.access.users.get_mut(user) {
            if flag(section, "groups-overwrite", false) {
                account.groups.clear();
            }
            account.groups.extend(joined);
        }
    }
}

/// Which claim names the user.
fn user_of(realm: &Section, name: &str, claims: &Map<String, Value>) -> Result<String, String> {
    let wanted = text(realm, "username-claim").unwrap_or("sub");
    let claim = |key: &str| claims.get(key).and_then(Value::as_str);
    let found = match (claim(wanted), wanted) {
        (Some(found), _) => found,
        // Two older spellings.
        (None, "subject") => claim("sub").unwrap_or_default(),
        (None, "username") => claim("preferred_username")
            .ok_or_else(|| "missing claim 'preferred_username'".to_owned())?,
        (None, other) => return Err(format!("missing configured claim '{other}'")),
    };
    let user = format!("{found}@{name}");
    if user.len() <= 64 && crate::schema::is_user_name(&user) {
        Ok(user)
    } else {
        Err(format!(
            "value '{user}' does not look like a valid user name"
        ))
    }
}
