//! A screen in the protocol of VNC (RFB 3.8) that shows a test picture: colour bars that move by one with
//! each key. The password is the one that came with the ticket, else the ticket itself.

use super::des::answer;

/// Size of the picture.
const WIDTH: u16 = 320;
const HEIGHT: u16 = 200;

/// The bars: red, green, blue.
const BARS: [[u8; 3]; 8] = [
    [192, 192, 192],
    [192, 192, 0],
    [0, 192, 192],
    [0, 192, 0],
    [192, 0, 192],
    [192, 0, 0],
    [0, 0, 192],
    [16, 16, 16],
];

/// How the client wants its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pixels {
    bytes: usize,
    big_endian: bool,
    /// Largest value and shift of each colour.
    colours: [(u16, u8); 3],
}

const USUAL: Pixels = Pixels {
    bytes: 4,
    big_endian: false,
    colours: [(255, 16), (255, 8), (255, 0)],
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Version,
    Security,
    Password,
    /// The password was wrong: nothing more is said.
    Refused,
    Init,
    Talk,
}

/// A session.
#[derive(Debug)]
pub(crate) struct Screen {
    name: String,
    password: String,
    challenge: [u8; 16],
    buffer: Vec<u8>,
    step: Step,
    pixels: Pixels,
    /// By how many bars the picture has moved.
    moved: usize,
    /// What the client has not seen yet.
    is_news: bool,
    /// An update was asked for and nothing was new.
    is_owed: bool,
}

impl Screen {
    /// The screen and its first words.
    pub(crate) fn new(name: &str, password: &str, challenge: [u8; 16]) -> (Self, Vec<u8>) {
        let screen = Self {
            name: name.to_owned(),
            password: password.to_owned(),
            challenge,
            buffer: Vec::new(),
            step: Step::Version,
            pixels: USUAL,
            moved: 0,
            is_news: true,
            is_owed: false,
        };
        (screen, b"RFB 003.008\n".to_vec())
    }

    /// Takes what the client sent, gives what it gets; the error ends the connection.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
        self.buffer.extend_from_slice(bytes);
        let mut out = Vec::new();
        while let Some(length) = self.next_length()? {
            if self.buffer.len() < length {
                break;
            }
            let message: Vec<u8> = self.buffer.drain(..length).collect();
            self.answer(&message, &mut out)?;
        }
        Ok(out)
    }

    /// Length of the message that begins the buffer, once it can be told.
    fn next_length(&self) -> Result<Option<usize>, &'static str> {
        let Some(first) = self.buffer.first() else {
            return Ok(None);
        };
        let at = |index: usize| self.buffer.get(index).copied().map(usize::from);
        Ok(Some(match (self.step, first) {
            (Step::Version, _) => 12,
            (Step::Security | Step::Init, _) => 1,
            (Step::Password, _) => 16,
            (Step::Refused, _) => return Err("the password was wrong"),
            (Step::Talk, 0) => 20,
            (Step::Talk, 2) => match (at(2), at(3)) {
                (Some(high), Some(low)) => 4 + 4 * (high * 256 + low),
                _ => return Ok(None),
            },
            (Step::Talk, 3) => 10,
            (Step::Talk, 4) => 8,
            (Step::Talk, 5) => 6,
            (Step::Talk, 6) => match (at(4), at(5), at(6), at(7)) {
                (Some(0), Some(0), Some(high), Some(low)) => 8 + high * 256 + low,
                (Some(_), Some(_), Some(_), Some(_)) => return Err("the text is too long"),
                _ => return Ok(None),
            },
            (Step::Talk, _) => return Err("the message is of no known kind"),
        }))
    }

    fn answer(&mut self, message: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
        match (self.step, message) {
            (Step::Version, version) => {
                if version != b"RFB 003.008\n" {
                    return Err("only version 3.8 is spoken");
                }
                // One kind of security: a password.
                out.extend([1, 2]);
                self.step = Step::Security;
            }
            (Step::Security, [2]) => {
                out.extend(self.challenge);
                self.step = Step::Password;
            }
            (Step::Password, response) if response == answer(&self.password, &self.challenge) => {
                out.extend(0_u32.to_be_bytes());
                self.step = Step::Init;
            }
            (Step::Password, _) => {
                let text = b"Authentication failed";
                out.extend(1_u32.to_be_bytes());
                out.extend((text.len() as u32).to_be_bytes());
                out.extend(text);
                self.step = Step::Refused;
            }
            (Step::Refused, _) => return Err("the password was wrong"),
            (Step::Security, _) => return Err("that kind of security was not offered"),
            (Step::Init, _) => {
                out.extend(WIDTH.to_be_bytes());
                out.extend(HEIGHT.to_be_bytes());
                out.extend([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]);
                out.extend((self.name.len() as u32).to_be_bytes());
                out.extend(self.name.bytes());
                self.step = Step::Talk;
            }
            (
                Step::Talk,
                [
                    0,
                    _,
                    _,
                    _,
                    bits,
                    _,
                    big,
                    truly,
                    r0,
                    r1,
                    g0,
                    g1,
                    b0,
                    b1,
                    r,
                    g,
                    b,
                    ..,
                ],
            ) => {
                if *truly == 0 || !matches!(bits, 8 | 16 | 32) {
                    return Err("only true colours of 8, 16 or 32 bits are shown");
                }
                let max = |high: &u8, low: &u8| u16::from_be_bytes([*high, *low]);
                self.pixels = Pixels {
                    bytes: usize::from(bits / 8),
                    big_endian: *big != 0,
                    colours: [(max(r0, r1), *r), (max(g0, g1), *g), (max(b0, b1), *b)],
                };
                self.is_news = true;
            }
            (Step::Talk, [3, incremental, ..]) => {
                if *incremental == 0 || self.is_news {
                    self.update(out);
                } else {
                    self.is_owed = true;
                }
            }
            (Step::Talk, [4, 1, ..]) => {
                self.moved += 1;
                self.is_news = true;
                if self.is_owed {
                    self.update(out);
                }
            }
            // Encodings (raw is always right), pointer, clipboard, keys that are let go.
            (Step::Talk, _) => {}
        }
        Ok(())
    }

    /// The whole picture, as one raw rectangle.
    fn update(&mut self, out: &mut Vec<u8>) {
        self.is_news = false;
        self.is_owed = false;
        out.extend([0, 0, 0, 1, 0, 0, 0, 0]);
        out.extend(WIDTH.to_be_bytes());
        out.extend(HEIGHT.to_be_bytes());
        out.extend(0_i32.to_be_bytes());
        let mut row = Vec::with_capacity(usize::from(WIDTH) * self.pixels.bytes);
        for x in 0..usize::from(WIDTH) {
            let bar = (x * BARS.len() / usize::from(WIDTH) + self.moved) % BARS.len();
            let colour = BARS.get(bar).copied().unwrap_or_default();
            self.pixels.write(colour, &mut row);
        }
        for _ in 0..HEIGHT {
            out.extend_from_slice(&row);
        }
    }
}

impl Pixels {
    fn write(&self, colour: [u8; 3], out: &mut Vec<u8>) {
        let value = colour
            .iter()
            .zip(self.colours)
            .fold(0_u32, |value, (part, (max, shift))| {
                let scaled = u32::from(*part) * u32::from(max) / 255;
                value | scaled.checked_shl(u32::from(shift)).unwrap_or(0)
            });
        if self.big_endian {
            out.extend(value.to_be_bytes().into_iter().skip(4 - self.bytes));
        } else {
            out.extend(value.to_le_bytes().into_iter().take(self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_led_through_to_the_picture_and_keys_move_it() {
        let challenge = *b"0123456789abcdef";
        let (mut screen, hello) = Screen::new("web-01", "secret", challenge);
        assert_eq!(hello, b"RFB 003.008\n");
        assert!(screen.feed(b"RFB 003.").unwrap().is_empty());
        assert_eq!(screen.feed(b"008\n").unwrap(), [1, 2]);
        assert_eq!(screen.feed(&[2]).unwrap(), challenge);
        let response = answer("secret", &challenge);
        assert_eq!(screen.feed(&response).unwrap(), [0, 0, 0, 0]);
        let init = screen.feed(&[1]).unwrap();
        assert_eq!(init[..4], [1, 64, 0, 200]);
        assert_eq!(init[24..], *b"web-01");
        let ask = |incremental| [3, incremental, 0, 0, 0, 0, 1, 64, 0, 200];
        let first = screen.feed(&ask(0)).unwrap();
        assert_eq!(first.len(), 16 + 320 * 200 * 4);
        assert_eq!(first[16..20], [192, 192, 192, 0]);
        assert!(screen.feed(&ask(1)).unwrap().is_empty());
        let moved = screen.feed(&[4, 1, 0, 0, 0, 0, 0, 0x61]).unwrap();
        assert_eq!(moved[16..20], [0, 192, 192, 0]);
        assert!(screen.feed(&[2, 0, 0, 1, 0, 0, 0, 0]).unwrap().is_empty());
        // 16 bits: 5 red, 6 green, 5 blue.
        let format = [
            0, 0, 0, 0, 16, 16, 0, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0, 0, 0, 0,
        ];
        assert!(screen.feed(&format).unwrap().is_empty());
        assert_eq!(screen.feed(&ask(1)).unwrap().len(), 16 + 320 * 200 * 2);
        assert!(screen.feed(&[99]).is_err());
    }

    #[test]
    fn a_wrong_password_is_told_and_ends_it() {
        let challenge = *b"0123456789abcdef";
        let (mut screen, _) = Screen::new("web-01", "secret", challenge);
        screen.feed(b"RFB 003.008\n").unwrap();
        screen.feed(&[2]).unwrap();
        let told = screen.feed(&answer("other", &challenge)).unwrap();
        assert_eq!(told[..4], [0, 0, 0, 1]);
        assert_eq!(told[8..], *b"Authentication failed");
        assert!(screen.feed(&[1]).is_err());
    }
}
