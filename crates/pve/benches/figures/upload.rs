//! A large upload, and the most memory this process held for it.

use std::time::Instant;

use pve::{FileSource, Transferred, UploadContent};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::cost::{peak_bytes, processor_ns};
use crate::{Outcome, Target};

const SIZE_BYTES: u64 = 1024 * 1024 * 1024;

pub(crate) fn measure(target: &Target) -> Outcome<Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = target.client()?;
        let resources = client.cluster_resources().await?;
        let node = resources.iter().find_map(pve::Resource::as_node);
        let node = node.ok_or("no node")?.node.clone();
        let file = FileSource {
            field: "filename".to_owned(),
            file_name: "large.iso".to_owned(),
            size_bytes: SIZE_BYTES,
            reader: Box::new(tokio::io::repeat(7).take(SIZE_BYTES)),
        };
        let mut reports = 0_u64;
        let mut count = |_: Transferred| reports += 1;
        let (started, processor) = (Instant::now(), processor_ns()?);
        client
            .upload(&node, "local", UploadContent::Iso, file, None, &mut count)
            .await?;
        Ok(json!({
            "bytes": SIZE_BYTES, "reports": reports,
            "seconds": started.elapsed().as_secs_f64(),
            "processor_s": (processor_ns()? - processor) / 1e9,
            "peak_bytes": peak_bytes()?,
        }))
    })
}
