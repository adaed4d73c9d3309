//! A small OpenID issuer for tests, inside the simulator: anybody may say who they are, and what they say
//! is signed. Its clients are the realms that name it. Codes count once and for a minute; identity tokens
//! are signed with the client's key (HS256), so a client without a key gets none.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::Cluster;
use super::openid::{REALMS, challenge_of};
use crate::random::{Random, mix};

/// Where the issuer is, below the simulator's address.
pub(crate) const PATH: &str = "/sim/openid";

/// What the issuer remembers: codes that were not redeemed, and access tokens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Issuer {
    codes: VecDeque<(String, Grant)>,
    tokens: VecDeque<(String, i64, Map<String, Value>)>,
}

/// What somebody let a client have.
#[derive(Debug, Clone)]
struct Grant {
    client: String,
    redirect: String,
    nonce: Option<String>,
    challenge: Option<String>,
    scopes: String,
    claims: Map<String, Value>,
    until_ms: i64,
}

const MOST: usize = 1000;
const CODE_LIFE_MS: i64 = 60_000;
const TOKEN_LIFE_S: i64 = 300;

/// A browser's request to let a client have somebody's identity.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ask {
    pub(crate) client: String,
    pub(crate) redirect: String,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) scopes: String,
}

/// Who the person at the browser says to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    pub(crate) groups: Vec<String>,
}

/// A code that a client brings, and with what it proves that the code is for it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange<'a> {
    pub(crate) code: &'a str,
    pub(crate) redirect: &'a str,
    pub(crate) client: &'a str,
    pub(crate) key: &'a str,
    pub(crate) verifier: Option<&'a str>,
}

/// What a code is worth.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) identity: String,
    pub(crate) scopes: String,
    pub(crate) life_s: i64,
}

/// A client: a realm's.
#[derive(Debug, Clone)]
struct Client {
    key: String,
    issuer: String,
}

impl Person {
    fn claims(&self, scopes: &str) -> Map<String, Value> {
        let subject = Sha256::digest(format!("subject {}", self.name).as_bytes());
        let subject: Vec<String> = subject
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut claims = Map::from_iter([("sub".to_owned(), Value::from(subject.concat()))]);
        let has = |scope: &str| scopes.split_whitespace().any(|given| given == scope);
        let mut add = |key: &str, value: Option<&String>| {
            if let Some(value) = value {
                claims.insert(key.to_owned(), value.as_str().into());
            }
        };
        if has("profile") {
            add("preferred_username", Some(&self.name));
            add("given_name", self.given_name.as_ref());
            add("family_name", self.family_name.as_ref());
        }
        if has("email") {
            add("email", self.email.as_ref());
        }
        if !self.groups.is_empty() {
            claims.insert("groups".to_owned(), json!(self.groups));
        }
        claims
    }
}

fn hmac(key: &str, text: &str) -> Vec<u8> {
    // HMAC takes keys of any length.
    Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_or_else(
        |_| Vec::new(),
        |mut code| {
            code.update(text.as_bytes());
            code.finalize().into_bytes().to_vec()
        },
    )
}

fn signed(claims: &Map<String, Value>, key: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({ "alg": "HS256", "typ": "JWT" }));
    let text = format!("{head}.{}", part(&Value::Object(claims.clone())));
    let signature = URL_SAFE_NO_PAD.encode(hmac(key, &text));
    format!("{text}.{signature}")
}

impl Cluster {
    /// The address of the issuer.
    pub(crate) fn own_issuer(&self) -> String {
        format!("{}{PATH}", self.own_url)
    }

    /// Whether an address is the issuer's: scheme, port and path; the simulator has many names.
    pub(crate) fn is_own_issuer(&self, address: &str) -> bool {
        let parts = |url: &str| -> Option<(String, String, String)> {
            let (scheme, rest) = url.split_once("://")?;
            let (host, path) = rest.split_once('/')?;
            let port = host.rsplit_once(':').map_or("", |(_, port)| port);
            Some((scheme.to_owned(), port.to_owned(), path.to_owned()))
        };
        let own = parts(&self.own_issuer());
        own.is_some() && parts(address.trim_end_matches('/')) == own
    }

    fn issuer_client(&self, id: &str) -> Option<Client> {
        let text = |section: &Map<String, Value>, key: &str| {
            section.get(key).and_then(Value::as_str).map(str::to_owned)
        };
        self.settings.all(REALMS).find_map(|(_, section)| {
            let issuer = text(section, "issuer-url")?;
            let is_it = text(section, "client-id")? == id && self.is_own_issuer(&issuer);
            is_it.then(|| Client {
                key: text(section, "client-key").unwrap_or_default(),
                issuer,
            })
        })
    }

    /// Whether some realm is that client.
    pub(crate) fn issuer_knows(&self, client: &str) -> bool {
        self.issuer_client(client).is_some()
    }

    /// A code for what a person lets a client have.
    pub(crate) fn grant_code(&mut self, ask: Ask, person: &Person) -> String {
        let number = self.access.next_secret();
        let code = Random::new(mix(self.seed, &[number, 7])).uuid();
        let grant = Grant {
            claims: person.claims(&ask.scopes),
            client: ask.client,
            redirect: ask.redirect,
            nonce: ask.nonce,
            challenge: ask.challenge,
            scopes: ask.scopes,
            until_ms: self.now_ms + CODE_LIFE_MS,
        };
        if self.issuer.codes.len() == MOST {
            self.issuer.codes.pop_front();
        }
        self.issuer.codes.push_back((code.clone(), grant));
        code
    }

    /// Tokens for a code, once. The error is one of the protocol's own.
    pub(crate) fn redeem_code(&mut self, given: &Exchange<'_>) -> Result<Tokens, &'static str> {
        let client = self.issuer_client(given.client).ok_or("invalid_client")?;
        if client.key.is_empty() || client.key != given.key {
            return Err("invalid_client");
        }
        let codes = &mut self.issuer.codes;
        let at = codes.iter().position(|(code, _)| code == given.code);
        let Some((_, grant)) = at.and_then(|at| codes.remove(at)) else {
            return Err("invalid_grant");
        };
        let is_proved = match (&grant.challenge, given.verifier) {
            (None, _) => true,
            (Some(challenge), Some(verifier)) => challenge_of(verifier) == *challenge,
            (Some(_), None) => false,
        };
        let fits = grant.client == given.client && grant.redirect == given.redirect;
        if !fits || !is_proved || grant.until_ms <= self.now_ms {
            return Err("invalid_grant");
        }
        let now_s = self.now_ms.div_euclid(1000);
        let mut claims = grant.claims.clone();
        for (key, value) in [
            ("iss", json!(client.issuer)),
            ("aud", json!(grant.client)),
            ("iat", json!(now_s)),
            ("exp", json!(now_s + TOKEN_LIFE_S)),
        ] {
            claims.insert(key.to_owned(), value);
        }
        if let Some(nonce) = grant.nonce {
            claims.insert("nonce".to_owned(), nonce.into());
        }
        let number = self.access.next_secret();
        let access = Random::new(mix(self.seed, &[number, 8])).uuid();
        if self.issuer.tokens.len() == MOST {
            self.issuer.tokens.pop_front();
        }
        let until_ms = self.now_ms + TOKEN_LIFE_S * 1000;
        self.issuer
            .tokens
            .push_back((access.clone(), until_ms, grant.claims));
        Ok(Tokens {
            access,
            identity: signed(&claims, &client.key),
            scopes: grant.scopes,
            life_s: TOKEN_LIFE_S,
        })
    }

    /// What an access token shows of its person.
    pub(crate) fn user_information(&self, access: &str) -> Option<Map<String, Value>> {
        self.issuer
            .tokens
            .iter()
            .find(|(token, until_ms, _)| token == access && *until_ms > self.now_ms)
            .map(|(_, _, claims)| claims.clone())
    }

    /// The claims of an identity token that is signed for this client, in time and by this issuer.
    pub(crate) fn check_identity_token(
        &self,
        token: &str,
        (issuer, client, key): (&str, &str, &str),
    ) -> Result<Map<String, Value>, String> {
        let bad = |why: &str| format!("failed to verify ID token: {why}");
        let (text, signature) = token.rsplit_once('.').ok_or_else(|| bad("no JWT"))?;
        let given = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        if given.is_empty() || given != hmac(key, text) {
            return Err(bad("signature verification failed"));
        }
        let claims = text
            .split_once('.')
            .and_then(|(_, claims)| URL_SAFE_NO_PAD.decode(claims).ok())
            .and_then(|bytes| serde_json::from_slice::<Map<String, Value>>(&bytes).ok())
            .ok_or_else(|| bad("no claims"))?;
        let is = |key: &str, wanted: &str| claims.get(key).and_then(Value::as_str) == Some(wanted);
        if !is("iss", issuer) {
            return Err(bad("unexpected issuer"));
        }
        if !is("aud", client) {
            return Err(bad("unexpected audience"));
        }
        let end_s = claims.get("exp").and_then(Value::as_i64).unwrap_or(0);
        if end_s <= self.now_ms.div_euclid(1000) {
            return Err(bad("expired"));
        }
        Ok(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_signed_as_the_standard_says() {
        // HMAC of the two parts with the key's bytes, RFC 7515 A.1 with our own content.
        let token = signed(&Map::from_iter([("sub".to_owned(), json!("a"))]), "key");
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(
            URL_SAFE_NO_PAD.decode(parts[0]).unwrap(),
            br#"{"alg":"HS256","typ":"JWT"}"#
        );
        assert_eq!(URL_SAFE_NO_PAD.decode(parts[1]).unwrap(), br#"{"sub":"a"}"#);
        assert_eq!(
            URL_SAFE_NO_PAD.decode(parts[2]).unwrap(),
            hmac("key", &format!("{}.{}", parts[0], parts[1]))
        );
    }

    #[test]
    fn only_the_scopes_that_were_asked_for_are_told() {
        let person = Person {
            name: "ann".to_owned(),
            email: Some("ann@example.com".to_owned()),
            ..Person::default()
        };
        let keys = |scopes| person.claims(scopes).keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys("openid"), ["sub"]);
        assert_eq!(keys("openid email"), ["email", "sub"]);
        assert_eq!(keys("openid profile"), ["preferred_username", "sub"]);
    }
}
