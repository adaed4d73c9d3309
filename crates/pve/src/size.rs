//! Sizes as PVE writes them: `32G`, `4M`, `528K`, or bare bytes where no unit fits.

/// Bytes of a size text: digits with an optional fraction and an optional unit `K`, `M`, `G` or `T`
/// (powers of 1024, upper case only). Nothing if it is not one or does not fit 64 bits; PVE cuts
/// fractions of a byte off, and so does this.
///
/// ```
/// assert_eq!(pve::parse_size("32G"), Some(34_359_738_368));
/// assert_eq!(pve::parse_size("1.5K"), Some(1536));
/// assert_eq!(pve::parse_size("32g"), None);
/// ```
pub fn parse_size(text: &str) -> Option<u64> {
    let (number, shift) = match text.as_bytes().last()? {
        b'K' => (text.strip_suffix('K')?, 10_u32),
        b'M' => (text.strip_suffix('M')?, 20),
        b'G' => (text.strip_suffix('G')?, 30),
        b'T' => (text.strip_suffix('T')?, 40),
        _ => (text, 0),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?.checked_mul(1 << shift)?;
    // Only the part behind the point is reckoned in floating point: whole sizes stay exact.
    let fraction = fraction
        .and_then(|digits| format!("0.{digits}").parse::<f64>().ok())
        .map_or(0, |part| (part * (1_u64 << shift) as f64) as u64);
    whole.checked_add(fraction)
}

/// A number of bytes as PVE writes it: the largest unit that divides it, else bare bytes. Nothing
/// at all is `0T`, by the same rule.
///
/// ```
/// assert_eq!(pve::format_size(34_359_738_368), "32G");
/// assert_eq!(pve::format_size(540_672), "528K");
/// assert_eq!(pve::format_size(1500), "1500");
/// ```
pub fn format_size(bytes: u64) -> String {
    let mut number = bytes;
    let mut unit = "";
    for next in ["K", "M", "G", "T"] {
        if !number.is_multiple_of(1024) {
            break;
        }
        number /= 1024;
        unit = next;
    }
    format!("{number}{unit}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_whole_sizes_with_upper_case_units_are_read() {
        for bad in [
            "", "x", "100B", "32g", "1.", ".5G", "-1", "+1", "1 G", "G", "1.2.3K", "1e3",
        ] {
            assert_eq!(parse_size(bad), None, "{bad}");
        }
        assert_eq!(parse_size("16777216T"), None, "more than 64 bits hold");
        assert_eq!(parse_size("1.5T"), Some(1_649_267_441_664));
    }

    proptest! {
        #[test]
        fn a_written_size_is_read_back(bytes: u64) {
            prop_assert_eq!(parse_size(&format_size(bytes)), Some(bytes));
        }

        #[test]
        fn whole_units_are_read_back(count in 0_u64..1_000_000, shift in 0_u32..5) {
            let bytes = count << (10 * shift);
            prop_assert_eq!(parse_size(&format_size(bytes)), Some(bytes));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = parse_size(&text);
        }
    }
}
