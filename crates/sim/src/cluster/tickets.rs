//! Login tickets and their CSRF tokens, in PVE's form. The signature is an HMAC that is as long as PVE's
//! RSA signature.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Cluster;

/// Tickets live for two hours, and may come from a clock that is five minutes ahead.
const LIFE_S: i64 = 7200;
const AHEAD_S: i64 = 300;

/// Tickets of consoles live for seconds.
const CONSOLE_LIFE_S: i64 = 40;
const CONSOLE_AHEAD_S: i64 = 20;

/// Length of an RSA-2048 signature.
const SIGNATURE_BYTES: usize = 256;

impl Cluster {
    /// `PVE:root@pam:6B03883B::…`
    pub(crate) fn new_ticket(&self, user: &str) -> String {
        let plain = format!(
            "PVE:{}:{:08X}",
            user.replace(':', "%3A"),
            self.wall_ms().div_euclid(1000)
        );
        let signature = STANDARD.encode(self.signature(&plain));
        format!("{plain}::{signature}")
    }

    /// `PVE:!tfa!{…}:6B03883B::…`: half a ticket, which is good for the second step only.
    pub(crate) fn new_challenge(&self, user: &str, challenge: &str) -> String {
        let escaped =
            percent_encoding::utf8_percent_encode(challenge, percent_encoding::NON_ALPHANUMERIC);
        let stamp = self.wall_ms().div_euclid(1000);
        let plain = format!("PVE:!tfa!{escaped}:{stamp:08X}");
        let signature = STANDARD.encode(self.signature(&format!("{plain}:{user}")));
        format!("{plain}::{signature}")
    }

    /// The user whose half ticket it is, found among those that have a second factor.
    pub(crate) fn challenge_user(&self, ticket: &str) -> Option<String> {
        let (plain, signature) = ticket.rsplit_once("::")?;
        let signature = STANDARD.decode(signature).ok()?;
        let (_, stamp) = plain.strip_prefix("PVE:!tfa!")?.rsplit_once(':')?;
        self.is_fresh(stamp).then_some(())?;
        self.access
            .users
            .iter()
            .filter(|(_, user)| !user.factors.is_empty())
            .find(|(id, _)| is_same(&signature, &self.signature(&format!("{plain}:{id}"))))
            .map(|(id, _)| id.clone())
    }

    /// `6B03883B:…`
    pub(crate) fn new_csrf_token(&self, user: &str) -> String {
        let stamp = format!("{:08X}", self.wall_ms().div_euclid(1000));
        let code = STANDARD_NO_PAD.encode(self.code(&format!("csrf:{stamp}:{user}")));
        format!("{stamp}:{code}")
    }

    /// The user of a good ticket.
    pub(crate) fn ticket_user(&self, ticket: &str) -> Option<String> {
        let (plain, signature) = ticket.rsplit_once("::")?;
        let signature = STANDARD.decode(signature).ok()?;
        if !is_same(&signature, &self.signature(plain)) {
            return None;
        }
        let (user, stamp) = plain.strip_prefix("PVE:")?.rsplit_once(':')?;
        self.is_fresh(stamp).then(|| user.replace("%3A", ":"))
    }

    pub(crate) fn csrf_token_is_good(&self, token: &str, user: &str) -> bool {
        let Some((stamp, code)) = token.split_once(':') else {
            return false;
        };
        let expected = self.code(&format!("csrf:{stamp}:{user}"));
        STANDARD_NO_PAD
            .decode(code)
            .is_ok_and(|code| is_same(&code, &expected))
            && self.is_fresh(stamp)
    }

    /// `PVEVNC:6B03883B::…`: good for one path, for seconds.
    pub(crate) fn new_console_ticket(&self, user: &str, path: &str) -> String {
        let plain = format!("PVEVNC:{:08X}", self.wall_ms().div_euclid(1000));
        let signature = STANDARD.encode(self.signature(&format!("{plain}:{user}:{path}")));
        format!("{plain}::{signature}")
    }

    /// Whether a console's ticket is this user's, for this path, and fresh. A password may stand before it.
    pub(crate) fn console_ticket_is_good(&self, ticket: &str, user: &str, path: &str) -> bool {
        let start = ticket.find("PVEVNC:").unwrap_or(0);
        let ticket = ticket.get(start..).unwrap_or_default();
        let Some((plain, signature)) = ticket.rsplit_once("::") else {
            return false;
        };
        let stamp = plain.strip_prefix("PVEVNC:").unwrap_or_default();
        let Ok(stamp_s) = i64::from_str_radix(stamp, 16) else {
            return false;
        };
        let age_s = self.wall_ms().div_euclid(1000) - stamp_s;
        let expected = self.signature(&format!("{plain}:{user}:{path}"));
        (-CONSOLE_AHEAD_S..=CONSOLE_LIFE_S).contains(&age_s)
            && STANDARD
                .decode(signature)
                .is_ok_and(|signature| is_same(&signature, &expected))
    }

    fn is_fresh(&self, stamp: &str) -> bool {
        let Ok(stamp_s) = i64::from_str_radix(stamp, 16) else {
            return false;
        };
        let age_s = self.wall_ms().div_euclid(1000) - stamp_s;
        (-AHEAD_S..=LIFE_S).contains(&age_s)
    }

    fn signature(&self, plain: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SIGNATURE_BYTES);
        let mut round = 0_u8;
        while bytes.len() < SIGNATURE_BYTES {
            bytes.extend(self.code(&format!("ticket:{round}:{plain}")));
            round += 1;
        }
        bytes
    }

    fn code(&self, text: &str) -> Vec<u8> {
        let key = format!("simulated cluster {}", self.seed);
        // HMAC takes keys of any length.
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_or_else(
            |_| Vec::new(),
            |mut code| {
                code.update(text.as_bytes());
                code.finalize().into_bytes().to_vec()
            },
        )
    }
}

fn is_same(left: &[u8], right: &[u8]) -> bool {
    !left.is_empty()
        && left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .fold(0, |differing, (a, b)| differing | (a ^ b))
            == 0
}
