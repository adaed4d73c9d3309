//! What a node's QEMU can do: processor models and flags, machine types, migration.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::schema::cpu;
use crate::version::PveVersion;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nodes/{node}/capabilities/qemu/cpu", models).constant(),
        Route::get("/nodes/{node}/capabilities/qemu/cpu-flags", flags)
            .since(PveVersion::V9_1)
            .constant(),
        Route::get("/nodes/{node}/capabilities/qemu/machines", machines).constant(),
        Route::get("/nodes/{node}/capabilities/qemu/migration", |_, _| {
            Ok(json!({ "has-dbus-vmstate": true }).into())
        })
        .checked("/nodes/{node}", &["Sys.Audit"])
        .since(PveVersion::V9_1)
        .constant(),
    ]
}

fn models(_: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = cpu::models()
        .map(|name| json!({ "name": name, "custom": 0, "vendor": vendor(name) }))
        .collect();
    Ok(rows.into())
}

fn vendor(model: &str) -> &'static str {
    let starts = |starts: &[&str]| starts.iter().any(|start| model.starts_with(start));
    if starts(&["EPYC", "Opteron", "athlon", "phenom"]) {
        "AuthenticAMD"
    } else if starts(&["host", "kvm", "max", "qemu", "x86-64"]) {
        "default"
    } else if starts(&["YongFeng"]) {
        "CentaurHauls"
    } else {
        "GenuineIntel"
    }
}

fn flags(_: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = cpu::FLAGS
        .iter()
        .map(|name| json!({ "name": name, "description": meaning(name) }))
        .collect();
    Ok(rows.into())
}

fn meaning(flag: &str) -> &'static str {
    match flag {
        "aes" => "AES instructions of the processor",
        "amd-no-ssb" => "the processor is not affected by speculative store bypass",
        "amd-ssbd" | "ssbd" | "virt-ssbd" => "protection against speculative store bypass",
        "hv-evmcs" => "nested virtualization for Windows guests on Intel processors",
        "hv-tlbflush" => "Windows guests flush remote translation buffers through the hypervisor",
        "ibpb" => "indirect branch prediction barrier of AMD processors",
        "md-clear" => "the guest is told that microarchitectural data sampling is mitigated",
        "nested-virt" => "the guest may run guests of its own",
        "pcid" => "the mitigation of Meltdown costs less",
        "pdpe1gb" => "pages of 1 GB",
        "spec-ctrl" => "mitigation of Spectre on Intel processors",
        _ => "",
    }
}

/// Machine types of the QEMU of this release and of those before it, newest first.
fn machines(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    const ALL: &[&str] = &[
        "10.1",
        "10.0+pve1",
        "10.0",
        "9.2+pve1",
        "9.2",
        "9.1",
        "9.0",
        "8.2",
        "8.1",
        "8.0",
        "7.2",
        "7.1",
        "7.0",
        "6.2",
        "6.1",
        "6.0",
    ];
    let newest = match cluster.version {
        PveVersion::V8_4 => "9.2+pve1",
        PveVersion::V9_1 => "10.0+pve1",
        PveVersion::V9_2 => "10.1",
    };
    let rows: Value = ALL
        .iter()
        .skip_while(|version| **version != newest)
        .flat_map(|version| {
            [("pc-i440fx", "i440fx"), ("pc-q35", "q35")].map(|(start, kind)| {
                json!({ "id": format!("{start}-{version}"), "type": kind, "version": version })
            })
        })
        .collect();
    Ok(rows.into())
}
