//! The data directory: nobody but its owner reads it.
//!
//! Files are created with mode 0600 before anything is written, whatever the umask says; SQLite gives
//! its `-wal` and `-shm` files the mode of the database.

use std::{
    fs::{DirBuilder, File, Metadata, OpenOptions, Permissions},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::{
        DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
    },
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    random,
};

const DATABASE: &str = "proxmox-ai.db";
const KEY: &str = "secret.key";

/// A key file is 32 bytes or 64 hex digits and a line end; more is not read.
const KEY_FILE_LIMIT: u64 = 128;

/// A prepared data directory.
#[derive(Clone, Debug)]
pub(crate) struct DataDir {
    pub(crate) path: PathBuf,
    /// Nothing when the database is elsewhere.
    database: Option<DatabaseFile>,
}

#[derive(Clone, Debug)]
struct DatabaseFile {
    path: PathBuf,
    /// Device and inode, to notice when it is replaced under us.
    identity: (u64, u64),
}

impl DataDir {
    /// Creates what is missing, closes what is open to others, and says where the database is.
    pub(crate) fn prepare(path: &Path) -> Result<(Self, PathBuf)> {
        let fail = |cause| Error::Directory {
            path: path.to_owned(),
            cause,
        };
        let mut prepared = Self::prepare_without_database(path)?;
        let database = path.join(DATABASE);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&database)
            .map_err(fail)?;
        let metadata = file.metadata().map_err(fail)?;
        if is_open_to_others(&metadata) {
            file.set_permissions(Permissions::from_mode(0o600))
                .map_err(fail)?;
        }
        prepared.database = Some(DatabaseFile {
            path: database.clone(),
            identity: (metadata.dev(), metadata.ino()),
        });
        Ok((prepared, database))
    }

    /// For the secret key alone.
    pub(crate) fn prepare_without_database(path: &Path) -> Result<Self> {
        let fail = |cause| Error::Directory {
            path: path.to_owned(),
            cause,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(fail)?;
        close_to_others(path).map_err(fail)?;
        Ok(Self {
            path: path.to_owned(),
            database: None,
        })
    }

    /// Whether the database is still the file that was opened.
    pub(crate) fn check(&self) -> Result<()> {
        let Some(database) = &self.database else {
            return Ok(());
        };
        match std::fs::metadata(&database.path) {
            Ok(now) if (now.dev(), now.ino()) == database.identity => Ok(()),
            Ok(_) | Err(_) => Err(Error::Gone {
                path: database.path.clone(),
            }),
        }
    }

    pub(crate) fn key_path(&self) -> PathBuf {
        self.path.join(KEY)
    }
}

/// Makes the directory 0700 where it is plainly ours: empty, or with our database or key in it. A shared
/// directory such as `/tmp` given by mistake keeps its mode; the files in it are 0600 anyway.
fn close_to_others(path: &Path) -> io::Result<()> {
    let metadata = std::fs::metadata(path)?;
    let is_sticky = metadata.mode() & 0o1000 != 0;
    if is_sticky || !is_open_to_others(&metadata) {
        return Ok(());
    }
    let ours = path.join(DATABASE).exists()
        || path.join(KEY).exists()
        || std::fs::read_dir(path)?.next().is_none();
    if ours {
        std::fs::set_permissions(path, Permissions::from_mode(0o700))
    } else {
        tracing::warn!(
            directory = %path.display(),
            "the data directory is open to other users and holds other files; its mode stays as it is"
        );
        Ok(())
    }
}

fn is_open_to_others(metadata: &Metadata) -> bool {
    metadata.mode() & 0o077 != 0
}

/// Reads a key: 32 bytes, or 64 hex digits with or without a line end. Nothing when there is no file.
pub(crate) fn read_key(path: &Path) -> Result<Option<Zeroizing<[u8; 32]>>> {
    let fail = |cause| Error::KeyFile {
        path: path.to_owned(),
        cause,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    if is_open_to_others(&file.metadata().map_err(fail)?) {
        tracing::warn!(file = %path.display(), "the secret key can be read by other users; make it 0600");
    }
    let mut content = Zeroizing::new(Vec::with_capacity(KEY_FILE_LIMIT as usize));
    file.take(KEY_FILE_LIMIT)
        .read_to_end(&mut content)
        .map_err(fail)?;
    let wrong_length = || Error::KeyLength {
        path: path.to_owned(),
    };
    if let Ok(key) = <[u8; 32]>::try_from(content.as_slice()) {
        return Ok(Some(Zeroizing::new(key)));
    }
    let text = std::str::from_utf8(&content)
        .map_err(|_| wrong_length())?
        .trim_end();
    decode_hex(text).map(Some).ok_or_else(wrong_length)
}

/// Creates a key file, or reads the one that another process created in the same moment.
pub(crate) fn create_key(path: &Path) -> Result<Zeroizing<[u8; 32]>> {
    let fail = |cause| Error::KeyFile {
        path: path.to_owned(),
        cause,
    };
    let key = random::bytes::<32>()?;
    // A link appears with its whole content or not at all, so nobody can read half a key.
    let suffix = random::bytes::<8>()?;
    let draft = path.with_extension(format!("key.{}", random::hex(suffix.as_slice())));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .map_err(fail)?;
    let linked = file
        .write_all(key.as_slice())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&draft, path));
    std::fs::remove_file(&draft).map_err(fail)?;
    match linked {
        Ok(()) => {
            if let Some(directory) = path.parent() {
                // The key must outlive a power cut as surely as the secrets encrypted with it.
                File::open(directory)
                    .and_then(|directory| directory.sync_all())
                    .map_err(fail)?;
            }
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read_key(path)?.ok_or_else(|| Error::KeyMissing {
                path: path.to_owned(),
            })
        }
        Err(error) => Err(fail(error)),
    }
}

fn decode_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = Zeroizing::new([0_u8; 32]);
    for (position, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(position * 2..position * 2 + 2)?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_of_hex_digits_is_the_same_key_as_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, [0xab; 32]).unwrap();
        let bytes = read_key(&path).unwrap().unwrap();
        std::fs::write(&path, format!("{}\n", "ab".repeat(32))).unwrap();
        assert_eq!(*read_key(&path).unwrap().unwrap(), *bytes);
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        for content in [
            &b""[..],
            &[1; 31],
            &[1; 33],
            &b"+1".repeat(32),
            &[b'a'; 128],
        ] {
            std::fs::write(&path, content).unwrap();
            assert!(
                matches!(read_key(&path), Err(Error::KeyLength { .. })),
                "{content:?}"
            );
        }
    }
}
