//! `mcp`: the Model Context Protocol on standard input and output.

use app::Role;
use ops::Surface;

use super::{Session, person};
use crate::failure::Failure;

pub(super) async fn run(session: &Session) -> Result<u8, Failure> {
    let app = session.app(Role::Command).await?;
    let actor = person().through(Surface::Mcp);
    server::mcp_stdio(
        app.registry.clone(),
        actor,
        tokio::io::stdin(),
        tokio::io::stdout(),
    )
    .await
    .map_err(|error| Failure::new(1, error.to_string()))?;
    app.stop().await;
    Ok(0)
}
