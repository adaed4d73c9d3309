//! The network interfaces inside a guest with their addresses: told by the agent of a virtual
//! machine, seen by the node for a container.

use serde_json::Value;

use crate::answer::{Loose, answers};
use crate::client::Client;
use crate::error::Result;
use crate::ids::{GuestAt, GuestKind};
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// A network interface inside a guest.
    GuestInterface {
        /// As `eth0`.
        name: String = "name",
        /// Its hardware address.
        mac: Option<String> = "hardware-address" | "hwaddr",
        /// Its addresses.
        addresses: Vec<GuestAddress> = "ip-addresses",
        /// Counters since its start; virtual machines only.
        statistics: Option<InterfaceStatistics> = "statistics",
        /// Containers of 8.x: `192.0.2.7/24` instead of a list.
        inet: Option<String> = "inet",
        /// Containers of 8.x: the address of IPv6.
        inet6: Option<String> = "inet6",
    }

    /// An address of a guest.
    GuestAddress {
        /// The address, as it was told.
        address: String = "ip-address",
        /// Length of the prefix.
        prefix: Option<u64> = "prefix",
    }

    /// Counters of an interface, as the guest sees them.
    InterfaceStatistics {
        /// Received.
        received_bytes: Option<u64> = "rx-bytes",
        /// Sent.
        sent_bytes: Option<u64> = "tx-bytes",
        /// Errors of receiving.
        receive_errors: Option<u64> = "rx-errs",
        /// Errors of sending.
        send_errors: Option<u64> = "tx-errs",
    }
}

impl GuestInterface {
    /// The spelling of 8.x becomes the one of 9.x.
    fn unified(mut self) -> Self {
        for text in [self.inet.take(), self.inet6.take()].into_iter().flatten() {
            let (address, prefix) = text.split_once('/').unwrap_or((&text, ""));
            if self.addresses.iter().any(|known| known.address == address) {
                continue;
            }
            let (address, prefix) = (address.to_owned(), prefix.parse().ok());
            self.addresses.push(GuestAddress { address, prefix });
        }
        self
    }
}

struct Interfaces(Vec<GuestInterface>);

impl Loose for Interfaces {
    fn loose(value: Option<&Value>) -> Option<Self> {
        Vec::<GuestInterface>::loose(value).map(Self)
    }
}

impl Client {
    /// The interfaces inside a guest (PVE: `agent/network-get-interfaces` of virtual machines,
    /// which needs their agent; `…/interfaces` of containers). A stopped container has none.
    pub async fn guest_interfaces(&self, guest: &GuestAt) -> Result<Vec<GuestInterface>> {
        let found = match guest.kind {
            GuestKind::Qemu => {
                let command = "network-get-interfaces";
                let Interfaces(found) = self.agent_ask(guest, command).await?;
                found
            }
            GuestKind::Lxc => {
                let path = ApiPath::guest(guest, &["interfaces"]);
                self.list_of(path, Params::new()).await?
            }
        };
        Ok(found.into_iter().map(GuestInterface::unified).collect())
    }
}
