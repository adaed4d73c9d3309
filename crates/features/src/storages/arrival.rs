//! Files that come to a storage, fetched by a node or sent by us: what both share.

use std::collections::BTreeMap;

use ops::{Code, Error, Level, Observed, Result, Signal, Verdict, Wish};
use pve::{Checksum, ChecksumKind, UploadContent};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{model::volume, place::Place};
use crate::{cluster_error::call_error, ctx::Ctx, inventory::StorageRow};

/// Where a file is to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Arrival {
    pub(super) place: Place,
    /// PVE's word: `iso`, `vztmpl`, `import`.
    pub(super) content: String,
    /// The name that it gets.
    pub(super) file: String,
}

impl Arrival {
    /// Its name as a volume.
    pub(super) fn volume(&self) -> String {
        format!("{}:{}/{}", self.place.storage, self.content, self.file)
    }

    pub(super) fn kind(&self) -> Result<UploadContent> {
        kind(&self.content)
    }

    /// Refuses what PVE would refuse after the bytes were sent.
    pub(super) async fn check(&self, ctx: &Ctx, row: &StorageRow) -> Result<()> {
        let (file, content) = (&self.file, &self.content);
        if !row.content.contains(content) {
            return Err(Error::new(
                Code::Conflict,
                format!("storage {} does not take `{content}`", self.place.subject()),
            )
            .hint(format!(
                "it takes {}; `storages.set` changes that",
                if row.content.is_empty() {
                    "nothing".to_owned()
                } else {
                    row.content.join(", ")
                }
            )));
        }
        let good = |c: char| c.is_ascii_alphanumeric() || "-_.+=".contains(c);
        if file.is_empty() || file.starts_with('.') || !file.chars().all(good) {
            return Err(
                Error::invalid(format!("`{file}` is no name for a file on a storage")).hint(
                    "letters, digits and `-_.+=` are possible: give another one with `file_name`",
                ),
            );
        }
        let endings = endings(content);
        if !endings
            .iter()
            .any(|ending| file.to_ascii_lowercase().ends_with(ending))
        {
            return Err(Error::invalid(format!(
                "`{file}` does not end as a file of `{content}` does: {}",
                endings.join(", ")
            ))
            .hint("give the right `content`, or another name with `file_name`"));
        }
        // PVE would replace a file of the same name without a word.
        if volume(ctx, &self.place, &self.volume()).await?.is_some() {
            return Err(Error::new(
                Code::Conflict,
                format!("{} is there already", self.volume()),
            )
            .hint("choose another `file_name`, or delete that one first"));
        }
        Ok(())
    }

    /// Refuses what does not fit; says so where that cannot be told.
    pub(super) async fn check_space(
        &self,
        ctx: &Ctx,
        size_bytes: Option<u64>,
    ) -> Result<Option<Signal>> {
        let place = &self.place;
        let status = place
            .client(ctx)
            .await?
            .storage_status(&place.node()?, &place.storage)
            .await
            .map_err(|error| call_error(&place.cluster, &error))?;
        if !status.active {
            return Err(Error::new(
                Code::Conflict,
                format!("storage {} cannot be used right now", place.subject()),
            )
            .hint("look why it is not active with `storages.show`"));
        }
        let (Some(size), Some(free)) = (size_bytes, status.available_bytes) else {
            return Ok(Some(Signal {
                signal: "check_skipped".to_owned(),
                level: Level::Info,
                text: format!("whether {} has room for it is not known", place.subject()),
                target: None,
            }));
        };
        if size > free {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "{} does not fit on {}: it takes {size} bytes, {free} are free",
                    self.file,
                    place.subject()
                ),
            )
            .hint("make room first, or choose another storage"));
        }
        Ok(None)
    }

    /// The name is free, as long as it is.
    pub(super) async fn observe(&self, ctx: &Ctx) -> Result<Observed> {
        let there = volume(ctx, &self.place, &self.volume()).await?.is_some();
        Ok(self.facts(there))
    }

    pub(super) fn facts(&self, there: bool) -> Observed {
        Observed {
            subject: self.volume(),
            identity: BTreeMap::new(),
            state: BTreeMap::from([("exists".to_owned(), json!(there))]),
        }
    }

    pub(super) async fn is_there(&self, ctx: &Ctx) -> Result<bool> {
        Ok(volume(ctx, &self.place, &self.volume()).await?.is_some())
    }

    pub(super) async fn verify(&self, ctx: &Ctx, size_bytes: Option<u64>) -> Result<Verdict> {
        let name = self.volume();
        Ok(match volume(ctx, &self.place, &name).await? {
            None => Verdict::not_as_promised(format!("{name} is not there")),
            Some(row) => match (size_bytes, row.size_bytes) {
                (Some(wanted), Some(found)) if wanted != found => Verdict::not_as_promised(
                    format!("{name} has {found} bytes instead of {wanted}"),
                ),
                _ => Verdict::ok(format!("{name} is there")),
            },
        })
    }

    pub(super) fn undo(&self) -> Wish {
        let place = &self.place;
        let volume = format!("{}/{}/{}", place.cluster, place.node, self.volume());
        Wish {
            op: "storages.delete_volume".to_owned(),
            input: json!({ "volumes": [volume] }),
        }
    }
}

pub(super) fn kind(content: &str) -> Result<UploadContent> {
    match content {
        "iso" => Ok(UploadContent::Iso),
        "vztmpl" => Ok(UploadContent::ContainerTemplate),
        "import" => Ok(UploadContent::Import),
        _ => Err(Error::invalid(format!(
            "`{content}` is nothing that can be brought to a storage"
        ))
        .hint("it can be `iso`, `vztmpl` or `import`")),
    }
}

fn endings(content: &str) -> &'static [&'static str] {
    match content {
        "iso" => &[".iso", ".img"],
        "vztmpl" => &[".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tar"],
        _ => &[".ova", ".ovf", ".qcow2", ".raw", ".vmdk"],
    }
}

/// `sha256:…`, or the bare digits: their number tells the kind.
pub(super) fn checksum(text: &str) -> Result<Checksum> {
    let (named, hex) = match text.split_once(':') {
        Some((kind, hex)) => (Some(kind.to_ascii_lowercase().replace('-', "")), hex.trim()),
        None => (None, text.trim()),
    };
    let kinds = [
        ChecksumKind::Sha1,
        ChecksumKind::Sha224,
        ChecksumKind::Sha256,
        ChecksumKind::Sha384,
        ChecksumKind::Sha512,
    ];
    kinds
        .into_iter()
        .filter(|kind| named.as_ref().is_none_or(|name| name == kind.as_str()))
        .find_map(|kind| Checksum::new(kind, hex).ok())
        .ok_or_else(|| {
            Error::invalid(format!("`{text}` is no checksum"))
                .hint("write sha256: and 64 hexadecimal digits; sha1, sha224, sha384 and sha512 are possible too")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_known_by_its_name_or_its_length() {
        let sha256 = "ab".repeat(32);
        for good in [
            sha256.clone(),
            format!("sha256:{sha256}"),
            format!("SHA-256: {sha256}"),
        ] {
            let read = checksum(&good).unwrap();
            assert_eq!(
                (read.kind(), read.hex()),
                (ChecksumKind::Sha256, sha256.as_str()),
                "{good}"
            );
        }
        assert_eq!(
            checksum(&"0".repeat(40)).unwrap().kind(),
            ChecksumKind::Sha1
        );
        for bad in [
            "",
            "sha256:",
            "sha256:zz",
            "md5:00",
            &format!("sha512:{sha256}"),
            "12",
        ] {
            assert!(checksum(bad).is_err(), "{bad}");
        }
    }
}
