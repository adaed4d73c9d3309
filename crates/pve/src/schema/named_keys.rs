//! Property strings that the description knows by name only: their keys.

use crate::schema::model::{Format, Kind, Parameter};

/// The keys of a named format.
pub(super) struct NamedKeys {
    pub(super) keys: Vec<Parameter>,
    /// Other keys pass: servers of other releases have more.
    pub(super) more: bool,
}

fn key(name: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        optional: true,
        ..Parameter::default()
    }
}

fn switch(name: &str) -> Parameter {
    Parameter {
        kind: Kind::Boolean,
        ..key(name)
    }
}

fn integer(name: &str) -> Parameter {
    Parameter {
        kind: Kind::Integer,
        ..key(name)
    }
}

fn matching(name: &str, pattern: &str) -> Parameter {
    Parameter {
        pattern: Some(pattern.to_owned()),
        ..key(name)
    }
}

fn named(name: &str, format: &str) -> Parameter {
    Parameter {
        format: Some(Format::Named(format.to_owned())),
        ..key(name)
    }
}

fn one_of(name: &str, words: &[&str]) -> Parameter {
    Parameter {
        words: words.iter().map(|&word| word.to_owned()).collect(),
        ..key(name)
    }
}

fn required(parameter: Parameter) -> Parameter {
    Parameter {
        optional: false,
        ..parameter
    }
}

fn bare(parameter: Parameter) -> Parameter {
    Parameter {
        default_key: true,
        ..parameter
    }
}

/// The keys of a format that is known here by its keys.
pub(super) fn keys_of(format: &str) -> Option<NamedKeys> {
    let closed = |keys| Some(NamedKeys { keys, more: false });
    let open = |keys| Some(NamedKeys { keys, more: true });
    match format {
        "pve-qm-boot" => closed(vec![
            bare(matching("legacy", "[acdn]{1,4}")),
            named("order", "pve-qm-bootdev-list"),
        ]),
        "pve-qm-smbios1" => {
            let base64 = "[A-Za-z0-9+\\/]+={0,2}";
            let uuid = "[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}";
            closed(vec![
                switch("base64"),
                matching("family", base64),
                matching("manufacturer", base64),
                matching("product", base64),
                matching("serial", base64),
                matching("sku", base64),
                matching("uuid", uuid),
                matching("version", base64),
            ])
        }
        "proxmox-remote" => closed(vec![
            required(key("apitoken")),
            matching("fingerprint", "([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}"),
            required(named("host", "address")),
            integer("port"),
        ]),
        "pve-qemu-sev-fmt" => open(vec![
            required(bare(one_of("type", &["std", "es", "snp"]))),
            switch("allow-smt"),
            switch("kernel-hashes"),
            switch("no-debug"),
            switch("no-key-sharing"),
        ]),
        "pve-qemu-tdx-fmt" => open(vec![
            required(bare(one_of("type", &["tdx"]))),
            required(switch("attestation")),
            integer("vsock-cid"),
            integer("vsock-port"),
        ]),
        // Which models and flags there are depends on the release and on the cluster.
        "pve-vm-cpu-conf" => open(vec![
            bare(key("cputype")),
            switch("hidden"),
            named("phys-bits", "pve-phys-bits"),
        ]),
        _ => None,
    }
}
