//! Many texts asked of a server: by batches, and of texts that it refuses as too long the beginning.

use super::progress::{BATCH, Dimension, shortened};
use crate::error::{Error, Result};

/// A server that does not cut texts itself refuses long ones: a shorter beginning is tried, and again.
const SHORTER: [usize; 5] = [8_000, 3_000, 1_500, 700, 300];

/// A server that embeds one batch.
pub(crate) trait Server: Sync {
    fn model(&self) -> &str;

    fn dimension(&self) -> &Dimension;

    /// One vector for each input, in their order. [`Error::ContextExceeded`] where one is too long.
    fn ask(&self, inputs: &[String]) -> impl Future<Output = Result<Vec<Vec<f32>>>> + Send;
}

/// A vector for each text, each with `before` in front of it.
pub(crate) async fn vectors<S: Server>(
    server: &S,
    before: &str,
    texts: &[String],
) -> Result<Vec<Vec<f32>>> {
    let mut all = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        let vectors = one_batch(server, before, batch).await?;
        server
            .dimension()
            .check(server.model(), batch.len(), &vectors)?;
        all.extend(vectors);
    }
    Ok(all)
}

async fn one_batch<S: Server>(server: &S, before: &str, texts: &[String]) -> Result<Vec<Vec<f32>>> {
    for most in SHORTER {
        let inputs: Vec<String> = texts
            .iter()
            .map(|text| format!("{before}{}", shortened(text, most)))
            .collect();
        match server.ask(&inputs).await {
            Err(Error::ContextExceeded { .. }) => {}
            other => return other,
        }
    }
    Err(Error::NoVectors {
        model: server.model().to_owned(),
        detail: "even 300 characters are too long for it".to_owned(),
    })
}
