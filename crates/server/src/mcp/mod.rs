//! The Model Context Protocol: one handler, two transports.
//!
//! A machine may wish; nothing here can consent. The tools, their schemas and their calls are a projection of
//! the registry (`ops::project::mcp`); rmcp speaks the protocol in all its versions.

pub(crate) mod http;
pub(crate) mod stdio;

use std::{sync::Arc, time::Duration};

use ops::{Actor, Call, Registry, project};
use rmcp::{
    ErrorData, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
        InitializeResult, ListToolsResult, PaginatedRequestParams, ServerCapabilities, Tool,
    },
    service::{RequestContext, RoleServer},
};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::http::Identity;

/// Tool calls at once per process; more wait.
const CALLS: usize = 32;
const CALL_PATIENCE: Duration = Duration::from_mins(1);

/// One server for all sessions; cheap to clone.
#[derive(Clone)]
pub(crate) struct Handler {
    registry: Registry,
    /// Who speaks on stdio; over HTTP each request says it.
    fixed: Option<Actor>,
    tools: Arc<[Tool]>,
    places: Arc<Semaphore>,
}

impl Handler {
    pub(crate) fn new(registry: &Registry, fixed: Option<Actor>) -> Self {
        let tools = project::mcp::default_tools(registry)
            .into_iter()
            .filter_map(|tool| match serde_json::from_value(tool) {
                Ok(tool) => Some(tool),
                Err(error) => {
                    tracing::error!(%error, "a tool declaration does not fit the protocol");
                    None
                }
            })
            .collect();
        Self {
            registry: registry.clone(),
            fixed,
            tools,
            places: Arc::new(Semaphore::new(CALLS)),
        }
    }

    fn actor(&self, context: &RequestContext<RoleServer>) -> Option<Actor> {
        self.fixed.clone().or_else(|| {
            let parts = context.extensions.get::<::http::request::Parts>()?;
            parts
                .extensions
                .get::<Identity>()
                .map(|identity| identity.actor.clone())
        })
    }

    async fn call(&self, actor: Actor, tool: &str, arguments: Value) -> CallToolResult {
        let call = Call::new(actor);
        let _gone = call.cancel.clone().drop_guard();
        let Ok(_place) = self.places.acquire().await else {
            return failed("the server is stopping".to_owned());
        };
        let asked = project::mcp::call(&self.registry, &call, tool, arguments);
        match tokio::time::timeout(CALL_PATIENCE, asked).await {
            // An error need not fit the tool's output schema, and clients check that it does.
            Ok(outcome) if outcome.is_error => failed(without_internals(&outcome)),
            Ok(outcome) => {
                let mut result = CallToolResult::success(vec![ContentBlock::text(outcome.text)]);
                result.structured_content = Some(outcome.structured);
                result
            }
            Err(_) => failed(format!(
                "`{tool}` took longer than {} s",
                CALL_PATIENCE.as_secs()
            )),
        }
    }
}

/// What went wrong inside the server names files and statements: that is for the log, not for a model.
fn without_internals(outcome: &project::mcp::CallOutcome) -> String {
    let code = outcome
        .structured
        .pointer("/error/code")
        .and_then(Value::as_str);
    match code {
        Some("internal" | "store_unavailable") => {
            tracing::error!(cause = %outcome.text, "a tool failed inside the server");
            "something went wrong inside the server; its log has the cause".to_owned()
        }
        _ => outcome.text.clone(),
    }
}

fn failed(text: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

impl ServerHandler for Handler {
    fn get_info(&self) -> InitializeResult {
        let mut info = InitializeResult::new(ServerCapabilities::builder().enable_tools().build());
        info.server_info = Implementation::new("proxmox-ai", env!("CARGO_PKG_VERSION"));
        info.instructions = Some(
            "Tools that change something answer a plan; a person approves it in the console. \
             operations_search finds operations beyond this list, operations_call calls them."
                .to_owned(),
        );
        info
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.to_vec()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(actor) = self.actor(&context) else {
            return Err(ErrorData::invalid_request(
                "this request has no actor",
                None,
            ));
        };
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        Ok(self.call(actor, &request.name, arguments).await.into())
    }
}
