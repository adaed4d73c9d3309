//! The file `known_hosts` of OpenSSH: names in the clear, with wildcards, or hashed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use russh::keys::{Algorithm, PublicKey, parse_public_key_base64};
use sha1::Sha1;

/// What the file says of a key that a host presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the one.
    Known,
    /// The host has another one.
    Changed,
    /// It must not be used any more.
    Revoked,
    /// The host is not in the file.
    Unknown,
}

#[derive(Debug)]
struct Line {
    names: Vec<Name>,
    revoked: bool,
    key: PublicKey,
}

#[derive(Debug)]
enum Name {
    /// May hold `*` and `?`; with `!` in front it takes hosts out.
    Pattern {
        text: String,
        negated: bool,
    },
    Hashed {
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
}

/// All usable lines.
#[derive(Debug, Default)]
pub(super) struct KnownHosts(Vec<Line>);

impl KnownHosts {
    /// Adds the lines of a file. Comments, keys of certificate authorities and lines of another
    /// form are left out: none of them lets a host in.
    pub(super) fn add(&mut self, text: &str) {
        self.0.extend(text.lines().filter_map(parse));
    }

    /// Looks a key up. Names of other ports than 22 are written `[host]:port`.
    pub(super) fn judge(&self, host: &str, port: u16, key: &PublicKey) -> Verdict {
        let name = lookup_name(host, port);
        let mut verdict = Verdict::Unknown;
        for line in self.0.iter().filter(|line| line.names(&name)) {
            let same = line.key.key_data() == key.key_data();
            match (line.revoked, same) {
                (true, true) => return Verdict::Revoked,
                (false, true) => verdict = Verdict::Known,
                (false, false) if verdict == Verdict::Unknown => verdict = Verdict::Changed,
                (_, false) => {}
            }
        }
        verdict
    }

    /// The kinds of keys that are known of a host: it is asked for one of those.
    pub(super) fn algorithms(&self, host: &str, port: u16) -> Vec<Algorithm> {
        let name = lookup_name(host, port);
        let of_host = |line: &&Line| !line.revoked && line.names(&name);
        let known = self.0.iter().filter(of_host);
        known.map(|line| line.key.algorithm()).collect()
    }
}

fn lookup_name(host: &str, port: u16) -> String {
    let host = host.to_lowercase();
    if port == 22 {
        host
    } else {
        format!("[{host}]:{port}")
    }
}

fn parse(line: &str) -> Option<Line> {
    let mut fields = line.split_whitespace();
    let first = fields.next()?;
    let (revoked, names) = match first {
        "@revoked" => (true, fields.next()?),
        _ if first.starts_with(['@', '#']) => return None,
        _ => (false, first),
    };
    let _kind = fields.next()?;
    let key = parse_public_key_base64(fields.next()?).ok()?;
    let names = names.split(',').filter_map(name).collect();
    Some(Line {
        names,
        revoked,
        key,
    })
}

/// `|1|salt|hash`, `host`, `!host`
fn name(text: &str) -> Option<Name> {
    if let Some(hashed) = text.strip_prefix("|1|") {
        let (salt, hash) = hashed.split_once('|')?;
        return Some(Name::Hashed {
            salt: BASE64_STANDARD.decode(salt).ok()?,
            hash: BASE64_STANDARD.decode(hash).ok()?,
        });
    }
    let (negated, pattern) = match text.strip_prefix('!') {
        Some(pattern) => (true, pattern),
        None => (false, text),
    };
    let text = pattern.to_lowercase();
    (!text.is_empty()).then_some(Name::Pattern { text, negated })
}

impl Line {
    fn names(&self, host: &str) -> bool {
        let mut found = false;
        for name in &self.names {
            match name {
                Name::Pattern { text, negated } => {
                    if matches_pattern(text.as_bytes(), host.as_bytes()) {
                        if *negated {
                            return false;
                        }
                        found = true;
                    }
                }
                Name::Hashed { salt, hash } => {
                    let same = Hmac::<Sha1>::new_from_slice(salt).is_ok_and(|mac| {
                        mac.chain_update(host.as_bytes()).verify_slice(hash).is_ok()
                    });
                    found = found || same;
                }
            }
        }
        found
    }
}

/// `*` any text, `?` any one character. Looks at each place once per star.
fn matches_pattern(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(at_pattern), text.get(at_text)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                last_star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            (Some(wanted), Some(found)) if *wanted == b'?' || wanted == found => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => match last_star {
                Some((star, from)) if from < text.len() => {
                    last_star = Some((star, from + 1));
                    at_pattern = star + 1;
                    at_text = from + 1;
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const SECOND: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILIG2T/B0l0gaqj3puu510tu9N1OkQ4znY3LYuEm5zCF";

    fn key(text: &str) -> PublicKey {
        parse_public_key_base64(text.split_once(' ').unwrap().1).unwrap()
    }

    fn hosts(text: &str) -> KnownHosts {
        let mut hosts = KnownHosts::default();
        hosts.add(text);
        hosts
    }

    /// `HashKnownHosts yes` writes a name like this.
    fn hashed(host: &str) -> String {
        let mac = Hmac::<Sha1>::new_from_slice(b"0123456789abcdefghij").unwrap();
        let hash = mac.chain_update(host.as_bytes()).finalize().into_bytes();
        let salt = BASE64_STANDARD.encode(b"0123456789abcdefghij");
        format!("|1|{salt}|{}", BASE64_STANDARD.encode(hash))
    }

    #[test]
    fn names_are_found_in_the_clear_hashed_and_by_wildcards() {
        let lines = [
            format!("pve1,10.0.0.5 {FIRST} comment"),
            format!("pve1 {SECOND}"),
            format!("{} {FIRST}", hashed("pve2")),
            format!("{} {FIRST}", hashed("[pve2]:2222")),
            format!("*.lan,!bad.lan\t{FIRST}"),
            "# pve9 is a comment".to_owned(),
            format!("@cert-authority pve8 {FIRST}"),
            "pve7 ssh-ed25519 not-a-key".to_owned(),
        ];
        let hosts = hosts(&lines.join("\n"));
        let judge = |host, port| hosts.judge(host, port, &key(FIRST));
        for (host, port) in [
            ("pve1", 22),
            ("PVE1", 22),
            ("10.0.0.5", 22),
            ("pve2", 22),
            ("pve2", 2222),
            ("a.lan", 22),
        ] {
            assert_eq!(judge(host, port), Verdict::Known, "{host}:{port}");
        }
        for (host, port) in [
            ("pve1", 2222),
            ("pve3", 22),
            ("bad.lan", 22),
            ("pve9", 22),
            ("pve8", 22),
            ("pve7", 22),
        ] {
            assert_eq!(judge(host, port), Verdict::Unknown, "{host}:{port}");
        }
        assert_eq!(hosts.judge("pve1", 22, &key(SECOND)), Verdict::Known);
        assert_eq!(hosts.judge("pve2", 22, &key(SECOND)), Verdict::Changed);
        assert_eq!(
            hosts.algorithms("pve1", 22),
            [Algorithm::Ed25519, Algorithm::Ed25519]
        );
        assert_eq!(hosts.algorithms("pve3", 22), []);
    }

    #[test]
    fn a_revoked_key_is_refused_even_where_it_is_known() {
        let hosts = hosts(&format!("pve1 {FIRST}\n@revoked * {FIRST}\n"));
        assert_eq!(hosts.judge("pve1", 22, &key(FIRST)), Verdict::Revoked);
        assert_eq!(hosts.judge("pve1", 22, &key(SECOND)), Verdict::Changed);
    }

    #[test]
    fn wildcards_match_like_a_shells() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*a*b", "xaybzab", true),
            ("?", "", false),
            ("[pve?]:22*", "[pve1]:2222", true),
        ] {
            let found = matches_pattern(pattern.as_bytes(), text.as_bytes());
            assert_eq!(found, fits, "{pattern} {text}");
        }
    }
}
