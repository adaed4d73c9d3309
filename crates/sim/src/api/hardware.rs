//! The devices of a node. Every node of a simulated cluster is the same model of server.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::schema::check::list_items;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nodes/{node}/hardware/pci", pci)
            .checked("/", &["Sys.Audit", "Sys.Modify"])
            .constant(),
        // Nothing is plugged in.
        Route::get("/nodes/{node}/hardware/usb", |_, _| Ok(json!([]).into()))
            .checked("/", &["Sys.Modify"])
            .constant(),
    ]
}

/// Address, class, vendor, device, group, and the names of the last two.
type Device = (&'static str, u32, u16, u16, i32, &'static str, &'static str);

const DEVICES: &[Device] = &[
    (
        "0000:00:00.0",
        0x06_0000,
        0x1022,
        0x1480,
        0,
        AMD,
        "Starship/Matisse Root Complex",
    ),
    (
        "0000:00:14.0",
        0x0c_0500,
        0x1022,
        0x790b,
        1,
        AMD,
        "FCH SMBus Controller",
    ),
    (
        "0000:41:00.0",
        0x01_0802,
        0x144d,
        0xa80a,
        14,
        "Samsung Electronics Co Ltd",
        "NVMe SSD Controller PM9A1/PM9A3/980PRO",
    ),
    (
        "0000:61:00.0",
        0x02_0000,
        0x8086,
        0x1563,
        21,
        "Intel Corporation",
        "Ethernet Controller X550",
    ),
    (
        "0000:61:00.1",
        0x02_0000,
        0x8086,
        0x1563,
        22,
        "Intel Corporation",
        "Ethernet Controller X550",
    ),
    (
        "0000:c1:00.0",
        0x03_0000,
        0x1a03,
        0x2000,
        30,
        "ASPEED Technology, Inc.",
        "ASPEED Graphics Family",
    ),
];
const AMD: &str = "Advanced Micro Devices, Inc. [AMD]";

/// Whether a device is at that address of a node; without a function all of them count.
pub(crate) fn has_pci(cluster: &Cluster, node: &str, path: &str) -> bool {
    cluster.node(node).is_some()
        && path.split(';').all(|path| {
            DEVICES.iter().any(|(id, ..)| {
                *id == path || id.rsplit_once('.').is_some_and(|(slot, _)| slot == path)
            })
        })
}

fn pci(_: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    // Memory controllers, bridges and processors cannot be given to a guest.
    let hidden = request
        .text("pci-class-blacklist")
        .unwrap_or_else(|| "05;06;0b".to_owned());
    let hidden: Vec<u32> = list_items(&hidden)
        .filter_map(|class| u32::from_str_radix(class.trim_start_matches("0x"), 16).ok())
        .collect();
    let brief = request
        .text("verbose")
        .is_some_and(|verbose| verbose == "0");
    let rows: Value = DEVICES
        .iter()
        .filter(|(_, class, ..)| !hidden.contains(&(class >> 16)))
        .map(|(id, class, vendor, device, group, vendor_name, device_name)| {
            if brief {
                return json!({ "id": id });
            }
            json!({
                "id": id, "class": format!("0x{class:06x}"), "vendor": format!("0x{vendor:04x}"),
                "device": format!("0x{device:04x}"), "iommugroup": group, "vendor_name": vendor_name,
                "device_name": device_name, "subsystem_vendor": format!("0x{vendor:04x}"),
                "subsystem_device": format!("0x{device:04x}"), "subsystem_vendor_name": vendor_name,
            })
        })
        .collect();
    Ok(rows.into())
}
