//! Which letters the codes and the glyphs of fonts stand for.

/// What Windows has from 0x80 to 0x9f.
const WINDOWS: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ";
/// What the Macintosh had from 0x80 on.
const MACINTOSH: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»… ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{fffd}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
/// Where the encoding that fonts of Adobe have differs from ASCII.
const STANDARD: [(u8, &str); 2] = [(0x27, "’"), (0x60, "‘")];
/// The same from 0xa1 on; a blank where nothing stands.
const STANDARD_HIGH: &str = "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ\u{fffd}–†‡·\u{fffd}¶•‚„”»…‰\u{fffd}¿\u{fffd}`´ˆ˜¯˘˙¨\u{fffd}˚¸\u{fffd}˝˛ˇ—\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}Æ\u{fffd}ª\u{fffd}\u{fffd}\u{fffd}\u{fffd}ŁØŒº\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}æ\u{fffd}\u{fffd}\u{fffd}ı\u{fffd}\u{fffd}łøœß";

/// Names of glyphs that are no letters of ASCII, each before what it stands for.
const GLYPHS: &str = "space \u{a0} exclam ! quotedbl \" numbersign # dollar $ percent % ampersand & quotesingle ' \
parenleft ( parenright ) asterisk * plus + comma , hyphen - period . slash / zero 0 one 1 two 2 three 3 four 4 five 5 six 6 \
seven 7 eight 8 nine 9 colon : semicolon ; less < equal = greater > question ? at @ bracketleft [ backslash \\ \
bracketright ] asciicircum ^ underscore _ grave ` braceleft { bar | braceright } asciitilde ~ exclamdown ¡ cent ¢ \
sterling £ currency ¤ yen ¥ brokenbar ¦ section § dieresis ¨ copyright © ordfeminine ª guillemotleft « logicalnot ¬ \
registered ® macron ¯ degree ° plusminus ± twosuperior ² threesuperior ³ acute ´ mu µ paragraph ¶ periodcentered · \
cedilla ¸ onesuperior ¹ ordmasculine º guillemotright » onequarter ¼ onehalf ½ threequarters ¾ questiondown ¿ \
Agrave À Aacute Á Acircumflex Â Atilde Ã Adieresis Ä Aring Å AE Æ Ccedilla Ç Egrave È Eacute É Ecircumflex Ê Edieresis Ë \
Igrave Ì Iacute Í Icircumflex Î Idieresis Ï Eth Ð Ntilde Ñ Ograve Ò Oacute Ó Ocircumflex Ô Otilde Õ Odieresis Ö multiply × \
Oslash Ø Ugrave Ù Uacute Ú Ucircumflex Û Udieresis Ü Yacute Ý Thorn Þ germandbls ß agrave à aacute á acircumflex â \
atilde ã adieresis ä aring å ae æ ccedilla ç egrave è eacute é ecircumflex ê edieresis ë igrave ì iacute í icircumflex î \
idieresis ï eth ð ntilde ñ ograve ò oacute ó ocircumflex ô otilde õ odieresis ö divide ÷ oslash ø ugrave ù uacute ú \
ucircumflex û udieresis ü yacute ý thorn þ ydieresis ÿ Amacron Ā amacron ā Abreve Ă abreve ă Aogonek Ą aogonek ą \
Cacute Ć cacute ć Ccaron Č ccaron č Dcaron Ď dcaron ď Dcroat Đ dcroat đ Emacron Ē emacron ē Edotaccent Ė edotaccent ė \
Eogonek Ę eogonek ę Ecaron Ě ecaron ě Gbreve Ğ gbreve ğ Imacron Ī imacron ī Iogonek Į iogonek į Idotaccent İ dotlessi ı \
Lacute Ĺ lacute ĺ Lcaron Ľ lcaron ľ Lslash Ł lslash ł Nacute Ń nacute ń Ncaron Ň ncaron ň Omacron Ō omacron ō \
Ohungarumlaut Ő ohungarumlaut ő OE Œ oe œ Racute Ŕ racute ŕ Rcaron Ř rcaron ř Sacute Ś sacute ś Scedilla Ş scedilla ş \
Scaron Š scaron š Tcaron Ť tcaron ť Umacron Ū umacron ū Uring Ů uring ů Uhungarumlaut Ű uhungarumlaut ű Uogonek Ų \
uogonek ų Ydieresis Ÿ Zacute Ź zacute ź Zdotaccent Ż zdotaccent ż Zcaron Ž zcaron ž florin ƒ circumflex ˆ caron ˇ \
breve ˘ dotaccent ˙ ring ˚ ogonek ˛ tilde ˜ hungarumlaut ˝ Alpha Α Beta Β Gamma Γ Delta Δ Epsilon Ε Theta Θ Lambda Λ \
Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ \
lambda λ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω endash – emdash — quoteleft ‘ \
quoteright ’ quotesinglbase ‚ quotedblleft “ quotedblright ” quotedblbase „ dagger † daggerdbl ‡ bullet • ellipsis … \
perthousand ‰ guilsinglleft ‹ guilsinglright › fraction ⁄ Euro € trademark ™ arrowleft ← arrowup ↑ arrowright → \
arrowdown ↓ arrowboth ↔ minus − infinity ∞ notequal ≠ lessequal ≤ greaterequal ≥ approxequal ≈ radical √ summation ∑ \
product ∏ integral ∫ partialdiff ∂ lozenge ◊ checkmark ✓ triangleright ▷ asteriskmath ∗ openbullet ◦ filledbox ■ \
visiblespace ␣ nbspace \u{a0} sfthyphen \u{ad} f_f ff f_i fi f_l fl f_f_i ffi f_f_l ffl ff ff fi fi fl fl ffi ffi ffl ffl";

/// The encodings that fonts name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Letters {
    Windows,
    Macintosh,
    Standard,
}

impl Letters {
    pub(super) fn of_name(name: &[u8]) -> Option<Self> {
        match name {
            b"WinAnsiEncoding" => Some(Self::Windows),
            b"MacRomanEncoding" => Some(Self::Macintosh),
            b"StandardEncoding" => Some(Self::Standard),
            _ => None,
        }
    }

    /// What a code stands for, if it stands for something.
    pub(super) fn of_code(self, code: u8) -> Option<String> {
        let ascii = (0x20..0x7f)
            .contains(&code)
            .then(|| char::from(code).to_string());
        let nth = |text: &str, first: u8| {
            let at = usize::from(code.checked_sub(first)?);
            text.chars()
                .nth(at)
                .filter(|c| *c != char::REPLACEMENT_CHARACTER)
        };
        match self {
            Self::Windows => ascii.or_else(|| {
                let c = latin(code);
                (code >= 0x80 && c != char::REPLACEMENT_CHARACTER).then(|| c.to_string())
            }),
            Self::Macintosh => ascii.or_else(|| nth(MACINTOSH, 0x80).map(spelled_out)),
            Self::Standard => STANDARD
                .iter()
                .find(|(at, _)| *at == code)
                .map(|(_, text)| (*text).to_owned())
                .or(ascii)
                .or_else(|| nth(STANDARD_HIGH, 0xa1).map(spelled_out)),
        }
    }
}

/// A byte as Windows reads it, which is Latin-1 with marks and dashes.
pub(super) fn latin(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS
            .chars()
            .nth(usize::from(byte - 0x80))
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}

/// What a glyph stands for by its name: `Adieresis`, `uni00C4`, `f_i`, `a.alt`.
pub(super) fn of_glyph(name: &str) -> Option<String> {
    if name.len() == 1 && name.is_ascii() {
        return Some(name.to_owned());
    }
    let mut words = GLYPHS.split(' ');
    while let (Some(known), Some(text)) = (words.next(), words.next()) {
        if known == name {
            let text = if text == "\u{a0}" { " " } else { text };
            return Some(text.to_owned());
        }
    }
    if let Some((stem, _)) = name.split_once('.')
        && !stem.is_empty()
    {
        return of_glyph(stem);
    }
    if let Some(hex) = name.strip_prefix("uni")
        && hex.len() >= 4
        && hex.len() % 4 == 0
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return Some(spelled_out_all(&super::object::utf16(
            &super::object::from_hex(hex.as_bytes()),
        )));
    }
    if let Some(hex) = name.strip_prefix('u')
        && (4..=6).contains(&hex.len())
        && let Some(c) = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
    {
        return Some(spelled_out(c));
    }
    if name.contains('_') && name.len() <= 30 {
        return name
            .split('_')
            .map(|part| {
                if part.contains('_') {
                    None
                } else {
                    of_glyph(part)
                }
            })
            .collect();
    }
    None
}

/// Letters that are printed as one are searched as several.
fn spelled_out(c: char) -> String {
    match c {
        'ﬀ' => "ff".to_owned(),
        'ﬁ' => "fi".to_owned(),
        'ﬂ' => "fl".to_owned(),
        'ﬃ' => "ffi".to_owned(),
        'ﬄ' => "ffl".to_owned(),
        'ﬅ' | 'ﬆ' => "st".to_owned(),
        '\u{a0}' => " ".to_owned(),
        // What fonts of symbols have for a bullet.
        '\u{f0b7}' | '\u{f0a7}' => "•".to_owned(),
        c if c.is_control() => " ".to_owned(),
        c => c.to_string(),
    }
}

pub(super) fn spelled_out_all(text: &str) -> String {
    text.chars().map(spelled_out).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_for_the_letters_of_their_encoding() {
        let row = |letters: Letters| -> Vec<Option<String>> {
            [0x27, 0x41, 0x80, 0x8e, 0xae, 0xe4, 0xfb]
                .into_iter()
                .map(|code| letters.of_code(code))
                .collect()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            row(Letters::Windows),
            ["'", "A", "€", "Ž", "®", "ä", "û"].map(some)
        );
        assert_eq!(
            row(Letters::Macintosh),
            ["'", "A", "Ä", "é", "Æ", "‰", "˚"].map(some)
        );
        assert_eq!(
            row(Letters::Standard),
            [
                some("’"),
                some("A"),
                None,
                None,
                some("fi"),
                None,
                some("ß")
            ]
        );
        assert_eq!(Letters::Windows.of_code(7), None);
    }

    #[test]
    fn glyphs_are_known_by_their_names() {
        for (name, text) in [
            ("A", "A"),
            ("space", " "),
            ("odieresis", "ö"),
            ("fi", "fi"),
            ("f_f_i", "ffi"),
            ("s_t", "st"),
            ("a.alt", "a"),
            ("uni00E4", "ä"),
            ("uniFB01", "fi"),
            ("u1F600", "😀"),
            ("endash", "–"),
        ] {
            assert_eq!(of_glyph(name).as_deref(), Some(text), "{name}");
        }
        for name in ["g17", "", ".notdef", "__", "nosuchthing"] {
            assert_eq!(of_glyph(name), None, "{name}");
        }
    }

    #[test]
    fn every_glyph_of_the_list_has_a_text() {
        let words: Vec<&str> = GLYPHS.split(' ').collect();
        assert_eq!(words.len() % 2, 0);
        assert!(words.iter().all(|word| !word.is_empty()));
        assert_eq!(MACINTOSH.chars().count(), 128);
        assert_eq!(STANDARD_HIGH.chars().count(), 0xfb - 0xa0);
        assert_eq!(WINDOWS.chars().count(), 32);
    }
}
