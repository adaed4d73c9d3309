//! What cloud-init sets as addresses: `ipconfigN`.

use crate::property::{PropertyError, PropertyString, guest_shapes, property_type};

/// The addresses of a card by cloud-init.
///
/// ```
/// let config: pve::IpConfig = "ip=10.0.0.5/24,gw=10.0.0.1".parse()?;
/// assert_eq!(config.to_string(), "gw=10.0.0.1,ip=10.0.0.5/24");
/// assert!("gw=10.0.0.1".parse::<pve::IpConfig>().is_err());
/// # Ok::<(), pve::PropertyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpConfig {
    options: PropertyString,
}

property_type!(IpConfig, &guest_shapes::IP_CONFIG);

impl IpConfig {
    /// Would PVE take it? A gateway needs an address of its version.
    pub fn check(&self) -> Result<(), PropertyError> {
        self.options.check()?;
        if self.gateway_v4().is_some() && self.address_v4() == Some("dhcp") {
            let text = "gateway specified together with DHCP";
            return Err(PropertyError::Conflict(text.to_owned()));
        }
        match (self.gateway_v6(), self.address_v6()) {
            (Some(_), Some(word @ ("dhcp" | "auto"))) => {
                let text = format!("IPv6 gateway specified together with {word} address");
                Err(PropertyError::Conflict(text))
            }
            _ => Ok(()),
        }
    }

    /// `dhcp` or address and prefix length.
    pub fn address_v4(&self) -> Option<&str> {
        self.options.get("ip")
    }

    /// `auto`, `dhcp` or address and prefix length.
    pub fn address_v6(&self) -> Option<&str> {
        self.options.get("ip6")
    }

    /// The gateway.
    pub fn gateway_v4(&self) -> Option<&str> {
        self.options.get("gw")
    }

    /// The gateway for IPv6.
    pub fn gateway_v6(&self) -> Option<&str> {
        self.options.get("gw6")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateways_need_fitting_addresses() {
        for bad in [
            "gw=10.0.0.1",
            "ip=dhcp,gw=10.0.0.1",
            "ip6=auto,gw6=fd00::1",
            "ip=10.0.0.5",
            "ip=10.0.0.5/24,gw=fd00::1",
        ] {
            assert!(bad.parse::<IpConfig>().is_err(), "{bad}");
        }
        for good in [
            "ip=dhcp",
            "ip6=auto",
            "gw6=fd00::1,ip6=fd00::5/64",
            "ip=dhcp,ip6=dhcp",
        ] {
            assert_eq!(good.parse::<IpConfig>().unwrap().to_string(), good);
        }
    }
}
