//! How the bytes of a stream are packed. Each takes what it may give at most, and a stream that breaks off
//! gives what came before.

use std::io::Read as _;

use flate2::read::{DeflateDecoder, ZlibDecoder};

use super::object::{Dict, from_hex};

/// Why a stream cannot be unpacked.
#[derive(Debug, PartialEq)]
pub(super) enum Packed {
    /// Pictures are packed in ways of their own.
    Picture,
    TooMuch,
}

pub(super) fn unpack(
    filter: &[u8],
    settings: &Dict,
    bytes: &[u8],
    most: usize,
) -> Result<Vec<u8>, Packed> {
    let out = match filter {
        b"FlateDecode" | b"Fl" => predicted(flate(bytes, most), settings),
        b"LZWDecode" | b"LZW" => predicted(lzw(bytes, settings, most), settings),
        b"ASCIIHexDecode" | b"AHx" => from_hex(bytes),
        b"ASCII85Decode" | b"A85" => ascii85(bytes, most),
        b"RunLengthDecode" | b"RL" => run_length(bytes, most),
        // What is encrypted was refused before; this one says that a stream is not.
        b"Crypt" => bytes.to_vec(),
        _ => return Err(Packed::Picture),
    };
    if out.len() > most {
        return Err(Packed::TooMuch);
    }
    Ok(out)
}

fn flate(bytes: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let limit = most as u64 + 1;
    // What was unpacked before a mistake stays in `out`; an error says no more than that there is one.
    let read = ZlibDecoder::new(bytes).take(limit).read_to_end(&mut out);
    if read.is_err() && out.is_empty() {
        let without_head = bytes.get(2..).unwrap_or_default();
        let _ = DeflateDecoder::new(without_head)
            .take(limit)
            .read_to_end(&mut out);
    }
    out
}

/// Codes of 9 to 12 bits; 256 clears the table, 257 ends.
fn lzw(bytes: &[u8], settings: &Dict, most: usize) -> Vec<u8> {
    let early = settings
        .get(b"EarlyChange".as_slice())
        .and_then(super::object::Object::count)
        .unwrap_or(1)
        .min(1);
    let mut out: Vec<u8> = Vec::new();
    // An entry is where it stands in what was put out: its start and its length.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let mut last: Option<(usize, usize)> = None;
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        let size = 258 + table.len() + early;
        let width = match size {
            0..=511 => 9,
            512..=1023 => 10,
            1024..=2047 => 11,
            _ => 12,
        };
        if bits < width {
            continue;
        }
        bits -= width;
        let code = (held >> bits) as usize & ((1 << width) - 1);
        held &= (1 << bits) - 1;
        let start = out.len();
        match code {
            256 => {
                table.clear();
                last = None;
                continue;
            }
            257 => break,
            _ => {}
        }
        if let Some((from, length)) = last
            && table.len() < 4096 - 258
        {
            // The last one and the first byte of this one, which stands behind it.
            table.push((from, length + 1));
        }
        if let Ok(byte) = u8::try_from(code) {
            out.push(byte);
        } else {
            let Some((from, length)) = table.get(code - 258).copied() else {
                break;
            };
            for at in from..from + length {
                let Some(byte) = out.get(at).copied() else {
                    break;
                };
                out.push(byte);
            }
        }
        last = Some((start, out.len() - start));
        if out.len() > most {
            break;
        }
    }
    out
}

fn ascii85(bytes: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    for byte in bytes {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            b'~' => break,
            _ => {}
        }
        if group.len() == 5 {
            out.extend(value85(&group));
            group.clear();
        }
        if out.len() > most {
            break;
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        out.extend(value85(&group).into_iter().take(kept));
    }
    out
}

fn value85(group: &[u8]) -> [u8; 4] {
    group
        .iter()
        .fold(0_u32, |value, digit| {
            value.wrapping_mul(85).wrapping_add(u32::from(*digit))
        })
        .to_be_bytes()
}

fn run_length(bytes: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let [length, tail @ ..] = rest {
        rest = match length {
            0..=127 => {
                let count = (usize::from(*length) + 1).min(tail.len());
                let (run, behind) = tail.split_at(count);
                out.extend(run);
                behind
            }
            128 => break,
            129..=255 => {
                let [byte, behind @ ..] = tail else { break };
                out.extend(std::iter::repeat_n(*byte, 257 - usize::from(*length)));
                behind
            }
        };
        if out.len() > most {
            break;
        }
    }
    out
}

/// Undoes what was subtracted before packing: rows of PNG and of TIFF.
fn predicted(bytes: Vec<u8>, settings: &Dict) -> Vec<u8> {
    let setting = |name: &[u8], otherwise: usize| {
        settings
            .get(name)
            .and_then(super::object::Object::count)
            .unwrap_or(otherwise)
            .clamp(1, 100_000)
    };
    let predictor = setting(b"Predictor", 1);
    if predictor < 2 {
        return bytes;
    }
    let (colors, bits) = (setting(b"Colors", 1), setting(b"BitsPerComponent", 8));
    let pixel = (colors * bits).div_ceil(8).max(1);
    let row = (colors * bits * setting(b"Columns", 1)).div_ceil(8).max(1);
    if predictor == 2 {
        return if bits == 8 {
            bytes
                .chunks(row)
                .flat_map(|line| undo_row(1, line, &[], pixel))
                .collect()
        } else {
            bytes
        };
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut above: Vec<u8> = Vec::new();
    for line in bytes.chunks(row + 1) {
        let [kind, line @ ..] = line else { break };
        above = undo_row(*kind, line, &above, pixel);
        out.extend(&above);
    }
    out
}

fn undo_row(kind: u8, line: &[u8], above: &[u8], pixel: usize) -> Vec<u8> {
    let mut done: Vec<u8> = Vec::with_capacity(line.len());
    for (at, byte) in line.iter().enumerate() {
        let before = |row: &[u8]| {
            at.checked_sub(pixel)
                .and_then(|at| row.get(at).copied())
                .unwrap_or(0)
        };
        let left = before(&done);
        let up = above.get(at).copied().unwrap_or(0);
        let guess = match kind {
            1 => left,
            2 => up,
            3 => left.midpoint(up),
            4 => paeth(left, up, before(above)),
            _ => 0,
        };
        done.push(byte.wrapping_add(guess));
    }
    done
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i32::from(left), i32::from(up), i32::from(corner));
    let estimate = a + b - c;
    let far = |value: i32| (estimate - value).abs();
    if far(a) <= far(b) && far(a) <= far(c) {
        left
    } else if far(b) <= far(c) {
        up
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::ZlibEncoder};
    use proptest::prelude::*;

    use super::*;
    use crate::pdf::object::Object;

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn plain(filter: &str, bytes: &[u8]) -> Result<Vec<u8>, Packed> {
        unpack(filter.as_bytes(), &Dict::new(), bytes, 1_000)
    }

    #[test]
    fn every_way_of_packing_text_is_undone() {
        let text = b"-----A---B";
        assert_eq!(plain("FlateDecode", &zlib(text)), Ok(text.to_vec()));
        // The example of the standard.
        let lzw = [0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01];
        assert_eq!(plain("LZWDecode", &lzw), Ok(text.to_vec()));
        assert_eq!(plain("AHx", b"2D 2d 41>"), Ok(b"--A".to_vec()));
        assert_eq!(
            plain("A85", b"87cURD]i,\"Ebo80~>"),
            Ok(b"Hello World!".to_vec())
        );
        assert_eq!(
            plain("RL", &[1, b'a', b'b', 254, b'c', 128]),
            Ok(b"abccc".to_vec())
        );
        assert_eq!(plain("DCTDecode", b"\xff\xd8"), Err(Packed::Picture));
    }

    #[test]
    fn a_stream_that_breaks_off_gives_what_came_before() {
        let text = "Backups are kept for a week. ".repeat(30);
        let packed = zlib(text.as_bytes());
        let (half, _) = packed.split_at(packed.len() - 8);
        let read = plain("FlateDecode", half).unwrap();
        assert!(!read.is_empty() && text.as_bytes().starts_with(&read));
    }

    #[test]
    fn what_grows_without_end_is_refused_before_it_is_there() {
        let bomb = zlib(&vec![0; 4_000_000]);
        assert!(bomb.len() < 8_000);
        assert_eq!(plain("FlateDecode", &bomb), Err(Packed::TooMuch));
        assert_eq!(plain("RL", &[129, 0].repeat(100)), Err(Packed::TooMuch));
        assert_eq!(plain("A85", &[b'z'; 1_000]), Err(Packed::TooMuch));
    }

    #[test]
    fn rows_are_added_up_again() {
        let settings: Dict = [("Predictor", 12.0), ("Columns", 3.0)]
            .into_iter()
            .map(|(key, value)| (key.as_bytes().to_vec(), Object::Number(value)))
            .collect();
        let rows = [2, 1, 2, 3, 2, 1, 1, 1, 1, 5, 1, 1];
        assert_eq!(
            unpack(b"Fl", &settings, &zlib(&rows), 1_000),
            Ok(vec![1, 2, 3, 2, 3, 4, 5, 6, 7])
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_unpacked_or_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            filter in proptest::sample::select(vec!["Fl", "LZW", "AHx", "A85", "RL"]),
        ) {
            if let Ok(out) = plain(filter, &bytes) {
                prop_assert!(out.len() <= 1_000);
            }
        }
    }
}
