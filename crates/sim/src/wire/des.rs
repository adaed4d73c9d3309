//! DES (FIPS 46-3), one block: the handshake of VNC encrypts its challenge with it. For nothing else.

/// Where each bit of the output comes from; bits are counted from 1, the highest first.
const INITIAL: [u8; 64] = [
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6,
    64, 56, 48, 40, 32, 24, 16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61,
    53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];

const FINAL: [u8; 64] = [
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30,
    37, 5, 45, 13, 53, 21, 61, 29, 36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27,
    34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
];

const EXPAND: [u8; 48] = [
    32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17, 16, 17, 18,
    19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
];

const MIX: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19,
    13, 30, 6, 22, 11, 4, 25,
];

const KEY_HALVES: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60,
    52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29,
    21, 13, 5, 28, 20, 12, 4,
];

const KEY_PICK: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52,
    31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];

const TURNS: [u32; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

/// The eight boxes, four rows of sixteen each, one hexadecimal digit per value.
const BOXES: [&[u8; 64]; 8] = [
    b"e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
    b"f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
    b"a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
    b"7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
    b"2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
    b"c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
    b"4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
    b"d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
];

fn permute(bits: u64, width: u32, from: &[u8]) -> u64 {
    from.iter().fold(0, |all, place| {
        all << 1 | (bits >> (width - u32::from(*place))) & 1
    })
}

fn rounds(half: u32, key: u64) -> u32 {
    let mixed = permute(u64::from(half), 32, &EXPAND) ^ key;
    let mut out = 0_u64;
    for (number, digits) in BOXES.iter().enumerate() {
        let six = (mixed >> (42 - 6 * number)) & 0x3F;
        let row = (six >> 4) & 2 | six & 1;
        let column = (six >> 1) & 0xF;
        let at = usize::try_from(row * 16 + column).unwrap_or(0);
        let digit = digits.get(at).copied().unwrap_or(b'0');
        let value = char::from(digit).to_digit(16).unwrap_or(0);
        out = out << 4 | u64::from(value);
    }
    permute(out, 32, &MIX) as u32
}

/// One block, encrypted.
pub(crate) fn encrypt(key: [u8; 8], block: [u8; 8]) -> [u8; 8] {
    let halves = permute(u64::from_be_bytes(key), 64, &KEY_HALVES);
    let (mut c, mut d) = (halves >> 28, halves & 0xFFF_FFFF);
    let mixed = permute(u64::from_be_bytes(block), 64, &INITIAL);
    let (mut left, mut right) = ((mixed >> 32) as u32, mixed as u32);
    for turn in TURNS {
        let turned = |half: u64| (half << turn | half >> (28 - turn)) & 0xFFF_FFFF;
        c = turned(c);
        d = turned(d);
        let key = permute(c << 28 | d, 56, &KEY_PICK);
        (left, right) = (right, left ^ rounds(right, key));
    }
    permute(u64::from(right) << 32 | u64::from(left), 64, &FINAL).to_be_bytes()
}

/// What a client answers to the challenge of VNC: the first eight bytes of the password are the key, the
/// bits of each in reverse.
pub(crate) fn answer(password: &str, challenge: &[u8; 16]) -> [u8; 16] {
    let mut key = [0; 8];
    for (place, byte) in key.iter_mut().zip(password.bytes()) {
        *place = byte.reverse_bits();
    }
    let mut out = [0; 16];
    for (out, block) in out.chunks_exact_mut(8).zip(challenge.chunks_exact(8)) {
        if let Ok(block) = block.try_into() {
            out.copy_from_slice(&encrypt(key, block));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_encrypted_as_the_standard_says() {
        for (key, block, wanted) in [
            (
                0x1334_5779_9BBC_DFF1,
                0x0123_4567_89AB_CDEF,
                0x85E8_1354_0F0A_B405,
            ),
            (
                0x0101_0101_0101_0101,
                0x8000_0000_0000_0000,
                0x95F8_A5E5_DD31_D900,
            ),
            (0x8001_0101_0101_0101, 0, 0x95A8_D728_13DA_A94D),
            (
                0x7CA1_1045_4A1A_6E57,
                0x01A1_D6D0_3977_6742,
                0x690F_5B0D_9A26_939B,
            ),
        ] {
            let (key, block, wanted): (u64, u64, u64) = (key, block, wanted);
            let out = encrypt(key.to_be_bytes(), block.to_be_bytes());
            assert_eq!(u64::from_be_bytes(out), wanted, "{key:016x}");
        }
    }
}
