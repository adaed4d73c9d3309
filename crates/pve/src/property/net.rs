//! Network cards: `netN` of virtual machines and of containers.

use crate::formats::NamedFormat;
use crate::property::{guest_shapes, property_type};

/// A network card of a virtual machine.
///
/// ```
/// let net: pve::QemuNet = "bridge=vmbr0,model=virtio,macaddr=BC:24:11:00:00:01".parse()?;
/// assert_eq!(net.to_string(), "virtio=BC:24:11:00:00:01,bridge=vmbr0");
/// assert_eq!((net.model(), net.bridge()), ("virtio", Some("vmbr0")));
/// # Ok::<(), pve::PropertyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QemuNet {
    options: crate::property::PropertyString,
}

property_type!(QemuNet, &guest_shapes::QEMU_NET);

impl QemuNet {
    /// Would PVE take it?
    pub fn check(&self) -> Result<(), crate::property::PropertyError> {
        self.options.check()
    }

    /// The model of the card, as `virtio`.
    pub fn model(&self) -> &str {
        self.options.get("model").unwrap_or_default()
    }

    /// The hardware address. A request may leave it out: PVE then makes one up.
    pub fn mac(&self) -> Option<&str> {
        self.options.get("macaddr")
    }

    /// The bridge; without one the card has a network of its own behind the node's address.
    pub fn bridge(&self) -> Option<&str> {
        self.options.get("bridge")
    }

    /// The VLAN.
    pub fn tag(&self) -> Option<u64> {
        self.options.number("tag")
    }

    /// Does the firewall of PVE look at its traffic?
    pub fn is_filtered(&self) -> bool {
        self.options.flag("firewall").unwrap_or(false)
    }
}

/// A network card of a container.
///
/// ```
/// let net: pve::LxcNet = "bridge=vmbr0,name=eth0,ip=dhcp".parse()?;
/// assert_eq!(net.to_string(), "name=eth0,bridge=vmbr0,ip=dhcp");
/// # Ok::<(), pve::PropertyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LxcNet {
    options: crate::property::PropertyString,
}

property_type!(LxcNet, &guest_shapes::LXC_NET);

impl LxcNet {
    /// Would PVE take it?
    pub fn check(&self) -> Result<(), crate::property::PropertyError> {
        self.options.check()
    }

    /// The name inside the container, as `eth0`.
    pub fn name(&self) -> &str {
        self.options.get("name").unwrap_or_default()
    }

    /// The hardware address. A request may leave it out: PVE then makes one up.
    pub fn mac(&self) -> Option<&str> {
        self.options.get("hwaddr")
    }

    /// The bridge.
    pub fn bridge(&self) -> Option<&str> {
        self.options.get("bridge")
    }

    /// The VLAN.
    pub fn tag(&self) -> Option<u64> {
        self.options.number("tag")
    }

    /// Does the firewall of PVE look at its traffic?
    pub fn is_filtered(&self) -> bool {
        self.options.flag("firewall").unwrap_or(false)
    }
}

/// A hardware address from a prefix (PVE's own is `BC:24:11`, a data centre may set another) and
/// random bytes, of which as many are used as the prefix leaves room for. Nothing if the prefix
/// does not begin a unicast address.
pub fn mac_address(prefix: &str, random: [u8; 5]) -> Option<String> {
    let mut pairs: Vec<String> = prefix.split(':').map(str::to_uppercase).collect();
    for byte in random {
        if pairs.len() < 6 {
            pairs.push(format!("{byte:02X}"));
        }
    }
    let address = pairs.join(":");
    NamedFormat::MacAddress
        .check(&address)
        .is_ok()
        .then_some(address)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::property::PropertyError;

    #[test]
    fn a_card_without_a_model_is_none() {
        assert!("bridge=vmbr0".parse::<QemuNet>().is_err());
        assert!("virtio=zz,bridge=vmbr0".parse::<QemuNet>().is_err());
        assert_eq!(
            "virtio=BC:24:11:00:00:01,e1000=BC:24:11:00:00:02".parse::<QemuNet>(),
            Err(PropertyError::AliasTwice("model".to_owned()))
        );
    }

    #[test]
    fn refusals_name_the_option_and_the_key() {
        let refused = "virtio,tag=5000"
            .parse::<QemuNet>()
            .unwrap_err()
            .within("net0");
        assert_eq!(
            refused.to_string(),
            "format error\nnet0.tag: value must have a maximum value of 4094"
        );
    }

    #[test]
    fn a_made_up_address_is_unicast_and_keeps_the_prefix() {
        let address = mac_address("BC:24:11", [1, 2, 0xab, 4, 5]);
        assert_eq!(address.as_deref(), Some("BC:24:11:01:02:AB"));
        assert_eq!(mac_address("01:00:5e", [0; 5]), None);
        assert_eq!(mac_address("nonsense", [0; 5]), None);
    }

    proptest! {
        #[test]
        fn cards_survive_writing_and_reading(
            model in "virtio|e1000|vmxnet3|ne2k_pci",
            random: [u8; 5],
            with_address: bool,
            tag in proptest::option::of(1_u16..4095),
            firewall: Option<bool>,
        ) {
            let mut net = QemuNet::read(&format!("{model},bridge=vmbr0")).unwrap();
            if with_address {
                let address = mac_address("BC:24:11", random).unwrap();
                net.options_mut().set("macaddr", &address).unwrap();
            }
            if let Some(tag) = tag { net.options_mut().set("tag", &tag.to_string()).unwrap(); }
            if let Some(on) = firewall { net.options_mut().set("firewall", if on { "on" } else { "off" }).unwrap(); }
            let again: QemuNet = net.to_string().parse().unwrap();
            prop_assert_eq!(again.to_string(), net.to_string());
            prop_assert_eq!(again, net);
        }
    }
}
