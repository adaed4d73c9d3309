//! The order in which a virtual machine looks for something to boot.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The option `boot`.
///
/// ```
/// let boot: pve::BootOrder = "order=scsi0;ide2;net0".parse()?;
/// assert_eq!(boot.devices(), ["scsi0", "ide2", "net0"]);
/// assert_eq!(boot.to_string(), "order=scsi0;ide2;net0");
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BootOrder {
    /// These devices, in this order; none of them is none at all.
    Devices(Vec<String>),
    /// The old form: letters for floppy, disk, CD and network, together with the option `bootdisk`;
    /// or text that is neither form, kept as it came.
    Letters(String),
}

impl BootOrder {
    /// The devices in order; none for the old form.
    pub fn devices(&self) -> &[String] {
        match self {
            Self::Devices(devices) => devices,
            Self::Letters(_) => &[],
        }
    }
}

impl FromStr for BootOrder {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let Some(list) = text.strip_prefix("order=") else {
            return Ok(Self::Letters(text.to_owned()));
        };
        // Anything behind the list (PVE allows `legacy=…` there) is not a list of devices.
        if list.contains([',', '=']) {
            return Ok(Self::Letters(text.to_owned()));
        }
        Ok(Self::Devices(
            list.split(';')
                .filter(|device| !device.is_empty())
                .map(str::to_owned)
                .collect(),
        ))
    }
}

impl fmt::Display for BootOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Devices(devices) => write!(f, "order={}", devices.join(";")),
            Self::Letters(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn orders_survive_writing_and_reading(devices in proptest::collection::vec("(scsi|net|ide)[0-9]", 0..6)) {
            let order = BootOrder::Devices(devices);
            let again: BootOrder = order.to_string().parse().unwrap();
            prop_assert_eq!(again, order);
        }

        #[test]
        fn any_text_is_written_so_that_it_reads_the_same(text in "(order=)?[a-z0-9;,= ]{0,20}") {
            let read: BootOrder = text.parse().unwrap();
            let again: BootOrder = read.to_string().parse().unwrap();
            prop_assert_eq!(again, read);
        }
    }
}
