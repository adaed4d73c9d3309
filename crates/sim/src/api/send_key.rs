//! Keys that are pressed on a VM's keyboard from outside.

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::{GuestKind, RunState};
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::put("/nodes/{node}/qemu/{vmid}/sendkey", send_key)
            .checked("/vms/{vmid}", &["VM.Console"])
            .records("guest.send_key", "guest/{vmid}"),
    ]
}

fn send_key(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let vmid = request.vmid();
    let guest = cluster.guest_at(request.node(), GuestKind::Qemu, vmid)?;
    if guest.run == RunState::Stopped {
        return Err(Refusal::died(format!("VM {vmid} not running")));
    }
    let keys = request.text("key").unwrap_or_default();
    // The monitor ends its lines as terminals do. Its text about a key that it does not know cannot stand
    // in a status line, so that the caller gets an empty 400 instead.
    if let Some(unknown) = keys.split('-').find(|key| !is_key(key)) {
        return Err(Refusal::died(format!("invalid parameter: {unknown}\r\n")));
    }
    let restarts = keys == "ctrl-alt-delete" && guest.has_system;
    // A system that hears the three keys starts anew; without one nobody listens.
    if restarts && matches!(guest.run, RunState::Running { .. }) {
        let now_ms = cluster.now_ms;
        cluster.power_off(vmid);
        cluster.power_on(vmid, now_ms);
    }
    Ok(Answer::null())
}

/// The names of keys that QEMU knows, and their codes.
fn is_key(name: &str) -> bool {
    let is_code = name
        .strip_prefix("0x")
        .is_some_and(|code| u32::from_str_radix(code, 16).is_ok());
    let is_letter = name.len() == 1 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_function = name
        .strip_prefix('f')
        .and_then(|number| number.parse::<u8>().ok())
        .is_some_and(|number| (1..=24).contains(&number));
    is_code || is_letter || is_function || KEYS.contains(&name)
}

const KEYS: &[&str] = &[
    "again",
    "alt",
    "alt_r",
    "apostrophe",
    "asterisk",
    "audiomute",
    "audionext",
    "audioplay",
    "audioprev",
    "audiostop",
    "backslash",
    "backspace",
    "bracket_left",
    "bracket_right",
    "calculator",
    "caps_lock",
    "comma",
    "compose",
    "computer",
    "copy",
    "ctrl",
    "ctrl_r",
    "cut",
    "delete",
    "dot",
    "down",
    "end",
    "equal",
    "esc",
    "find",
    "front",
    "grave_accent",
    "help",
    "henkan",
    "hiragana",
    "home",
    "insert",
    "katakanahiragana",
    "kp_0",
    "kp_1",
    "kp_2",
    "kp_3",
    "kp_4",
    "kp_5",
    "kp_6",
    "kp_7",
    "kp_8",
    "kp_9",
    "kp_add",
    "kp_comma",
    "kp_decimal",
    "kp_divide",
    "kp_enter",
    "kp_equals",
    "kp_multiply",
    "kp_subtract",
    "lang1",
    "lang2",
    "left",
    "less",
    "lf",
    "mail",
    "menu",
    "meta_l",
    "meta_r",
    "minus",
    "muhenkan",
    "num_lock",
    "open",
    "paste",
    "pause",
    "pgdn",
    "pgup",
    "power",
    "print",
    "props",
    "ret",
    "right",
    "ro",
    "scroll_lock",
    "semicolon",
    "shift",
    "shift_r",
    "slash",
    "sleep",
    "spc",
    "stop",
    "sysrq",
    "tab",
    "undo",
    "up",
    "volumedown",
    "volumeup",
    "wake",
    "yen",
];

#[cfg(test)]
mod tests {
    use super::is_key;

    #[test]
    fn keys_are_told_from_other_words() {
        for key in ["a", "7", "f12", "ctrl", "spc", "0x1e"] {
            assert!(is_key(key), "{key}");
        }
        for word in ["", "f25", "no key", "0x", "ä"] {
            assert!(!is_key(word), "{word}");
        }
    }
}
