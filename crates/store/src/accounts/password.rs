//! Argon2id with the parameters that OWASP names first: 19 MiB, 2 passes, 1 lane.

use std::{sync::Arc, time::Duration};

use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use subtle::ConstantTimeEq as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    random,
};

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// How many passwords are hashed at once: each takes 19 MiB and a core.
const PLACES: usize = 2;
/// A flood that lets nobody through for so long is answered with an error.
const PATIENCE: Duration = Duration::from_secs(20);

/// The allocator keeps freed memory for later, except for pieces so large (32 MiB with glibc) that it
/// maps them one by one. Asking for more than is touched makes the 19 MiB go back after each sign-in;
/// the part that is not touched never becomes real memory.
const RESERVED_KIB: usize = 33 * 1024;

pub(crate) const MIN_CHARACTERS: usize = 8;
pub(crate) const MAX_BYTES: usize = 1024;

/// Hashes passwords, a few at a time.
#[derive(Debug)]
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(PLACES)),
        }
    }
}

/// The right to hash one password.
#[derive(Debug)]
pub(crate) struct Place(OwnedSemaphorePermit);

impl Passwords {
    pub(crate) async fn place(&self) -> Result<Place> {
        match tokio::time::timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place(permit)),
            // The semaphore is never closed; both mean that there was no place.
            Ok(Err(_)) | Err(_) => Err(Error::conflict("too many sign-ins wait; try again later")),
        }
    }
}

impl Place {
    /// Hashes a new password with a fresh salt, in the PHC format.
    pub(crate) async fn hash(self, password: &str) -> Result<String> {
        let password = Zeroizing::new(password.to_owned());
        let salt = random::bytes::<SALT_BYTES>()?;
        self.run(move || {
            let params = params()?;
            let output = compute(&params, &password, salt.as_slice())?;
            Ok(encode(salt.as_slice(), output.as_slice()))
        })
        .await
    }

    /// Checks a password. For an unknown user there is no hash, and the same work is done for nothing.
    pub(crate) async fn verify(self, password: &str, stored: Option<String>) -> Result<bool> {
        // A longer one was never set; what is cut off cannot make it right because of `fits`.
        let fits = password.len() <= MAX_BYTES;
        let password = Zeroizing::new(if fits {
            password.to_owned()
        } else {
            String::new()
        });
        self.run(move || {
            let Some(stored) = stored else {
                compute(&params()?, &password, &[0; SALT_BYTES])?;
                return Ok(false);
            };
            let unreadable = |cause: String| Error::unreadable("a password hash", cause);
            let stored =
                PasswordHash::new(&stored).map_err(|error| unreadable(error.to_string()))?;
            let params =
                Params::try_from(&stored).map_err(|error| unreadable(error.to_string()))?;
            let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
                return Err(unreadable("salt or hash is missing".to_owned()));
            };
            let output = compute(&params, &password, salt.as_ref())?;
            Ok(fits && bool::from(output.as_slice().ct_eq(expected.as_bytes())))
        })
        .await
    }

    /// The permit goes with the work: whoever stops waiting does not make room for more of it.
    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self.0;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(Error::Background)?
    }
}

fn params() -> Result<Params> {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT_BYTES)).map_err(Error::Hash)
}

fn compute(params: &Params, password: &str, salt: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let count = params.block_count();
    let mut blocks: Vec<Block> = Vec::with_capacity(count.max(RESERVED_KIB));
    blocks.resize(count, Block::new());
    let mut output = Zeroizing::new(vec![
        0;
        params
            .output_len()
            .unwrap_or(Params::DEFAULT_OUTPUT_LEN)
    ]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut blocks)
        .map_err(Error::Hash)?;
    Ok(output)
}

fn encode(salt: &[u8], output: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
    format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(output)
    )
}

/// At least eight characters; nothing else, because rules about kinds of characters make worse ones.
pub(crate) fn check_rules(password: &str) -> Result<()> {
    if password.chars().count() < MIN_CHARACTERS {
        return Err(Error::invalid(format!(
            "the password is too short: it needs at least {MIN_CHARACTERS} characters"
        )));
    }
    if password.len() > MAX_BYTES {
        return Err(Error::invalid(format!(
            "the password is too long: it may have at most {MAX_BYTES} bytes"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn place() -> Place {
        Passwords::default().place().await.unwrap()
    }

    #[tokio::test]
    async fn a_hash_names_its_parameters_and_fits_its_password_alone() {
        let hash = place().await.hash("correct horse").await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            place()
                .await
                .verify("correct horse", Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !place()
                .await
                .verify("correct horsf", Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !place()
                .await
                .verify(&"x".repeat(5000), Some(hash))
                .await
                .unwrap()
        );
        assert!(!place().await.verify("", None).await.unwrap());
    }

    #[tokio::test]
    async fn our_hash_is_one_that_the_library_accepts() {
        use argon2::PasswordVerifier as _;
        let hash = place().await.hash("correct horse").await.unwrap();
        Argon2::default()
            .verify_password(b"correct horse", hash.as_str())
            .unwrap();
    }

    #[tokio::test]
    async fn hashing_gives_its_memory_back() {
        fn resident_kib() -> u64 {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status
                .lines()
                .find(|line| line.starts_with("VmRSS:"))
                .unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        }
        place().await.verify("warm", None).await.unwrap();
        let before = resident_kib();
        let passwords = Passwords::default();
        for _ in 0..4 {
            let (one, two) = (
                passwords.place().await.unwrap(),
                passwords.place().await.unwrap(),
            );
            let (one, two) = tokio::join!(one.verify("warm", None), two.verify("warm", None));
            assert!(!one.unwrap() && !two.unwrap());
        }
        let grown = resident_kib().saturating_sub(before);
        assert!(grown < 8 * 1024, "grew by {grown} KiB");
    }
}
