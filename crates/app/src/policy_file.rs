//! The policy file, read anew at each judgement: a changed rule counts at once, and a file that is gone or
//! cannot be read stops every change.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use ops::{
    Policy,
    policy::{PolicySource, parse},
};

/// How long the disk may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// More is no policy that a person wrote.
const MAX_BYTES: u64 = 1 << 20;

/// [`PolicySource`] of the file that `policy.file` names.
pub(crate) struct PolicyFile {
    path: PathBuf,
    /// Text and what it was read as.
    last: Mutex<Option<(String, Arc<Policy>)>>,
}

impl PolicyFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            last: Mutex::new(None),
        }
    }

    /// Reads it now, before anything else runs.
    pub(crate) fn read(&self) -> Arc<Policy> {
        self.understand(read(&self.path))
    }

    fn understand(&self, text: Result<String, String>) -> Arc<Policy> {
        let text = match text {
            Ok(text) => text,
            Err(why) => return self.broken(&why),
        };
        let Ok(mut last) = self.last.lock() else {
            return self.broken("it was being read when something broke");
        };
        if let Some((known, policy)) = last.as_ref()
            && *known == text
        {
            return Arc::clone(policy);
        }
        let policy = match parse(&self.path.display().to_string(), &text) {
            Ok(policy) => Arc::new(policy),
            Err(why) => self.refuse(&why),
        };
        *last = Some((text, Arc::clone(&policy)));
        policy
    }

    fn broken(&self, why: &str) -> Arc<Policy> {
        self.refuse(&format!("{}: {why}", self.path.display()))
    }

    /// A policy that says No to every change, and why.
    fn refuse(&self, why: &str) -> Arc<Policy> {
        tracing::error!(why, "the policy cannot be used: no change is let through");
        Arc::new(Policy {
            place: Some(self.path.display().to_string()),
            broken: Some(format!(
                "the policy cannot be used, so nothing may change: {why}"
            )),
            ..Policy::default()
        })
    }
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path)
        .map_err(|error| format!("it cannot be read: {error}"))?
        .len();
    if size > MAX_BYTES {
        return Err(format!("it is longer than {MAX_BYTES} bytes"));
    }
    std::fs::read_to_string(path).map_err(|error| format!("it cannot be read: {error}"))
}

#[async_trait]
impl PolicySource for PolicyFile {
    async fn policy(&self) -> Arc<Policy> {
        let path = self.path.clone();
        let reading = tokio::task::spawn_blocking(move || read(&path));
        let text = match tokio::time::timeout(PATIENCE, reading).await {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => Err(format!("it could not be read: {error}")),
            Err(_) => Err(format!("it cannot be read within {} s", PATIENCE.as_secs())),
        };
        self.understand(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_changed_file_counts_at_once_and_a_missing_one_is_a_no() {
        let home = tempfile::TempDir::new().unwrap();
        let path = home.path().join("policy.toml");
        let file = PolicyFile::new(path.clone());
        let place = path.display();
        let broken = |policy: Arc<Policy>| policy.broken.clone().unwrap_or_default();

        assert_eq!(
            broken(file.read()),
            format!(
                "the policy cannot be used, so nothing may change: {place}: it cannot be read: No such file or directory (os error 2)"
            )
        );
        std::fs::write(&path, "[[rule]]\nname = \"a\"\ndecision = \"never\"\n").unwrap();
        let policy = file.policy().await;
        assert_eq!((policy.rules.len(), &policy.broken), (1, &None));
        assert!(
            Arc::ptr_eq(&policy, &file.policy().await),
            "read once, kept"
        );

        std::fs::write(&path, "[[rule]]\ntitle = \"a\"\n").unwrap();
        assert_eq!(
            broken(file.policy().await),
            format!(
                "the policy cannot be used, so nothing may change: {place}: line 2: there is no key `title`; there are name, risks, roles, surfaces, operations, guests, times, decision, people, rehearsal"
            )
        );
        std::fs::write(&path, "").unwrap();
        assert_eq!(file.policy().await.broken, None, "an empty policy is one");
        std::fs::remove_file(&path).unwrap();
        assert!(broken(file.policy().await).contains("cannot be read"));
    }
}
