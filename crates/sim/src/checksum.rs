//! Checksums of files by the names that PVE gives the algorithms.

use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};

/// Hex digits of a file's checksum; `None` for an algorithm that PVE does not know.
pub(crate) fn checksum(algorithm: &str, content: &[u8]) -> Option<String> {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .concat()
    };
    match algorithm {
        "md5" => Some(hex(&md5(content))),
        "sha1" => Some(hex(&Sha1::digest(content))),
        "sha224" => Some(hex(&Sha224::digest(content))),
        "sha384" => Some(hex(&Sha384::digest(content))),
        "sha256" => Some(hex(&Sha256::digest(content))),
        "sha512" => Some(hex(&Sha512::digest(content))),
        _ => None,
    }
}

const TURNS: [[u32; 4]; 4] = [
    [7, 12, 17, 22],
    [5, 9, 14, 20],
    [4, 11, 16, 23],
    [6, 10, 15, 21],
];

/// MD5 (RFC 1321): indexes of container templates carry it; nothing is secured by it.
fn md5(content: &[u8]) -> [u8; 16] {
    let mut state = [0x6745_2301_u32, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476];
    let mut padded = content.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((content.len() as u64).wrapping_mul(8).to_le_bytes());
    for block in padded.chunks_exact(64) {
        let words: Vec<u32> = block
            .chunks_exact(4)
            .map(|word| {
                word.iter()
                    .rev()
                    .fold(0, |all, byte| all << 8 | u32::from(*byte))
            })
            .collect();
        state = md5_block(state, &words);
    }
    let mut out = [0; 16];
    for (place, byte) in out
        .iter_mut()
        .zip(state.iter().flat_map(|word| word.to_le_bytes()))
    {
        *place = byte;
    }
    out
}

fn md5_block(state: [u32; 4], words: &[u32]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = state;
    for step in 0..64_usize {
        let (mixed, word) = match step / 16 {
            0 => ((b & c) | (!b & d), step),
            1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
            2 => (b ^ c ^ d, (3 * step + 5) % 16),
            _ => (c ^ (b | !d), (7 * step) % 16),
        };
        // The standard takes its constants from the sine.
        let constant = ((step as f64 + 1.0).sin().abs() * 4_294_967_296.0) as u32;
        let turn = TURNS
            .get(step / 16)
            .and_then(|turns| turns.get(step % 4))
            .copied()
            .unwrap_or(0);
        let sum = a
            .wrapping_add(mixed)
            .wrapping_add(constant)
            .wrapping_add(words.get(word).copied().unwrap_or(0));
        (a, d, c) = (d, c, b);
        b = b.wrapping_add(sum.rotate_left(turn));
    }
    let [a0, b0, c0, d0] = state;
    [
        a0.wrapping_add(a),
        b0.wrapping_add(b),
        c0.wrapping_add(c),
        d0.wrapping_add(d),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        for (algorithm, content, wanted) in [
            ("md5", "", "d41d8cd98f00b204e9800998ecf8427e"),
            ("md5", "abc", "900150983cd24fb0d6963f7d28e17f72"),
            (
                "md5",
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
            ("sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "sha256",
                "abc",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            let found = checksum(algorithm, content.as_bytes());
            assert_eq!(found.as_deref(), Some(wanted), "{algorithm} {content}");
        }
        assert_eq!(checksum("crc32", b"abc"), None);
    }
}
