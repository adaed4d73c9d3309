//! Whom PVE tells what: targets, endpoints and the matchers that choose between them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, answers, loose_words, pick};
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::words;

words! {
    /// How a target is told.
    EndpointKind {
        /// By the node's own mail program.
        Sendmail = "sendmail",
        /// By a mail server.
        Smtp = "smtp",
        /// By Gotify.
        Gotify = "gotify",
        /// By an HTTP request (8.3).
        Webhook = "webhook",
    }
}
loose_words!(EndpointKind);

answers! {
    /// A target.
    NotificationTarget {
        /// Its name.
        name: String = "name",
        /// How it is told.
        kind: Option<EndpointKind> = "type",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
        /// Switched off?
        disabled: bool = "disable",
        /// `user-created`, `builtin` or `modified-builtin`.
        origin: Option<String> = "origin",
    }
    /// Which notifications go to which targets.
    NotificationMatcher {
        /// Its name.
        name: String = "name",
        /// Where to.
        targets: Vec<String> = "target",
        /// `all` or `any` of the conditions.
        mode: Option<String> = "mode",
        /// The opposite of it all?
        inverted: bool = "invert-match",
        /// As `exact:type=vzdump` or `regex:hostname=.*`.
        fields: Vec<String> = "match-field",
        /// Lists of severities, as `error,warning`.
        severities: Vec<String> = "match-severity",
        /// As `mon-fri 8-17`.
        calendar: Vec<String> = "match-calendar",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
        /// Switched off?
        disabled: bool = "disable",
        /// `user-created`, `builtin` or `modified-builtin`.
        origin: Option<String> = "origin",
    }
}

/// A target with its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationEndpoint {
    /// Its name.
    pub name: String,
    /// How it is told.
    pub kind: EndpointKind,
    /// Switched off?
    pub disabled: bool,
    /// All other options by PVE's names; lists as JSON. Secrets are not among them.
    pub options: BTreeMap<String, String>,
}

/// The kind is in the path and not in the row.
struct Endpoint {
    name: String,
    disabled: bool,
    options: BTreeMap<String, String>,
}

impl Row for Endpoint {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let own = ["name", "disable"];
        let options = map.iter().filter(|(key, _)| !own.contains(&key.as_str()));
        Some(Self {
            name: Loose::loose(pick(map, &["name"]))?,
            disabled: Loose::loose(pick(map, &["disable"]))?,
            options: options
                .map(|(key, value)| (key.clone(), lenient::value_text(value)))
                .collect(),
        })
    }
}

impl Client {
    /// All targets (without rights on them, those one may use).
    pub async fn notification_targets(&self) -> Result<Vec<NotificationTarget>> {
        let path = ApiPath::fixed(&["cluster", "notifications", "targets"]);
        self.list_of(path, Params::new()).await
    }

    /// All matchers.
    pub async fn notification_matchers(&self) -> Result<Vec<NotificationMatcher>> {
        let path = ApiPath::fixed(&["cluster", "notifications", "matchers"]);
        self.list_of(path, Params::new()).await
    }

    /// Targets of one kind with their options.
    pub async fn notification_endpoints(
        &self,
        kind: &EndpointKind,
    ) -> Result<Vec<NotificationEndpoint>> {
        // calls: GET /cluster/notifications/endpoints/gotify
        // calls: GET /cluster/notifications/endpoints/sendmail
        // calls: GET /cluster/notifications/endpoints/smtp
        // calls: GET /cluster/notifications/endpoints/webhook
        let path = self.api_path(&["cluster", "notifications", "endpoints", kind.as_str()])?;
        let rows: Vec<Endpoint> = self.list_of(path, Params::new()).await?;
        let with_kind = |row: Endpoint| NotificationEndpoint {
            name: row.name,
            kind: kind.clone(),
            disabled: row.disabled,
            options: row.options,
        };
        Ok(rows.into_iter().map(with_kind).collect())
    }
}
