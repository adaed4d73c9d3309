//! Pauses that double and are spread by chance.

use std::time::Duration;

/// The pause after so many failures (1 is the first): between half of the doubled one and all of
/// it. Without chance in it, all clients of a server that comes back would come at once.
pub(crate) fn pause(failures: u32, first: Duration, longest: Duration) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    let whole = first.saturating_mul(doubled).min(longest);
    whole.mul_f64(0.5 + chance() / 2.0)
}

/// Between 0 and 1. Where the system gives no chance, the middle is as good.
fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_differ() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(1));
        for (failures, whole) in [(1, 100), (2, 200), (4, 800), (5, 1000), (u32::MAX, 1000)] {
            let whole = Duration::from_millis(whole);
            let pauses: Vec<_> = (0..20).map(|_| pause(failures, first, longest)).collect();
            assert!(
                pauses
                    .iter()
                    .all(|pause| (whole / 2..=whole).contains(pause))
            );
            assert!(pauses.windows(2).any(|pair| pair[0] != pair[1]));
        }
    }
}
