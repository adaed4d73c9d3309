//! Devices of a node that guests could be given.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// A device on the PCI bus.
    PciDevice {
        /// Its address, as `0000:01:00.0`.
        id: String = "id",
        /// As `0x030000`.
        class: Option<String> = "class",
        /// As `0x10de`.
        vendor: Option<String> = "vendor",
        /// Who made it.
        vendor_name: Option<String> = "vendor_name",
        /// As `0x1b80`.
        device: Option<String> = "device",
        /// What it is called.
        device_name: Option<String> = "device_name",
        /// Devices of a group are given away together; -1: no IOMMU.
        iommu_group: Option<i64> = "iommugroup",
        /// Can it be split in mediated devices?
        mediated: bool = "mdev",
    }
    /// A device on the USB.
    UsbDevice {
        /// As `046d`.
        vendor_id: String = "vendid",
        /// As `c52b`.
        product_id: String = "prodid",
        /// Number of the bus.
        bus: Option<u64> = "busnum",
        /// Its number on the bus now.
        device: Option<u64> = "devnum",
        /// Number of the port.
        port: Option<u64> = "port",
        /// Its place through hubs, as `1.2`.
        path: Option<String> = "usbpath",
        /// How deep below the root it hangs.
        level: Option<u64> = "level",
        /// Number of its class; 9 is a hub.
        class: Option<u64> = "class",
        /// Megabits per second.
        speed: Option<String> = "speed",
        /// Who made it.
        manufacturer: Option<String> = "manufacturer",
        /// What it is called.
        product: Option<String> = "product",
        /// Its serial number.
        serial: Option<String> = "serial",
    }
}

impl Client {
    /// Devices on the PCI bus. `all` also lists memory controllers, bridges and processors, which
    /// PVE leaves out.
    pub async fn pci_devices(&self, node: &NodeName, all: bool) -> Result<Vec<PciDevice>> {
        let path = ApiPath::node(node, &["hardware", "pci"]);
        let params = Params::new().with_some("pci-class-blacklist", all.then_some(""));
        self.list_of(path, params).await
    }

    /// Devices on the USB.
    pub async fn usb_devices(&self, node: &NodeName) -> Result<Vec<UsbDevice>> {
        let path = ApiPath::node(node, &["hardware", "usb"]);
        self.list_of(path, Params::new()).await
    }
}
