//! Files of checksums, as `sha256sum` writes them (`digits  name`), as BSD and `sha256sum --tag`
//! do (`SHA256 (name) = digits`), or the digits alone. Signed ones are read without a look at the
//! signature.

use crate::files::{Checksum, ChecksumKind};

/// All kinds, the strongest first.
const KINDS: [(ChecksumKind, usize, &str); 5] = [
    (ChecksumKind::Sha512, 128, "SHA512"),
    (ChecksumKind::Sha384, 96, "SHA384"),
    (ChecksumKind::Sha256, 64, "SHA256"),
    (ChecksumKind::Sha224, 56, "SHA224"),
    (ChecksumKind::Sha1, 40, "SHA1"),
];

/// What stands between the parts of a line. Names can hold other blanks.
const BLANKS: [char; 3] = [' ', '\t', '\r'];

/// A checksum and the file it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedChecksum {
    /// As it is written; nothing in a file that holds only digits.
    pub name: Option<String>,
    /// The checksum.
    pub checksum: Checksum,
}

/// A file that names two checksums for one file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two different checksums are given for `{name}`: neither can be believed")]
pub struct ConflictingSums {
    /// The file they are of.
    pub name: String,
}

/// The checksums in a text. Lines that are none (headings, signatures, other kinds) are passed
/// over.
///
/// ```
/// let digits = "ab".repeat(32);
/// let text = format!("{digits} *debian.iso\nSHA256 (other.iso) = {digits}\n");
/// let found = pve::read_checksum_file(&text);
/// let names: Vec<_> = found.iter().filter_map(|sum| sum.name.as_deref()).collect();
/// assert_eq!(names, ["debian.iso", "other.iso"]);
/// ```
pub fn read_checksum_file(text: &str) -> Vec<NamedChecksum> {
    text.lines().filter_map(line).collect()
}

/// The strongest checksum for a file, by its whole name or, where none has that, by the last part
/// of paths. A lone checksum without a name counts for any file.
pub fn checksum_for(
    sums: &[NamedChecksum],
    file_name: &str,
) -> Result<Option<Checksum>, ConflictingSums> {
    let whole = |sum: &&NamedChecksum| sum.name.as_deref() == Some(file_name);
    let last = |sum: &&NamedChecksum| {
        let name = sum.name.as_deref().unwrap_or_default();
        name.rsplit('/').next() == Some(file_name)
    };
    let nameless = |sum: &&NamedChecksum| sum.name.is_none();
    let mut fitting: Vec<&NamedChecksum> = sums.iter().filter(whole).collect();
    if fitting.is_empty() {
        fitting = sums.iter().filter(last).collect();
    }
    if fitting.is_empty() && sums.iter().all(|sum| nameless(&sum)) {
        fitting = sums.iter().collect();
    }
    for (kind, _, _) in KINDS {
        let mut of_kind = fitting
            .iter()
            .filter(|sum| sum.checksum.kind() == kind)
            .map(|sum| &sum.checksum);
        let Some(first) = of_kind.next() else {
            continue;
        };
        if of_kind.any(|other| other != first) {
            let name = file_name.to_owned();
            return Err(ConflictingSums { name });
        }
        return Ok(Some(first.clone()));
    }
    Ok(None)
}

fn line(text: &str) -> Option<NamedChecksum> {
    let text = text.trim_end_matches(BLANKS);
    // Signed texts put `- ` in front of lines that begin with a hyphen.
    let text = text.strip_prefix("- ").unwrap_or(text);
    bsd_line(text).or_else(|| gnu_line(text))
}

/// `SHA256 (name) = digits`; `SHA2-256(name)= digits` of openssl as well.
fn bsd_line(text: &str) -> Option<NamedChecksum> {
    let (front, digits) = text.rsplit_once('=')?;
    let (kind, name) = front.trim_end().split_once('(')?;
    let name = name.strip_suffix(')')?;
    let kind = kind.trim_end().to_ascii_uppercase().replace("SHA2-", "SHA");
    let (kind, _, _) = KINDS.into_iter().find(|(_, _, word)| *word == kind)?;
    Some(NamedChecksum {
        name: Some(plain(name).to_owned()),
        checksum: Checksum::new(kind, digits).ok()?,
    })
}

/// `digits  name`, `digits *name`, `digits` alone. A backslash in front says that backslashes and
/// line ends of the name are escaped.
fn gnu_line(text: &str) -> Option<NamedChecksum> {
    let (text, escaped) = match text.strip_prefix('\\') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let text = text.trim_start_matches(BLANKS);
    let end = text
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let (kind, _, _) = KINDS.into_iter().find(|(_, count, _)| *count == end)?;
    let checksum = Checksum::new(kind, digits).ok()?;
    if rest.is_empty() {
        let name = None;
        return Some(NamedChecksum { name, checksum });
    }
    let name = rest.strip_prefix(BLANKS)?.trim_start_matches(BLANKS);
    let name = name.strip_prefix('*').unwrap_or(name);
    if name.is_empty() {
        return None;
    }
    let name = if escaped {
        unescape(name)
    } else {
        name.to_owned()
    };
    Some(NamedChecksum {
        name: Some(plain(&name).to_owned()),
        checksum,
    })
}

fn plain(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}

fn unescape(name: &str) -> String {
    let mut text = String::new();
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        match (c, chars.as_str().chars().next()) {
            ('\\', Some('n')) => {
                text.push('\n');
                chars.next();
            }
            ('\\', Some('r')) => {
                text.push('\r');
                chars.next();
            }
            ('\\', Some('\\')) => {
                text.push('\\');
                chars.next();
            }
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(name: Option<&str>, kind: ChecksumKind, digits: &str) -> NamedChecksum {
        NamedChecksum {
            name: name.map(str::to_owned),
            checksum: Checksum::new(kind, digits).unwrap(),
        }
    }

    #[test]
    fn both_ways_of_writing_and_bare_digits_are_read() {
        use ChecksumKind::{Sha1, Sha256, Sha512};
        let (a, b, c) = ("a1".repeat(32), "b2".repeat(64), "C3".repeat(20));
        let text = format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n# Fedora.iso: 1 bytes\n\
             {a}  plain.iso\r\n{b} *folder/binary.img\n\\{a}  with\\\\back\\nline\n\
             SHA1 (old (1).iso) = {c}\nSHA2-512(./tag.iso)= {b}\nMD5 (x) = 00\n\
             {a}\n{a}x  not.iso\n{a} \nabc  short.iso\n-----BEGIN PGP SIGNATURE-----\niQ=\n"
        );
        assert_eq!(
            read_checksum_file(&text),
            [
                sum(Some("plain.iso"), Sha256, &a),
                sum(Some("folder/binary.img"), Sha512, &b),
                sum(Some("with\\back\nline"), Sha256, &a),
                sum(Some("old (1).iso"), Sha1, &c),
                sum(Some("tag.iso"), Sha512, &b),
                sum(None, Sha256, &a),
                sum(None, Sha256, &a),
            ]
        );
    }

    #[test]
    fn the_strongest_checksum_of_the_whole_name_is_taken() {
        use ChecksumKind::{Sha256, Sha512};
        let (a, b, c) = ("a1".repeat(32), "b2".repeat(64), "c3".repeat(32));
        let sums = [
            sum(Some("x.iso"), Sha256, &a),
            sum(Some("old/x.iso"), Sha256, &c),
            sum(Some("x.iso"), Sha512, &b),
        ];
        let found = |sums: &[NamedChecksum], name| checksum_for(sums, name);
        assert_eq!(
            found(&sums, "x.iso"),
            Ok(Some(Checksum::new(Sha512, &b).unwrap()))
        );
        assert_eq!(found(&sums, "y.iso"), Ok(None));
        let in_folders = [
            sum(Some("old/x.iso"), Sha256, &a),
            sum(Some("new/x.iso"), Sha256, &c),
        ];
        let conflict = ConflictingSums {
            name: "x.iso".to_owned(),
        };
        assert_eq!(found(&in_folders, "x.iso"), Err(conflict));
        let alone = [sum(None, Sha256, &a)];
        assert_eq!(
            found(&alone, "x.iso"),
            Ok(Some(Checksum::new(Sha256, &a).unwrap()))
        );
        let mixed = [sum(None, Sha256, &a), sum(Some("y.iso"), Sha256, &c)];
        assert_eq!(found(&mixed, "x.iso"), Ok(None));
    }

    proptest! {
        #[test]
        fn what_sha256sum_writes_is_read_back(name in "[^\\p{Cc}* \\\\/.][^\\p{Cc}]{0,20}[a-z]", digits in "[0-9a-f]{64}") {
            let expected = [sum(Some(&name), ChecksumKind::Sha256, &digits)];
            let escaped = if name.contains('\\') { "\\" } else { "" };
            let written = name.replace('\\', "\\\\");
            prop_assert_eq!(read_checksum_file(&format!("{escaped}{digits}  {written}\n")), &expected);
            prop_assert_eq!(read_checksum_file(&format!("{escaped}{digits} *{written}\n")), &expected);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let sums = read_checksum_file(&text);
            let _ = checksum_for(&sums, &text);
        }
    }
}
