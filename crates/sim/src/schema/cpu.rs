//! Processor types of virtual machines.

use super::property;
use super::table::{Kind, Property, Role};

/// Processor models that QEMU and PVE bring along.
const MODELS: &str = "486 Broadwell Broadwell-IBRS Broadwell-noTSX Broadwell-noTSX-IBRS Cascadelake-Server Cascadelake-Server-noTSX Cascadelake-Server-v2 Cascadelake-Server-v4 Cascadelake-Server-v5 ClearwaterForest Conroe Cooperlake Cooperlake-v2 DiamondRapids EPYC EPYC-Genoa EPYC-Genoa-v2 EPYC-IBPB EPYC-Milan EPYC-Milan-v2 EPYC-Milan-v3 EPYC-Rome EPYC-Rome-v2 EPYC-Rome-v3 EPYC-Rome-v4 EPYC-Rome-v5 EPYC-Turin EPYC-v3 EPYC-v4 EPYC-v5 GraniteRapids GraniteRapids-v2 Haswell Haswell-IBRS Haswell-noTSX Haswell-noTSX-IBRS Icelake-Client Icelake-Client-noTSX Icelake-Server Icelake-Server-noTSX Icelake-Server-v3 Icelake-Server-v4 Icelake-Server-v5 Icelake-Server-v6 IvyBridge IvyBridge-IBRS KnightsMill Nehalem Nehalem-IBRS Opteron_G1 Opteron_G2 Opteron_G3 Opteron_G4 Opteron_G5 Penryn SandyBridge SandyBridge-IBRS SapphireRapids SapphireRapids-v2 SapphireRapids-v3 SierraForest Skylake-Client Skylake-Client-IBRS Skylake-Client-noTSX-IBRS Skylake-Client-v4 Skylake-Server Skylake-Server-IBRS Skylake-Server-noTSX-IBRS Skylake-Server-v4 Skylake-Server-v5 Westmere Westmere-IBRS YongFeng athlon core2duo coreduo host kvm32 kvm64 max pentium pentium2 pentium3 phenom qemu32 qemu64 x86-64-v2 x86-64-v2-AES x86-64-v3 x86-64-v4";

/// Flags that may be set for one virtual machine.
pub(crate) const FLAGS: &[&str] = &[
    "aes",
    "amd-no-ssb",
    "amd-ssbd",
    "hv-evmcs",
    "hv-tlbflush",
    "ibpb",
    "md-clear",
    "nested-virt",
    "pcid",
    "pdpe1gb",
    "spec-ctrl",
    "ssbd",
    "virt-ssbd",
];

/// Names of the models that QEMU and PVE bring along.
pub(crate) fn models() -> impl Iterator<Item = &'static str> {
    MODELS.split(' ')
}

/// Checks a value of the option `cpu`.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let value = |name, is_default, kind| Property {
        name,
        required: false,
        is_default,
        role: Role::Value(kind),
        needs: None,
    };
    let any = || Kind::Text {
        min: None,
        max: None,
    };
    let whole = || Kind::Integer {
        min: Some(32),
        max: Some(64),
    };
    let keys = [
        value("cputype", true, any()),
        value("flags", false, any()),
        value("guest-phys-bits", false, whole()),
        value("hidden", false, Kind::Boolean),
        value("hv-vendor-id", false, any()),
        value("phys-bits", false, any()),
        value("reported-model", false, any()),
    ];
    let trimmed = |text: String| text.trim_end_matches('\n').to_owned();
    let found = property::read(text, &keys).map_err(trimmed)?;
    if let Some(bits) = found.get("phys-bits")
        && bits != "host"
        && !bits
            .parse::<u8>()
            .is_ok_and(|bits| (8..=64).contains(&bits))
    {
        return Err(format!(
            "format error\n{}.phys-bits: invalid format - value must be an integer between 8 and 64 or 'host'\n",
            property::NAME
        ));
    }
    let Some(model) = found.get("cputype") else {
        return Err("CPU is missing cputype".to_owned());
    };
    if let Some(own) = model.strip_prefix("custom-") {
        return Err(format!("Custom cputype '{own}' not found"));
    }
    if !MODELS.split(' ').any(|known| known == model) {
        return Err(format!(
            "Built-in cputype '{model}' is not defined (missing 'custom-' prefix?)"
        ));
    }
    let flags = found.get("flags").map_or("", String::as_str);
    let all_known = flags
        .split(';')
        .filter(|flag| !flag.is_empty())
        .all(|flag| FLAGS.contains(&flag.trim_start_matches(['+', '-'])));
    if all_known {
        return Ok(());
    }
    Err(format!(
        "VM-specific CPU flags must be a subset of: {}",
        FLAGS.join(", ")
    ))
}
