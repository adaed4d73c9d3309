//! Second factors: one-time passwords and recovery keys of users, and the second step of a login.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::access::{Factor, FactorKind, ROOT, User};
use crate::cluster::refusal::Refusal;
use crate::random::{Random, mix, text_seed};

pub(crate) fn routes() -> Vec<Route> {
    const OF: &str = "/access/tfa/{userid}";
    const ONE: &str = "/access/tfa/{userid}/{id}";
    vec![
        Route::get("/access/tfa", all),
        Route::get(OF, of_user),
        Route::post(OF, add)
            .needs_ticket()
            .records("access.add_factor", "user/{userid}"),
        Route::get(ONE, one),
        Route::put(ONE, update)
            .needs_ticket()
            .records("access.update_factor", "user/{userid}"),
        Route::delete(ONE, delete)
            .needs_ticket()
            .records("access.delete_factor", "user/{userid}"),
        Route::get("/access/users/{userid}/tfa", kinds),
        Route::put("/access/users/{userid}/unlock-tfa", unlock)
            .records("access.unlock_factors", "user/{userid}"),
    ]
}

fn factor_json(id: &str, factor: &Factor) -> Value {
    json!({
        "id": id,
        "type": factor.kind.as_str(),
        "description": factor.description,
        "enable": u8::from(factor.enabled),
        "created": factor.created_s,
    })
}

fn entries(user: &User) -> Value {
    user.factors
        .iter()
        .map(|(id, factor)| factor_json(id, factor))
        .collect()
}

fn all(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let sees_all = MAY_SEE
        .iter()
        .any(|privilege| cluster.may(request.who, "/access/groups", privilege));
    let now_s = cluster.now_ms.div_euclid(1000);
    let rows: Value = cluster
        .access
        .users
        .iter()
        .filter(|(id, user)| !user.factors.is_empty() && (sees_all || **id == request.who.user))
        .map(|(id, user)| {
            let mut row = json!({ "userid": id, "entries": entries(user) });
            if let Some(map) = row.as_object_mut() {
                if user.lockout.totp_locked {
                    map.insert("totp-locked".to_owned(), 1.into());
                }
                if user.lockout.until_s > now_s {
                    map.insert("tfa-locked-until".to_owned(), user.lockout.until_s.into());
                }
            }
            row
        })
        .collect();
    Ok(rows.into())
}

const MAY_SEE: [&str; 2] = ["User.Modify", "Sys.Audit"];

/// The user of the path, when the caller may do that with the factors.
fn known<'a>(
    cluster: &'a mut Cluster,
    request: &Request<'_>,
    any_of: &[&str],
) -> Result<&'a mut User, Refusal> {
    let id = request.in_path("userid");
    let may = any_of
        .iter()
        .any(|privilege| cluster.may(request.who, "/access/groups", privilege));
    if id != request.who.user && !may {
        let text = format!("/access/groups, {}", any_of.join("|"));
        return Err(Refusal::forbidden(&text));
    }
    cluster
        .access
        .users
        .get_mut(id)
        .ok_or_else(|| Refusal::died(format!("no such user ('{id}')")))
}

/// Kinds of the factors that a login can ask for.
fn kinds(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let user = known(cluster, request, &MAY_SEE)?;
    let kinds: std::collections::BTreeSet<&str> = user
        .factors
        .values()
        .filter(|factor| factor.enabled)
        .map(|factor| factor.kind.as_str())
        .collect();
    if request.flag("multiple") {
        return Ok(json!({ "types": kinds }).into());
    }
    // The older answer knows one kind, by its older name.
    if kinds.contains("totp") {
        return Ok(json!({ "user": "oath" }).into());
    }
    Ok(json!({}).into())
}

/// Lets a user try again; tells whether there was something to unlock.
fn unlock(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    super::users::may_modify(cluster, request)?;
    let now_s = cluster.now_ms.div_euclid(1000);
    let id = request.in_path("userid");
    let user = cluster
        .access
        .users
        .get_mut(id)
        .ok_or_else(|| Refusal::died(format!("no such user ('{id}')")))?;
    let was_locked = user.lockout.totp_locked || user.lockout.until_s > now_s;
    user.lockout = crate::cluster::access::Lockout::default();
    Ok(Value::from(u8::from(was_locked)).into())
}

fn of_user(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let user = known(cluster, request, &MAY_SEE)?;
    Ok(entries(user).into())
}

fn not_there() -> Refusal {
    Refusal::new(
        404,
        "no such tfa entry\n".to_owned(),
        crate::cluster::refusal::RefusalBody::Json,
    )
}

fn one(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let user = known(cluster, request, &MAY_SEE)?;
    let id = request.in_path("id");
    let factor = user.factors.get(id).ok_or_else(|| {
        let text = format!("No such tfa entry '{id}'\n");
        Refusal::new(404, text, crate::cluster::refusal::RefusalBody::Json)
    })?;
    Ok(factor_json(id, factor).into())
}

/// Everybody but root proves with the own password that it is really they; root's factors are root's.
fn need_password(cluster: &mut Cluster, request: &Request<'_>) -> Result<(), Refusal> {
    known(cluster, request, &["User.Modify"])?;
    if request.who.user == ROOT {
        return Ok(());
    }
    if request.in_path("userid") == ROOT {
        return Err(Refusal::forbidden(""));
    }
    let Some(given) = request.text("password") else {
        return Err(Refusal::parameter(
            "password",
            "password is required to modify user",
        ));
    };
    let own = cluster
        .access
        .users
        .get(&request.who.user)
        .and_then(|user| user.password.as_ref());
    if own == Some(&given) {
        return Ok(());
    }
    Err(Refusal::wrong_password())
}

fn add(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    need_password(cluster, request)?;
    let (now_s, seed) = (cluster.now_ms.div_euclid(1000), cluster.seed);
    let number = cluster.access.next_secret();
    let mut random = Random::new(mix(seed, &[number, text_seed(request.in_path("userid"))]));
    let kind = request.text("type").unwrap_or_default();
    let (id, kind) = match kind.as_str() {
        "totp" => {
            let (Some(address), Some(code)) = (request.text("totp"), request.text("value")) else {
                return Err(Refusal::died(
                    "'totp' type requires both 'totp' and 'value' parameters",
                ));
            };
            if request.text("description").is_none() {
                return Err(Refusal::died("'description' is required for new entries"));
            }
            let Some(secret) = secret_of(&address) else {
                return Err(Refusal::died("failed to parse totp uri"));
            };
            if !is_code(&secret, &code, now_s) {
                return Err(Refusal::died("failed to verify TOTP challenge"));
            }
            (
                random.uuid(),
                FactorKind::Totp {
                    secret,
                    last_step: -1,
                },
            )
        }
        "recovery" => {
            if ["totp", "value", "challenge"]
                .iter()
                .any(|name| request.text(name).is_some())
            {
                return Err(Refusal::died(
                    "generating recovery tokens does not allow additional parameters",
                ));
            }
            if known(cluster, request, &["User.Modify"])?
                .factors
                .contains_key("recovery")
            {
                return Err(Refusal::died("user already has recovery keys"));
            }
            let keys = (0..10)
                .map(|_| {
                    let mut part = || format!("{:04x}", random.below(1 << 16));
                    [part(), part(), part(), part()].join("-")
                })
                .collect();
            ("recovery".to_owned(), FactorKind::Recovery { keys })
        }
        other => {
            return Err(Refusal::new(
                501,
                format!("second factors of type '{other}' are not simulated\n"),
                crate::cluster::refusal::RefusalBody::Json,
            ));
        }
    };
    let answer = match &kind {
        FactorKind::Recovery { keys } => json!({ "id": id, "recovery": keys }),
        FactorKind::Totp { .. } => json!({ "id": id }),
    };
    let factor = Factor {
        kind,
        description: request.text("description").unwrap_or_default(),
        enabled: true,
        created_s: now_s,
    };
    known(cluster, request, &["User.Modify"])?
        .factors
        .insert(id, factor);
    Ok(answer.into())
}

fn update(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    need_password(cluster, request)?;
    let id = request.in_path("id").to_owned();
    let factor = known(cluster, request, &["User.Modify"])?
        .factors
        .get_mut(&id)
        .ok_or_else(not_there)?;
    if let Some(description) = request.text("description") {
        factor.description = description;
    }
    if request.text("enable").is_some() {
        factor.enabled = request.flag("enable");
    }
    Ok(Answer::null())
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    need_password(cluster, request)?;
    let id = request.in_path("id").to_owned();
    known(cluster, request, &["User.Modify"])?
        .factors
        .remove(&id)
        .ok_or_else(not_there)?;
    Ok(Answer::null())
}

/// The secret of an `otpauth://totp/…?secret=BASE32` address.
fn secret_of(address: &str) -> Option<Vec<u8>> {
    let query = address.strip_prefix("otpauth://totp/")?.split_once('?')?.1;
    let text = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("secret="))?;
    let mut bits = 0_u32;
    let mut buffer = 0_u64;
    let mut bytes = Vec::new();
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        buffer = (buffer << 5 | u64::from(value)) & 0xFFFF;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits & 0xFF) as u8);
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

/// The six digits of a step of thirty seconds.
fn code_of(secret: &[u8], step: i64) -> String {
    let Ok(mut code) = Hmac::<Sha1>::new_from_slice(secret) else {
        return String::new();
    };
    code.update(&step.to_be_bytes());
    let bytes = code.finalize().into_bytes();
    let offset = usize::from(bytes.last().copied().unwrap_or(0) & 0xF);
    let number = bytes
        .iter()
        .skip(offset)
        .take(4)
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7FFF_FFFF) % 1_000_000)
}

/// The step whose code it is, one to either side of now.
fn step_of(secret: &[u8], code: &str, now_s: i64) -> Option<i64> {
    let now = now_s / 30;
    (now - 1..=now + 1).find(|step| code_of(secret, *step) == code)
}

fn is_code(secret: &[u8], code: &str, now_s: i64) -> bool {
    step_of(secret, code, now_s).is_some()
}

/// After so many wrong one-time passwords in a row no more are taken.
const TOTP_TRIES: u32 = 8;

/// After so many wrong factors in a row none is taken, for so long.
const TRIES: u32 = 100;
const LOCKED_S: i64 = 3600;

/// Uses up `totp:123456` or `recovery:…`; a code counts once, and wrong ones are counted.
pub(crate) fn accept(user: &mut User, response: &str, now_s: i64) -> bool {
    let (kind, given) = response.split_once(':').unwrap_or((response, ""));
    if user.lockout.until_s > now_s || (kind == "totp" && user.lockout.totp_locked) {
        return false;
    }
    let is_good = user
        .factors
        .values_mut()
        .filter(|factor| factor.enabled)
        .any(|factor| match &mut factor.kind {
            FactorKind::Totp { secret, last_step } if kind == "totp" => {
                match step_of(secret, given, now_s) {
                    Some(step) if step > *last_step => {
                        *last_step = step;
                        true
                    }
                    _ => false,
                }
            }
            FactorKind::Recovery { keys } if kind == "recovery" => {
                let found = keys
                    .iter_mut()
                    .find(|key| !key.is_empty() && key.as_str() == given);
                found.map(String::clear).is_some()
            }
            FactorKind::Totp { .. } | FactorKind::Recovery { .. } => false,
        });
    let lockout = &mut user.lockout;
    if is_good {
        lockout.failures = 0;
        lockout.totp_failures = 0;
        // Who has a key on paper is the user.
        lockout.totp_locked &= kind != "recovery";
        return true;
    }
    lockout.failures += 1;
    if kind == "totp" {
        lockout.totp_failures += 1;
        lockout.totp_locked = lockout.totp_failures >= TOTP_TRIES;
    }
    if lockout.failures >= TRIES {
        lockout.until_s = now_s + LOCKED_S;
        lockout.failures = 0;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, with six digits.
        let secret = b"12345678901234567890";
        assert_eq!(code_of(secret, 59 / 30), "287082");
        assert_eq!(code_of(secret, 1_111_111_109 / 30), "081804");
    }

    #[test]
    fn a_secret_is_read_from_its_address() {
        let secret = secret_of("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=6");
        assert_eq!(secret.as_deref(), Some(b"12345678901234567890".as_slice()));
    }
}
