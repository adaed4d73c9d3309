//! When a guest is started and stopped together with its node.

use std::fmt;
use std::str::FromStr;

use crate::formats::FormatError;

/// The option `startup`.
///
/// ```
/// let startup: pve::Startup = "order=1,up=5".parse()?;
/// assert_eq!((startup.order, startup.up_seconds, startup.down_seconds), (Some(1), Some(5), None));
/// # Ok::<(), pve::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Startup {
    /// Lower numbers start earlier and stop later.
    pub order: Option<u64>,
    /// How long to wait before the next guest is started.
    pub up_seconds: Option<u64>,
    /// How long the guest may take to shut down.
    pub down_seconds: Option<u64>,
}

impl FromStr for Startup {
    type Err = FormatError;
    fn from_str(text: &str) -> Result<Self, FormatError> {
        let refused = || FormatError("unable to parse startup options".to_owned());
        // PVE takes neither nothing nor a bare zero for an order.
        if text.is_empty() || text == "0" {
            return Err(refused());
        }
        let mut startup = Self::default();
        for part in text.split(',').filter(|part| !part.trim().is_empty()) {
            let (field, digits) = match part.split_once('=') {
                None => (&mut startup.order, part),
                Some(("order", digits)) => (&mut startup.order, digits),
                Some(("up", digits)) => (&mut startup.up_seconds, digits),
                Some(("down", digits)) => (&mut startup.down_seconds, digits),
                Some(_) => return Err(refused()),
            };
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(refused());
            }
            *field = Some(digits.parse().map_err(|_| refused())?);
        }
        Ok(startup)
    }
}

impl fmt::Display for Startup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = [
            ("order", self.order),
            ("up", self.up_seconds),
            ("down", self.down_seconds),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{key}={}", value?)))
        .collect();
        f.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_three_keys_are_read() {
        for bad in ["x", "", "0", "order=", "order=-1", "up=1,foo=2", "order=1x"] {
            assert!(bad.parse::<Startup>().is_err(), "{bad}");
        }
        assert_eq!(
            "3,up=1".parse::<Startup>().unwrap().to_string(),
            "order=3,up=1"
        );
    }

    proptest! {
        #[test]
        fn startups_survive_writing_and_reading(order: Option<u64>, up_seconds: Option<u64>, down_seconds: Option<u64>) {
            let startup = Startup { order, up_seconds, down_seconds };
            prop_assume!(startup != Startup::default());
            prop_assert_eq!(startup.to_string().parse::<Startup>(), Ok(startup));
        }
    }
}
