//! The API description of a node as chunks: each method is one, with its parameters and who may call it.

use pve::{AccessCheck, ApiMethod, Audience, MethodAccess, Parameter};
use retrieval::{Chunk, Kind, Location};

/// The page of a node that shows its API; the fragment is the path.
pub(super) const VIEWER: &str = "api-viewer/index.html";
/// Words of one parameter, and the parameters that are listed in full.
const MOST_WORDS: usize = 300;
const MOST_PARAMETERS: usize = 120;

/// One chunk for each method.
pub(super) fn chunks(methods: &[ApiMethod]) -> Vec<Chunk> {
    methods.iter().map(chunk).collect()
}

fn chunk(method: &ApiMethod) -> Chunk {
    let call = format!("{} {}", method.method.as_str(), method.path);
    let mut text = format!("{call}\n");
    let about = one_line(&method.description);
    if !about.is_empty() {
        text.push_str(&format!("\n{about}\n"));
    }
    if !method.parameters.is_empty() {
        text.push_str("\nParameters:\n");
    }
    for parameter in method.parameters.iter().take(MOST_PARAMETERS) {
        text.push_str(&format!("- {}\n", described(parameter)));
    }
    if method.parameters.len() > MOST_PARAMETERS {
        let more = method.parameters.len() - MOST_PARAMETERS;
        text.push_str(&format!("- and {more} more\n"));
    }
    text.push_str(&format!("\nPermissions: {}\n", may_call(&method.access)));
    if !method.allows_token {
        text.push_str("Not for API tokens.\n");
    }
    Chunk {
        at: Location {
            page: VIEWER.to_owned(),
            anchor: Some(method.path.clone()),
        },
        kind: Kind::Endpoint,
        path: vec!["API".to_owned(), method.section().to_owned(), call],
        text,
        also: Vec::new(),
    }
}

fn described(parameter: &Parameter) -> String {
    let mut text = parameter.display_name();
    if let Some(kind) = &parameter.typetext {
        text.push_str(&format!(": {kind}"));
    } else if !parameter.words.is_empty() {
        text.push_str(&format!(": <{}>", parameter.words.join(" | ")));
    }
    if let Some(default) = &parameter.default {
        text.push_str(&format!(" (default = {default})"));
    }
    if !parameter.optional {
        text.push_str(" (required)");
    }
    let about = one_line(&parameter.description);
    if !about.is_empty() {
        text.push_str(": ");
        text.extend(about.chars().take(MOST_WORDS));
    }
    text
}

fn may_call(access: &MethodAccess) -> String {
    let who = match access.audience {
        Audience::World => "everybody, also without signing in".to_owned(),
        Audience::SignedIn => "everybody who is signed in".to_owned(),
        Audience::Root => "root@pam only".to_owned(),
        Audience::Checked => access
            .check
            .as_ref()
            .map_or_else(|| "checked by the method".to_owned(), check),
    };
    match &access.description {
        Some(more) => format!("{who}. {}", one_line(more)),
        None => who,
    }
}

fn check(check_of: &AccessCheck) -> String {
    let all = |checks: &[AccessCheck], word: &str| {
        let parts: Vec<String> = checks.iter().map(check).collect();
        format!("({})", parts.join(word))
    };
    match check_of {
        AccessCheck::Privileges {
            path,
            privileges,
            any,
            needs_parameter,
        } => {
            let privileges = privileges.join(if *any { " or " } else { " and " });
            let when = needs_parameter
                .as_ref()
                .map(|name| format!(" when {name} is given"))
                .unwrap_or_default();
            format!("{privileges} on {path}{when}")
        }
        AccessCheck::All(checks) => all(checks, " and "),
        AccessCheck::AnyOf(checks) => all(checks, " or "),
        AccessCheck::UserIsCaller => "the user themselves".to_owned(),
        AccessCheck::OnRealmOfUser(privilege) => format!("{privilege} on the realm of the user"),
        AccessCheck::OnGroupsOfUser { privileges, .. } => format!(
            "{} on /access/groups or a group of the user",
            privileges.join(" or ")
        ),
        AccessCheck::ModifyPermissions { path } => format!("Permissions.Modify on {path}"),
        AccessCheck::Unknown(text) => text.clone(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const APIDOC: &str = r#"const apiSchema = [{"path": "/nodes/{node}/lights", "info": {"PUT": {
        "name": "set_light", "description": "Turns a light\n on or off.", "allowtoken": 0,
        "parameters": {"properties": {
            "node": {"type": "string", "description": "The node."},
            "on": {"type": "boolean", "optional": 1, "default": 1, "typetext": "<boolean>"}}},
        "permissions": {"check": ["or", ["perm", "/nodes/{node}", ["Sys.Modify"]], ["perm", "/", ["Sys.Audit", "Sys.Console"], "any", 1]]}}}}];"#;

    #[test]
    fn a_method_is_a_chunk_with_its_parameters_and_permissions() {
        let schema = pve::Schema::read(APIDOC.as_bytes()).unwrap();
        let want = Chunk {
            at: Location {
                page: "api-viewer/index.html".to_owned(),
                anchor: Some("/nodes/{node}/lights".to_owned()),
            },
            kind: Kind::Endpoint,
            path: vec![
                "API".to_owned(),
                "nodes".to_owned(),
                "PUT /nodes/{node}/lights".to_owned(),
            ],
            text: "PUT /nodes/{node}/lights\n\nTurns a light on or off.\n\nParameters:\n- node (required): The node.\n\
                   - on: <boolean> (default = 1)\n\nPermissions: (Sys.Modify on /nodes/{node} or Sys.Audit or Sys.Console on /)\n\
                   Not for API tokens.\n"
                .to_owned(),
            also: Vec::new(),
        };
        assert_eq!(chunks(schema.methods()), [want]);
    }
}
