//! What a person should know before they consent, and how several guests are named in one sentence.

use ops::{Level, Signal};

use super::subject::{GuestRef, Looked};

/// Names shown before "and N more".
const NAMES: usize = 3;
const DAY_S: u64 = 86_400;
/// A guest that ran so long may not come back as it was.
const LONG_UPTIME_DAYS: u64 = 90;

/// `web-02`, or `4 guests: web-01, web-02, web-03 and 1 more`.
pub(crate) fn listing(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        _ => {
            let shown: Vec<&str> = names.iter().take(NAMES).copied().collect();
            let more = match names.len().saturating_sub(NAMES) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            format!("{} guests: {}{more}", names.len(), shown.join(", "))
        }
    }
}

/// Signals of one guest; `interrupts` says whether the workload will be away.
pub(crate) fn signals(looked: &Looked, interrupts: bool) -> Vec<Signal> {
    let guest = &looked.guest;
    let mut signals = Vec::new();
    let mut tell = |signal: &str, level, text: String| {
        signals.push(Signal {
            signal: signal.to_owned(),
            level,
            text,
            target: Some(guest.reference()),
        });
    };
    if looked.status.ha_managed {
        tell(
            "ha_managed",
            Level::Warning,
            format!(
                "{} is managed by HA: the HA manager decides when it happens",
                guest.name
            ),
        );
    }
    if looked
        .status
        .tags
        .iter()
        .any(|tag| matches!(tag.as_str(), "prod" | "production"))
    {
        tell(
            "prod",
            Level::Warning,
            format!("{} carries the tag of production", guest.name),
        );
    }
    if looked
        .config
        .values
        .get("protection")
        .is_some_and(|flag| flag == "1")
    {
        tell(
            "protected",
            Level::Info,
            format!("{} is protected against deletion", guest.name),
        );
    }
    if interrupts
        && let Some(days) = looked.status.uptime_s.map(|seconds| seconds / DAY_S)
        && days >= LONG_UPTIME_DAYS
    {
        tell(
            "long_uptime",
            Level::Warning,
            format!(
                "{} has been running for {days} days: it may not come back as it was",
                guest.name
            ),
        );
    }
    signals
}

/// Why a step, or every step of a plan, cannot be taken back.
pub(super) fn no_way_back(guest: Option<&GuestRef>, why: &str) -> Signal {
    Signal {
        signal: "no_way_back".to_owned(),
        level: Level::Warning,
        text: format!("cannot be taken back: {why}"),
        target: guest.map(GuestRef::reference),
    }
}

#[cfg(test)]
mod tests {
    use super::listing;

    #[test]
    fn guests_are_named_until_there_are_too_many() {
        assert_eq!(listing(&["a"]), "a");
        assert_eq!(listing(&["a", "b", "c"]), "3 guests: a, b, c");
        assert_eq!(
            listing(&["a", "b", "c", "d", "e"]),
            "5 guests: a, b, c and 2 more"
        );
    }
}
