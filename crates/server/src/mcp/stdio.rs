//! MCP on standard input and output, for clients that start the program themselves.

use ops::{Actor, Registry, Surface};
use rmcp::{
    model::{ClientJsonRpcMessage, ClientRequest, GetMeta as _, ProtocolVersion},
    service::{
        QuitReason, RoleServer, RxJsonRpcMessage, ServerInitializeError, TxJsonRpcMessage,
        serve_server,
    },
    transport::{Transport, async_rw::AsyncRwTransport},
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::Handler;
use crate::error::Error;

/// One message per line; longer lines are dropped.
const LINE_BYTES: usize = 1 << 20;

/// Serves one client until `stdin` ends. Lines that are not JSON are skipped, whenever they come.
///
/// The actor speaks through [`Surface::Mcp`] whatever it says itself.
pub async fn mcp_stdio(
    registry: Registry,
    actor: Actor,
    stdin: impl AsyncRead + Send + Unpin + 'static,
    stdout: impl AsyncWrite + Send + Unpin + 'static,
) -> Result<(), Error> {
    let handler = Handler::new(&registry, Some(actor.through(Surface::Mcp)));
    let lines = AsyncRwTransport::new_server(stdin, stdout).with_max_line_length(LINE_BYTES);
    let service = match serve_server(
        handler,
        Patient {
            lines,
            begun: false,
        },
    )
    .await
    {
        Ok(service) => service,
        // The client left before it said anything: nothing went wrong.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => {
            return Err(Error::Mcp {
                reason: error.to_string(),
            });
        }
    };
    match service.waiting().await {
        Ok(QuitReason::JoinError(error)) | Err(error) => Err(Error::Mcp {
            reason: error.to_string(),
        }),
        Ok(_) => Ok(()),
    }
}

/// A client may send notifications before it begins; rmcp would end the session over one, so they wait
/// outside: until a request has begun the session, everything that is no request is dropped.
struct Patient<T> {
    lines: T,
    begun: bool,
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Patient<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.lines.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let message = self.lines.receive().await?;
            match &message {
                _ if self.begun => {}
                ClientJsonRpcMessage::Request(request) => {
                    self.begun = begins(&request.request);
                }
                _ => continue,
            }
            return Some(message);
        }
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.lines.close()
    }
}

/// `initialize`, or since 2026-07-28 any request that says all about itself.
fn begins(request: &ClientRequest) -> bool {
    match request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => false,
        other => other
            .get_meta()
            .missing_required_keys(&ProtocolVersion::V_2026_07_28)
            .is_empty(),
    }
}
