//! Frames of web sockets (RFC 6455), as far as consoles need them: whole messages from the client,
//! masked; binary messages to it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// The longest frame that is taken.
const LONGEST: usize = 128 * 1024;

/// What a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    Data(Vec<u8>),
    Ping(Vec<u8>),
    Close,
}

/// Bytes that came in, until they make a frame.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    buffer: Vec<u8>,
}

impl Frames {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame; the error ends the connection.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, &'static str> {
        let Some((frame, length)) = read(&self.buffer)? else {
            return Ok(None);
        };
        self.buffer.drain(..length);
        Ok(Some(frame))
    }
}

/// A frame at the start of the bytes, and its length.
fn read(bytes: &[u8]) -> Result<Option<(Frame, usize)>, &'static str> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    if second & 0x80 == 0 {
        return Err("a client's frame has to be masked");
    }
    let (length, rest, head) = match second & 0x7f {
        126 => match rest.split_first_chunk::<2>() {
            Some((length, rest)) => (usize::from(u16::from_be_bytes(*length)), rest, 4),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk::<8>() {
            Some((length, rest)) => {
                let length = u64::from_be_bytes(*length);
                (usize::try_from(length).unwrap_or(usize::MAX), rest, 10)
            }
            None => return Ok(None),
        },
        short => (usize::from(short), rest, 2),
    };
    if length > LONGEST {
        return Err("the frame is too long");
    }
    let Some((mask, payload)) = rest.split_first_chunk::<4>() else {
        return Ok(None);
    };
    let Some(payload) = payload.get(..length) else {
        return Ok(None);
    };
    let data: Vec<u8> = payload
        .iter()
        .zip(mask.iter().cycle())
        .map(|(byte, mask)| byte ^ mask)
        .collect();
    let frame = match first & 0x0f {
        0..=2 => Frame::Data(data),
        8 => Frame::Close,
        9 => Frame::Ping(data),
        10 => Frame::Data(Vec::new()),
        _ => return Err("the frame is of no known kind"),
    };
    Ok(Some((frame, head + 4 + length)))
}

/// A binary message to the client.
pub(crate) fn binary(data: &[u8]) -> Vec<u8> {
    message(0x82, data)
}

pub(crate) fn pong(data: &[u8]) -> Vec<u8> {
    message(0x8a, data)
}

pub(crate) fn close() -> Vec<u8> {
    message(0x88, &1000_u16.to_be_bytes())
}

fn message(first: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match (u8::try_from(data.len()), u16::try_from(data.len())) {
        (Ok(short), _) if short < 126 => bytes.push(short),
        (_, Ok(middle)) => {
            bytes.push(126);
            bytes.extend(middle.to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend((data.len() as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(data);
    bytes
}

/// `Sec-WebSocket-Accept` for a client's key.
pub(crate) fn accept_key(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_key_is_that_of_the_standard() {
        assert_eq!(
            accept_key("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn frames_come_out_whole_however_the_bytes_come_in() {
        // "Hello", masked, from the standard; then a ping.
        let bytes = [
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58, 0x89, 0x80, 0, 0, 0,
            0,
        ];
        let mut frames = Frames::default();
        let mut seen = Vec::new();
        for byte in bytes {
            frames.feed(&[byte]);
            seen.extend(frames.next().unwrap());
        }
        assert_eq!(
            seen,
            [Frame::Data(b"Hello".to_vec()), Frame::Ping(Vec::new())]
        );
        let mut plain = Frames::default();
        plain.feed(&[0x81, 0x01, 0x41]);
        assert!(plain.next().is_err());
    }

    #[test]
    fn lengths_are_spelled_as_short_as_they_can_be() {
        assert_eq!(binary(b"ab"), [0x82, 2, b'a', b'b']);
        assert_eq!(binary(&[0; 126])[..4], [0x82, 126, 0, 126]);
        assert_eq!(binary(&vec![0; 70_000])[..4], [0x82, 127, 0, 0]);
    }
}
