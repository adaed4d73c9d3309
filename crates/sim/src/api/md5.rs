//! MD5 (RFC 1321), which uploads may still be checked with.

/// Digest of some bytes.
pub(super) fn digest(content: &[u8]) -> [u8; 16] {
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let (blocks, rest) = content.as_chunks::<64>();
    for block in blocks {
        add_block(&mut state, block);
    }
    // The end: one bit, zeros, and the length in bits.
    let mut end = rest.to_vec();
    end.push(0x80);
    while end.len() % 64 != 56 {
        end.push(0);
    }
    let bits = (content.len() as u64).wrapping_mul(8);
    end.extend_from_slice(&bits.to_le_bytes());
    for block in end.as_chunks::<64>().0 {
        add_block(&mut state, block);
    }
    let mut digest = [0; 16];
    for (to, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *to = word.to_le_bytes();
    }
    digest
}

fn add_block(state: &mut [u32; 4], block: &[u8; 64]) {
    const SHIFTS: [[u32; 4]; 4] = [
        [7, 12, 17, 22],
        [5, 9, 14, 20],
        [4, 11, 16, 23],
        [6, 10, 15, 21],
    ];
    let mut words = [0_u32; 16];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    let [mut a, mut b, mut c, mut d] = *state;
    let rounds = SHIFTS.iter().enumerate().flat_map(|(round, shifts)| {
        shifts
            .iter()
            .cycle()
            .take(16)
            .enumerate()
            .map(move |(step, shift)| (round, step, *shift))
    });
    for (round, step, shift) in rounds {
        let (mixed, index) = match round {
            0 => ((b & c) | (!b & d), step),
            1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
            2 => (b ^ c ^ d, (3 * step + 5) % 16),
            _ => (c ^ (b | !d), (7 * step) % 16),
        };
        let word = words.get(index).copied().unwrap_or_default();
        let sum = a
            .wrapping_add(mixed)
            .wrapping_add(constant(round * 16 + step))
            .wrapping_add(word);
        (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
    }
    for (to, value) in state.iter_mut().zip([a, b, c, d]) {
        *to = to.wrapping_add(value);
    }
}

/// The constants are sines.
fn constant(number: usize) -> u32 {
    (((number + 1) as f64).sin().abs() * 4_294_967_296.0) as u32
}

#[cfg(test)]
mod tests {
    use super::digest;

    fn hex(text: &str) -> String {
        let digits = digest(text.as_bytes()).map(|byte| format!("{byte:02x}"));
        digits.concat()
    }

    #[test]
    fn digests_are_those_of_the_standard() {
        assert_eq!(hex(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a"
        );
    }
}
