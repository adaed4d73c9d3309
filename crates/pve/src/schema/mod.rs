//! What a server says about its own API: every node serves the description that its API viewer
//! shows, and it is the same that the server checks parameters and permissions with.
//!
//! [`Schema`] reads it, finds methods by path or by words, checks parameters before they are sent
//! ([`Schema::check`], [`crate::Client::with_schema`]) and tells which privileges calls need
//! ([`Schema::needs`]). [`Coverage`] tells which methods have a typed call here.

mod check;
mod coverage;
mod fetch;
mod find;
mod judge;
mod model;
mod named;
mod named_keys;
mod needs;
mod node;
mod pattern;
mod permission;
mod property;
mod read;
mod search;
mod typed_calls;

pub use check::CallProblem;
pub use coverage::{Coverage, CoveredMethod, SectionCoverage};
pub use fetch::fetch_schema;
pub use find::Found;
pub use judge::{CallVerdict, Lack, Verdict};
pub use model::{ApiMethod, Bound, Format, Kind, Parameter};
pub use needs::{CallNeeds, Need};
pub use permission::{AccessCheck, Audience, GroupsParameter, MethodAccess};
pub use read::SchemaError;

/// The description of an API.
///
/// ```
/// use pve::{ApiPath, Method, Params, Schema};
/// let text = r#"const apiSchema = [{"path": "/version", "info": {"GET": {"name": "version"}}}];"#;
/// let schema = Schema::read(text.as_bytes())?;
/// let path: ApiPath = "/version".parse()?;
/// assert!(schema.check(Method::Get, &path, &Params::new()).is_ok());
/// assert!(schema.check(Method::Get, &path, &Params::new().with("x", "1")).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    methods: Vec<ApiMethod>,
    tree: find::Tree,
}

impl Schema {
    /// All methods by path, then in the order GET, POST, PUT, DELETE.
    pub fn methods(&self) -> &[ApiMethod] {
        &self.methods
    }

    pub(crate) fn of_methods(mut methods: Vec<ApiMethod>) -> Self {
        methods.sort_by(|a, b| (&a.path, a.method as u8).cmp(&(&b.path, b.method as u8)));
        methods.dedup_by(|a, b| a.path == b.path && a.method == b.method);
        let tree = find::Tree::of(&methods);
        Self { methods, tree }
    }
}
