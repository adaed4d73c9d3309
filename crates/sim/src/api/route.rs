//! The route table: each simulated method says its path, parameters, who may call it, what it is called
//! in the record of changes, and its handler. Parameter checks and "not implemented" follow from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::coverage::Simulated;
use crate::cluster::access::Identity;
use crate::cluster::faults::Spoil;
use crate::cluster::guest::GuestKind;
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Work};
use crate::cluster::{Cluster, NewTask};
use crate::schema::table::{Parameter, Tables};
use crate::version::PveVersion;

/// The verbs PVE knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "GET" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Who may call a method.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Permission {
    /// Anybody, without a login.
    World,
    /// Anybody who is logged in; lists are filtered.
    User,
    /// Holders of one of the privileges on the path. `{name}` stands for a path parameter.
    Check {
        path: &'static str,
        any_of: &'static [&'static str],
    },
    /// The user whose `upid` it is, or holders of the privilege on the node.
    TaskOwner(&'static str),
}

/// Name and target of a call, told from the call itself.
type Naming = fn(&Request<'_>) -> (&'static str, String);

/// What a changing method is called in the record of calls.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    Always {
        name: &'static str,
        /// With `{name}` of the path and of the parameters.
        target: &'static str,
    },
    By(Naming),
}

impl Operation {
    /// Name and target for a request.
    pub(crate) fn of(&self, request: &Request<'_>) -> (&'static str, String) {
        match self {
            Self::Always { name, target } => {
                (name, fill(target, &request.path, &request.parameters))
            }
            Self::By(naming) => naming(request),
        }
    }
}

/// Answers a call.
pub(crate) type Handler = fn(&mut Cluster, &Request<'_>) -> Result<Answer, Refusal>;

/// A simulated method.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) verb: Verb,
    pub(crate) template: &'static str,
    segments: Vec<Segment>,
    /// What it takes, for each kind of guest.
    parameters: [Arc<[Parameter]>; 2],
    pub(crate) permission: Permission,
    pub(crate) operation: Option<Operation>,
    /// API tokens may not call it.
    pub(crate) needs_ticket: bool,
    /// Whether the answer comes from the cluster's state.
    pub(crate) how: Simulated,
    /// Runs on the node of the path; others forward to it.
    pub(crate) is_proxied: bool,
    /// The first release that has it; `None`: all that are simulated.
    pub(crate) since: Option<PveVersion>,
    pub(crate) handler: Handler,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    Fixed(&'static str),
    Kind,
    Named(&'static str),
}

impl Route {
    fn new(verb: Verb, template: &'static str, handler: Handler) -> Self {
        let segments = template
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| {
                match part
                    .strip_prefix('{')
                    .and_then(|part| part.strip_suffix('}'))
                {
                    Some("kind") => Segment::Kind,
                    Some(name) => Segment::Named(name),
                    None => Segment::Fixed(part),
                }
            })
            .collect();
        Self {
            verb,
            template,
            segments,
            parameters: <[Arc<[Parameter]>; 2]>::default(),
            permission: Permission::User,
            operation: None,
            needs_ticket: false,
            how: Simulated::State,
            is_proxied: template.starts_with("/nodes/{node}/"),
            since: None,
            handler,
        }
    }

    pub(crate) fn get(template: &'static str, handler: Handler) -> Self {
        Self::new(Verb::Get, template, handler)
    }

    pub(crate) fn post(template: &'static str, handler: Handler) -> Self {
        Self::new(Verb::Post, template, handler)
    }

    pub(crate) fn put(template: &'static str, handler: Handler) -> Self {
        Self::new(Verb::Put, template, handler)
    }

    pub(crate) fn delete(template: &'static str, handler: Handler) -> Self {
        Self::new(Verb::Delete, template, handler)
    }

    /// Takes its parameters from the tables.
    pub(crate) fn declared_in(mut self, tables: &Tables) -> Self {
        let of = |kind: &str| {
            let path = self.template.replace("{kind}", kind);
            tables.of(&format!("{} {path}", self.verb.as_str()))
        };
        self.parameters = [of("qemu"), of("lxc")];
        self
    }

    /// What it takes for a kind of guest.
    pub(crate) fn parameters(&self, kind: GuestKind) -> &Arc<[Parameter]> {
        let [qemu, lxc] = &self.parameters;
        match kind {
            GuestKind::Qemu => qemu,
            GuestKind::Lxc => lxc,
        }
    }

    pub(crate) fn for_world(mut self) -> Self {
        self.permission = Permission::World;
        self
    }

    pub(crate) fn checked(mut self, path: &'static str, any_of: &'static [&'static str]) -> Self {
        self.permission = Permission::Check { path, any_of };
        self
    }

    pub(crate) fn for_task_owner(mut self, privilege: &'static str) -> Self {
        self.permission = Permission::TaskOwner(privilege);
        self
    }

    pub(crate) fn records(mut self, name: &'static str, target: &'static str) -> Self {
        self.operation = Some(Operation::Always { name, target });
        self
    }

    /// The name depends on the call.
    pub(crate) fn records_by(mut self, naming: Naming) -> Self {
        self.operation = Some(Operation::By(naming));
        self
    }

    /// Only for those who logged in.
    pub(crate) fn needs_ticket(mut self) -> Self {
        self.needs_ticket = true;
        self
    }

    /// The answer does not depend on the cluster's state.
    pub(crate) fn constant(mut self) -> Self {
        self.how = Simulated::Constant;
        self
    }

    /// What passes PVE's checks is not simulated.
    pub(crate) fn refused(mut self) -> Self {
        self.how = Simulated::Not;
        self
    }

    /// Releases before that one answer 501.
    pub(crate) fn since(mut self, version: PveVersion) -> Self {
        self.since = Some(version);
        self
    }

    /// Whether a release has it.
    pub(crate) fn is_in(&self, version: PveVersion) -> bool {
        self.since.is_none_or(|since| version >= since)
    }

    /// Answered by whichever node is asked.
    pub(crate) fn anywhere(mut self) -> Self {
        self.is_proxied = false;
        self
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The path parameters of a path that fits.
    pub(crate) fn names(&self, path: &[String]) -> Named {
        let mut named = Named::new();
        for (at, segment) in self.segments.iter().enumerate() {
            let name = match segment {
                Segment::Fixed(_) => continue,
                Segment::Kind => "kind",
                Segment::Named(name) => name,
            };
            let is_last = at + 1 == self.segments.len();
            let value = match path.get(at..) {
                Some(rest) if is_last && takes_rest(name) => rest.join("/"),
                rest => rest
                    .and_then(<[String]>::first)
                    .cloned()
                    .unwrap_or_default(),
            };
            named.insert(name, value);
        }
        named
    }

    /// The path parameters when the path fits: what the table's index has to agree with.
    #[cfg(test)]
    pub(crate) fn matches(&self, verb: Verb, path: &[String]) -> Option<Named> {
        let count_fits = if matches!(self.segments.last(), Some(Segment::Named(name)) if takes_rest(name))
        {
            path.len() >= self.segments.len()
        } else {
            path.len() == self.segments.len()
        };
        if self.verb != verb || !count_fits {
            return None;
        }
        let is_word = |part: &String| !part.contains(char::is_whitespace);
        let fits = |(segment, part): (&Segment, &String)| match segment {
            Segment::Fixed(fixed) => *fixed == part.as_str(),
            Segment::Kind => GuestKind::parse(part).is_some(),
            Segment::Named(_) => is_word(part),
        };
        let rest_fits = path.iter().skip(self.segments.len()).all(is_word);
        (rest_fits && self.segments.iter().zip(path).all(fits)).then(|| self.names(path))
    }
}

/// Whether a name at the end of a path may hold slashes: those of volumes and of networks do.
pub(crate) fn takes_rest(name: &str) -> bool {
    matches!(name, "volume" | "cidr")
}

/// Path parameters by name.
pub(crate) type Named = BTreeMap<&'static str, String>;

/// A parameter value as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    One(String),
    Many(Vec<String>),
}

impl Given {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::Many(texts) => texts.join("\0"),
        }
    }

    fn json(&self) -> Value {
        let one = |text: &String| match text.parse::<i64>() {
            Ok(number) if number.to_string() == *text => Value::from(number),
            _ => Value::from(text.as_str()),
        };
        match self {
            Self::One(text) => one(text),
            Self::Many(texts) => texts.iter().map(one).collect(),
        }
    }
}

/// Parameters of a request by name, those of the path left out.
pub(crate) type Parameters = BTreeMap<String, Given>;

/// A request as a handler sees it: checked, with the node resolved.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) who: &'a Identity,
    pub(crate) path: BTreeMap<&'static str, String>,
    pub(crate) parameters: Parameters,
    /// What faults do to the task this call starts.
    pub(crate) spoil: Spoil,
    /// What the method takes.
    pub(crate) known: Arc<[Parameter]>,
    /// The content of an uploaded file.
    pub(crate) upload: Option<crate::wire::multipart::Upload>,
}

impl Request<'_> {
    pub(crate) fn in_path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    pub(crate) fn node(&self) -> &str {
        self.in_path("node")
    }

    pub(crate) fn kind(&self) -> GuestKind {
        GuestKind::parse(self.in_path("kind")).unwrap_or(GuestKind::Qemu)
    }

    /// Checked before: a path parameter `vmid` is a number.
    pub(crate) fn vmid(&self) -> u32 {
        self.in_path("vmid").parse().unwrap_or(0)
    }

    /// Whether the method has a parameter of that name.
    pub(crate) fn route_knows(&self, name: &str) -> bool {
        self.known.iter().any(|parameter| parameter.fits(name))
    }

    /// Whether the method makes a guest: then its number is a parameter.
    pub(crate) fn route_creates(&self) -> bool {
        self.route_knows("vmid")
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.parameters.get(name).map(Given::text)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text == "1")
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// Starts a task on the node of the path; its UPID is the answer.
    pub(crate) fn start(
        &self,
        cluster: &mut Cluster,
        (kind, id): (&str, &str),
        job: impl Job + 'static,
    ) -> Answer {
        let upid = cluster.start_task(NewTask {
            node: self.node(),
            kind,
            id,
            user: &self.who.full(),
            work: Work::job(job),
            spoil: self.spoil.clone(),
        });
        Value::from(upid).into()
    }

    /// The request's parameters for the record of calls.
    pub(crate) fn arguments(&self) -> Map<String, Value> {
        self.parameters
            .iter()
            .filter(|(name, _)| {
                !matches!(
                    name.as_str(),
                    "password"
                        | "cipassword"
                        | "client-key"
                        | "digest"
                        | "totp"
                        | "value"
                        | "challenge"
                )
            })
            .map(|(name, given)| (name.clone(), given.json()))
            .collect()
    }
}

/// What a handler answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) data: Data,
    /// Rows there are in all, for lists that come in pages.
    pub(crate) total: Option<usize>,
    /// The task that was started, when the answer does not name it.
    pub(crate) task: Option<String>,
    /// Changes that wait, as a difference of a file.
    pub(crate) changes: Option<String>,
}

/// The `data` of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    Json(Value),
    /// JSON that is already text: large lists are not built as values first.
    Text(Vec<u8>),
    /// A file instead of an answer in JSON: content type and bytes.
    File(&'static str, Vec<u8>),
}

impl Answer {
    pub(crate) fn null() -> Self {
        Value::Null.into()
    }

    /// `null`, although a task was started.
    pub(crate) fn null_of_task(upid: &str) -> Self {
        Self {
            task: Some(upid.to_owned()),
            ..Self::null()
        }
    }

    /// A page of a list that is longer.
    pub(crate) fn page(rows: Value, total: usize) -> Self {
        Self {
            total: Some(total),
            ..rows.into()
        }
    }

    /// A large list or object, written as JSON at once.
    pub(crate) fn written<T: serde::Serialize>(rows: &T) -> Result<Self, Refusal> {
        let text = serde_json::to_vec(rows).map_err(|cause| cannot_encode(&cause))?;
        Ok(Self::of_text(text))
    }

    /// What is JSON already.
    pub(crate) fn of_text(text: Vec<u8>) -> Self {
        Self {
            data: Data::Text(text),
            total: None,
            task: None,
            changes: None,
        }
    }

    pub(crate) fn upid(&self) -> Option<&str> {
        match &self.data {
            Data::Json(Value::String(text)) if text.starts_with("UPID:") => Some(text),
            Data::Json(_) | Data::Text(_) | Data::File(..) => self.task.as_deref(),
        }
    }
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        Self {
            data: Data::Json(value),
            total: None,
            task: None,
            changes: None,
        }
    }
}

pub(crate) fn cannot_encode(cause: &serde_json::Error) -> Refusal {
    Refusal::died(format!("cannot encode the answer: {cause}"))
}

/// Puts path parameters and parameters into a template such as `/vms/{vmid}`.
pub(crate) fn fill(
    template: &str,
    path: &BTreeMap<&'static str, String>,
    parameters: &Parameters,
) -> String {
    let mut text = template.to_owned();
    for (name, value) in path {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    for (name, value) in parameters {
        let hole = format!("{{{name}}}");
        if text.contains(&hole) {
            text = text.replace(&hole, &value.text());
        }
    }
    text
}
