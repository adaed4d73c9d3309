//! From an API call to the words of a command line.

use super::PveshOptions;
use crate::error::ErrorKind;
use crate::path::ApiPath;
use crate::transport::{Method, Request};

/// Options of `pvesh` itself; as a parameter of a call they would not reach PVE.
const TAKEN: &[&str] = &[
    "output-format",
    "human-readable",
    "noborder",
    "noheader",
    "noproxy",
    "quiet",
];

/// Parameters of the API whose values are secrets.
const SECRETS: &[&str] = &[
    "cipassword",
    "client-key",
    "confirmation-password",
    "eab-hmac-key",
    "encryption-key",
    "key",
    "keyring",
    "otp",
    "password",
    "secret",
    "target-endpoint",
    "tfa-challenge",
    "token",
    "totp",
];

/// `pvesh get /nodes/pve1/tasks --limit 2 --output-format json`
pub(super) fn words(request: &Request, options: &PveshOptions) -> Result<Vec<String>, ErrorKind> {
    let mut words: Vec<String> = Vec::new();
    if options.sudo {
        words.extend(["sudo", "-n", "--"].map(ToOwned::to_owned));
    }
    let verb = match request.method {
        Method::Get => "get",
        Method::Post => "create",
        Method::Put => "set",
        Method::Delete => "delete",
    };
    words.extend([
        options.program.clone(),
        verb.to_owned(),
        path(&request.path)?,
    ]);
    for (name, value) in request.params.iter() {
        check_name(name, &request.path, options)?;
        if value.contains('\0') {
            return Err(ErrorKind::Invalid(format!(
                "the value of `{name}` holds a NUL, which no command line can carry"
            )));
        }
        words.extend([format!("--{name}"), value.to_owned()]);
    }
    words.extend(["--output-format", "json"].map(ToOwned::to_owned));
    Ok(words)
}

fn check_name(name: &str, path: &ApiPath, options: &PveshOptions) -> Result<(), ErrorKind> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.is_empty() || name.starts_with('-') || !name.bytes().all(plain) {
        return Err(ErrorKind::Invalid(format!(
            "`{name}` is not the name of a parameter"
        )));
    }
    if TAKEN.contains(&name) {
        return Err(ErrorKind::Invalid(format!(
            "pvesh takes `{name}` for itself, so it cannot be passed on; use https"
        )));
    }
    // A key to press is no secret.
    let is_secret = SECRETS.contains(&name) && path.segments().last() != Some("sendkey");
    if is_secret && !options.secrets_on_command_line {
        return Err(ErrorKind::Invalid(format!(
            "the value of `{name}` would be readable on the node's list of processes; \
             use https, or allow secrets on the command line"
        )));
    }
    Ok(())
}

/// `pvesh` takes the path as it is, without escapes: a slash within a segment would make two of
/// it. Only volumes and networks of the firewall hold one, at the end of known paths, where PVE
/// takes all the rest.
fn path(path: &ApiPath) -> Result<String, ErrorKind> {
    let segments: Vec<&str> = path.segments().collect();
    let (inner, last) = match segments.as_slice() {
        ["nodes", _, "storage", _, "content", volume] if is_volume(volume) => {
            segments.split_at(segments.len() - 1)
        }
        [.., "ipset", _, network] if is_network(network) => segments.split_at(segments.len() - 1),
        _ => (segments.as_slice(), [].as_slice()),
    };
    if let Some(segment) = inner.iter().find(|segment| segment.contains('/')) {
        return Err(ErrorKind::Invalid(format!(
            "pvesh cannot tell the slash in `{segment}` from the ones between the parts of a path"
        )));
    }
    let mut text = String::new();
    for segment in inner.iter().chain(last) {
        text.push('/');
        text.push_str(segment);
    }
    Ok(if text.is_empty() {
        "/".to_owned()
    } else {
        text
    })
}

/// `local:iso/x.iso`: a storage, and parts that no path resolves away.
fn is_volume(text: &str) -> bool {
    text.split_once(':').is_some_and(|(storage, name)| {
        !storage.contains('/') && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
    })
}

/// `10.0.0.0/8`
fn is_network(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, bits)| {
        address.parse::<std::net::IpAddr>().is_ok() && bits.parse::<u8>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Params;

    fn request(method: Method, path: &ApiPath, params: Params) -> Request {
        Request {
            method,
            path: path.clone(),
            params,
        }
    }

    fn line(method: Method, path: &str, params: Params) -> Result<String, ErrorKind> {
        let request = request(method, &path.parse().unwrap(), params);
        words(&request, &PveshOptions::default()).map(|words| words.join(" "))
    }

    #[test]
    fn each_method_has_its_verb_and_json_is_always_asked_for() {
        for (method, verb) in [
            (Method::Get, "get"),
            (Method::Post, "create"),
            (Method::Put, "set"),
            (Method::Delete, "delete"),
        ] {
            let params = Params::new().with("limit", 2_u32).with("purge", true);
            assert_eq!(
                line(method, "/nodes/pve1/tasks", params),
                Ok(format!(
                    "pvesh {verb} /nodes/pve1/tasks --limit 2 --purge 1 --output-format json"
                ))
            );
        }
    }

    #[test]
    fn sudo_never_asks_and_takes_no_option_from_the_call() {
        let request = request(Method::Get, &"/version".parse().unwrap(), Params::new());
        let options = PveshOptions {
            sudo: true,
            program: "/usr/bin/pvesh".into(),
            ..PveshOptions::default()
        };
        assert_eq!(
            words(&request, &options).unwrap(),
            [
                "sudo",
                "-n",
                "--",
                "/usr/bin/pvesh",
                "get",
                "/version",
                "--output-format",
                "json"
            ]
        );
    }

    #[test]
    fn only_volumes_and_networks_may_hold_a_slash() {
        let of = |segments: &[&str]| path(&ApiPath::new(segments).unwrap());
        let content = ["nodes", "pve1", "storage", "local", "content"];
        assert_eq!(
            of(&[&content[..], &["local:iso/a b.iso"]].concat()),
            Ok("/nodes/pve1/storage/local/content/local:iso/a b.iso".into())
        );
        assert_eq!(
            of(&["cluster", "firewall", "ipset", "lan", "10.0.0.0/8"]),
            Ok("/cluster/firewall/ipset/lan/10.0.0.0/8".into())
        );
        assert_eq!(of(&[]), Ok("/".into()));
        for bad in [
            &[&content[..], &["local:iso/../x"]].concat()[..],
            &[&content[..], &["x/y"]].concat(),
            &["access", "users", "a@pve/token/b"],
            &["cluster", "firewall", "ipset", "lan", "x/y"],
        ] {
            assert!(matches!(of(bad), Err(ErrorKind::Invalid(_))), "{bad:?}");
        }
    }

    #[test]
    fn secrets_and_options_of_pvesh_stay_off_the_command_line() {
        for (name, path) in [
            ("password", "/access/users"),
            ("cipassword", "/nodes/pve1/qemu/100/config"),
            ("output-format", "/version"),
            ("noproxy", "/version"),
            ("-x", "/version"),
            ("a b", "/version"),
        ] {
            let error = line(Method::Post, path, Params::new().with(name, "hunter2")).unwrap_err();
            assert!(matches!(error, ErrorKind::Invalid(_)), "{name}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let key = Params::new().with("key", "ctrl-alt-delete");
        assert!(line(Method::Put, "/nodes/pve1/qemu/100/sendkey", key).is_ok());
        let request = request(
            Method::Post,
            &"/access/users".parse().unwrap(),
            Params::new().with("password", "x"),
        );
        let options = PveshOptions {
            secrets_on_command_line: true,
            ..PveshOptions::default()
        };
        assert!(words(&request, &options).is_ok());
    }
}
