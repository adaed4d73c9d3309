//! Who may change which option of a guest, for every option there is: the simulator refuses exactly whom
//! `pve::option_need` says that PVE would refuse.

use std::collections::{BTreeMap, BTreeSet};

use pve::{GuestAt, GuestConfig, GuestKind, Method, Need, Schema, option_need};
use serde_json::{Value, json};

use crate::client::{Answer, Rig, options, small_world};
use sim::World;

/// A value that PVE takes for each option of a virtual machine; several where it decides by the value.
const MACHINE: &[(&str, &str)] = &[
    ("acpi", "1"),
    ("affinity", "0-1"),
    ("agent", "1"),
    ("allow-ksm", "0"),
    ("amd-sev", "type=es"),
    ("arch", "x86_64"),
    ("args", "-S"),
    ("audio0", "device=AC97"),
    ("autostart", "1"),
    ("balloon", "512"),
    ("bios", "seabios"),
    ("boot", "order=scsi0"),
    ("bootdisk", "scsi0"),
    ("cdrom", "none"),
    ("cicustom", "user=local:snippets/hook.pl"),
    ("cipassword", "secret"),
    ("citype", "nocloud"),
    ("ciupgrade", "0"),
    ("ciuser", "ann"),
    ("cores", "1"),
    ("cpu", "host"),
    ("cpulimit", "1"),
    ("cpuunits", "100"),
    ("description", "text"),
    ("efidisk0", "thin:1"),
    ("freeze", "1"),
    ("hookscript", "local:snippets/hook.pl"),
    ("hostpci0", "mapping=gpu"),
    ("hostpci0", "0000:01:00.0"),
    ("hotplug", "disk"),
    ("hugepages", "2"),
    ("ide0", "thin:1"),
    ("ide2", "none,media=cdrom"),
    ("ide3", "thin:cloudinit"),
    ("intel-tdx", "type=tdx,attestation=0"),
    ("ipconfig0", "ip=dhcp"),
    ("ivshmem", "size=8"),
    ("keephugepages", "1"),
    ("keyboard", "de"),
    ("kvm", "1"),
    ("localtime", "1"),
    ("lock", "backup"),
    ("machine", "q35"),
    ("memory", "1024"),
    ("migrate_downtime", "1"),
    ("migrate_speed", "1"),
    ("name", "other"),
    ("nameserver", "192.0.2.1"),
    ("net0", "virtio,bridge=vmbr0"),
    ("numa", "1"),
    ("numa0", "cpus=0"),
    ("onboot", "0"),
    ("ostype", "l26"),
    ("parallel0", "/dev/parport0"),
    ("protection", "0"),
    ("reboot", "0"),
    ("rng0", "source=/dev/urandom"),
    ("rng0", "source=/dev/hwrng"),
    ("sata0", "thin:1"),
    ("scsi3", "thin:1"),
    ("scsihw", "pvscsi"),
    ("searchdomain", "test"),
    ("serial0", "socket"),
    ("serial0", "/dev/ttyS0"),
    ("shares", "100"),
    ("smbios1", "uuid=11111111-2222-3333-4444-555555555555"),
    ("smp", "1"),
    ("sockets", "1"),
    ("spice_enhancements", "foldersharing=1"),
    ("sshkeys", "ssh-ed25519%20AAAA"),
    ("startdate", "now"),
    ("startup", "order=1"),
    ("tablet", "0"),
    ("tags", "blue"),
    ("tdf", "1"),
    ("template", "1"),
    ("tpmstate0", "thin:1,version=v2.0"),
    ("unused0", "thin:vm-101-disk-7"),
    ("usb0", "spice"),
    ("usb1", "mapping=stick"),
    ("usb2", "host=1234:5678"),
    ("vcpus", "1"),
    ("vga", "std"),
    ("virtio0", "thin:1"),
    ("virtiofs0", "dirid=share"),
    ("vmgenid", "1"),
    ("vmstatestorage", "thin"),
    ("watchdog", "model=i6300esb"),
];

/// The same for containers.
const CONTAINER: &[(&str, &str)] = &[
    ("arch", "amd64"),
    ("cmode", "shell"),
    ("console", "1"),
    ("cores", "1"),
    ("cpulimit", "1"),
    ("cpuunits", "100"),
    ("debug", "0"),
    ("description", "text"),
    ("dev0", "/dev/kvm"),
    ("entrypoint", "/sbin/init"),
    ("env", "A=1"),
    ("features", "nesting=1"),
    ("features", "keyctl=1"),
    ("hookscript", "local:snippets/hook.pl"),
    ("hostname", "other"),
    ("memory", "1024"),
    ("mp0", "local:1,mp=/data"),
    ("mp1", "/srv,mp=/srv"),
    ("nameserver", "192.0.2.1"),
    ("net0", "name=eth0,bridge=vmbr0"),
    ("onboot", "0"),
    ("ostype", "debian"),
    ("protection", "0"),
    ("rootfs", "local:2"),
    ("searchdomain", "test"),
    ("startup", "order=1"),
    ("swap", "512"),
    ("tags", "blue"),
    ("timezone", "host"),
    ("tty", "2"),
    ("unused0", "local:102/vm-102-disk-7.raw"),
    ("template", "1"),
    ("lock", "backup"),
];

/// Parameters that are no option; `unprivileged` is read-only for everybody.
const HOW: &[&str] = &[
    "background_delay",
    "delete",
    "digest",
    "force",
    "import-working-storage",
    "node",
    "revert",
    "skiplock",
    "unprivileged",
    "vmid",
];

/// One privilege of these on a path.
type Leaf = (String, Vec<String>);

fn leaves(need: &Need, into: &mut BTreeSet<Leaf>) {
    match need {
        Need::All(parts) => parts.iter().for_each(|part| leaves(part, into)),
        Need::Privileges {
            path,
            privileges,
            any,
        } if *any || privileges.len() == 1 => {
            into.insert((path.clone(), privileges.clone()));
        }
        other => panic!("a need without privileges: {other:?}"),
    }
}

/// The simulator, whose token may everything, and a user without rights.
struct Office {
    rig: Rig,
    ann: Vec<(&'static str, String)>,
    every: Vec<String>,
    at: GuestAt,
}

impl Office {
    async fn open(kind: GuestKind) -> Self {
        let world = small_world(&json!({
            "identity": { "user": "ann@pve", "grants": [{ "path": "/", "role": "NoAccess" }] },
            "volumes": [{ "volid": "local:snippets/hook.pl", "content": "snippets", "size_gb": 0.1 }],
        }));
        let rig = Rig::start(options(World::from_json(&world).unwrap())).await;
        let token = rig.sim.identity_token().unwrap().to_owned();
        let roles = rig.get("/access/roles/Administrator").await;
        let every = roles.data().as_object().unwrap().keys().cloned().collect();
        let vmid = if kind == GuestKind::Qemu { 101 } else { 102 };
        Self {
            rig,
            ann: vec![("authorization", format!("PVEAPIToken={token}"))],
            every,
            at: GuestAt {
                node: "pve1".parse().unwrap(),
                kind,
                vmid: vmid.try_into().unwrap(),
            },
        }
    }

    fn path(&self) -> String {
        format!("/nodes/pve1/{}/{}/config", self.at.kind, self.at.vmid)
    }

    async fn config(&mut self) -> GuestConfig {
        self.rig.come_with_token();
        let answer = self.rig.get(&self.path()).await;
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let values = answer.data().as_object().unwrap().iter();
        GuestConfig {
            digest: None,
            values: values
                .map(|(key, value)| (key.clone(), text(value)))
                .collect(),
        }
    }

    /// Gives the user exactly these privileges, and nothing below them.
    async fn grant(&mut self, by_path: &BTreeMap<String, Vec<String>>) {
        self.rig.come_with_token();
        let standing = self.rig.get("/access/acl").await;
        for entry in standing.data().as_array().unwrap() {
            if entry["ugid"] == "ann@pve" {
                let (path, role) = (entry["path"].as_str(), entry["roleid"].as_str());
                let gone = [
                    ("path", path.unwrap()),
                    ("roles", role.unwrap()),
                    ("users", "ann@pve"),
                    ("delete", "1"),
                ];
                ok(&self.rig.put("/access/acl", &gone).await);
            }
        }
        for (number, (path, privileges)) in by_path.iter().enumerate() {
            let role = format!("test{number}");
            self.rig.delete(&format!("/access/roles/{role}")).await;
            let privs = privileges.join(",");
            ok(&self
                .rig
                .post("/access/roles", &[("roleid", &role), ("privs", &privs)])
                .await);
            let entry = [
                ("path", path.as_str()),
                ("roles", &role),
                ("users", "ann@pve"),
            ];
            ok(&self.rig.put("/access/acl", &entry).await);
        }
    }

    async fn as_ann(&mut self, form: &[(&str, &str)]) -> Answer {
        self.rig.with_headers(self.ann.clone());
        self.rig.put(&self.path(), form).await
    }

    /// A change as somebody with everything but one privilege, and as somebody with nothing else.
    async fn try_change(&mut self, key: &str, value: Option<&str>) {
        let form = [value.map_or(("delete", key), |value| (key, value))];
        let config = self.config().await;
        let need = option_need(&self.at, &config, key, value);
        let on = format!("{} {key}={value:?}", self.at.kind);
        if need.is_roots() {
            let all = BTreeMap::from([("/".to_owned(), self.every.clone())]);
            self.grant(&all).await;
            let answer = self.as_ann(&form).await;
            assert!(
                is_refused(&answer) && answer.reason.contains("root"),
                "{on}: {answer:?}"
            );
            return;
        }
        let mut wanted = BTreeSet::new();
        leaves(&need, &mut wanted);
        for (path, one_of) in &wanted {
            let most: Vec<String> = self
                .every
                .iter()
                .filter(|one| !one_of.contains(one))
                .cloned()
                .collect();
            self.grant(&BTreeMap::from([("/".to_owned(), most)])).await;
            let answer = self.as_ann(&form).await;
            let text = format!("Permission check failed ({path}, {})", one_of.join("|"));
            assert_eq!(
                (answer.status, answer.reason.as_str()),
                (403, text.as_str()),
                "{on}"
            );
        }
        // Of several that would do, each does.
        for choice in 0..2 {
            let mut just = BTreeMap::<String, Vec<String>>::new();
            for (path, one_of) in &wanted {
                let one = one_of.get(choice).unwrap_or(&one_of[0]);
                just.entry(path.clone()).or_default().push(one.clone());
            }
            // The call itself wants one of those that are for configurations.
            let here = just.entry(format!("/vms/{}", self.at.vmid)).or_default();
            if !here.iter().any(|one| one.starts_with("VM.Config.")) {
                let other = if key == "cores" {
                    "VM.Config.Memory"
                } else {
                    "VM.Config.CPU"
                };
                here.push(other.to_owned());
            }
            self.grant(&just).await;
            let answer = self.as_ann(&form).await;
            assert!(!is_refused(&answer), "{on} with {just:?}: {answer:?}");
        }
    }
}

fn ok(answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn is_refused(answer: &Answer) -> bool {
    answer.status == 403 || answer.reason.starts_with("only root")
}

/// Every option of the kind without its number, as the simulator describes its own interface.
async fn described(rig: &Rig, kind: GuestKind) -> BTreeSet<String> {
    let page = rig.get("/pve-docs/api-viewer/apidoc.js").await;
    let schema = Schema::read(page.text.as_bytes()).unwrap();
    let path = format!("/nodes/pve1/{kind}/100/config").parse().unwrap();
    let found = schema.find(Method::Put, &path).unwrap();
    let names = found.method.parameters.iter().map(|one| one.name.as_str());
    names.filter(|name| !HOW.contains(name)).map(bare).collect()
}

fn bare(name: &str) -> String {
    name.trim_end_matches("[n]")
        .trim_end_matches(|letter: char| letter.is_ascii_digit())
        .to_owned()
}

async fn agree(kind: GuestKind, table: &[(&str, &str)]) {
    let mut office = Office::open(kind).await;
    // Of a stopped guest nothing waits.
    let stop = office.path().replace("/config", "/status/stop");
    ok(&office.rig.post(&stop, &[]).await);
    office.rig.wait_s(60);
    let known: BTreeSet<String> = table.iter().map(|(key, _)| bare(key)).collect();
    assert_eq!(
        known,
        described(&office.rig, kind).await,
        "every option is in the table"
    );
    for (key, value) in table {
        office.try_change(key, Some(value)).await;
        if office.config().await.get(key).is_some() {
            office.try_change(key, None).await;
        }
    }
}

#[tokio::test]
async fn the_simulator_and_the_client_agree_on_the_rights_of_every_option_of_a_machine() {
    agree(GuestKind::Qemu, MACHINE).await;
}

#[tokio::test]
async fn the_simulator_and_the_client_agree_on_the_rights_of_every_option_of_a_container() {
    agree(GuestKind::Lxc, CONTAINER).await;
}
