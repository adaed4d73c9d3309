//! What a person says of a guest to be made, and the options that it comes to. Pure.

mod twice;

use std::collections::BTreeMap;

use ops::{Error, Result};
use pve::ssh_keys_option;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    clone,
    options::{new_volume, read_words, shown},
    rename::{check_name, name_key},
};
use crate::{inventory::GuestKind, pve_call::sealed};
use twice::{refuse_twice, said_by, together};

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, on the command line and in PVE"
)]
pub(super) struct Input {
    /// qemu for a virtual machine, lxc for a container.
    #[arg(value_parser = parse_kind)]
    pub(super) kind: GuestKind,
    /// The node; for a copy of a template the node of the copy.
    #[arg(long)]
    pub(super) node: Option<String>,
    /// Which cluster; needed only when several are connected.
    #[arg(long)]
    pub(super) cluster: Option<String>,
    /// Its id; the next free one without.
    #[arg(long)]
    pub(super) id: Option<u32>,
    /// Its name, as of a host.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Installs from this image of a disc: `local:iso/debian.iso` (virtual machines).
    #[arg(long)]
    iso: Option<String>,
    /// Starts from this cloud image: `local:import/debian.qcow2` (virtual machines).
    #[arg(long)]
    image: Option<String>,
    /// A template: `local:vztmpl/debian.tar.zst` of containers; id or name of a template to copy for
    /// virtual machines.
    #[arg(long)]
    template: Option<String>,
    /// Shares the disks of the template instead of copying them.
    #[arg(long)]
    #[serde(default)]
    linked: bool,
    /// Storage of its disks.
    #[arg(long)]
    storage: Option<String>,
    /// Size of its first disk in GiB; the disk of an image is grown to it.
    #[arg(long)]
    disk_gib: Option<u32>,
    /// Cores.
    #[arg(long)]
    cores: Option<u32>,
    /// Memory in MiB.
    #[arg(long)]
    memory: Option<u32>,
    /// Swap in MiB (containers).
    #[arg(long)]
    swap: Option<u32>,
    /// Bridge of its network card.
    #[arg(long)]
    bridge: Option<String>,
    /// VLAN of its network card.
    #[arg(long)]
    vlan: Option<u16>,
    /// Its address: `dhcp`, or as `10.0.0.5/24`.
    #[arg(long)]
    ip: Option<String>,
    /// Its gateway.
    #[arg(long)]
    gateway: Option<String>,
    /// Its name server.
    #[arg(long)]
    nameserver: Option<String>,
    /// The user that cloud-init makes (virtual machines).
    #[arg(long)]
    user: Option<String>,
    /// Password of that user, or of root in a container. Kept encrypted until it is sent.
    #[arg(long)]
    password: Option<String>,
    /// A public SSH key for that user, or for root in a container.
    #[arg(long)]
    #[serde(default)]
    ssh_key: Vec<String>,
    /// A tag.
    #[arg(long)]
    #[serde(default)]
    tag: Vec<String>,
    /// The pool.
    #[arg(long)]
    pub(super) pool: Option<String>,
    /// Notes.
    #[arg(long)]
    description: Option<String>,
    /// Starts with its node.
    #[arg(long)]
    #[serde(default)]
    onboot: bool,
    /// Root in the container is root on the node (containers); by default it is not.
    #[arg(long)]
    #[serde(default)]
    privileged: bool,
    /// Containers may run inside (containers).
    #[arg(long)]
    #[serde(default)]
    nesting: bool,
    /// A further volume: `fast:8,mp=/data` (containers), `fast:32` (virtual machines).
    #[arg(long)]
    #[serde(default)]
    volume: Vec<String>,
    /// A device of the node in the container: `/dev/ttyUSB0,mode=0660`.
    #[arg(long)]
    #[serde(default)]
    device: Vec<String>,
    /// Any other option and its value in PVE's words: `startup=order=2`, `cpulimit=1.5`, `net1=…`.
    #[arg(long)]
    #[serde(default)]
    set: Vec<String>,
}

fn parse_kind(text: &str) -> Result<GuestKind, String> {
    match text {
        "qemu" => Ok(GuestKind::Qemu),
        "lxc" => Ok(GuestKind::Lxc),
        _ => Err("expected qemu or lxc".to_owned()),
    }
}

/// What a guest is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin<'a> {
    /// An empty disk, and a medium if one is named.
    Medium(Option<&'a str>),
    Image(&'a str),
    ContainerTemplate(&'a str),
    /// A guest that is a template.
    Template(&'a str),
}

/// Options and places, and what must not be seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) name: Option<String>,
    pub(super) set: BTreeMap<String, String>,
    pub(super) secret: Vec<(String, String)>,
    /// Where new volumes go, and how many bytes they take in the end.
    pub(super) storages: BTreeMap<String, u64>,
    /// The size of [`IMPORTED`] that is wished, which the image does not bring.
    pub(super) grown_bytes: Option<u64>,
}

/// The disk that a cloud image becomes.
pub(super) const IMPORTED: &str = "scsi0";

impl Input {
    /// The volume that a container is made of.
    pub(super) fn template_volume(&self) -> Option<&str> {
        match self.kind {
            GuestKind::Lxc => self.template.as_deref(),
            GuestKind::Qemu => None,
        }
    }

    /// Volumes that must be there.
    pub(super) fn sources(&self) -> impl Iterator<Item = &str> {
        [
            self.iso.as_deref(),
            self.image.as_deref(),
            self.template_volume(),
        ]
        .into_iter()
        .flatten()
    }

    /// The copy that a guest from a template begins with.
    pub(super) fn as_clone(&self, cluster: &str, template: &str) -> clone::Input {
        let named = if template.contains(['/', '=']) {
            template.to_owned()
        } else {
            format!("cluster={cluster} {template}")
        };
        clone::Input::one(
            named,
            clone::Copy {
                name: self.name.clone(),
                id: self.id,
                linked: self.linked,
                storage: self.storage.clone(),
                target: self.node.clone(),
                pool: self.pool.clone(),
                description: self.description.clone(),
            },
        )
    }
}

pub(super) fn origin(input: &Input) -> Result<Origin<'_>> {
    let one = match (input.kind, &input.iso, &input.image, &input.template) {
        (GuestKind::Qemu, None, None, Some(template)) => return Ok(Origin::Template(template)),
        (GuestKind::Qemu, None, Some(image), None) => Origin::Image(image),
        (GuestKind::Qemu, iso, None, None) => Origin::Medium(iso.as_deref()),
        (GuestKind::Lxc, None, None, Some(template)) => Origin::ContainerTemplate(template),
        (GuestKind::Lxc, ..) => {
            return Err(Error::invalid("a container is made of a `template` and nothing else").hint(
                "name one such as `local:vztmpl/debian.tar.zst`; `pve.get /nodes/NODE/aplinfo` lists what can be \
                 downloaded",
            ));
        }
        (GuestKind::Qemu, ..) => {
            return Err(Error::invalid("give one of `iso`, `image` and `template`"));
        }
    };
    if input.node.is_none() {
        return Err(Error::invalid("no `node` is named for the new guest")
            .hint("`nodes.list` shows which there are"));
    }
    if input.storage.is_none() {
        return Err(
            Error::invalid("no `storage` is named for the disks of the new guest")
                .hint("`storages.list` shows which there are"),
        );
    }
    if input.linked {
        return Err(Error::invalid("`linked` is for copies of a template"));
    }
    Ok(one)
}

/// The options that the words come to.
pub(super) fn read(input: &Input) -> Result<Plan> {
    let origin = origin(input)?;
    refuse_other_kind(input)?;
    let mut set = BTreeMap::new();
    if let Some(name) = &input.name {
        check_name(input.kind, name)?;
    }
    let is_copy = matches!(origin, Origin::Template(_));
    if !is_copy {
        set.extend(
            input
                .name
                .iter()
                .map(|name| (name_key(input.kind).to_owned(), name.clone())),
        );
        set.extend(
            input
                .description
                .iter()
                .map(|text| ("description".to_owned(), text.clone())),
        );
    }
    let numbers = [
        ("cores", input.cores),
        ("memory", input.memory),
        ("swap", input.swap),
    ];
    for (key, value) in numbers {
        set.extend(value.map(|value| (key.to_owned(), value.to_string())));
    }
    set.extend(
        input
            .nameserver
            .iter()
            .map(|server| ("nameserver".to_owned(), server.clone())),
    );
    if input.onboot {
        set.insert("onboot".to_owned(), "1".to_owned());
    }
    if !input.tag.is_empty() {
        set.insert("tags".to_owned(), input.tag.join(";"));
    }
    let mut secret = Vec::new();
    match input.kind {
        GuestKind::Qemu => machine(input, origin, &mut set, &mut secret)?,
        GuestKind::Lxc => container(input, &mut set, &mut secret)?,
    }
    if !input.set.is_empty() {
        for (key, value) in read_words(&input.set, &[])?.set {
            if key.starts_with("lxc.") {
                return Err(Error::invalid(format!(
                    "`{}` cannot be set over the API of PVE",
                    shown(&key)
                ))
                .hint("lines for LXC itself, `lxc.idmap` among them, are written into the file on the node by root"));
            }
            let said = said_by(input, &key);
            if sealed::is_secret(&key) {
                refuse_twice(&key, said)?;
                secret.push((key, value));
            } else {
                let both = together(&key, said, set.get(&key), value)?;
                set.insert(key, both);
            }
        }
    }
    let grown_bytes = match origin {
        Origin::Image(_) => input.disk_gib.map(|size| u64::from(size) << 30),
        Origin::Medium(_) | Origin::ContainerTemplate(_) | Origin::Template(_) => None,
    };
    let mut storages = BTreeMap::new();
    for (key, value) in &set {
        if super::options::is_volume(input.kind, key)
            && let Some(storage) = new_volume(value)
        {
            let grown = grown_bytes.filter(|_| key == IMPORTED).unwrap_or(0);
            let bytes: &mut u64 = storages.entry(storage.to_owned()).or_default();
            *bytes = bytes.saturating_add(bytes_of(value)).saturating_add(grown);
        }
    }
    Ok(Plan {
        name: input.name.clone(),
        set,
        secret,
        storages,
        grown_bytes,
    })
}

/// Bytes of a new volume: `fast:32` has 32 GiB.
fn bytes_of(value: &str) -> u64 {
    let volume = value.split(',').next().unwrap_or_default();
    let gib = volume.rsplit(':').next().unwrap_or_default();
    pve::parse_size(&format!("{gib}G")).unwrap_or(0)
}

fn refuse_other_kind(input: &Input) -> Result<()> {
    let (other, given) = match input.kind {
        GuestKind::Qemu => (
            "containers",
            [
                ("swap", input.swap.is_some()),
                ("privileged", input.privileged),
                ("nesting", input.nesting),
                ("device", !input.device.is_empty()),
            ],
        ),
        GuestKind::Lxc => (
            "virtual machines",
            [
                ("iso", input.iso.is_some()),
                ("image", input.image.is_some()),
                ("user", input.user.is_some()),
                ("linked", input.linked),
            ],
        ),
    };
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((key, _)) => Err(Error::invalid(format!("`{key}` is for {other} only"))),
    }
}

fn machine(
    input: &Input,
    origin: Origin<'_>,
    set: &mut BTreeMap<String, String>,
    secret: &mut Vec<(String, String)>,
) -> Result<()> {
    let mut put = |key: &str, value: String| {
        set.insert(key.to_owned(), value);
    };
    let storage = input.storage.clone().unwrap_or_default();
    match origin {
        Origin::Medium(iso) => {
            let size = input.disk_gib.unwrap_or(32);
            put("scsi0", format!("{storage}:{size}"));
            put("scsihw", "virtio-scsi-single".to_owned());
            put("ostype", "l26".to_owned());
            if let Some(iso) = iso {
                put("ide2", format!("{iso},media=cdrom"));
                put("boot", "order=scsi0;ide2".to_owned());
            }
        }
        Origin::Image(image) => {
            put(IMPORTED, format!("{storage}:0,import-from={image}"));
            put("ide2", format!("{storage}:cloudinit"));
            put("scsihw", "virtio-scsi-single".to_owned());
            put("ostype", "l26".to_owned());
            put("boot", "order=scsi0".to_owned());
            put("serial0", "socket".to_owned());
            put("vga", "serial0".to_owned());
            put("agent", "1".to_owned());
        }
        Origin::Template(_) | Origin::ContainerTemplate(_) => {
            if input.disk_gib.is_some() {
                return Err(Error::invalid("a copy has the size of its template's disk")
                    .hint("grow it afterwards: `guests.resize`"));
            }
        }
    }
    if let Some(bridge) = &input.bridge {
        put("net0", format!("virtio,bridge={bridge}{}", vlan(input)));
    }
    let tells = input.user.is_some()
        || input.password.is_some()
        || !input.ssh_key.is_empty()
        || input.ip.is_some();
    if tells && matches!(origin, Origin::Medium(_)) {
        return Err(Error::invalid("`user`, `password`, `ssh_key` and `ip` need cloud-init")
            .hint("start from an `image` or a `template` that has it; an installer asks for these itself"));
    }
    if let Some(user) = &input.user {
        put("ciuser", user.clone());
    }
    if !input.ssh_key.is_empty() {
        put("sshkeys", ssh_keys_option(&keys(input)?));
    }
    if let Some(ip) = address(input)? {
        put("ipconfig0", ip);
    }
    for (at, volume) in input.volume.iter().enumerate() {
        put(&format!("scsi{}", at + 1), volume.clone());
    }
    secret.extend(
        input
            .password
            .iter()
            .map(|text| ("cipassword".to_owned(), text.clone())),
    );
    Ok(())
}

fn container(
    input: &Input,
    set: &mut BTreeMap<String, String>,
    secret: &mut Vec<(String, String)>,
) -> Result<()> {
    let mut put = |key: &str, value: String| {
        set.insert(key.to_owned(), value);
    };
    let storage = input.storage.clone().unwrap_or_default();
    put(
        "rootfs",
        format!("{storage}:{}", input.disk_gib.unwrap_or(8)),
    );
    put(
        "unprivileged",
        if input.privileged { "0" } else { "1" }.to_owned(),
    );
    if input.nesting {
        put("features", "nesting=1".to_owned());
    }
    match (&input.bridge, address(input)?) {
        (Some(bridge), ip) => {
            let ip = ip.map(|ip| format!(",{ip}")).unwrap_or_default();
            put(
                "net0",
                format!("name=eth0,bridge={bridge}{ip}{}", vlan(input)),
            );
        }
        (None, Some(_)) => {
            return Err(Error::invalid(
                "an address needs a network card: name its `bridge`",
            ));
        }
        (None, None) => {}
    }
    for (at, volume) in input.volume.iter().enumerate() {
        if !volume.contains("mp=") {
            return Err(Error::invalid(format!(
                "the volume `{}` does not say where it is mounted",
                shown(volume)
            ))
            .hint("write for instance `fast:8,mp=/data`"));
        }
        put(&format!("mp{at}"), volume.clone());
    }
    for (at, device) in input.device.iter().enumerate() {
        put(&format!("dev{at}"), device.clone());
    }
    if !input.ssh_key.is_empty() {
        put("ssh-public-keys", keys(input)?);
    }
    secret.extend(
        input
            .password
            .iter()
            .map(|text| ("password".to_owned(), text.clone())),
    );
    Ok(())
}

fn vlan(input: &Input) -> String {
    input
        .vlan
        .map(|tag| format!(",tag={tag}"))
        .unwrap_or_default()
}

fn address(input: &Input) -> Result<Option<String>> {
    match (&input.ip, &input.gateway) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Error::invalid(
            "a `gateway` needs an address: give `ip` too",
        )),
        (Some(ip), None) => Ok(Some(format!("ip={ip}"))),
        (Some(ip), Some(gateway)) => Ok(Some(format!("ip={ip},gw={gateway}"))),
    }
}

fn keys(input: &Input) -> Result<String> {
    for key in &input.ssh_key {
        let words: Vec<&str> = key.split_whitespace().collect();
        let is_key = words.len() >= 2
            && !key.trim().contains('\n')
            && (words
                .iter()
                .any(|word| word.starts_with("ssh-") || word.starts_with("ecdsa-"))
                || words.iter().any(|word| word.starts_with("sk-")));
        if key.contains("PRIVATE KEY") {
            return Err(
                Error::invalid("this is a private SSH key, which must stay where it is")
                    .hint("give the public one, mostly the file with the ending .pub"),
            );
        }
        if !is_key {
            return Err(
                Error::invalid(format!("`{}` is no public SSH key", shown(key)))
                    .hint("it begins for instance with `ssh-ed25519`"),
            );
        }
    }
    Ok(input.ssh_key.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(input: &Input) -> Vec<String> {
        let plan = read(input).unwrap();
        plan.set
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect()
    }

    #[test]
    fn a_cloud_image_becomes_a_machine_that_cloud_init_sets_up() {
        let input = Input {
            node: Some("pve1".into()),
            name: Some("shop".into()),
            image: Some("local:import/debian.qcow2".into()),
            storage: Some("fast".into()),
            bridge: Some("vmbr0".into()),
            vlan: Some(12),
            ip: Some("10.0.0.5/24".into()),
            gateway: Some("10.0.0.1".into()),
            user: Some("admin".into()),
            password: Some("hunter2".into()),
            ssh_key: vec!["ssh-ed25519 AAAA me".into()],
            ..Input::default()
        };
        assert_eq!(
            words(&input),
            [
                "agent=1",
                "boot=order=scsi0",
                "ciuser=admin",
                "ide2=fast:cloudinit",
                "ipconfig0=ip=10.0.0.5/24,gw=10.0.0.1",
                "name=shop",
                "net0=virtio,bridge=vmbr0,tag=12",
                "ostype=l26",
                "scsi0=fast:0,import-from=local:import/debian.qcow2",
                "scsihw=virtio-scsi-single",
                "serial0=socket",
                "sshkeys=ssh-ed25519%20AAAA%20me",
                "vga=serial0",
            ]
        );
        let plan = read(&input).unwrap();
        assert_eq!(
            plan.secret,
            [("cipassword".to_owned(), "hunter2".to_owned())]
        );
    }

    #[test]
    fn a_container_gets_its_mounts_devices_and_limits() {
        let input = Input {
            kind: GuestKind::Lxc,
            node: Some("pve1".into()),
            template: Some("local:vztmpl/debian.tar.zst".into()),
            storage: Some("fast".into()),
            disk_gib: Some(4),
            bridge: Some("vmbr0".into()),
            ip: Some("dhcp".into()),
            nesting: true,
            volume: vec!["fast:8,mp=/data".into()],
            device: vec!["/dev/ttyUSB0".into()],
            set: vec!["startup=order=2".into(), "cpulimit=1.5".into()],
            ..Input::default()
        };
        assert_eq!(
            words(&input),
            [
                "cpulimit=1.5",
                "dev0=/dev/ttyUSB0",
                "features=nesting=1",
                "mp0=fast:8,mp=/data",
                "net0=name=eth0,bridge=vmbr0,ip=dhcp",
                "rootfs=fast:4",
                "startup=order=2",
                "unprivileged=1",
            ]
        );
    }

    #[test]
    fn what_is_said_twice_is_refused_and_features_are_joined() {
        let container = |set: &str| Input {
            kind: GuestKind::Lxc,
            node: Some("pve1".into()),
            template: Some("local:vztmpl/x.tar.zst".into()),
            storage: Some("fast".into()),
            memory: Some(2048),
            password: Some("hunter22".into()),
            bridge: Some("vmbr0".into()),
            volume: vec!["fast:8,mp=/data".into()],
            nesting: true,
            set: vec![set.into()],
            ..Input::default()
        };
        for (set, option) in [
            ("features=keyctl=1", "features=nesting=1,keyctl=1"),
            ("features=nesting=1,fuse=1", "features=nesting=1,fuse=1"),
            ("memory=2048", "memory=2048"),
            ("mp1=fast:1,mp=/more", "mp1=fast:1,mp=/more"),
            // A default is nobody's word.
            ("unprivileged=0", "unprivileged=0"),
            ("rootfs=fast:20", "rootfs=fast:20"),
        ] {
            assert!(words(&container(set)).contains(&option.to_owned()), "{set}");
        }
        for (set, key, said) in [
            ("features=nesting=0", "features", "nesting"),
            ("memory=4096", "memory", "memory"),
            ("password=other123", "password", "password"),
            ("net0=name=eth0,bridge=vmbr1", "net0", "bridge"),
            ("mp0=fast:1,mp=/more", "mp0", "volume"),
        ] {
            assert_eq!(
                read(&container(set)).unwrap_err().message,
                format!("`{key}` is said twice: by `{said}` and by `set`")
            );
        }
    }

    #[test]
    fn the_disk_of_an_image_grows_to_the_size_that_is_wished() {
        let input = Input {
            node: Some("pve1".into()),
            image: Some("local:import/debian.qcow2".into()),
            storage: Some("fast".into()),
            disk_gib: Some(32),
            ..Input::default()
        };
        let plan = read(&input).unwrap();
        assert_eq!(plan.grown_bytes, Some(32 << 30));
        assert_eq!(
            plan.storages,
            BTreeMap::from([("fast".to_owned(), 32 << 30)])
        );
        assert_eq!(
            plan.set.get("scsi0").map(String::as_str),
            Some("fast:0,import-from=local:import/debian.qcow2")
        );
    }

    #[test]
    fn what_does_not_go_together_is_refused_in_one_sentence() {
        let base = || Input {
            node: Some("pve1".into()),
            storage: Some("fast".into()),
            ..Input::default()
        };
        let lxc = || Input {
            kind: GuestKind::Lxc,
            template: Some("local:vztmpl/x.tar.zst".into()),
            ..base()
        };
        let rows = [
            (
                Input {
                    iso: Some("a".into()),
                    image: Some("b".into()),
                    ..base()
                },
                "give one of `iso`, `image` and `template`",
            ),
            (
                Input {
                    kind: GuestKind::Lxc,
                    ..base()
                },
                "a container is made of a `template` and nothing else",
            ),
            (
                Input {
                    storage: None,
                    ..base()
                },
                "no `storage` is named for the disks of the new guest",
            ),
            (
                Input {
                    user: Some("me".into()),
                    ..base()
                },
                "`user`, `password`, `ssh_key` and `ip` need cloud-init",
            ),
            (
                Input {
                    nesting: true,
                    ..base()
                },
                "`nesting` is for containers only",
            ),
            (
                Input {
                    user: Some("me".into()),
                    ..lxc()
                },
                "`user` is for virtual machines only",
            ),
            (
                Input {
                    set: vec!["lxc.idmap=u 0 100000 65536".into()],
                    ..lxc()
                },
                "`lxc.idmap` cannot be set over the API of PVE",
            ),
            (
                Input {
                    ssh_key: vec!["-----BEGIN OPENSSH PRIVATE KEY-----".into()],
                    ..lxc()
                },
                "this is a private SSH key, which must stay where it is",
            ),
            (
                Input {
                    ip: Some("dhcp".into()),
                    ..lxc()
                },
                "an address needs a network card: name its `bridge`",
            ),
            (
                Input {
                    name: Some("a b".into()),
                    ..base()
                },
                "`a b` is no name for a guest",
            ),
        ];
        for (input, sentence) in rows {
            assert_eq!(read(&input).unwrap_err().message, sentence);
        }
    }
}
