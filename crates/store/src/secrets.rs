//! Secrets at rest: XChaCha20-Poly1305 under one key, the name as associated data.
//!
//! A row that is moved to another name does not decrypt, and a key that does not fit is told from a
//! damaged row by one row that is encrypted at the very first use.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::{
    SecretKey, Store,
    data_dir::{create_key, read_key},
    db::{Tx, query},
    error::{Doing as _, Error, Result},
    handle::blocking,
    random,
};

const NONCE_BYTES: usize = 24;
const CHECK_NAME: &str = "key check";
const CHECK_TEXT: &[u8] = b"proxmox-ai";

/// The stored secrets, by name.
#[derive(Clone, Debug)]
pub struct Secrets {
    store: Store,
}

/// What encrypts and decrypts; wipes its key when dropped.
pub(crate) struct Cipher(XChaCha20Poly1305);

/// A secret as it lies in a row.
struct Sealed {
    nonce: Vec<u8>,
    ciphertext: Vec<u8>,
}

impl Secrets {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Stores a secret, in the place of an earlier one of the same name.
    pub async fn put(&self, name: &str, secret: &SecretString) -> Result<()> {
        const DOING: &str = "store a secret";
        let sealed = self.seal(name, secret).await?;
        let mut tx = self.store.begin(DOING).await?;
        write(&mut tx, name, &sealed, self.store.now_ns()).await?;
        tx.commit().await.doing(DOING)
    }

    pub async fn get(&self, name: &str) -> Result<Option<SecretString>> {
        let row: Option<(Vec<u8>, Vec<u8>)> =
            query("SELECT nonce, ciphertext FROM secrets WHERE name = $1")
                .bind(name)
                .optional(self.store.reader())
                .await
                .doing("read a secret")?;
        let Some((nonce, ciphertext)) = row else {
            return Ok(None);
        };
        let damaged = || Error::DamagedSecret {
            name: name.to_owned(),
        };
        let cipher = self.cipher().await?;
        let bytes = cipher
            .open(name, &Sealed { nonce, ciphertext })
            .ok_or_else(damaged)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
        Ok(Some(SecretString::from(text.to_owned())))
    }

    /// False when there was none.
    pub async fn delete(&self, name: &str) -> Result<bool> {
        let deleted = query("DELETE FROM secrets WHERE name = $1")
            .bind(name)
            .execute(self.store.writer())
            .await
            .doing("delete a secret")?;
        Ok(deleted == 1)
    }

    /// In alphabetical order.
    pub async fn list_names(&self) -> Result<Vec<String>> {
        query("SELECT name FROM secrets ORDER BY name")
            .all(self.store.reader())
            .await
            .doing("list secrets")
    }

    /// Whether the key fits what is stored. Creates the key when nothing was ever stored.
    pub async fn check_key(&self) -> Result<()> {
        self.cipher().await.map(drop)
    }

    async fn seal(&self, name: &str, secret: &SecretString) -> Result<Sealed> {
        self.cipher()
            .await?
            .seal(name, secret.expose_secret().as_bytes())
    }

    /// Stores a secret as part of a larger change. Encrypt with [`Secrets::prepare`] before the
    /// transaction begins: a first use of the key writes, too.
    pub(crate) async fn prepare(&self, name: String, secret: &SecretString) -> Result<Prepared> {
        let sealed = self.seal(&name, secret).await?;
        Ok(Prepared { name, sealed })
    }

    async fn cipher(&self) -> Result<&Cipher> {
        self.store
            .cipher_cell()
            .get_or_try_init(|| load(&self.store))
            .await
    }
}

/// An encrypted secret that waits for its transaction.
pub(crate) struct Prepared {
    name: String,
    sealed: Sealed,
}

impl Prepared {
    pub(crate) async fn write(&self, tx: &mut Tx, now_ns: i64) -> Result<()> {
        write(tx, &self.name, &self.sealed, now_ns).await
    }
}

async fn write(tx: &mut Tx, name: &str, sealed: &Sealed, now_ns: i64) -> Result<()> {
    query(
        "INSERT INTO secrets (name, nonce, ciphertext, changed_at_ns) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name) DO UPDATE SET nonce = excluded.nonce, \
         ciphertext = excluded.ciphertext, changed_at_ns = excluded.changed_at_ns",
    )
    .bind(name)
    .bind(&sealed.nonce)
    .bind(&sealed.ciphertext)
    .bind(now_ns)
    .execute(&mut *tx)
    .await
    .doing("store a secret")?;
    Ok(())
}

impl Cipher {
    fn new(key: &Zeroizing<[u8; 32]>) -> Self {
        Self(XChaCha20Poly1305::new((&**key).into()))
    }

    fn seal(&self, name: &str, secret: &[u8]) -> Result<Sealed> {
        // With 24 random bytes two equal nonces are out of the question.
        let nonce = random::bytes::<NONCE_BYTES>()?;
        let ciphertext = self
            .0
            .encrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: secret,
                    aad: name.as_bytes(),
                },
            )
            .map_err(|_| Error::Encrypt {
                name: name.to_owned(),
            })?;
        Ok(Sealed {
            nonce: nonce.to_vec(),
            ciphertext,
        })
    }

    fn open(&self, name: &str, sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
        let nonce = <[u8; NONCE_BYTES]>::try_from(sealed.nonce.as_slice()).ok()?;
        self.0
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: &sealed.ciphertext,
                    aad: name.as_bytes(),
                },
            )
            .ok()
            .map(Zeroizing::new)
    }
}

/// Finds the key (or makes one, when nothing was ever encrypted) and proves that it fits.
async fn load(store: &Store) -> Result<Cipher> {
    let check = find_check(store).await?;
    let key = match store.secret_key().clone() {
        SecretKey::Bytes(key) => key,
        SecretKey::File(path) => {
            blocking(move || {
                read_key(&path)?.ok_or_else(|| Error::KeyFile {
                    cause: std::io::ErrorKind::NotFound.into(),
                    path,
                })
            })
            .await?
        }
        SecretKey::InDataDirectory => match store.data_dir() {
            Some(directory) => {
                let path = directory.key_path();
                let used_before = check.is_some();
                blocking(move || match read_key(&path)? {
                    Some(key) => Ok(key),
                    None if used_before => Err(Error::KeyMissing { path }),
                    None => create_key(&path),
                })
                .await?
            }
            None => random::bytes()?,
        },
    };
    let cipher = Cipher::new(&key);
    let check = match check {
        Some(check) => check,
        None => write_check(store, &cipher).await?,
    };
    match cipher.open(CHECK_NAME, &check) {
        Some(text) if text.as_slice() == CHECK_TEXT => Ok(cipher),
        Some(_) | None => Err(Error::WrongKey),
    }
}

async fn find_check(store: &Store) -> Result<Option<Sealed>> {
    let row: Option<(Vec<u8>, Vec<u8>)> =
        query("SELECT nonce, ciphertext FROM secret_key_check WHERE id = 1")
            .optional(store.reader())
            .await
            .doing("check the secret key")?;
    Ok(row.map(|(nonce, ciphertext)| Sealed { nonce, ciphertext }))
}

/// Writes the check, or reads the one that another process wrote first.
async fn write_check(store: &Store, cipher: &Cipher) -> Result<Sealed> {
    let sealed = cipher.seal(CHECK_NAME, CHECK_TEXT)?;
    query(
        "INSERT INTO secret_key_check (id, nonce, ciphertext) VALUES (1, $1, $2) \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(&sealed.nonce)
    .bind(&sealed.ciphertext)
    .execute(store.writer())
    .await
    .doing("check the secret key")?;
    Ok(find_check(store).await?.unwrap_or(sealed))
}
